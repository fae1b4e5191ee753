//! The check of answers: exact equality with the trusted answer, against a similarity above a threshold. Which of them
//! rejects honest answers, and which lets cheats pass?

use super::checks::honest_fails;
use crate::stats::threshold::{Guarantee, guaranteed_threshold};
use crate::stats::{BootstrapSpec, Confidence, Draws, Estimate, Interval, Proportion, Scores, StatsError};

/// The purpose that names the stream that splits prompts.
const PURPOSE: &[u8; 8] = b"hordansw";
/// Numbers of sampled prompts of which it is told whether any is rejected.
const SAMPLED: [u32; 2] = [5, 10];

/// How alike an answer is to the trusted one of its prompt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerLikeness {
    /// Whether both are the same text.
    pub is_equal: bool,
    /// Cosine of their embeddings, −1 to 1.
    pub cosine: f64,
    /// Their partial ratio, 0 to 1.
    pub partial_ratio: f64,
}

/// The answers to a prompt beside the trusted one.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptAnswers {
    /// An honest miner's.
    pub honest: AnswerLikeness,
    /// Those of cheats, in the order of their kinds; nothing where there is none.
    pub cheats: Vec<Option<AnswerLikeness>>,
}

/// How an answer is compared with the trusted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// They must be the same text.
    Equality,
    /// The cosine of their embeddings must reach a threshold.
    Cosine,
    /// Their partial ratio must reach a threshold.
    PartialRatio,
}

impl Test {
    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equality => "equality",
            Self::Cosine => "cosine",
            Self::PartialRatio => "partial ratio",
        }
    }

    /// How far an answer is from the trusted one, from 0 on.
    fn distance(self, answer: &AnswerLikeness) -> f64 {
        match self {
            Self::Equality => f64::from(u8::from(!answer.is_equal)),
            Self::Cosine => 1.0 - answer.cosine,
            Self::PartialRatio => 1.0 - answer.partial_ratio,
        }
    }
}

/// What a test does to one kind of answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerRow {
    /// The test.
    pub test: Test,
    /// The least similarity that passes; nothing for equality.
    pub threshold: Option<f64>,
    /// The kind of cheat; nothing for honest answers.
    pub cheat: Option<usize>,
    /// Prompts that were judged.
    pub prompts: u64,
    /// Share of the answers that is rejected.
    pub rejected: Estimate,
    /// The probability that any of 5 and of 10 sampled answers is.
    pub of_sampled: [Estimate; SAMPLED.len()],
}

/// What the check of answers comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnswerCheck {
    /// Every test and kind of answer.
    pub rows: Vec<AnswerRow>,
    /// Prompts that thresholds were chosen on.
    pub chosen_on: usize,
    /// Prompts that it would take to guarantee the rate, where there are too few.
    pub needed: Option<u64>,
}

/// Judges equality and both similarities: a threshold is the one that is guaranteed, at the confidence, to reject at most
/// `target` of honest answers, by one half of the prompts, and all rates are those of the other half.
///
/// # Errors
/// The target or the confidence is no rate.
pub fn check_answers(
    answers: &[PromptAnswers],
    target: f64,
    bootstrap: &BootstrapSpec,
) -> Result<AnswerCheck, StatsError> {
    let confidence = Confidence::new(bootstrap.confidence)?;
    let mut order = Draws::new(bootstrap.seed, PURPOSE, 0).distinct(answers.len(), answers.len());
    let judged = order.split_off(answers.len() / 2);
    let mut check = AnswerCheck { chosen_on: order.len(), ..AnswerCheck::default() };
    let judged: Vec<&PromptAnswers> = judged.into_iter().map(|place| &answers[place]).collect();
    let chosen_on: Vec<&PromptAnswers> = order.into_iter().map(|place| &answers[place]).collect();
    for test in [Test::Equality, Test::Cosine, Test::PartialRatio] {
        let most = match test {
            Test::Equality => 0.0,
            _ => {
                let distances = chosen_on.iter().map(|prompt| test.distance(&prompt.honest)).collect();
                match guaranteed_threshold(&Scores::new(distances)?, target, confidence)? {
                    Guarantee::Threshold(found) => found.threshold,
                    Guarantee::NotEnough { needs, .. } => {
                        check.needed = Some(needs);
                        continue;
                    }
                }
            }
        };
        let kinds = judged.iter().map(|prompt| prompt.cheats.len()).max().unwrap_or(0);
        let row = |cheat: Option<usize>| row(test, most, cheat, &judged, confidence);
        check.rows.extend(std::iter::once(None).chain((0..kinds).map(Some)).filter_map(row));
    }
    Ok(check)
}

/// What a test that rejects answers further away than `most` does to one kind; nothing without an answer of it.
fn row(
    test: Test,
    most: f64,
    cheat: Option<usize>,
    judged: &[&PromptAnswers],
    confidence: Confidence,
) -> Option<AnswerRow> {
    let answer = |prompt: &&PromptAnswers| match cheat {
        None => Some(prompt.honest),
        Some(kind) => prompt.cheats.get(kind).copied().flatten(),
    };
    let distances: Vec<f64> = judged.iter().filter_map(answer).map(|answer| test.distance(&answer)).collect();
    let rejected = distances.iter().filter(|&&distance| distance > most).count() as u64;
    let counts = Proportion::new(rejected, distances.len() as u64).ok()?;
    let value = counts.rate()?;
    let interval = counts.clopper_pearson(confidence);
    let of_sampled = |prompts: u32| Estimate {
        value: honest_fails(value, prompts),
        interval: interval
            .map(|ends| Interval { low: honest_fails(ends.low, prompts), high: honest_fails(ends.high, prompts) }),
    };
    Some(AnswerRow {
        test,
        threshold: (test != Test::Equality).then_some(1.0 - most),
        cheat,
        prompts: counts.trials(),
        rejected: Estimate { value, interval },
        of_sampled: SAMPLED.map(of_sampled),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 1 };

    /// Honest answers are never the same and alike by .9 to 1; those of the cheat are alike by .2 to .4.
    fn prompts(count: usize) -> Vec<PromptAnswers> {
        let mut draws = Draws::new(3, b"answers\0", 0);
        let likeness = |cosine: f64| AnswerLikeness { is_equal: false, cosine, partial_ratio: cosine };
        (0..count)
            .map(|_| PromptAnswers {
                honest: likeness(0.9 + 0.1 * draws.unit()),
                cheats: vec![Some(likeness(0.2 + 0.2 * draws.unit()))],
            })
            .collect()
    }

    #[test]
    fn a_threshold_lets_honest_answers_pass_that_equality_rejects() {
        let check = check_answers(&prompts(400), 0.05, &SPEC).unwrap();
        let of = |test: Test, cheat: Option<usize>| {
            *check.rows.iter().find(|row| (row.test, row.cheat) == (test, cheat)).unwrap()
        };
        assert_eq!((check.chosen_on, check.rows.len(), check.needed), (200, 6, None));
        assert_eq!(of(Test::Equality, None).rejected.value, 1.0);
        let (honest, cheat) = (of(Test::Cosine, None), of(Test::Cosine, Some(0)));
        assert!(honest.rejected.value <= 0.05 && cheat.rejected.value == 1.0 && honest.prompts == 200);
        assert!(honest.threshold.is_some_and(|threshold| (0.9..0.95).contains(&threshold)), "{honest:?}");
        let expected = 1.0 - (1.0 - honest.rejected.value).powi(10);
        assert!((honest.of_sampled[1].value - expected).abs() < 1e-12);
    }

    #[test]
    fn too_few_prompts_guarantee_nothing() {
        let check = check_answers(&prompts(60), 0.05, &SPEC).unwrap();
        assert!(check.needed == Some(59) && check.rows.iter().all(|row| row.test == Test::Equality));
        assert_eq!(check_answers(&[], 0.05, &SPEC).unwrap().rows, []);
    }
}

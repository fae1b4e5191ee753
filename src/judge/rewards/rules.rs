//! By which rules answers are rewarded: LogicNet's, of two commits.

use super::answer::Answer;

/// The names of all presets.
pub const NAMES: [&str; 2] = ["logicnet-pr99", "logicnet-single"];

/// How answers become rewards, and rewards weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// A penalty above this, strictly, is taken.
    pub threshold: f64,
    /// Weight of the similarity to the reference.
    pub similarity: f64,
    /// Weight of the correctness.
    pub correctness: f64,
    /// What the whole of the timeout costs.
    pub time: f64,
    /// Whether the reward is brought from −1..1 to 0..1 once more after the penalty.
    pub is_rescaled_twice: bool,
    /// Requests per epoch at which a miner is paid in full.
    pub full_volume: f64,
    /// Scores that are kept of each uid, and the fixed divisor of their sum.
    pub kept: usize,
}

/// What of the reward does not depend on the volume.
const LEAST_VOLUME: f64 = 0.9;
/// Seconds that an answer may take where the recording does not say.
pub const TIMEOUT: f64 = 64.0;

impl Rules {
    /// The rules of a preset.
    ///
    /// `logicnet-pr99` is the pull request at 603ab00, `logicnet-single` the state at 125e478, with one rescale.
    pub fn preset(name: &str) -> Option<Self> {
        let twice = Self {
            threshold: 0.95,
            similarity: 0.3,
            correctness: 0.7,
            time: 0.05,
            is_rescaled_twice: true,
            full_volume: 512.0,
            kept: 5,
        };
        match name {
            "logicnet-pr99" => Some(twice),
            "logicnet-single" => Some(Self { is_rescaled_twice: false, ..twice }),
            _ => None,
        }
    }

    /// The reward of an answer; `None` where something that it rests on is not known.
    pub fn appraise(&self, answer: &Answer) -> Option<Appraisal> {
        if !answer.is_answered {
            return Some(Appraisal::FAILED);
        }
        let (similarity, correctness) = (answer.similarity?, answer.correctness?);
        let (spent, penalty) = (answer.process_time?, answer.penalty?);
        let share = (spent / answer.timeout.unwrap_or(TIMEOUT)).min(1.0);
        let parts = [self.similarity * similarity, self.correctness * correctness, -(self.time * share)];
        let raw = parts[0] + parts[1] + parts[2];
        let rescaled = raw / 2.0 + 0.5;
        let whole = |once: f64| if self.is_rescaled_twice { once / 2.0 + 0.5 } else { once };
        let scale = if self.is_rescaled_twice { 0.25 } else { 0.5 };
        let [plain, penalised] = [rescaled, rescaled * (1.0 - penalty)].map(whole);
        let factor = self.factor(answer.epoch_volume);
        let paid = |reward: f64| if reward > 0.0 { reward * factor } else { reward };
        Some(Appraisal {
            similarity: parts[0] * scale,
            correctness: parts[1] * scale,
            time: parts[2] * scale,
            rescale: whole(0.5),
            before: [plain, penalised],
            rewards: [paid(plain), paid(penalised)],
            penalty,
        })
    }

    /// What the volume makes of a reward above 0; a miner that says nothing of it, or 0, is taken for a full one.
    fn factor(&self, volume: Option<f64>) -> f64 {
        let volume = volume.filter(|&volume| volume != 0.0).unwrap_or(self.full_volume);
        LEAST_VOLUME + (1.0 - LEAST_VOLUME) * (volume / self.full_volume).clamp(0.0, 1.0)
    }
}

/// What an answer is worth, flagged or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Appraisal {
    similarity: f64,
    correctness: f64,
    time: f64,
    rescale: f64,
    /// Without the penalty and with it, ahead of the volume.
    before: [f64; 2],
    /// The same behind it.
    rewards: [f64; 2],
    penalty: f64,
}

/// What adds up to a reward.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Parts {
    /// From the similarity to the reference.
    pub similarity: f64,
    /// From the correctness.
    pub correctness: f64,
    /// From the time that it took; 0 or negative.
    pub time: f64,
    /// What everybody has from the rescales.
    pub rescale: f64,
    /// From the penalty; 0 unless flagged, else 0 or negative.
    pub penalty: f64,
    /// From the volume; 0 or negative.
    pub volume: f64,
}

impl Appraisal {
    /// A response that failed.
    const FAILED: Self = Self {
        similarity: 0.0,
        correctness: 0.0,
        time: 0.0,
        rescale: 0.0,
        before: [0.0; 2],
        rewards: [0.0; 2],
        penalty: 0.0,
    };

    /// Whether the penalty is above a threshold.
    pub fn exceeds(&self, threshold: f64) -> bool {
        self.penalty > threshold
    }

    /// The reward at a threshold.
    pub fn reward(&self, threshold: f64) -> f64 {
        self.rewards[usize::from(self.exceeds(threshold))]
    }

    /// What adds up to the reward at a threshold.
    pub fn parts(&self, threshold: f64) -> Parts {
        let which = usize::from(self.exceeds(threshold));
        let Self { similarity, correctness, time, rescale, .. } = *self;
        Parts {
            similarity,
            correctness,
            time,
            rescale,
            penalty: self.before[which] - self.before[0],
            volume: self.rewards[which] - self.before[which],
        }
    }
}

impl Parts {
    /// Their means over so many rewards.
    pub fn over(&self, count: f64) -> Self {
        let mean = |sum: f64| if count > 0.0 { sum / count } else { 0.0 };
        Self {
            similarity: mean(self.similarity),
            correctness: mean(self.correctness),
            time: mean(self.time),
            rescale: mean(self.rescale),
            penalty: mean(self.penalty),
            volume: mean(self.volume),
        }
    }

    /// Adds those of another reward.
    pub fn add(&mut self, other: &Self) {
        self.similarity += other.similarity;
        self.correctness += other.correctness;
        self.time += other.time;
        self.rescale += other.rescale;
        self.penalty += other.penalty;
        self.volume += other.volume;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            is_answered: true,
            similarity: Some(0.9),
            correctness: Some(1.0),
            process_time: Some(6.4),
            penalty: Some(0.3),
            ..Answer::default()
        }
    }

    fn rules(name: &str) -> Rules {
        Rules::preset(name).unwrap()
    }

    fn reward(name: &str, answer: Answer) -> f64 {
        rules(name).appraise(&answer).unwrap().reward(0.95)
    }

    #[test]
    fn worked_examples_of_the_pull_request() {
        let flagged = |penalty| Answer { penalty: Some(penalty), ..answer() };
        let correct = |correctness| Answer { correctness: Some(correctness), ..answer() };
        let cases = [
            ("logicnet-single", answer(), 0.9825),
            ("logicnet-pr99", answer(), 0.99125),
            ("logicnet-pr99", flagged(0.96), 0.51965),
            ("logicnet-pr99", flagged(1.0), 0.5),
            ("logicnet-pr99", correct(0.0), 0.81625),
            ("logicnet-single", correct(0.0), 0.6325),
            ("logicnet-pr99", correct(-1.0), 0.64125),
            ("logicnet-single", correct(-1.0), 0.2825),
        ];
        for (preset, answer, expected) in cases {
            assert!((reward(preset, answer) - expected).abs() < 1e-12, "{preset} {answer:?}");
        }
    }

    #[test]
    fn parts_add_up_to_the_reward() {
        for name in NAMES {
            for (penalty, volume) in [(0.3, None), (0.97, Some(100.0)), (1.0, Some(-3.0)), (0.99, Some(0.0))] {
                let appraisal =
                    rules(name).appraise(&Answer { penalty: Some(penalty), epoch_volume: volume, ..answer() }).unwrap();
                let Parts { similarity, correctness, time, rescale, penalty, volume } = appraisal.parts(0.95);
                let sum = similarity + correctness + time + rescale + penalty + volume;
                assert!((sum - appraisal.reward(0.95)).abs() < 1e-12, "{name} {appraisal:?}");
            }
        }
    }

    #[test]
    fn what_is_not_known_makes_no_reward_and_a_failure_makes_none() {
        assert_eq!(rules(NAMES[0]).appraise(&Answer { similarity: None, ..answer() }), None);
        assert_eq!(reward(NAMES[0], Answer { is_answered: false, ..Answer::default() }), 0.0);
    }
}

//! The statistical gate: the losses of each submission in both runs, sample by sample. Losses that are no numbers take no
//! part in means: one that was a number before is a regression by itself.

use super::Ruling;
use crate::stats::paired::{Doubt, FEWEST_SOURCES, LARGEST};
use crate::stats::{Comparison, PairedLoss, PairedSpec, PairedVerdict, StatsError};

/// How often more resamples are taken.
const MORE_ROUNDS: usize = 2;

/// A submission with its losses in both runs, on the same samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its uid.
    pub uid: u32,
    /// Its competition, if any is recorded.
    pub competition: Option<String>,
    /// Its losses, NaN and infinite ones among them.
    pub losses: Vec<PairedLoss>,
}

/// A submission, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its uid.
    pub uid: u32,
    /// Its competition, if any is recorded.
    pub competition: Option<String>,
    /// Mean loss of the baseline where both are numbers, nats; `None` without such a sample.
    pub baseline: Option<f64>,
    /// Mean loss of the candidate on the same.
    pub candidate: Option<f64>,
    /// Samples whose loss was a number and is none any more.
    pub broken: u64,
    /// Samples whose loss was none and is a number now.
    pub mended: u64,
    /// Samples without a number in either run.
    pub unmeasured: u64,
    /// Whether every loss is the same in both runs.
    pub is_identical: bool,
    /// The differences where both are numbers, on their samples.
    pub differences: Vec<f64>,
    /// What these say.
    pub paired: Comparison,
}

impl Compared {
    /// What follows for it.
    pub fn ruling(&self) -> Ruling {
        match self.paired.verdict {
            _ if self.broken > 0 => Ruling::Regressed,
            _ if self.is_identical && !self.differences.is_empty() => Ruling::Passed,
            PairedVerdict::Regressed => Ruling::Regressed,
            PairedVerdict::Inconclusive(_) => Ruling::Inconclusive,
            // The same where both are numbers, which may be few.
            PairedVerdict::Identical if self.paired.effective_sources < FEWEST_SOURCES => Ruling::Inconclusive,
            PairedVerdict::Ok | PairedVerdict::Identical => Ruling::Passed,
        }
    }
}

/// All submissions, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How, with as many resamples as it took.
    pub spec: PairedSpec,
    /// Each of them.
    pub submissions: Vec<Compared>,
}

/// Compares all submissions. Among many, a regression needs more resamples to be told from chance: then there are more.
///
/// # Errors
/// The parameters cannot be used.
pub fn compare(spec: &PairedSpec, subjects: &[Subject]) -> Result<Found, StatsError> {
    let are_numbers = |pair: &&PairedLoss| is_number(pair.baseline) && is_number(pair.candidate);
    let finite: Vec<Vec<PairedLoss>> =
        subjects.iter().map(|subject| subject.losses.iter().filter(are_numbers).copied().collect()).collect();
    let mut spec = *spec;
    let mut compared = spec.compare(&finite)?;
    // A further round can ask for more yet, where another tier of tails comes to matter.
    for _ in 0..MORE_ROUNDS {
        let needed = compared.iter().filter_map(|one| match one.verdict {
            PairedVerdict::Inconclusive(Doubt::FewResamples(needed)) => usize::try_from(needed).ok(),
            _ => None,
        });
        let Some(resamples) = needed.max().filter(|needed| *needed > spec.bootstrap.resamples) else { break };
        spec.bootstrap.resamples = resamples;
        compared = spec.compare(&finite)?;
    }
    let all = subjects.iter().zip(&finite).zip(compared);
    let submissions = all.map(|((subject, finite), paired)| compared_of(subject, finite, paired)).collect();
    Ok(Found { spec, submissions })
}

/// Whether a loss is a number that means can be made of.
fn is_number(loss: f64) -> bool {
    loss.abs() <= LARGEST
}

/// Whether both losses are the same, NaN and infinity among them.
fn is_same(pair: &PairedLoss) -> bool {
    pair.baseline == pair.candidate || pair.baseline.is_nan() && pair.candidate.is_nan()
}

fn compared_of(subject: &Subject, finite: &[PairedLoss], paired: Comparison) -> Compared {
    let count = |of: fn(bool, bool) -> bool| {
        let pairs = subject.losses.iter();
        pairs.filter(|pair| of(is_number(pair.baseline), is_number(pair.candidate))).count() as u64
    };
    let mean = |of: fn(&PairedLoss) -> f64| {
        (!finite.is_empty()).then(|| finite.iter().map(of).sum::<f64>() / finite.len() as f64)
    };
    Compared {
        uid: subject.uid,
        competition: subject.competition.clone(),
        baseline: mean(|pair| pair.baseline),
        candidate: mean(|pair| pair.candidate),
        broken: count(|before, after| before && !after),
        mended: count(|before, after| !before && after),
        unmeasured: count(|before, after| !before && !after),
        is_identical: subject.losses.iter().all(is_same),
        differences: finite.iter().map(|pair| pair.candidate - pair.baseline).collect(),
        paired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{BootstrapSpec, Margins};

    const SPEC: PairedSpec = PairedSpec {
        bootstrap: BootstrapSpec { resamples: 9999, confidence: 0.95, seed: 1 },
        margins: Margins { absolute: 0.01, relative: 0.01 },
        tail_loss: None,
        looks: 1,
    };

    fn subject(pairs: impl Iterator<Item = [f64; 2]>) -> Subject {
        let pair = |(source, [baseline, candidate]): (usize, [f64; 2])| PairedLoss { source, baseline, candidate };
        Subject { uid: 3, competition: None, losses: pairs.enumerate().map(pair).collect() }
    }

    fn one(pairs: impl Iterator<Item = [f64; 2]>) -> Compared {
        compare(&SPEC, &[subject(pairs)]).unwrap().submissions.remove(0)
    }

    /// A little of this and that, so that there is variance.
    fn wave(place: usize) -> f64 {
        (place as f64 * 0.7).sin() * 0.002
    }

    #[test]
    fn losses_that_rise_beyond_the_margins_are_a_regression_and_others_are_none() {
        let rising = |by: f64| one((0..200).map(move |place| [1.0, 1.0 + by + wave(place)]));
        assert_eq!(rising(0.1).ruling(), Ruling::Regressed);
        assert_eq!(rising(0.0).ruling(), Ruling::Passed);
        assert_eq!(rising(-0.1).ruling(), Ruling::Passed);
        assert_eq!(rising(0.01).ruling(), Ruling::Inconclusive);
    }

    #[test]
    fn a_loss_that_became_none_is_a_regression_whatever_the_rest_does() {
        let nan = |place| if place == 7 { f64::NAN } else { 0.5 + wave(place) };
        let found = one((0..200).map(|place| [1.0, nan(place)]));
        assert_eq!((found.broken, found.mended, found.ruling()), (1, 0, Ruling::Regressed));
        assert_eq!((found.paired.samples, found.differences.len()), (199, 199));
        let found = one((0..200).map(|place| [nan(place), 0.5]));
        assert_eq!((found.broken, found.mended, found.ruling()), (0, 1, Ruling::Passed));
        let found = one((0..200).map(|place| [nan(place), nan(place)]));
        assert_eq!((found.unmeasured, found.ruling()), (1, Ruling::Passed));
    }

    #[test]
    fn one_regression_among_very_many_is_told() {
        let subjects: Vec<Subject> = (0..260)
            .map(|uid| {
                let by = if uid == 7 { 1.0 } else { 0.0 };
                Subject { uid, ..subject((0..30).map(move |place| [1.0, 1.0 + by + wave(place + uid as usize)])) }
            })
            .collect();
        let found = compare(&SPEC, &subjects).unwrap();
        let regressed: Vec<u32> =
            found.submissions.iter().filter(|one| one.ruling() == Ruling::Regressed).map(|one| one.uid).collect();
        assert_eq!(regressed, [7]);
        assert!(found.spec.bootstrap.resamples > SPEC.bootstrap.resamples);
    }

    #[test]
    fn identical_means_every_loss_and_few_numbers_left_decide_nothing() {
        let equal = one((0..5).map(|place| [wave(place) + 1.0; 2]));
        assert!(equal.is_identical && equal.ruling() == Ruling::Passed);
        let mended = one((0..40).map(|place| [if place > 0 { f64::NAN } else { 1.0 }, 1.0]));
        assert_eq!((mended.is_identical, mended.mended, mended.ruling()), (false, 39, Ruling::Inconclusive));
        let huge = one((0..40).map(|place| [1.0 + wave(place), if place == 3 { 1e300 } else { 1.0 + wave(place) }]));
        assert_eq!((huge.broken, huge.ruling()), (1, Ruling::Regressed));
    }

    #[test]
    fn nothing_measured_decides_nothing() {
        let found = one((0..30).map(|_| [f64::NAN, f64::INFINITY]));
        assert_eq!((found.baseline, found.candidate, found.ruling()), (None, None, Ruling::Inconclusive));
        assert_eq!(one((0..1).map(|_| [1.0, 3.0])).ruling(), Ruling::Inconclusive, "one sample tells nothing");
    }
}

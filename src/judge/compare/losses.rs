//! The statistical gate: the losses of each submission in both runs, sample by sample. Losses that are no numbers take no
//! part in means: one that was a number before is a regression by itself.

use super::Ruling;
use crate::stats::{Comparison, PairedLoss, PairedSpec, PairedVerdict, StatsError};

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
            PairedVerdict::Regressed => Ruling::Regressed,
            PairedVerdict::Inconclusive(_) => Ruling::Inconclusive,
            PairedVerdict::Ok | PairedVerdict::Identical => Ruling::Passed,
        }
    }
}

/// Compares all submissions.
///
/// # Errors
/// The parameters cannot be used.
pub fn compare(spec: &PairedSpec, subjects: &[Subject]) -> Result<Vec<Compared>, StatsError> {
    let is_finite = |pair: &&PairedLoss| pair.baseline.is_finite() && pair.candidate.is_finite();
    let finite: Vec<Vec<PairedLoss>> =
        subjects.iter().map(|subject| subject.losses.iter().filter(is_finite).copied().collect()).collect();
    let compared = spec.compare(&finite)?;
    let all = subjects.iter().zip(&finite).zip(compared);
    Ok(all.map(|((subject, finite), paired)| compared_of(subject, finite, paired)).collect())
}

fn compared_of(subject: &Subject, finite: &[PairedLoss], paired: Comparison) -> Compared {
    let count = |of: fn(bool, bool) -> bool| {
        let pairs = subject.losses.iter();
        pairs.filter(|pair| of(pair.baseline.is_finite(), pair.candidate.is_finite())).count() as u64
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
        compare(&SPEC, &[subject(pairs)]).unwrap().remove(0)
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
    fn nothing_measured_decides_nothing() {
        let found = one((0..30).map(|_| [f64::NAN, f64::INFINITY]));
        assert_eq!((found.baseline, found.candidate, found.ruling()), (None, None, Ruling::Inconclusive));
        assert_eq!(one((0..1).map(|_| [1.0, 3.0])).ruling(), Ruling::Inconclusive, "one sample tells nothing");
    }
}

//! What gets past the threshold: the true-positive rate of copies made by construction, per attack and strength, and
//! how well the penalties of copies and of independent answers are told apart at any threshold.

use super::run::CalibrationSpec;
use crate::stats::{Confidence, Curve, Interval, Proportion, Scores, StatsError, quantile};

/// Penalties of copies of one kind, each among the others of its request.
#[derive(Debug, Clone, PartialEq)]
pub struct Attacked {
    /// The attack as it is written on the command line, or `recorded` for the recording's own copies.
    pub attack: String,
    /// Share of the text that it changes; `None` where the attack has none.
    pub strength: Option<f64>,
    /// One penalty per copy, at most one per request.
    pub penalties: Vec<f64>,
}

/// Detection of one kind of copies at the threshold in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The attack.
    pub attack: String,
    /// Share of the text that it changes.
    pub strength: Option<f64>,
    /// The threshold.
    pub threshold: f64,
    /// Flagged copies of all.
    pub counts: Proportion,
    /// Wilson's interval.
    pub wilson: Option<Interval>,
    /// The exact interval.
    pub clopper_pearson: Option<Interval>,
    /// Median penalty.
    pub median: Option<f64>,
}

/// How well one kind of copies is told from independent answers, over all thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Separation {
    /// The attack.
    pub attack: String,
    /// Share of the text that it changes.
    pub strength: Option<f64>,
    /// Copies and independent answers.
    pub sizes: (u64, u64),
    /// Probability that a copy has the larger penalty, ties counting half.
    pub auc: f64,
    /// Rate at which both errors are equal, and a threshold near it.
    pub equal_error: (f64, f64),
    /// d′; `None` where a spread is 0.
    pub sensitivity: Option<f64>,
    /// True-positive rates at false-positive rates of at most 1/10, 1/100 and 1/1000.
    pub tpr_at: [f64; 3],
}

/// Detection at `threshold` of every kind of copies.
///
/// # Errors
/// The confidence is none.
pub fn detections(attacks: &[Attacked], threshold: f64, spec: &CalibrationSpec) -> Result<Vec<Detection>, StatsError> {
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let detection = |attacked: &Attacked| {
        let scores = Scores::new(attacked.penalties.clone())?;
        let counts = scores.above(threshold);
        Ok(Detection {
            attack: attacked.attack.clone(),
            strength: attacked.strength,
            threshold,
            counts,
            wilson: counts.wilson(confidence),
            clopper_pearson: counts.clopper_pearson(confidence),
            median: quantile(scores.sorted(), 0.5),
        })
    };
    attacks.iter().map(detection).collect()
}

/// How well every kind of copies is told from independent responses; kinds without a copy are left out.
///
/// # Errors
/// A penalty that is not finite.
pub fn separations(attacks: &[Attacked], independent: &Scores) -> Result<Vec<Separation>, StatsError> {
    let separable = attacks.iter().filter(|attacked| !attacked.penalties.is_empty() && !independent.is_empty());
    let separation = |attacked: &Attacked| {
        let curve = Curve::new(independent, &Scores::new(attacked.penalties.clone())?)?;
        let equal = curve.equal_error();
        let at = |fpr| Ok(curve.within_fpr(fpr)?.tpr());
        Ok(Separation {
            attack: attacked.attack.clone(),
            strength: attacked.strength,
            sizes: (attacked.penalties.len() as u64, independent.len() as u64),
            auc: curve.auc(),
            equal_error: (equal.rate, equal.nearest.threshold),
            sensitivity: curve.sensitivity(),
            tpr_at: [at(0.1)?, at(0.01)?, at(0.001)?],
        })
    };
    separable.map(separation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attacked(penalties: &[f64]) -> Attacked {
        Attacked { attack: "words".into(), strength: Some(0.2), penalties: penalties.to_vec() }
    }

    #[test]
    fn copies_above_the_threshold_are_found() {
        let attacks = [attacked(&[0.95, 0.96, 0.99, 0.2]), attacked(&[])];
        let rows = detections(&attacks, 0.95, &CalibrationSpec::default()).unwrap();
        assert_eq!((rows[0].counts.events(), rows[0].counts.trials()), (2, 4));
        assert_eq!(rows[0].median, Some((0.95 + 0.96) / 2.0));
        assert_eq!((rows[1].counts.rate(), rows[1].wilson, rows[1].median), (None, None, None));
    }

    #[test]
    fn what_is_apart_is_told_apart() {
        let independent = Scores::new((0..1000).map(|n| f64::from(n) / 2000.0).collect()).unwrap();
        let rows = separations(&[attacked(&[0.6, 0.7]), attacked(&[0.2, 0.3]), attacked(&[])], &independent).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].auc, rows[0].tpr_at), (1.0, [1.0; 3]));
        assert!((rows[1].auc - 0.5).abs() < 1e-3 && rows[1].tpr_at == [0.0; 3]);
    }
}

//! How well the penalties of copies and of independent answers are told apart, whatever the threshold.

use super::clusters::Clusters;
use super::detection::{Attacked, CopyScore};
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use crate::stats::separation::Scored;
use crate::stats::{Estimate, StatsError};

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
    pub auc: Estimate,
    /// Rate at which both errors are equal.
    pub equal_error: Estimate,
    /// A threshold near that rate.
    pub near: f64,
    /// d′; `None` where a spread is 0.
    pub sensitivity: Option<f64>,
    /// True-positive rates at false-positive rates of at most 1/10, 1/100 and 1/1000; `None` where the independent
    /// answers are too few to measure that rate.
    pub tpr_at: [Option<Estimate>; 3],
}

/// How well every kind of copies is told from independent responses; kinds without a copy are left out.
///
/// # Errors
/// A penalty that is not finite, or the bootstrap's parameters cannot be used.
pub fn separations(
    attacks: &[Attacked],
    requests: &[RequestScores],
    spec: &CalibrationSpec,
) -> Result<Vec<Separation>, StatsError> {
    let clusters = Clusters::of(requests);
    let bootstrap = spec.bootstrap.sparing();
    let of_request = |(number, request): (usize, &RequestScores)| {
        let scores = request.scores(spec.profile, Unit::Response, Class::Independent).into_iter();
        let cluster = clusters.number(number);
        scores.map(move |score| Scored { score, cluster })
    };
    let independent: Vec<Scored> = requests.iter().enumerate().flat_map(of_request).collect();
    let separable = attacks.iter().filter(|attacked| !attacked.copies.is_empty() && !independent.is_empty());
    let separation = |attacked: &Attacked| {
        let scored = |copy: &CopyScore| Scored { score: copy.penalty, cluster: clusters.number(copy.request) };
        let copies: Vec<Scored> = attacked.copies.iter().map(scored).collect();
        let found = bootstrap.separated(&independent, &copies, clusters.count())?;
        Ok(Separation {
            attack: attacked.attack.clone(),
            strength: attacked.strength,
            sizes: (copies.len() as u64, independent.len() as u64),
            auc: found.auc,
            equal_error: found.equal_error,
            near: found.curve.equal_error().nearest.threshold,
            sensitivity: found.sensitivity,
            tpr_at: found.tpr_at,
        })
    };
    separable.map(separation).collect()
}

#[cfg(test)]
mod tests {
    use super::super::detection::testing::attacked;
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;

    #[test]
    fn what_is_apart_is_told_apart() {
        // Penalties of the independent ones: (n / 500 + 1) / 4 + n / 1000, from ¼ to 1.
        let requests: Vec<_> = (0..500).map(|n| request(n, &[Role::Independent; 2], n as f32 / 500.0)).collect();
        let attacks = [
            attacked("high", None, &[2.0; 20]),
            attacked("low", None, &[0.1; 20]),
            attacked("middle", None, &[0.625; 20]),
            attacked("none", None, &[]),
        ];
        let rows = separations(&attacks, &requests, &CalibrationSpec::default()).unwrap();
        assert_eq!(rows.len(), 3);
        let found = |row: &Separation| row.tpr_at.map(|rate| rate.map(|rate| rate.value));
        assert_eq!((rows[0].auc.value, found(&rows[0])), (1.0, [Some(1.0), Some(1.0), None]), "1000 answers");
        assert!(rows[0].auc.interval.unwrap().low < 0.9, "20 copies show no more");
        assert_eq!((rows[1].auc.value, found(&rows[1])[0]), (0.0, Some(0.0)));
        assert!((rows[2].auc.value - 0.5).abs() < 0.01 && found(&rows[2])[..2] == [Some(0.0); 2]);
        assert_eq!(rows[2].sizes, (20, 1000));
    }
}

//! Scores that have been checked and sorted once: every number is finite, so none can silently become a rate. A score
//! is flagged when it is strictly greater than the threshold.

use super::{Proportion, StatsError};

/// Finite scores in ascending order; possibly none.
///
/// A single-precision score is widened before it comes here and compared with a double-precision threshold: the
/// `f32` nearest to 0.95 is 0.949999988, so it is not above 0.95.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores(Vec<f64>);

/// The share of scores above one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The threshold.
    pub threshold: f64,
    /// The scores strictly greater than the threshold, among all.
    pub above: Proportion,
}

impl Scores {
    /// Checks and sorts scores given in any order.
    ///
    /// Errors: [`StatsError::NotFinite`] for the first NaN or infinity.
    pub fn new(mut scores: Vec<f64>) -> Result<Self, StatsError> {
        if let Some((place, &value)) = scores.iter().enumerate().find(|(_, score)| !score.is_finite()) {
            return Err(StatsError::NotFinite { place, value });
        }
        scores.sort_unstable_by(f64::total_cmp);
        Ok(Self(scores))
    }

    /// The scores in ascending order.
    pub fn sorted(&self) -> &[f64] {
        &self.0
    }

    /// Number of scores.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no scores.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of scores strictly greater than `threshold`; none are above NaN.
    pub fn count_above(&self, threshold: f64) -> u64 {
        let flagged = |score: &f64| *score > threshold;
        (self.len() - self.0.partition_point(|score| !flagged(score))) as u64
    }

    /// The share of scores strictly greater than `threshold`.
    pub fn above(&self, threshold: f64) -> Proportion {
        Proportion::of_counts(self.count_above(threshold), self.len() as u64)
    }

    /// The share above every threshold at which it changes, in ascending order of thresholds: first −∞, which all
    /// scores are above, then each distinct score. Each share holds from its threshold up to the next.
    pub fn steps(&self) -> Vec<Step> {
        let trials = self.len() as u64;
        let step = |threshold, events| Step { threshold, above: Proportion::of_counts(events, trials) };
        let mut steps = vec![step(f64::NEG_INFINITY, trials)];
        let mut remaining = trials;
        for equal in self.0.chunk_by(|one, next| one == next) {
            remaining -= equal.len() as u64;
            steps.push(step(equal[0], remaining));
        }
        steps
    }

    /// Arithmetic mean and variance (divisor n), or `None` of no scores.
    pub(super) fn moments(&self) -> Option<(f64, f64)> {
        let count = self.len() as f64;
        let mean = self.0.iter().sum::<f64>() / count;
        let variance = self.0.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
        (!self.is_empty()).then_some((mean, variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(values: &[f64]) -> Scores {
        Scores::new(values.to_vec()).expect("finite")
    }

    #[test]
    fn what_is_not_finite_is_refused_with_its_place() {
        let refused = Scores::new(vec![0.5, f64::INFINITY, f64::NAN]);
        assert_eq!(refused, Err(StatsError::NotFinite { place: 1, value: f64::INFINITY }));
        assert!(
            matches!(Scores::new(vec![f64::NAN]), Err(StatsError::NotFinite { place: 0, value }) if value.is_nan())
        );
    }

    #[test]
    fn above_is_strict() {
        let scores = scores(&[0.9, 0.95, 0.95, 1.0, 0.2]);
        assert_eq!((scores.count_above(0.95), scores.count_above(0.949)), (1, 3));
        assert_eq!((scores.count_above(f64::NEG_INFINITY), scores.count_above(1.0)), (5, 0));
        assert_eq!(scores.count_above(f64::NAN), 0);
        assert_eq!(scores.above(0.95).rate(), Some(0.2));
        assert_eq!(Scores::default().above(0.5).rate(), None);
    }

    #[test]
    fn a_single_precision_score_meets_a_double_precision_threshold() {
        let scores = scores(&[f64::from(0.95_f32), f64::from(0.97_f32)]);
        assert!(f64::from(0.95_f32) < 0.95 && f64::from(0.97_f32) > 0.97);
        assert_eq!((scores.count_above(0.95), scores.count_above(0.97)), (1, 1));
    }

    #[test]
    fn steps_are_the_distinct_scores() {
        let steps = scores(&[2.0, 1.0, 2.0, -0.0, 0.0]).steps();
        let found: Vec<(f64, u64)> = steps.iter().map(|step| (step.threshold, step.above.events())).collect();
        assert_eq!(found, [(f64::NEG_INFINITY, 5), (0.0, 3), (1.0, 2), (2.0, 0)]);
    }
}

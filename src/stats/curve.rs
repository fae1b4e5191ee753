//! The error curve of a score: false- and true-positive rates at every threshold (flagged is strictly greater), and
//! what is read off it: ROC, DET, AUC, equal error rate, rates at given false-positive rates, d′.

use super::scores::Step;
use super::{Proportion, Scores, StatsError, normal};

/// The false-positive rates at which PyEER and the fingerprint evaluations (FVC 2002) report the miss rate: FMR10,
/// FMR100 and FMR1000.
pub const REPORTED_FPRS: [f64; 3] = [0.1, 0.01, 0.001];

/// The rates at all thresholds, for at least one negative and one positive score.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    points: Vec<CurvePoint>,
}

/// The rates at one threshold; they hold from it up to the next point's threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The threshold: −∞, or one of the scores.
    pub threshold: f64,
    /// Flagged negatives among all negatives.
    pub false_positives: Proportion,
    /// Flagged positives among all positives.
    pub true_positives: Proportion,
}

/// One point of a DET plot (Martin et al. 1997, "The DET curve in assessment of detection task performance").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetPoint {
    /// The threshold.
    pub threshold: f64,
    /// Probit of the false-positive rate, in standard deviations.
    pub x: f64,
    /// Probit of the false-negative rate, in standard deviations.
    pub y: f64,
}

/// Where false-positive and false-negative rate are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EqualError {
    /// The equal rate, on the straight line between two neighbouring points of the ROC where none has equal rates.
    pub rate: f64,
    /// The point, with its threshold and its own rates, at which the two rates differ least; of two such points the
    /// one with the larger threshold, hence fewer flags.
    pub nearest: CurvePoint,
}

impl CurvePoint {
    /// False-positive rate, 0..=1.
    pub fn fpr(&self) -> f64 {
        share(self.false_positives)
    }

    /// True-positive rate, 0..=1.
    pub fn tpr(&self) -> f64 {
        share(self.true_positives)
    }

    /// False-negative rate, 0..=1: missed positives among all positives.
    pub fn fnr(&self) -> f64 {
        (self.true_positives.trials() - self.true_positives.events()) as f64 / self.true_positives.trials() as f64
    }
}

/// A rate whose trials are known to be there: [`Curve::new`] refuses empty classes.
fn share(proportion: Proportion) -> f64 {
    proportion.events() as f64 / proportion.trials() as f64
}

impl Curve {
    /// The curve of the scores of negatives (independent answers) and positives (copies). O(n) for sorted scores.
    ///
    /// Errors: [`StatsError::NoScores`] where either class is empty. Without positives,
    /// [`Scores::steps`] gives the false-positive rates alone.
    pub fn new(negatives: &Scores, positives: &Scores) -> Result<Self, StatsError> {
        for (scores, class) in [(negatives, "negative"), (positives, "positive")] {
            if scores.is_empty() {
                return Err(StatsError::NoScores(class));
            }
        }
        Ok(Self::of_steps(negatives.steps(), positives.steps()))
    }

    /// The curve of the shares above every threshold at which they change, from −∞ on, each of at least one score.
    pub(super) fn of_steps(negatives: Vec<Step>, positives: Vec<Step>) -> Self {
        Self { points: merge(negatives, positives) }
    }

    /// The points in ascending order of thresholds: from −∞ with both rates 1 over every distinct score to the largest
    /// with both rates 0. Drawn against each other the rates are the ROC.
    pub fn points(&self) -> &[CurvePoint] {
        &self.points
    }

    /// The rates at any threshold, those of the last point at or below it. A NaN flags nothing.
    pub fn at(&self, threshold: f64) -> CurvePoint {
        let next = self.points.partition_point(|point| threshold.is_nan() || point.threshold <= threshold);
        CurvePoint { threshold, ..self.points[next.max(1) - 1] }
    }

    /// The points without those on a horizontal or vertical line of the ROC between their neighbours: all a plot needs,
    /// on straight and on probit axes.
    pub fn corners(&self) -> Vec<CurvePoint> {
        let inner = self.points.windows(3).filter(|three| {
            three[0].false_positives != three[2].false_positives && three[0].true_positives != three[2].true_positives
        });
        let inner = inner.map(|three| &three[1]);
        self.points.first().into_iter().chain(inner).chain(self.points.last()).copied().collect()
    }

    /// The corners on probit axes, in ascending order of thresholds. Points with a rate of 0 or 1 lie at infinity and
    /// are left out, so there may be none.
    pub fn det(&self) -> Vec<DetPoint> {
        let inside = |rate: f64| rate > 0.0 && rate < 1.0;
        let corners = self.corners().into_iter().filter(|point| inside(point.fpr()) && inside(point.fnr()));
        let det = |point: CurvePoint| DetPoint {
            threshold: point.threshold,
            x: normal::probit(point.fpr()),
            y: normal::probit(point.fnr()),
        };
        corners.map(det).collect()
    }

    /// The area under the ROC: the probability that a positive scores higher than a negative, ties counted half.
    ///
    /// The Mann–Whitney statistic over the number of pairs, counted in whole numbers. Hanley and McNeil 1982, "The
    /// meaning and use of the area under a receiver operating characteristic (ROC) curve", Radiology 143.
    pub fn auc(&self) -> f64 {
        let half_pairs = |pair: &[CurvePoint]| {
            let negatives = pair[0].false_positives.events() - pair[1].false_positives.events();
            let positives = pair[0].true_positives.events() + pair[1].true_positives.events();
            u128::from(negatives) * u128::from(positives)
        };
        let won: u128 = self.points.windows(2).map(half_pairs).sum();
        let pairs =
            u128::from(self.points[0].false_positives.trials()) * u128::from(self.points[0].true_positives.trials());
        won as f64 / (2 * pairs) as f64
    }

    /// The equal error rate: where the ROC, its neighbouring points joined by straight lines, meets the diagonal
    /// FPR = FNR.
    ///
    /// This is the same polygon whose area is the AUC, not its convex hull (which would be lower or equal) and not the
    /// mean of the two rates at the nearest threshold.
    pub fn equal_error(&self) -> EqualError {
        let excess = |point: &CurvePoint| point.fpr() - point.fnr();
        // From 1 at −∞ the excess falls to −1 at the largest score, so the crossing has a point on either side.
        let place = self.points.partition_point(|point| excess(point) > 0.0).clamp(1, self.points.len() - 1);
        let (before, after) = (self.points[place - 1], self.points[place]);
        let way = excess(&before) / (excess(&before) - excess(&after));
        let nearest = if excess(&before) < -excess(&after) { before } else { after };
        EqualError { rate: before.fpr() + way * (after.fpr() - before.fpr()), nearest }
    }

    /// The point with the largest true-positive rate among those with a false-positive rate of at most `target_fpr`:
    /// the one with the smallest such threshold. Its FNR at [`REPORTED_FPRS`] is FMR10, FMR100 and FMR1000.
    ///
    /// A target of 0 or more always has one, since the last point flags nothing. Errors: [`StatsError::TargetFpr`] for
    /// a target outside 0..=1.
    pub fn within_fpr(&self, target_fpr: f64) -> Result<CurvePoint, StatsError> {
        if !(0.0..=1.0).contains(&target_fpr) {
            return Err(StatsError::TargetFpr(target_fpr));
        }
        Ok(self.points[self.points.partition_point(|point| point.fpr() > target_fpr)])
    }
}

/// One point for every threshold of either class. Both step functions begin at −∞, so each has a share from the first
/// point on.
fn merge(negatives: Vec<Step>, positives: Vec<Step>) -> Vec<CurvePoint> {
    let (mut i, mut j) = (0, 0);
    let mut points = Vec::with_capacity(negatives.len() + positives.len());
    while let Some(threshold) = smallest(negatives.get(i), positives.get(j)) {
        i += usize::from(negatives.get(i).is_some_and(|step| step.threshold == threshold));
        j += usize::from(positives.get(j).is_some_and(|step| step.threshold == threshold));
        let (false_positives, true_positives) = (negatives[i - 1].above, positives[j - 1].above);
        points.push(CurvePoint { threshold, false_positives, true_positives });
    }
    points
}

/// The smaller threshold of the steps there are.
fn smallest(one: Option<&Step>, other: Option<&Step>) -> Option<f64> {
    one.into_iter().chain(other).map(|step| step.threshold).reduce(f64::min)
}

/// d′, the distance of the two means in standard deviations: (μ₊ − μ₋) / √((σ₊² + σ₋²) / 2), variances with divisor n;
/// `None` where neither class varies, or one is empty.
///
/// Green and Swets 1966, "Signal detection theory and psychophysics"; as decidability: Daugman 2000, "Biometric decision
/// landscapes". PyEER gives its absolute value.
pub fn sensitivity(negatives: &Scores, positives: &Scores) -> Option<f64> {
    let ((mean_negative, variance_negative), (mean_positive, variance_positive)) =
        (negatives.moments()?, positives.moments()?);
    let deviation = ((variance_negative + variance_positive) / 2.0).sqrt();
    (deviation > 0.0).then(|| (mean_positive - mean_negative) / deviation)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scores(values: &[f64]) -> Scores {
        Scores::new(values.to_vec()).expect("finite")
    }

    fn curve(negatives: &[f64], positives: &[f64]) -> Curve {
        Curve::new(&scores(negatives), &scores(positives)).expect("both classes")
    }

    /// The example in scikit-learn's documentation of `roc_curve` and `roc_auc_score`: AUC .75.
    #[test]
    fn the_example_of_scikit_learn() {
        let found = curve(&[0.1, 0.4], &[0.35, 0.8]);
        let rates: Vec<(f64, f64, f64)> =
            found.points().iter().map(|point| (point.threshold, point.fpr(), point.tpr())).collect();
        let expected =
            [(f64::NEG_INFINITY, 1.0, 1.0), (0.1, 0.5, 1.0), (0.35, 0.5, 0.5), (0.4, 0.0, 0.5), (0.8, 0.0, 0.0)];
        assert_eq!((rates.as_slice(), found.auc()), (expected.as_slice(), 0.75));
    }

    #[test]
    fn separated_classes_have_no_error() {
        let found = curve(&[0.1, 0.2], &[0.8, 0.9, 1.0]);
        let equal = found.equal_error();
        assert_eq!((found.auc(), equal.rate, equal.nearest.threshold), (1.0, 0.0, 0.2));
        assert_eq!(found.corners().len(), 3);
        assert!(found.det().is_empty());
        assert_eq!(curve(&[0.8], &[0.1]).auc(), 0.0);
    }

    #[test]
    fn equal_scores_are_chance() {
        let found = curve(&[0.5, 0.5], &[0.5]);
        assert_eq!((found.auc(), found.equal_error().rate), (0.5, 0.5));
        assert_eq!(sensitivity(&scores(&[0.5, 0.5]), &scores(&[0.5])), None);
        // Both ends are as far from equal rates: the larger threshold.
        assert_eq!(found.equal_error().nearest.threshold, 0.5);
    }

    #[test]
    fn the_equal_error_rate_is_read_off_the_polygon() {
        // At .4: FPR 1/3 and FNR 1/3.
        let met = curve(&[0.1, 0.3, 0.6], &[0.4, 0.7, 0.9]).equal_error();
        assert!((met.rate - 1.0 / 3.0).abs() < 1e-15 && met.nearest.threshold == 0.4, "{met:?}");
        // At .5: FPR ½, FNR 0; at .6: FPR ½, FNR ⅓; at .8: FPR 0, FNR ⅓: the vertical step crosses at ⅓.
        let crossed = curve(&[0.5, 0.8], &[0.6, 0.9, 1.0]).equal_error();
        assert!((crossed.rate - 1.0 / 3.0).abs() < 1e-15, "{crossed:?}");
        assert_eq!((crossed.nearest.threshold, crossed.nearest.fpr()), (0.6, 0.5));
    }

    #[test]
    fn rates_at_given_false_positive_rates() {
        let negatives: Vec<f64> = (0..100).map(f64::from).collect();
        let found = curve(&negatives, &[50.0, 89.5, 95.0, 99.5]);
        let at = |target| found.within_fpr(target).map(|point| (point.threshold, point.fpr(), point.fnr()));
        assert_eq!(REPORTED_FPRS.map(at), [Ok((89.0, 0.1, 0.25)), Ok((98.0, 0.01, 0.75)), Ok((99.0, 0.0, 0.75))]);
        assert_eq!((at(1.0), at(-0.5)), (Ok((f64::NEG_INFINITY, 1.0, 0.0)), Err(StatsError::TargetFpr(-0.5))));
        assert!(found.within_fpr(f64::NAN).is_err());
    }

    /// Expected value: NumPy 2.4.6, `abs(p.mean() - n.mean()) / sqrt(.5 * (p.std()**2 + n.std()**2))`.
    #[test]
    fn sensitivity_is_in_standard_deviations() {
        let found = sensitivity(&scores(&[0.1, 0.2, 0.4, 0.7]), &scores(&[0.5, 0.9, 1.0])).expect("scores vary");
        assert!((found - 2.020_899_209_125_823_3).abs() < 1e-12, "{found}");
    }

    #[test]
    fn det_points_are_probits() {
        let det = curve(&[0.1, 0.4], &[0.35, 0.8]).det();
        assert_eq!(det, [DetPoint { threshold: 0.35, x: 0.0, y: 0.0 }]);
    }

    #[test]
    fn an_empty_class_has_no_curve() {
        let some = scores(&[0.5]);
        assert_eq!(Curve::new(&Scores::default(), &some), Err(StatsError::NoScores("negative")));
        assert_eq!(Curve::new(&some, &Scores::default()), Err(StatsError::NoScores("positive")));
    }

    fn classes() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        let class = || prop::collection::vec((0_u8..15).prop_map(|step| f64::from(step) / 4.0), 1..25);
        (class(), class())
    }

    proptest! {
        #[test]
        fn the_area_counts_pairs((negatives, positives) in classes()) {
            let won = |positive: &f64, negative: &f64| {
                if positive > negative { 1.0 } else if positive == negative { 0.5 } else { 0.0 }
            };
            let wins: f64 = positives.iter().flat_map(|p| negatives.iter().map(move |n| won(p, n))).sum();
            let pairs = (negatives.len() * positives.len()) as f64;
            prop_assert!((curve(&negatives, &positives).auc() - wins / pairs).abs() < 1e-12);
        }

        #[test]
        fn rates_at_any_threshold_equal_a_scan((negatives, positives) in classes(), threshold in -1.0..5.0) {
            let share = |values: &[f64]| values.iter().filter(|&&v| v > threshold).count() as f64 / values.len() as f64;
            let found = curve(&negatives, &positives).at(threshold);
            prop_assert_eq!((found.fpr(), found.tpr()), (share(&negatives), share(&positives)));
        }

        #[test]
        fn no_candidate_within_a_target_beats_the_best((negatives, positives) in classes(), target in 0.0..1.0) {
            let curve = curve(&negatives, &positives);
            let best = curve.within_fpr(target).expect("a proportion");
            let candidates = negatives.iter().chain(&positives).map(|&threshold| curve.at(threshold));
            prop_assert!(best.fpr() <= target);
            prop_assert!(candidates.filter(|point| point.fpr() <= target).all(|point| point.fnr() >= best.fnr()));
        }

        #[test]
        fn the_equal_error_rate_lies_between_its_neighbours((negatives, positives) in classes()) {
            let curve = curve(&negatives, &positives);
            let EqualError { rate, nearest } = curve.equal_error();
            let gap = (nearest.fpr() - nearest.fnr()).abs();
            prop_assert!(curve.points().iter().all(|point| (point.fpr() - point.fnr()).abs() >= gap - 1e-12));
            let (low, high) = (nearest.fpr().min(nearest.fnr()), nearest.fpr().max(nearest.fnr()));
            prop_assert!(low - 1e-12 <= rate && rate <= high + 1e-12);
        }

        #[test]
        fn corners_keep_the_area((negatives, positives) in classes()) {
            let all = curve(&negatives, &positives);
            let few = Curve { points: all.corners() };
            prop_assert!(few.points.len() <= all.points.len() && (few.auc() - all.auc()).abs() < 1e-12);
        }
    }
}

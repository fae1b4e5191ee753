//! Intervals of what an error curve is summed up by: AUC, equal error rate, true-positive rates at given false-positive
//! rates. Whole clusters are drawn again, of both classes at once; where that cannot tell, exact bounds stand in.

use rayon::prelude::*;

use super::curve::{CurvePoint, REPORTED_FPRS};
use super::{BootstrapSpec, ClusterCounts, Confidence, Curve, Draws, Estimate, Interval, Scores, StatsError};

/// The purpose that names the streams that draw clusters.
const PURPOSE: &[u8; 8] = b"calcurve";

/// A score and the cluster that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The score.
    pub score: f64,
    /// Number of its cluster, from 0.
    pub cluster: usize,
}

/// An error curve summed up.
#[derive(Debug, Clone, PartialEq)]
pub struct Separated {
    /// The curve.
    pub curve: Curve,
    /// The area under it.
    pub auc: Estimate,
    /// Its equal error rate.
    pub equal_error: Estimate,
    /// True-positive rates at [`REPORTED_FPRS`].
    pub tpr_at: [Estimate; 3],
}

impl BootstrapSpec {
    /// The curve of two classes and the intervals of its summary; `clusters` is the number of clusters of both.
    ///
    /// Percentiles of the curves of resampled clusters (Rutter 2000, "Bootstrap estimation of diagnostic accuracy with
    /// patient-clustered data", Academic Radiology 7). An interval is `None` where some resample has no score of a
    /// class. Three exact bounds, t the probability that an end misses by, keep it honest where few errors were seen:
    /// - AUC 1 (or 0): k disjoint pairs, of clusters that differ, were all in order, so it is t^(1/k) or more;
    /// - equal error rate e of 0: then no negative was above the threshold of e, or no positive below it, (1 − e)^k each
    ///   for the k clusters of the smaller class, so it is 1 − (t / 2)^(1/k) or less;
    /// - a true-positive rate is never surer than that of its clusters at a threshold that is known.
    ///
    /// # Errors
    /// The parameters as in [`BootstrapSpec::validate`], a score that is not finite, a class without any.
    pub fn separated(
        &self,
        negatives: &[Scored],
        positives: &[Scored],
        clusters: usize,
    ) -> Result<Separated, StatsError> {
        self.validate()?;
        let (negatives, positives) = (ascending(negatives), ascending(positives));
        let once = vec![1; clusters];
        let curve = curve(&negatives, &positives, &once)?;
        let resample = |number: u64| {
            let mut draws = Draws::new(self.seed, PURPOSE, number);
            let mut times = vec![0; clusters];
            (0..clusters).for_each(|_| times[draws.below(clusters)] += 1);
            self::curve(&negatives, &positives, &times).map_or_else(|_| vec![f64::NAN; 5], |curve| summary(&curve))
        };
        let resamples: Vec<Vec<f64>> = (0..self.resamples as u64).into_par_iter().map(resample).collect();
        let mut found = self.intervals(&resamples);
        let confidence = Confidence::new(self.confidence)?;
        let (tail, apart) = (confidence.tail(), Apart::of(&negatives, &positives, clusters));
        let bounded = |interval: &mut Option<Interval>, bound: Option<Interval>| {
            *interval = interval.zip(bound).map(|(one, other)| one.hull(other)).or(*interval);
        };
        bounded(&mut found[0], apart.auc(curve.auc(), tail));
        bounded(&mut found[1], apart.equal_error(curve.equal_error().rate, tail));
        for (interval, point) in found[2..].iter_mut().zip(at_reported(&curve)) {
            bounded(interval, of_clusters(&positives, clusters, point.threshold).interval(confidence));
        }
        let values = summary(&curve);
        let estimate = |place: usize| Estimate { value: values[place], interval: found[place] };
        let tpr_at = [estimate(2), estimate(3), estimate(4)];
        Ok(Separated { curve, auc: estimate(0), equal_error: estimate(1), tpr_at })
    }
}

/// AUC, equal error rate, and the true-positive rates at [`REPORTED_FPRS`].
fn summary(curve: &Curve) -> Vec<f64> {
    [curve.auc(), curve.equal_error().rate].into_iter().chain(at_reported(curve).map(|point| point.tpr())).collect()
}

fn at_reported(curve: &Curve) -> impl Iterator<Item = CurvePoint> {
    // A rate between 0 and 1 always has its point.
    REPORTED_FPRS.into_iter().filter_map(|fpr| curve.within_fpr(fpr).ok())
}

fn ascending(scores: &[Scored]) -> Vec<Scored> {
    let mut scores = scores.to_vec();
    scores.sort_by(|a, b| a.score.total_cmp(&b.score));
    scores
}

/// The curve where each cluster is there so many times.
fn curve(negatives: &[Scored], positives: &[Scored], times: &[usize]) -> Result<Curve, StatsError> {
    let drawn = |scores: &[Scored]| {
        Scores::new(scores.iter().flat_map(|one| std::iter::repeat_n(one.score, times[one.cluster])).collect())
    };
    Curve::new(&drawn(negatives)?, &drawn(positives)?)
}

/// Scores above the threshold, cluster by cluster.
fn of_clusters(scores: &[Scored], clusters: usize, threshold: f64) -> ClusterCounts {
    let mut counts = vec![(0, 0); clusters];
    for one in scores {
        counts[one.cluster].0 += u64::from(one.score > threshold);
        counts[one.cluster].1 += 1;
    }
    ClusterCounts::of(counts.into_iter())
}

/// How many clusters there are to err in.
struct Apart {
    /// Pairs of a cluster with negatives and another with positives, no cluster in two pairs.
    pairs: f64,
    /// Clusters of the class that has fewer.
    fewer: f64,
}

impl Apart {
    fn of(negatives: &[Scored], positives: &[Scored], clusters: usize) -> Self {
        let has = |scores: &[Scored]| {
            let mut has = vec![false; clusters];
            scores.iter().for_each(|one| has[one.cluster] = true);
            has
        };
        let (negative, positive) = (has(negatives), has(positives));
        let count = |has: &[bool]| has.iter().filter(|has| **has).count();
        let either = negative.iter().zip(&positive).filter(|(one, other)| **one || **other).count();
        let fewer = count(&negative).min(count(&positive));
        Self { pairs: fewer.min(either / 2).max(1) as f64, fewer: fewer as f64 }
    }

    /// Where all pairs are in one order.
    fn auc(&self, found: f64, tail: f64) -> Option<Interval> {
        let least = tail.powf(1.0 / self.pairs);
        match found {
            1.0 => Some(Interval { low: least, high: 1.0 }),
            0.0 => Some(Interval { low: 0.0, high: 1.0 - least }),
            _ => None,
        }
    }

    /// Where no pair is in the wrong order.
    fn equal_error(&self, found: f64, tail: f64) -> Option<Interval> {
        let most = 1.0 - (tail / 2.0).powf(1.0 / self.fewer);
        (found == 0.0).then_some(Interval { low: 0.0, high: most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 3 };

    /// A score for each cluster from `first` on.
    fn of(first: usize, scores: impl IntoIterator<Item = f64>) -> Vec<Scored> {
        scores.into_iter().enumerate().map(|(place, score)| Scored { score, cluster: first + place }).collect()
    }

    fn spread(count: usize, from: f64) -> impl Iterator<Item = f64> {
        (0..count).map(move |place| from + (place as f64 * 0.618_033_988_749_895).fract())
    }

    #[test]
    fn the_summary_is_that_of_the_curve_and_inside_its_intervals() {
        let (negatives, positives) = (of(0, spread(100, 0.0)), of(100, spread(60, 0.5)));
        let found = SPEC.separated(&negatives, &positives, 160).unwrap();
        let scores = |scored: &[Scored]| Scores::new(scored.iter().map(|one| one.score).collect()).unwrap();
        assert_eq!(found.curve, Curve::new(&scores(&negatives), &scores(&positives)).unwrap());
        let estimates = [found.auc, found.equal_error].into_iter().chain(found.tpr_at);
        for (Estimate { value, interval }, expected) in estimates.zip(summary(&found.curve)) {
            let ends = interval.unwrap();
            assert_eq!(value, expected);
            assert!(ends.low < value && value < ends.high && ends.high - ends.low < 0.5, "{ends:?} {value}");
        }
        // Hanley and McNeil 1982: the standard error of an AUC of .875 with 100 and 60 scores is .027.
        let width = found.auc.interval.map(|ends| ends.high - ends.low).unwrap();
        assert!((found.curve.auc() - 0.875).abs() < 0.02 && (0.06..0.14).contains(&width), "{found:?}");
    }

    #[test]
    fn clusters_are_drawn_whole() {
        let width = |positives: &[Scored]| {
            let found = SPEC.separated(&of(0, spread(200, 0.0)), positives, 300).unwrap();
            found.auc.interval.map(|ends| ends.high - ends.low).unwrap()
        };
        let apart = of(200, spread(20, 0.5).flat_map(|score| [score; 5]));
        let together: Vec<Scored> =
            apart.iter().enumerate().map(|(place, one)| Scored { cluster: 200 + place / 5, ..*one }).collect();
        assert!(width(&together) > 1.6 * width(&apart));
    }

    #[test]
    fn what_was_never_wrong_is_bounded_and_not_certain() {
        let found = SPEC.separated(&of(0, spread(100, 0.0)), &of(100, spread(30, 2.0)), 130).unwrap();
        let (auc, equal) = (found.auc.interval.unwrap(), found.equal_error.interval.unwrap());
        assert_eq!((found.curve.auc(), auc.high, equal.low), (1.0, 1.0, 0.0));
        assert!((auc.low - 0.025_f64.powf(1.0 / 30.0)).abs() < 1e-12 && (equal.high - 0.135_9).abs() < 1e-4);
        let exact = ClusterCounts::of((0..30).map(|_| (1, 1))).interval(Confidence::new(0.95).unwrap()).unwrap();
        assert!(found.tpr_at.iter().all(|rate| rate.interval == Some(exact)), "{:?}", found.tpr_at);
        // Both classes in the same clusters: only half as many pairs are of two that differ.
        let same = SPEC.separated(&of(0, spread(30, 0.0)), &of(0, spread(30, 2.0)), 30).unwrap();
        assert!((same.auc.interval.unwrap().low - 0.025_f64.powf(1.0 / 15.0)).abs() < 1e-12);
        let reversed = SPEC.separated(&of(0, spread(30, 2.0)), &of(30, spread(30, 0.0)), 60).unwrap();
        let ends = reversed.auc.interval.unwrap();
        assert_eq!((reversed.auc.value, ends.low), (0.0, 0.0));
        assert!((ends.high - (1.0 - 0.025_f64.powf(1.0 / 30.0))).abs() < 1e-12);
    }

    #[test]
    fn too_few_copies_to_draw_again_have_no_interval() {
        let found = SPEC.separated(&of(0, spread(100, 0.0)), &of(100, [0.7]), 101).unwrap();
        let estimates = [found.auc, found.equal_error].into_iter().chain(found.tpr_at);
        assert!(estimates.into_iter().all(|estimate| estimate.interval.is_none()));
        assert!(matches!(SPEC.separated(&of(0, [0.1]), &[], 1), Err(StatsError::NoScores("positive"))));
    }
}

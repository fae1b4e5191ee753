//! Intervals of what an error curve is summed up by: AUC, equal error rate, true-positive rates at given false-positive
//! rates. Whole clusters are drawn again, of both classes at once; where few err, counting them reaches farther.

use rayon::prelude::*;

use super::curve::{CurvePoint, REPORTED_FPRS, sensitivity};
use super::scores::Step;
use super::{
    BootstrapSpec, ClusterCounts, Confidence, Curve, Draws, Estimate, Evidence, Interval, Proportion, Scores,
    StatsError,
};

/// The purpose that names the streams that draw clusters.
const PURPOSE: &[u8; 8] = b"calcurve";

/// Flagged negatives that a false-positive rate takes to be measured at all: with fewer, the threshold is about the
/// largest negative, and says more of that one than of the rate.
pub const MEASURED: f64 = 4.0;

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
    /// True-positive rates at [`REPORTED_FPRS`]; `None` where fewer than [`MEASURED`] negatives may be flagged.
    pub tpr_at: [Option<Estimate>; 3],
    /// d′; `None` where neither class varies.
    pub sensitivity: Option<f64>,
}

impl BootstrapSpec {
    /// The curve of two classes and the intervals of its summary; `clusters` is the number of clusters of both.
    ///
    /// Percentiles of the curves of resampled clusters (Rutter 2000, "Bootstrap estimation of diagnostic accuracy with
    /// patient-clustered data", Academic Radiology 7). An interval is `None` where some resample has no score of a
    /// class. Where few errors were seen resampling is too sure, so each interval reaches as far as counting does:
    /// - AUC: the share of pairs in the wrong order, counted by the clusters of either class, the other class taken as
    ///   known, while these amount to fewer clusters than resampling can stand on ([`Evidence`]);
    /// - equal error rate: either of the two rates at its nearest threshold that is of few clusters; if it is 0, then no
    ///   negative lay above the threshold of the true rate e, or no positive below it, (1 − e)^k each for the k clusters of
    ///   the smaller class, so that an end which misses with probability t is at 1 − (t / 2)^(1/k);
    /// - a true-positive rate: that of its clusters at a threshold that is known.
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
        let (all_negatives, all_positives) = (scores(negatives)?, scores(positives)?);
        let curve = Curve::new(&all_negatives, &all_positives)?;
        let (below, above) = (Groups::of(negatives, &all_positives), Groups::of(positives, &all_positives));
        let resample = |number: u64| {
            let mut draws = Draws::new(self.seed, PURPOSE, number);
            let mut times = vec![0; clusters];
            (0..clusters).for_each(|_| times[draws.below(clusters)] += 1);
            let steps = below.steps(&times).zip(above.steps(&times));
            let curve = steps.map(|(negatives, positives)| Curve::of_steps(negatives, positives));
            curve.map_or_else(|| vec![f64::NAN; 2 + REPORTED_FPRS.len()], |curve| summary(&curve))
        };
        let resamples: Vec<Vec<f64>> = (0..self.resamples as u64).into_par_iter().map(resample).collect();
        let mut found = self.intervals(&resamples);
        let confidence = Confidence::new(self.confidence)?;
        let reach = |interval: &mut Option<Interval>, bound: Option<Interval>| {
            *interval = interval.zip(bound).map(|(one, other)| one.hull(other)).or(*interval);
        };
        let classes = [(negatives, &all_positives, Side::Below), (positives, &all_negatives, Side::Above)];
        for (scored, others, side) in classes {
            reach(&mut found[0], order_bound(wrong_order(scored, others, side, clusters), confidence));
        }
        let at = curve.equal_error().nearest.threshold;
        let flagged = of_clusters(negatives, clusters, |score| score > at);
        let missed = of_clusters(positives, clusters, |score| score <= at);
        reach(&mut found[1], equal_error_bound(flagged, missed, confidence));
        for (interval, point) in found[2..].iter_mut().zip(at_reported(&curve)) {
            reach(interval, of_clusters(positives, clusters, |score| score > point.threshold).interval(confidence));
        }
        let values = summary(&curve);
        let estimate = |place: usize| Estimate { value: values[place], interval: found[place] };
        let is_measured = |place: usize| negatives.len() as f64 * REPORTED_FPRS[place] >= MEASURED;
        let tpr_at = std::array::from_fn(|place| is_measured(place).then(|| estimate(2 + place)));
        let sensitivity = sensitivity(&all_negatives, &all_positives);
        Ok(Separated { curve, auc: estimate(0), equal_error: estimate(1), tpr_at, sensitivity })
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

fn scores(scored: &[Scored]) -> Result<Scores, StatsError> {
    Scores::new(scored.iter().map(|one| one.score).collect())
}

/// Scores between the same two positives, or equal to the same one. For what an error curve is summed up by, those of a
/// group are one score: the curve runs straight between them.
struct Groups(Vec<Group>);

struct Group {
    score: f64,
    clusters: Vec<usize>,
}

impl Groups {
    fn of(scored: &[Scored], positives: &Scores) -> Self {
        let mut scored = scored.to_vec();
        scored.sort_by(|a, b| a.score.total_cmp(&b.score));
        let above = |score: f64| positives.count_above(score);
        let at_least = |score: f64| positives.len() - positives.sorted().partition_point(|&other| other < score);
        let place = |one: &Scored| (above(one.score), at_least(one.score));
        let groups = scored.chunk_by(|a, b| place(a) == place(b));
        let group = |members: &[Scored]| Group {
            score: members[0].score,
            clusters: members.iter().map(|one| one.cluster).collect(),
        };
        Self(groups.map(group).collect())
    }

    /// The share above every group where each cluster is there so many times; `None` where none is.
    fn steps(&self, times: &[u32]) -> Option<Vec<Step>> {
        let drawn = |group: &Group| group.clusters.iter().map(|&cluster| u64::from(times[cluster])).sum();
        let counts: Vec<u64> = self.0.iter().map(drawn).collect();
        let trials: u64 = counts.iter().sum();
        let mut above = trials;
        let thresholds = std::iter::once((f64::NEG_INFINITY, 0)).chain(self.0.iter().map(|one| one.score).zip(counts));
        let steps = thresholds.map(|(threshold, count)| {
            above -= count;
            Step { threshold, above: Proportion::of_counts(above, trials) }
        });
        (trials > 0).then(|| steps.collect())
    }
}

/// Scores that count as events, cluster by cluster.
fn of_clusters(scored: &[Scored], clusters: usize, is_event: impl Fn(f64) -> bool) -> ClusterCounts {
    let mut counts = vec![(0, 0); clusters];
    for one in scored {
        counts[one.cluster].0 += u64::from(is_event(one.score));
        counts[one.cluster].1 += 1;
    }
    ClusterCounts::of(counts.into_iter())
}

/// On which side of a score the others of its pairs are in the wrong place.
#[derive(Clone, Copy)]
enum Side {
    /// Positives below a negative.
    Below,
    /// Negatives above a positive.
    Above,
}

/// Halves of pairs in the wrong order, ties one of two, by the clusters of `scored`.
fn wrong_order(scored: &[Scored], others: &Scores, side: Side, clusters: usize) -> ClusterCounts {
    let all = others.len() as u64;
    let mut counts = vec![(0, 0); clusters];
    for one in scored {
        let above = others.count_above(one.score);
        let at_least = all - others.sorted().partition_point(|&other| other < one.score) as u64;
        counts[one.cluster].0 += match side {
            Side::Below => 2 * all - above - at_least,
            Side::Above => above + at_least,
        };
        counts[one.cluster].1 += 2 * all;
    }
    ClusterCounts::of(counts.into_iter())
}

/// What counting pairs in the wrong order says of the AUC; nothing where resampling alone does.
fn order_bound(wrong: ClusterCounts, confidence: Confidence) -> Option<Interval> {
    let ends = wrong.interval(confidence).filter(|_| wrong.evidence() != Evidence::Many)?;
    Some(Interval { low: 1.0 - ends.high, high: 1.0 - ends.low })
}

/// What counting flagged negatives and missed positives says of the equal error rate, which lies between the two rates at
/// any threshold; nothing of a class of which there are enough.
fn equal_error_bound(flagged: ClusterCounts, missed: ClusterCounts, confidence: Confidence) -> Option<Interval> {
    if flagged.counts.events() + missed.counts.events() == 0 {
        let high = |class: ClusterCounts| {
            let of_clusters = 1.0 - (confidence.tail() / 2.0).powf(1.0 / class.clusters as f64);
            // Even if only the largest clusters can err.
            of_clusters * (class.largest * class.clusters) as f64 / class.counts.trials() as f64
        };
        return Some(Interval { low: 0.0, high: high(flagged).max(high(missed)).min(1.0) });
    }
    let few = [flagged, missed].into_iter().filter(|counts| counts.evidence() == Evidence::Few);
    few.filter_map(|counts| counts.interval(confidence)).reduce(Interval::hull)
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

    fn ascending(scored: &[Scored]) -> Vec<f64> {
        scores(scored).unwrap().sorted().to_vec()
    }

    #[test]
    fn the_summary_is_that_of_the_curve_and_inside_its_intervals() {
        let (negatives, positives) = (of(0, spread(100, 0.0)), of(100, spread(60, 0.5)));
        let found = SPEC.separated(&negatives, &positives, 160).unwrap();
        assert_eq!((found.tpr_at[1], found.tpr_at[2]), (None, None), "one of a hundred negatives, or none");
        let larger = |positive: &Scored| negatives.iter().filter(|one| one.score < positive.score).count();
        let auc = positives.iter().map(larger).sum::<usize>() as f64 / 6000.0;
        // Ten of a hundred negatives lie above the 90th.
        let tenth = ascending(&negatives)[89];
        let above = positives.iter().filter(|one| one.score > tenth).count() as f64 / 60.0;
        assert!((found.auc.value - auc).abs() < 1e-12 && found.tpr_at[0].unwrap().value == above, "{found:?}");
        for Estimate { value, interval } in [found.auc, found.equal_error].into_iter().chain(found.tpr_at[0]) {
            let ends = interval.unwrap();
            assert!(ends.low < value && value < ends.high && ends.high - ends.low < 0.5, "{ends:?} {value}");
        }
        // Hanley and McNeil 1982: the standard error of an AUC of .875 with 100 and 60 scores is .027.
        let width = found.auc.interval.map(|ends| ends.high - ends.low).unwrap();
        assert!((found.curve.auc() - 0.875).abs() < 0.02 && (0.06..0.14).contains(&width), "{found:?}");
    }

    /// Groups of negatives lose points of the curve, and nothing that is read off it.
    #[test]
    fn a_resampled_curve_is_that_of_its_scores() {
        let coarse =
            |scores: &mut dyn Iterator<Item = f64>| scores.map(|score| (20.0 * score).round()).collect::<Vec<_>>();
        let negatives = of(0, coarse(&mut spread(80, 0.0)));
        let positives = of(20, coarse(&mut spread(30, 0.4)));
        let all = scores(&positives).unwrap();
        let (below, above) = (Groups::of(&negatives, &all), Groups::of(&positives, &all));
        for number in 0..50 {
            let mut draws = Draws::new(1, b"groupcrv", number);
            let mut times = vec![0; 80];
            (0..80).for_each(|_| times[draws.below(80)] += 1);
            let found = Curve::of_steps(below.steps(&times).unwrap(), above.steps(&times).unwrap());
            let drawn = |scored: &[Scored]| {
                let repeated =
                    scored.iter().flat_map(|one| std::iter::repeat_n(one.score, times[one.cluster] as usize));
                Scores::new(repeated.collect()).unwrap()
            };
            let expected = summary(&Curve::new(&drawn(&negatives), &drawn(&positives)).unwrap());
            for (found, expected) in summary(&found).into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
        assert!(below.steps(&[0; 80]).is_none());
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
        assert_eq!(found.tpr_at[0].unwrap().interval, Some(exact));
        let reversed = SPEC.separated(&of(0, spread(30, 2.0)), &of(30, spread(30, 0.0)), 60).unwrap();
        let ends = reversed.auc.interval.unwrap();
        assert_eq!((reversed.auc.value, ends.low), (0.0, 0.0));
        assert!((ends.high - (1.0 - 0.025_f64.powf(1.0 / 30.0))).abs() < 1e-12);
    }

    #[test]
    fn too_few_copies_to_draw_again_have_no_interval() {
        let found = SPEC.separated(&of(0, spread(100, 0.0)), &of(100, [0.7]), 101).unwrap();
        let estimates = [found.auc, found.equal_error].into_iter().chain(found.tpr_at[0]);
        assert!(estimates.into_iter().all(|estimate| estimate.interval.is_none()));
        assert!(matches!(SPEC.separated(&of(0, [0.1]), &[], 1), Err(StatsError::NoScores("positive"))));
    }
}

//! Intervals of a rate whose trials come in clusters, from counting whole clusters. Resampling cannot show what the few
//! clusters with an event have not shown; these bounds hold there, because clusters are independent trials.

use super::{Confidence, Interval, Proportion};

/// Fewer clusters than this with an event, or with a trial without one, are too few to resample.
pub const FEW_CLUSTERS: u64 = 10;

/// Events and trials, and how many clusters they lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterCounts {
    /// Events and trials.
    pub counts: Proportion,
    /// Clusters with a trial.
    pub clusters: u64,
    /// Clusters with an event.
    pub with_events: u64,
    /// Clusters with a trial that is no event.
    pub with_misses: u64,
}

impl ClusterCounts {
    /// Counts the events and trials of each cluster; a cluster without a trial does not count.
    pub fn of(clusters: impl Iterator<Item = (u64, u64)>) -> Self {
        let (mut events, mut trials) = (0, 0);
        let mut found = Self { counts: Proportion::of_counts(0, 0), clusters: 0, with_events: 0, with_misses: 0 };
        for (own_events, own_trials) in clusters {
            events += own_events;
            trials += own_trials;
            found.clusters += u64::from(own_trials > 0);
            found.with_events += u64::from(own_events > 0);
            found.with_misses += u64::from(own_events < own_trials);
        }
        Self { counts: Proportion::of_counts(events, trials), ..found }
    }

    /// Whether so few clusters have an event, or so few a trial without one, that resampling them tells too little.
    pub fn are_few(self) -> bool {
        self.with_events.min(self.with_misses) < FEW_CLUSTERS
    }

    /// A central interval, or `None` without trials.
    pub fn interval(self, confidence: Confidence) -> Option<Interval> {
        self.hull(|counts| counts.clopper_pearson(confidence))
    }

    /// Two one-sided bounds, or `None` without trials, as [`Proportion::one_sided_bounds`].
    pub fn one_sided_bounds(self, confidence: Confidence) -> Option<Interval> {
        self.hull(|counts| counts.one_sided_bounds(confidence))
    }

    /// What the exact bounds of three counts cover together: trials, clusters with an event, and clusters with a miss.
    /// Trials alone, unless each is a cluster, would be too sure where clusters agree, clusters alone where each has a
    /// few events.
    fn hull(self, exact: impl Fn(Proportion) -> Option<Interval>) -> Option<Interval> {
        let single = exact(self.counts)?;
        if self.counts.trials() == self.clusters {
            return Some(single);
        }
        let events = self.scaled(self.counts.events(), self.with_events, &exact)?;
        let misses = self.scaled(self.counts.misses(), self.with_misses, &exact)?;
        let (mut low, mut high) = (single.low.min(1.0 - misses.high), single.high.max(events.high));
        // A lower bound from many clusters is far below what their trials tell: next to none is without such a trial.
        if self.with_events < FEW_CLUSTERS {
            low = low.min(events.low);
        }
        if self.with_misses < FEW_CLUSTERS {
            high = high.max(1.0 - misses.low);
        }
        Some(Interval { low, high })
    }

    /// The bounds of the share of clusters with an event, times the share of such a cluster's trials that are events.
    ///
    /// The upper bound is prepared for one more such cluster with nothing but events, as the bound on a weighted sum of
    /// counts by Fay and Feuer 1997 ("Confidence intervals for directly standardized rates", Statistics in Medicine
    /// 16) is for one more event of the largest weight: one cluster says little about the next one's share.
    fn scaled(self, events: u64, with_events: u64, exact: impl Fn(Proportion) -> Option<Interval>) -> Option<Interval> {
        let share = exact(Proportion::new(with_events, self.clusters).ok()?)?;
        let usual_size = self.counts.trials() as f64 / self.clusters as f64;
        let whole = events as f64 / usual_size;
        let mean = if with_events == 0 { 0.0 } else { whole / with_events as f64 };
        let next = (whole + 1.0) / (with_events + 1) as f64;
        Some(Interval { low: share.low * mean, high: (share.high * next.max(mean)).min(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(level: f64) -> Confidence {
        Confidence::new(level).expect("a proportion")
    }

    /// `clusters` of four trials, of which the first `flagged` have `events` events each.
    fn clusters(clusters: u64, flagged: u64, events: u64) -> ClusterCounts {
        ClusterCounts::of((0..clusters).map(|cluster| (if cluster < flagged { events } else { 0 }, 4)))
    }

    fn interval(counts: ClusterCounts) -> (f64, f64) {
        let ends = counts.interval(at(0.95)).expect("trials");
        (ends.low, ends.high)
    }

    #[test]
    fn clusters_that_agree_are_single_trials() {
        for flagged in [0, 1, 7, 500, 999, 1000] {
            let found = clusters(1000, flagged, 4).interval(at(0.95)).expect("trials");
            let exact = Proportion::new(flagged, 1000).expect("counts").clopper_pearson(at(0.95)).expect("trials");
            assert!((found.low - exact.low).abs() < 1e-12 && (found.high - exact.high).abs() < 1e-12, "{flagged}");
        }
    }

    #[test]
    fn one_cluster_says_next_to_nothing() {
        let (low, high) = interval(clusters(1, 1, 2));
        assert!(low < 0.02 && high > 0.98, "{low} to {high}");
        let (low, high) = interval(clusters(2, 1, 2));
        assert!(low < 0.01 && high > 0.85, "{low} to {high}");
    }

    #[test]
    fn a_share_of_each_cluster_is_a_share_of_the_bound() {
        // 9 of 1000 clusters, half of each: between the bounds of 9 and of half as many of 1000.
        let (low, high) = interval(clusters(1000, 9, 2));
        assert!((low - 0.004_123 / 2.0).abs() < 1e-5, "{low}");
        assert!((high - 0.017_015 * 5.5 / 10.0).abs() < 1e-5, "{high}");
    }

    #[test]
    fn what_every_cluster_has_does_not_widen_the_interval() {
        // That all of 1000 clusters have a trial without an event would allow a rate of .37 % for itself.
        let single_pairs = ClusterCounts::of((0..1000).map(|cluster| (u64::from(cluster < 1), 6)));
        let high = interval(single_pairs).1;
        assert!((high - 0.005_558_9 * (1.0 / 6.0 + 1.0) / 2.0).abs() < 1e-6, "{high}");
    }

    #[test]
    fn nothing_is_known_of_nothing() {
        assert_eq!(clusters(0, 0, 0).interval(at(0.95)), None);
        assert!(clusters(1000, 9, 4).are_few() && clusters(1000, 995, 4).are_few());
        assert!(!clusters(1000, 10, 4).are_few() && clusters(1000, 10, 0).are_few());
    }

    proptest! {
        #[test]
        fn ends_hold_the_rate(rows in prop::collection::vec((0_u64..5, 0_u64..5), 1..30), level in 0.1..0.99) {
            let counts = ClusterCounts::of(rows.iter().map(|&(one, other)| (one.min(other), one.max(other))));
            let Some(rate) = counts.counts.rate() else { return Ok(()) };
            let ends = counts.interval(at(level)).expect("trials");
            prop_assert!(0.0 <= ends.low && ends.low <= rate + 1e-12);
            prop_assert!(rate - 1e-12 <= ends.high && ends.high <= 1.0);
            let single = counts.counts.clopper_pearson(at(level)).expect("trials");
            prop_assert!(ends.low <= single.low && single.high <= ends.high);
        }
    }
}

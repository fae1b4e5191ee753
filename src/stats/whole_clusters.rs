//! Intervals of a rate whose trials come in clusters of any sizes, from the sum of the clusters' events and of their
//! squares: gamma bounds, prepared for one more event of the largest cluster. They hold where resampling cannot, since
//! few clusters, or very unequal ones, have not shown what the next one may.

use statrs::function::gamma::{gamma_lr, gamma_ur};

use super::threshold::trials_for_power;
use super::{Confidence, Interval, Proportion, StatsError};

/// Below so many clusters of equal weight with an event, resampling adds nothing to the bounds.
const COUNTED_ALONE: f64 = 10.0;
/// Below so many, resampling alone is too sure.
const COUNTED_TOO: f64 = 30.0;

/// Events and trials, and how they lie in clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterCounts {
    /// Events and trials.
    pub counts: Proportion,
    /// Clusters with a trial.
    pub clusters: u64,
    /// Clusters with an event.
    pub with_events: u64,
    /// Trials of the largest cluster.
    pub largest: u64,
    /// Sum of the squares of the clusters' events.
    event_squares: u128,
    /// Sum of the squares of the clusters' trials without an event.
    miss_squares: u128,
}

/// What an interval of a clustered rate should rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Counting clusters alone: too few of equal weight have an event, or a trial without one.
    Few,
    /// Both counting and resampling, whichever reaches farther.
    Some,
    /// Resampling.
    Many,
}

/// Events (or misses) of clusters as a gamma bound sees them.
#[derive(Debug, Clone, Copy)]
struct Weighted {
    sum: f64,
    squares: f64,
}

impl ClusterCounts {
    /// Counts the events and trials of each cluster; a cluster without a trial does not count.
    pub fn of(clusters: impl Iterator<Item = (u64, u64)>) -> Self {
        let counts = Proportion::of_counts(0, 0);
        let mut found = Self { counts, clusters: 0, with_events: 0, largest: 0, event_squares: 0, miss_squares: 0 };
        let (mut all_events, mut all_trials) = (0, 0);
        for (events, trials) in clusters {
            all_events += events;
            all_trials += trials;
            found.clusters += u64::from(trials > 0);
            found.with_events += u64::from(events > 0);
            found.largest = found.largest.max(trials);
            found.event_squares += u128::from(events).pow(2);
            found.miss_squares += u128::from(trials - events).pow(2);
        }
        Self { counts: Proportion::of_counts(all_events, all_trials), ..found }
    }

    /// Whether every cluster is a single trial, so that exact intervals hold.
    pub fn is_independent(self) -> bool {
        self.counts.trials() == self.clusters
    }

    /// Whether all clusters have equally many trials.
    pub fn is_equal(self) -> bool {
        self.counts.trials() == self.clusters * self.largest
    }

    /// What an interval should rest on: the number of clusters of equal weight that the rarer of events and misses
    /// amount to, (Σ e)² / Σ e², decides.
    pub fn evidence(self) -> Evidence {
        let Weighted { sum, squares } = self.rarer();
        match if squares > 0.0 { sum * sum / squares } else { 0.0 } {
            clusters if clusters < COUNTED_ALONE => Evidence::Few,
            clusters if clusters < COUNTED_TOO => Evidence::Some,
            _ => Evidence::Many,
        }
    }

    /// A central interval, or `None` without trials.
    pub fn interval(self, confidence: Confidence) -> Option<Interval> {
        if self.is_independent() { self.counts.clopper_pearson(confidence) } else { self.bounds(confidence.tail()) }
    }

    /// Two one-sided bounds, or `None` without trials, as [`Proportion::one_sided_bounds`].
    pub fn one_sided_bounds(self, confidence: Confidence) -> Option<Interval> {
        if self.is_independent() { self.counts.one_sided_bounds(confidence) } else { self.bounds(confidence.delta()) }
    }

    /// About how many clusters like these it takes so that the upper bound of a true rate of half the limit is at most the
    /// limit with probability `power`. The events of a cluster come together, as many as Σ e² / Σ e of the known ones, or
    /// all of the largest where none has any.
    ///
    /// # Errors
    /// As [`trials_for_power`].
    pub fn clusters_needed(self, limit: f64, confidence: Confidence, power: f64) -> Result<u64, StatsError> {
        let trials = trials_for_power(limit, confidence, power)?;
        if self.is_independent() {
            return Ok(trials);
        }
        let largest = self.largest as f64;
        let together = match self.counts.events() {
            0 => largest,
            events => self.event_squares as f64 / events as f64,
        };
        let size = self.counts.trials() as f64 / self.clusters as f64;
        let reached = |clusters: u64| {
            let trials = clusters as f64 * size;
            let expected = trials * limit / 2.0;
            let sum = gamma_quantile(Weighted { sum: expected, squares: expected * together }, power);
            let next = Weighted { sum: sum + largest, squares: sum * together + largest * largest };
            gamma_quantile(next, confidence.level()) / trials <= limit
        };
        let (mut low, mut high) = (0, (trials as f64 * together / size).ceil() as u64);
        while !reached(high) {
            (low, high) = (high, 2 * high);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            *(if reached(middle) { &mut high } else { &mut low }) = middle;
        }
        Ok(high)
    }

    /// Events, or misses where they are rarer.
    fn rarer(self) -> Weighted {
        let weighted = |sum: u64, squares: u128| Weighted { sum: sum as f64, squares: squares as f64 };
        if self.counts.events() <= self.counts.misses() {
            weighted(self.counts.events(), self.event_squares)
        } else {
            weighted(self.counts.misses(), self.miss_squares)
        }
    }

    /// Gamma bounds, each of which misses with probability `tail`.
    ///
    /// A sum y of weighted Poisson counts with Σ e² = v is above or below its bounds as a gamma variable with the same
    /// mean and variance; the upper bound adds one event of the largest weight. Fay and Feuer 1997, "Confidence
    /// intervals for directly standardized rates", Statistics in Medicine 16.
    fn bounds(self, tail: f64) -> Option<Interval> {
        let rate = self.counts.rate()?;
        let (trials, largest) = (self.counts.trials() as f64, self.largest as f64);
        let Weighted { sum, squares } = self.rarer();
        let next = Weighted { sum: sum + largest, squares: squares + largest * largest };
        let low = if sum == 0.0 { 0.0 } else { gamma_quantile(Weighted { sum, squares }, tail) / trials };
        let high = (gamma_quantile(next, 1.0 - tail) / trials).min(self.without_any(tail)).min(1.0);
        let (low, high) =
            if self.counts.events() <= self.counts.misses() { (low, high) } else { (1.0 - high, 1.0 - low) };
        Some(Interval { low: low.min(rate), high: high.max(rate) })
    }

    /// The exact upper bound where no cluster has an event (or a miss): even if only the largest ones can have any, so
    /// many clusters would have shown one. Infinite where some cluster has.
    fn without_any(self, tail: f64) -> f64 {
        if self.rarer().sum > 0.0 {
            return f64::INFINITY;
        }
        let of_clusters = -(tail.ln() / self.clusters as f64).exp_m1();
        of_clusters * self.largest as f64 * self.clusters as f64 / self.counts.trials() as f64
    }
}

/// The quantile at `level` of the gamma distribution with mean `sum` and variance `squares`, by bisection.
fn gamma_quantile(Weighted { sum, squares }: Weighted, level: f64) -> f64 {
    let (shape, scale) = (sum * sum / squares, squares / sum);
    // The smaller tail is the one that is compared, so that no digit is lost.
    let is_above = |x: f64| if level < 0.5 { gamma_lr(shape, x) >= level } else { gamma_ur(shape, x) <= 1.0 - level };
    let mut high = shape + 1.0;
    while !is_above(high) {
        high *= 2.0;
    }
    let mut low = 0.0;
    while high - low > 1e-13 * high {
        let middle = low + (high - low) / 2.0;
        *(if is_above(middle) { &mut high } else { &mut low }) = middle;
    }
    scale * high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Draws;

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

    /// Poisson bounds from chi-squared tables (Ulm 1990): 9 events of weight 1 have 4.115 to 17.085.
    #[test]
    fn clusters_that_agree_are_single_trials() {
        let (low, high) = interval(clusters(1000, 9, 4));
        assert!((low - 0.004_115).abs() < 1e-6 && (high - 0.017_085).abs() < 1e-6, "{low} to {high}");
        for flagged in [0, 1, 7, 999, 1000] {
            let (low, high) = interval(clusters(1000, flagged, 4));
            let exact = Proportion::new(flagged, 1000).expect("counts").clopper_pearson(at(0.95)).expect("trials");
            // The inner end is a Poisson bound, below the binomial one by less than that; for misses it is the high end.
            assert!(low <= exact.low + 1e-5 && exact.high <= high + 1e-5, "{flagged}: {low} to {high}");
            assert!((low - exact.low).abs() < 2e-4 && (high - exact.high).abs() < 2e-4, "{flagged}");
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
    fn the_largest_cluster_is_the_one_that_may_come_next() {
        // 950 of 6 pairs and 50 of 496: not one flag. As clusters of a usual size of 30.5 they would be at most .3 %.
        let pairs = |flagged: u64| {
            ClusterCounts::of((0..1000).map(move |n| {
                let trials = if n < 950 { 6 } else { 496 };
                (if n >= 1000 - flagged { trials } else { 0 }, trials)
            }))
        };
        let high = |flagged| pairs(flagged).one_sided_bounds(at(0.95)).expect("trials").high;
        assert!((high(0) - 496.0 / 30.5 * 0.002_991_25).abs() < 1e-6, "{}", high(0));
        assert!((high(1) - 4.743_86 * 496.0 / 30_500.0).abs() < 1e-6, "{}", high(1));
        assert!(high(0) < high(1) && high(1) < high(2));
    }

    #[test]
    fn unequal_clusters_are_few_though_many_have_an_event() {
        let counts =
            |large: u64| ClusterCounts::of((0..60).map(|_| (1, 2)).chain([(large, 2 * large)]).chain([(0, 400)]));
        assert_eq!(counts(1).evidence(), Evidence::Many);
        // (60 + 30)² / (60 + 900) = 8.4 clusters of equal weight.
        assert_eq!(counts(30).evidence(), Evidence::Few);
        // (60 + 12)² / (60 + 144) = 25.4.
        assert_eq!(counts(12).evidence(), Evidence::Some);
    }

    #[test]
    fn nothing_is_known_of_nothing() {
        assert_eq!(clusters(0, 0, 0).interval(at(0.95)), None);
        let evidence = |flagged, events| clusters(1000, flagged, events).evidence();
        assert_eq!([evidence(9, 4), evidence(995, 4), evidence(0, 0)], [Evidence::Few; 3]);
        assert_eq!(
            [evidence(10, 4), evidence(971, 4), evidence(30, 4)],
            [Evidence::Some, Evidence::Some, Evidence::Many]
        );
    }

    /// Sizes of 2 with a tenth of 20, wholly flagged or not, at the limit: the audit found 12 % of wrong passes.
    #[test]
    fn a_bound_on_unequal_clusters_is_wrong_in_5_of_100_at_most() {
        let limit = 0.02;
        let passes = |run: u64| {
            let mut draws = Draws::new(1, b"unequal_", run);
            let mut cluster = |_| {
                let trials = if draws.below(10) == 0 { 20 } else { 2 };
                (if draws.below(50) == 0 { trials } else { 0 }, trials)
            };
            let rows: Vec<(u64, u64)> = (0..100).map(&mut cluster).collect();
            ClusterCounts::of(rows.into_iter()).one_sided_bounds(at(0.95)).expect("trials").high <= limit
        };
        let wrong = (0..1000).filter(|run| passes(*run)).count();
        assert!(wrong <= 50, "{wrong} of 1000");
    }

    /// Clusters of four whose events are independent of each other: half the limit passes as often as is said.
    #[test]
    fn so_many_clusters_have_the_power() {
        let mut draws = Draws::new(5, b"clustpow", 0);
        let mut recording = |clusters: u64| {
            let mut cluster = |_| ((0..4).filter(|_| draws.below(100) == 0).count() as u64, 4);
            let rows: Vec<(u64, u64)> = (0..clusters).map(&mut cluster).collect();
            ClusterCounts::of(rows.into_iter())
        };
        let needed = recording(2000).clusters_needed(0.02, at(0.95), 0.8).unwrap();
        let passed = (0..500).filter(|_| recording(needed).one_sided_bounds(at(0.95)).unwrap().high <= 0.02).count();
        // Standard error √(500 · .8 · .2) = 9.
        assert!((370..=460).contains(&passed), "{passed} of 500 with {needed}");
    }

    proptest! {
        #[test]
        fn ends_hold_the_rate_and_mirror(rows in prop::collection::vec((0_u64..5, 0_u64..5), 1..30), level in 0.1..0.99) {
            let rows: Vec<_> = rows.into_iter().map(|(one, other)| (one.min(other), one.max(other))).collect();
            let counts = ClusterCounts::of(rows.iter().copied());
            let Some(rate) = counts.counts.rate() else { return Ok(()) };
            let ends = counts.interval(at(level)).expect("trials");
            prop_assert!(0.0 <= ends.low && ends.low <= rate + 1e-12);
            prop_assert!(rate - 1e-12 <= ends.high && ends.high <= 1.0);
            let misses = ClusterCounts::of(rows.iter().map(|(events, trials)| (trials - events, *trials)));
            let mirrored = misses.interval(at(level)).expect("trials");
            if 2 * counts.counts.events() != counts.counts.trials() {
                prop_assert!((ends.low + mirrored.high - 1.0).abs() < 1e-9, "{ends:?} {mirrored:?}");
            }
        }
    }
}

//! The percentile bootstrap over samples: counts per sample are drawn with replacement, summed and given to the very
//! function that computed the statistic. Seeded per resample, so the intervals do not depend on the number of threads.

use rayon::prelude::*;

use super::{Confidence, Draws, Interval, StatsError, percentile_interval};

/// The purpose that names the bootstrap's streams of draws.
pub const PURPOSE: &[u8; 8] = b"bootstrp";

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BootstrapSpec {
    /// Number of resamples; 10 000 is customary.
    pub resamples: usize,
    /// Proportion of the resamples that an interval holds, for example 0.95.
    pub confidence: f64,
    /// Seed of the draws.
    pub seed: u64,
}

/// Counts per sample: `rows` holds one row of `width` counts after the other.
#[derive(Debug, Clone, Copy)]
pub struct Counts<'a> {
    /// Samples × width, row-major.
    pub rows: &'a [u32],
    /// Counts per sample, at least 1.
    pub width: usize,
}

impl Counts<'_> {
    /// Number of samples.
    pub(super) fn samples(&self) -> usize {
        self.rows.len() / self.width.max(1)
    }

    /// Sums as many rows as there are samples, drawn with replacement.
    fn resample(&self, draws: &mut Draws, totals: &mut [u64]) {
        totals.fill(0);
        for _ in 0..self.samples() {
            let start = draws.below(self.samples()) * self.width;
            let row = &self.rows[start..start + self.width];
            totals.iter_mut().zip(row).for_each(|(total, &count)| *total += u64::from(count));
        }
    }
}

impl BootstrapSpec {
    /// Checks that the parameters can be used.
    pub fn validate(&self) -> Result<(), StatsError> {
        if self.resamples == 0 || u32::try_from(self.resamples).is_err() {
            return Err(StatsError::Resamples(self.resamples));
        }
        Confidence::new(self.confidence).map(drop)
    }

    /// Percentile intervals of every value that `statistic` computes from the summed counts.
    ///
    /// `group` keeps the draws of one table apart from another's (a step number): resample r of group g reads stream
    /// g · 2³² + r. `statistic` must return equally many values each time. No sample gives no interval at all (an
    /// empty list); a value that is NaN in any resample gives `None`.
    ///
    /// Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    pub fn intervals<F>(&self, group: u32, counts: Counts<'_>, statistic: F) -> Vec<Option<Interval>>
    where
        F: Fn(&[u64]) -> Vec<f64> + Sync,
    {
        if counts.samples() == 0 {
            return Vec::new();
        }
        let outcomes = self.resampled(group, counts, statistic);
        let values = outcomes.first().map_or(0, Vec::len);
        (0..values)
            .into_par_iter()
            .map(|value| {
                let mut column: Vec<f64> = outcomes.iter().map(|outcome| outcome[value]).collect();
                percentile_interval(&mut column, self.confidence)
            })
            .collect()
    }

    /// The statistic of each resample, in the order of resamples.
    pub(super) fn resampled<F>(&self, group: u32, counts: Counts<'_>, statistic: F) -> Vec<Vec<f64>>
    where
        F: Fn(&[u64]) -> Vec<f64> + Sync,
    {
        (0..self.resamples as u64)
            .into_par_iter()
            .map_init(
                || vec![0; counts.width],
                |totals, resample| {
                    let mut draws = Draws::new(self.seed, PURPOSE, (u64::from(group) << 32) | resample);
                    counts.resample(&mut draws, totals);
                    statistic(totals)
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 4000, confidence: 0.95, seed: 11 };

    fn mean(totals: &[u64], samples: f64) -> Vec<f64> {
        totals.iter().map(|&total| total as f64 / samples).collect()
    }

    #[test]
    fn the_interval_of_a_proportion_matches_its_standard_error() {
        // 120 successes of 400: standard error √(.3 · .7 / 400) = .022913, so .3 ∓ .04491.
        let rows: Vec<u32> = (0..400).map(|sample| u32::from(sample % 10 < 3)).collect();
        let intervals = SPEC.intervals(0, Counts { rows: &rows, width: 1 }, |totals| mean(totals, 400.0));
        let interval = intervals[0].expect("there are samples");
        assert!((interval.low - 0.2551).abs() < 0.004, "{interval:?}");
        assert!((interval.high - 0.3449).abs() < 0.004, "{interval:?}");
    }

    #[test]
    fn columns_are_resampled_together() {
        // The two counts of a sample always add to 1, so their sum never varies.
        let rows: Vec<u32> = (0..50_u32).flat_map(|sample| [sample % 2, 1 - sample % 2]).collect();
        let intervals =
            SPEC.intervals(0, Counts { rows: &rows, width: 2 }, |totals| vec![(totals[0] + totals[1]) as f64]);
        assert_eq!(intervals, [Some(Interval { low: 50.0, high: 50.0 })]);
    }

    #[test]
    fn the_result_does_not_depend_on_threads_but_on_seed_and_group() {
        let rows: Vec<u32> = (0..60).map(|sample| sample % 7).collect();
        let run = |threads, seed, group| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let spec = BootstrapSpec { resamples: 200, seed, ..SPEC };
            pool.install(|| spec.resampled(group, Counts { rows: &rows, width: 1 }, |totals| mean(totals, 60.0)))
        };
        assert_eq!(run(1, 5, 0), run(4, 5, 0));
        assert_ne!(run(1, 5, 0), run(1, 6, 0));
        assert_ne!(run(1, 5, 0), run(1, 5, 1));
    }

    #[test]
    fn no_samples_give_no_intervals() {
        assert!(SPEC.intervals(0, Counts { rows: &[], width: 3 }, |totals| mean(totals, 1.0)).is_empty());
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        assert_eq!(SPEC.validate(), Ok(()));
        assert_eq!(BootstrapSpec { resamples: 0, ..SPEC }.validate(), Err(StatsError::Resamples(0)));
        for confidence in [0.0, 1.0, -0.5, 95.0] {
            assert_eq!(BootstrapSpec { confidence, ..SPEC }.validate(), Err(StatsError::Confidence(confidence)));
        }
        assert!(BootstrapSpec { confidence: f64::NAN, ..SPEC }.validate().is_err());
    }
}

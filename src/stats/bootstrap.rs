//! The percentile bootstrap over samples: counts per sample are drawn with replacement, summed and given to the very
//! function that computed the statistic. Seeded per resample, so the intervals do not depend on the number of threads.

use std::ops::AddAssign;

use rayon::prelude::*;

use super::{Confidence, Draws, Interval, StatsError, percentile_interval};

/// The purpose that names the bootstrap's streams of draws.
pub const PURPOSE: &[u8; 8] = b"bootstrp";

/// Resamples that have to lie beyond either end of an interval, so that the end is not the whim of a few.
const BEYOND_AN_END: f64 = 25.0;

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

/// What is counted per sample, and the type that holds its sums.
pub trait Count: Copy + AddAssign {
    /// The type of sums.
    type Sum: Copy + AddAssign + From<Self> + Default + PartialEq;

    /// The sums of each resample over rows of `width`; `times` says of each row how often each resample holds it.
    fn sums(rows: &[Self], width: usize, times: &[u32], resamples: usize) -> Vec<Self::Sum>;
}

impl Count for u32 {
    type Sum = u64;

    fn sums(rows: &[u32], width: usize, times: &[u32], resamples: usize) -> Vec<u64> {
        // Twice as many of the narrow sums are added at once, where none can overflow.
        let most = u64::from(rows.iter().copied().max().unwrap_or(0));
        let drawn = times.iter().map(|&times| u64::from(times)).sum::<u64>();
        if most.saturating_mul(drawn) <= u64::from(u32::MAX) {
            return added::<u32, u32>(rows, width, times, resamples).into_iter().map(u64::from).collect();
        }
        added(rows, width, times, resamples)
    }
}

impl Count for f64 {
    type Sum = f64;

    fn sums(rows: &[f64], width: usize, times: &[u32], resamples: usize) -> Vec<f64> {
        added(rows, width, times, resamples)
    }
}

/// The sums of each resample, one row after the other.
fn added<C: Copy, S>(rows: &[C], width: usize, times: &[u32], resamples: usize) -> Vec<S>
where
    S: Copy + AddAssign + From<C> + Default,
{
    let mut sums = vec![S::default(); resamples * width];
    if width > 0 && resamples > 0 {
        for (row, times) in rows.chunks(width).zip(times.chunks(resamples)) {
            for (sums, &times) in sums.chunks_mut(width).zip(times) {
                (0..times).for_each(|_| sums.iter_mut().zip(row).for_each(|(sum, &count)| *sum += S::from(count)));
            }
        }
    }
    sums
}

/// Counts per sample: `rows` holds one row of `width` counts after the other.
#[derive(Debug, Clone, Copy)]
pub struct Counts<'a, C = u32> {
    /// Samples × width, row-major.
    pub rows: &'a [C],
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
            add(totals, &self.rows[start..start + self.width]);
        }
    }
}

fn add<C: Count>(totals: &mut [C::Sum], row: &[C]) {
    totals.iter_mut().zip(row).for_each(|(total, &count)| *total += C::Sum::from(count));
}

/// The counts of some clusters among all that are resampled.
#[derive(Debug, Clone, Copy)]
pub struct ClusterTable<'a, C = u32> {
    /// One row per cluster that the table holds.
    pub counts: Counts<'a, C>,
    /// Of every cluster, its row in `counts`, if it has one.
    pub places: &'a [Option<u32>],
}

impl BootstrapSpec {
    /// Checks that the parameters can be used.
    pub fn validate(&self) -> Result<(), StatsError> {
        if self.resamples == 0 || u32::try_from(self.resamples).is_err() {
            return Err(StatsError::Resamples(self.resamples));
        }
        Confidence::new(self.confidence).map(drop)
    }

    /// The fewest resamples that the ends of intervals at this confidence may rest on: 25 lie beyond either end.
    pub fn fewest(&self) -> u64 {
        let tail = (1.0 - self.confidence) / 2.0;
        // A hair less, so that rounding does not refuse 500 at 0.9.
        ((BEYOND_AN_END - 1e-9) / tail).ceil() as u64
    }

    /// With no more resamples than the ends need, for what is drawn hundreds of times.
    #[must_use]
    pub fn sparing(self) -> Self {
        Self {
            resamples: usize::try_from(self.fewest()).map_or(self.resamples, |fewest| fewest.min(self.resamples)),
            ..self
        }
    }

    /// Whether the ends of the intervals rest on enough resamples.
    ///
    /// # Errors
    /// As [`BootstrapSpec::validate`], and [`StatsError::TooFewResamples`] with the number that suffices.
    pub fn reach_the_confidence(&self) -> Result<(), StatsError> {
        self.validate()?;
        let needed = self.fewest();
        if self.resamples as u64 >= needed {
            return Ok(());
        }
        Err(StatsError::TooFewResamples { resamples: self.resamples, confidence: self.confidence, needed })
    }

    /// The largest share that a kind of cluster may have of which none is among `clusters`, at this confidence.
    ///
    /// 1 − (1 − confidence)^(1/n), about 3/n at 0.95 ("rule of three"; Hanley and Lippman-Hand 1983, JAMA 249).
    pub fn unseen(&self, clusters: usize) -> f64 {
        1.0 - (1.0 - self.confidence).powf(1.0 / clusters as f64)
    }

    /// Draws clusters for each resample from `first` on and returns, one resample after the other, the sums of those that
    /// the table holds: any table that numbers its clusters alike meets the same draws.
    ///
    /// A row is added to all resamples that hold it before the next one is looked at, so that a table beyond the caches
    /// is read once for all of them.
    pub fn totals<C: Count>(&self, first: u64, resamples: usize, table: &ClusterTable<'_, C>) -> Vec<C::Sum> {
        let Counts { rows, width } = table.counts;
        let mut times = vec![0_u32; resamples * (rows.len() / width.max(1))];
        for resample in 0..resamples {
            let mut draws = Draws::new(self.seed, PURPOSE, first + resample as u64);
            for _ in 0..table.places.len() {
                if let Some(place) = table.places[draws.below(table.places.len())] {
                    times[place as usize * resamples + resample] += 1;
                }
            }
        }
        C::sums(rows, width, &times, resamples)
    }

    /// The percentile interval of each value over all resamples: `outcomes` holds one list of values per resample,
    /// all equally long. A value that is NaN in any resample has none.
    ///
    /// Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    pub fn intervals(&self, outcomes: &[Vec<f64>]) -> Vec<Option<Interval>> {
        let values = outcomes.first().map_or(0, Vec::len);
        let interval = |value: usize| {
            let mut column: Vec<f64> = outcomes.iter().map(|outcome| outcome[value]).collect();
            percentile_interval(&mut column, self.confidence)
        };
        (0..values).into_par_iter().map(interval).collect()
    }

    /// The statistic of each resample, in the order of resamples.
    ///
    /// `group` keeps the draws of one table apart from another's: resample r of group g reads stream g · 2³² + r.
    /// `statistic` must return equally many values each time.
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

    fn intervals(rows: &[u32], width: usize, statistic: impl Fn(&[u64]) -> Vec<f64> + Sync) -> Vec<Option<Interval>> {
        SPEC.intervals(&SPEC.resampled(0, Counts { rows, width }, statistic))
    }

    #[test]
    fn the_interval_of_a_proportion_matches_its_standard_error() {
        // 120 successes of 400: standard error √(.3 · .7 / 400) = .022913, so .3 ∓ .04491.
        let rows: Vec<u32> = (0..400).map(|sample| u32::from(sample % 10 < 3)).collect();
        let interval = intervals(&rows, 1, |totals| mean(totals, 400.0))[0].expect("there are samples");
        assert!((interval.low - 0.2551).abs() < 0.004, "{interval:?}");
        assert!((interval.high - 0.3449).abs() < 0.004, "{interval:?}");
    }

    #[test]
    fn columns_are_resampled_together() {
        // The two counts of a sample always add to 1, so their sum never varies.
        let rows: Vec<u32> = (0..50_u32).flat_map(|sample| [sample % 2, 1 - sample % 2]).collect();
        let found = intervals(&rows, 2, |totals| vec![(totals[0] + totals[1]) as f64]);
        assert_eq!(found, [Some(Interval { low: 50.0, high: 50.0 })]);
    }

    #[test]
    fn tables_of_the_same_clusters_meet_the_same_draws() {
        let places: Vec<Option<u32>> = (0..30).map(Some).collect();
        let odd: Vec<Option<u32>> = (0..30).map(|cluster| (cluster % 2 == 1).then_some(cluster / 2)).collect();
        let (all, half) = ((0..30).collect::<Vec<u32>>(), (0..15).map(|row| 2 * row + 1).collect::<Vec<u32>>());
        let even: Vec<u32> = (0..30).map(|cluster| if cluster % 2 == 0 { cluster } else { 0 }).collect();
        let total = |rows: &[u32], places: &[Option<u32>]| {
            SPEC.totals(7, 1, &ClusterTable { counts: Counts { rows, width: 1 }, places })[0]
        };
        assert!(total(&half, &odd) > 0);
        assert_eq!(total(&all, &places), total(&half, &odd) + total(&even, &places));
        let one_table = SPEC.resampled(0, Counts { rows: &all, width: 1 }, |totals| vec![totals[0] as f64]);
        assert_eq!(one_table[7], [total(&all, &places) as f64]);
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
    fn the_ends_of_an_interval_rest_on_25_resamples_each() {
        for (resamples, confidence, needed) in [(999, 0.95, 1000), (499, 0.9, 500), (10_000, 0.999, 50_000)] {
            let spec = BootstrapSpec { resamples, confidence, seed: 0 };
            assert_eq!(
                spec.reach_the_confidence(),
                Err(StatsError::TooFewResamples { resamples, confidence, needed: needed as u64 })
            );
            assert_eq!(BootstrapSpec { resamples: needed, ..spec }.reach_the_confidence(), Ok(()));
        }
        assert!(BootstrapSpec { confidence: 1.0, ..SPEC }.reach_the_confidence().is_err());
    }

    #[test]
    fn what_was_not_seen_in_n_may_be_three_in_n() {
        assert!((SPEC.unseen(300) - 3.0 / 300.0).abs() < 1e-4);
        assert!((SPEC.unseen(1) - 0.95).abs() < 1e-12);
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

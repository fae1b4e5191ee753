//! Intervals of rates whose trials come in clusters: the responses of one request depend on each other, so whole
//! requests are drawn with replacement. Many rates (thresholds, units) share the draws, so they can be compared.

use rayon::prelude::*;

use super::bootstrap::Counts;
use super::{BootstrapSpec, Confidence, Interval, StatsError, normal, percentile_interval, quantile};

/// A rate as a ratio of sums: two columns of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Column of the events (flags), from 0.
    pub events: usize,
    /// Column of the trials (pairs, responses or minibatches), from 0; several rates may share one.
    pub trials: usize,
}

/// A rate with its intervals from the bootstrap over clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredRate {
    /// Sum of events / sum of trials; `None` without trials.
    pub rate: Option<f64>,
    /// The percentile interval. Where all resamples agree it is that single point; `None` where there are no trials or
    /// some resample drew none.
    pub percentile: Option<Interval>,
    /// The BCa interval. `None` wherever the percentile interval is, and where the resamples do not carry its
    /// corrections: all agree (no events, or the same rate everywhere), all lie on one side of the rate, or one
    /// cluster holds all trials.
    pub bca: Option<Interval>,
}

impl BootstrapSpec {
    /// The rates of all `ratios` with their percentile and BCa intervals, from the same resamples of the rows.
    ///
    /// Each row of `counts` is one cluster; `group` keeps the draws of one table apart from another's, as in
    /// [`BootstrapSpec::intervals`]. The result depends on seed and group, not on threads; a ratio's intervals do not
    /// depend on the other ratios. An interval without width says that the bootstrap cannot tell, not that the rate is
    /// certain: use [`Proportion`](super::Proportion) there.
    ///
    /// Efron 1987, "Better bootstrap confidence intervals", JASA 82; Davison and Hinkley 1997, "Bootstrap Methods and
    /// their Application", section 3.8 (clusters).
    ///
    /// Errors: the parameters as in [`BootstrapSpec::validate`], [`StatsError::RaggedCounts`],
    /// [`StatsError::NoSuchColumn`], and [`StatsError::MoreEventsThanTrials`] for a row with more events than trials.
    pub fn rates(&self, group: u32, counts: Counts<'_>, ratios: &[Ratio]) -> Result<Vec<ClusteredRate>, StatsError> {
        self.validate()?;
        let confidence = Confidence::new(self.confidence)?;
        ratios.iter().try_for_each(|ratio| ratio.check(counts))?;
        if counts.samples() == 0 {
            return Ok(vec![ClusteredRate { rate: None, percentile: None, bca: None }; ratios.len()]);
        }
        let of_totals = |totals: &[u64]| ratios.iter().map(|ratio| ratio.of(totals)).collect();
        let resamples: Vec<Vec<f64>> = self.resampled(group, counts, of_totals);
        let judge = |(place, ratio): (usize, &Ratio)| {
            let column = resamples.iter().map(|resample| resample[place]).collect();
            clustered_rate(*ratio, counts, column, confidence)
        };
        Ok(ratios.par_iter().enumerate().map(judge).collect())
    }
}

impl Ratio {
    /// Events / trials of one row or of totals; NaN without trials.
    fn of(self, totals: &[u64]) -> f64 {
        totals[self.events] as f64 / totals[self.trials] as f64
    }

    /// Refuses counts that this ratio cannot be computed from.
    fn check(self, counts: Counts<'_>) -> Result<(), StatsError> {
        let Counts { rows, width } = counts;
        if width == 0 || rows.len() % width != 0 {
            return Err(StatsError::RaggedCounts { counts: rows.len(), width });
        }
        let column = self.events.max(self.trials);
        if column >= width {
            return Err(StatsError::NoSuchColumn { column, width });
        }
        match self.pairs(counts).find(|(events, trials)| events > trials) {
            Some((events, trials)) => Err(StatsError::MoreEventsThanTrials { events, trials }),
            None => Ok(()),
        }
    }

    /// Events and trials of each row.
    fn pairs(self, counts: Counts<'_>) -> impl Iterator<Item = (u64, u64)> {
        let rows = counts.rows.chunks_exact(counts.width);
        rows.map(move |row| (u64::from(row[self.events]), u64::from(row[self.trials])))
    }
}

/// One rate and its intervals, given its value in each resample.
fn clustered_rate(ratio: Ratio, counts: Counts<'_>, mut column: Vec<f64>, confidence: Confidence) -> ClusteredRate {
    let (events, trials) = ratio.pairs(counts).fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let rate = (trials > 0).then(|| events as f64 / trials as f64);
    // Sorts the column, which is what the BCa interval reads.
    let percentile = percentile_interval(&mut column, confidence.level());
    let bca = percentile.and(rate).and_then(|rate| {
        let acceleration = acceleration(ratio.pairs(counts), events, trials)?;
        bca_interval(&column, rate, acceleration, confidence)
    });
    ClusteredRate { rate, percentile, bca }
}

/// The BCa interval from resampled values in ascending order.
///
/// z₀ = Φ⁻¹(share of resamples below the estimate, those equal to it counted half); the ends are the quantiles at
/// Φ(z₀ + (z₀ ∓ z) / (1 − a (z₀ ∓ z))). `None` where z₀ is infinite, or a so large that 1 − a (z₀ ∓ z) ≤ 0.
fn bca_interval(sorted: &[f64], estimate: f64, acceleration: f64, confidence: Confidence) -> Option<Interval> {
    if sorted.first() == sorted.last() {
        return None;
    }
    let below = sorted.partition_point(|&value| value < estimate);
    let not_above = sorted.partition_point(|&value| value <= estimate);
    let bias = normal::probit((below + not_above) as f64 / (2 * sorted.len()) as f64);
    let end = |z: f64| {
        let (shifted, scale) = (bias + z, 1.0 - acceleration * (bias + z));
        let level = normal::cdf(bias + shifted / scale);
        (bias.is_finite() && scale > 0.0).then(|| quantile(sorted, level)).flatten()
    };
    let z = confidence.two_sided_z();
    Some(Interval { low: end(-z)?, high: end(z)? })
}

/// The acceleration a = Σ dᵢ³ / (6 (Σ dᵢ²)^1.5) of a ratio of sums, dᵢ = mean of the jackknife values − the value
/// without cluster i.
///
/// `None` where the rate without some cluster is undefined, or the same without any of them.
fn acceleration(pairs: impl Iterator<Item = (u64, u64)>, events: u64, trials: u64) -> Option<f64> {
    let left_out: Option<Vec<f64>> = pairs
        .map(|(own_events, own_trials)| {
            let others = trials - own_trials;
            (others > 0).then(|| (events - own_events) as f64 / others as f64)
        })
        .collect();
    let left_out = left_out?;
    let mean = left_out.iter().sum::<f64>() / left_out.len() as f64;
    let moment = |power| left_out.iter().map(|value| (mean - value).powi(power)).sum::<f64>();
    let squares = moment(2);
    (squares > 0.0).then(|| moment(3) / (6.0 * squares.powf(1.5)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Draws;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 4000, confidence: 0.95, seed: 3 };
    const RATIO: Ratio = Ratio { events: 1, trials: 0 };

    fn rate_of(rows: &[u32]) -> ClusteredRate {
        SPEC.rates(0, Counts { rows, width: 2 }, &[RATIO]).expect("valid counts")[0]
    }

    /// Requests of four responses: none flagged in most, all four in some.
    fn all_or_none(requests: u32, every: u32) -> Vec<u32> {
        (0..requests).flat_map(|request| [4, if request % every == 0 { 4 } else { 0 }]).collect()
    }

    #[test]
    fn clusters_widen_the_interval() {
        // 40 of 400 requests wholly flagged: standard error √(.1 · .9 / 400) = .015, twice that of 1600 responses.
        let found = rate_of(&all_or_none(400, 10));
        let percentile = found.percentile.expect("there are trials");
        assert_eq!(found.rate, Some(0.1));
        assert!((percentile.low - 0.0706).abs() < 0.003 && (percentile.high - 0.1294).abs() < 0.003, "{percentile:?}");
    }

    #[test]
    fn bca_shifts_a_skewed_interval_upwards() {
        let found = rate_of(&all_or_none(400, 40));
        let (percentile, bca) = (found.percentile.expect("trials"), found.bca.expect("events"));
        assert!(bca.low > percentile.low && bca.high > percentile.high, "{percentile:?} {bca:?}");
    }

    /// Expected values computed with NumPy and mpmath from the formulas in Efron 1987, apart from this crate.
    #[test]
    fn bca_follows_the_formula() {
        let pairs = [(0, 4), (1, 4), (4, 4), (0, 2), (2, 6)];
        let found = acceleration(pairs.into_iter(), 7, 20).expect("rates differ");
        assert!((found - 0.083_560_666_310_513_01).abs() < 1e-12, "{found}");
        let sorted: Vec<f64> = (0..=1000).map(|place| f64::from(place) / 1000.0).collect();
        let interval = bca_interval(&sorted, 0.45, 0.05, Confidence::new(0.9).expect("a level")).expect("two sides");
        assert!(
            (interval.low - 0.039_890_839_934_597_5).abs() < 1e-9
                && (interval.high - 0.935_579_511_037_599_7).abs() < 1e-9,
            "{interval:?}"
        );
    }

    #[test]
    fn without_variation_there_is_a_point_and_no_bca() {
        let point = |at| Some(Interval { low: at, high: at });
        let none = rate_of(&[4, 0, 4, 0, 3, 0]);
        assert_eq!(none, ClusteredRate { rate: Some(0.0), percentile: point(0.0), bca: None });
        let equal = rate_of(&[4, 1, 8, 2, 4, 1]);
        assert_eq!(equal, ClusteredRate { rate: Some(0.25), percentile: point(0.25), bca: None });
        assert_eq!(bca_interval(&[0.2; 9], 0.2, 0.1, Confidence::new(0.9).expect("a level")), None);
        let single = rate_of(&[4, 1]);
        assert_eq!(single, ClusteredRate { rate: Some(0.25), percentile: point(0.25), bca: None });
    }

    #[test]
    fn without_trials_there_is_nothing() {
        let nothing = ClusteredRate { rate: None, percentile: None, bca: None };
        assert_eq!((rate_of(&[]), rate_of(&[0, 0, 0, 0])), (nothing, nothing));
        // Some resample draws the empty cluster twice.
        assert_eq!(rate_of(&[0, 0, 4, 1]), ClusteredRate { rate: Some(0.25), ..nothing });
    }

    #[test]
    fn ratios_share_the_draws_and_do_not_depend_on_each_other_or_on_threads() {
        let rows: Vec<u32> = (0..90_u32).flat_map(|request| [4, request % 3, request % 4]).collect();
        let counts = Counts { rows: &rows, width: 3 };
        let ratios = [RATIO, Ratio { events: 2, trials: 0 }];
        let run = |threads, ratios: &[Ratio]| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| SPEC.rates(7, counts, ratios)).expect("valid counts")
        };
        let both = run(1, &ratios);
        assert_eq!(both, run(4, &ratios));
        assert_eq!(both[1..], run(2, &ratios[1..]));
    }

    #[test]
    fn impossible_counts_are_refused() {
        let rates = |rows: &[u32], width, ratio| SPEC.rates(0, Counts { rows, width }, &[ratio]);
        assert_eq!(rates(&[4, 1, 4], 2, RATIO), Err(StatsError::RaggedCounts { counts: 3, width: 2 }));
        assert_eq!(rates(&[], 0, RATIO), Err(StatsError::RaggedCounts { counts: 0, width: 0 }));
        let outside = Ratio { events: 1, trials: 2 };
        assert_eq!(rates(&[4, 1], 2, outside), Err(StatsError::NoSuchColumn { column: 2, width: 2 }));
        assert_eq!(rates(&[4, 5], 2, RATIO), Err(StatsError::MoreEventsThanTrials { events: 5, trials: 4 }));
        let spec = BootstrapSpec { resamples: 0, ..SPEC };
        assert_eq!(spec.rates(0, Counts { rows: &[], width: 2 }, &[]), Err(StatsError::Resamples(0)));
    }

    /// In 200 recordings of 60 requests, about 95 % of the intervals hold the true rate.
    #[test]
    fn intervals_hold_the_true_rate_about_as_often_as_stated() {
        let spec = BootstrapSpec { resamples: 500, ..SPEC };
        let (mut percentile, mut bca) = (0, 0);
        for recording in 0..200 {
            // Each request has its own rate, 0, ¼, ½ or ¾ with equal chances: .375 in all.
            let mut draws = Draws::new(1, b"coverage", recording);
            let mut request = |_| {
                let own = draws.below(4);
                [4, (0..4).filter(|_| draws.below(4) < own).count() as u32]
            };
            let rows: Vec<u32> = (0..60).flat_map(&mut request).collect();
            let found = spec.rates(0, Counts { rows: &rows, width: 2 }, &[RATIO]).expect("valid counts")[0];
            let holds = |interval: Option<Interval>| interval.is_some_and(|it| it.low <= 0.375 && 0.375 <= it.high);
            percentile += u32::from(holds(found.percentile));
            bca += u32::from(holds(found.bca));
        }
        // Standard deviation √(200 · .95 · .05) = 3.1.
        assert!((178..=199).contains(&percentile) && (178..=199).contains(&bca), "{percentile} and {bca} of 200");
    }

    proptest! {
        #[test]
        fn ends_are_rates_in_order(rows in prop::collection::vec((0_u32..5, 0_u32..5), 1..30), seed: u64) {
            let rows: Vec<u32> = rows.into_iter().flat_map(|(one, other)| [one.max(other), one.min(other)]).collect();
            let spec = BootstrapSpec { resamples: 100, seed, ..SPEC };
            let found = spec.rates(0, Counts { rows: &rows, width: 2 }, &[RATIO]).expect("valid counts")[0];
            for interval in found.percentile.into_iter().chain(found.bca) {
                prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
            }
        }
    }
}

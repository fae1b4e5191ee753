//! How memory grows with the calls at once, from measurements, and what follows: the memory at a concurrency and the
//! largest pool that fits a memory, with intervals.
//!
//! The model is need(k) = fixed + k · bytes per call, need being the peak less what was in use before. What no such line
//! explains, the noise of a measurement and every bend of the true curve, is taken as a share of the concurrency: what
//! has a constant variance is need(k) / k = bytes per call + fixed / k, an ordinary line over 1 / k. Each concurrency
//! counts as one point, the mean of its repetitions, so that the intervals have points − 2 degrees of freedom:
//! repetitions make a point surer and tell how far single measurements scatter, but hundreds of them say nothing of a
//! bend between two concurrencies.
//!
//! Plain least squares over all rows is shorter and wrong: with a noise that grows in proportion to k its 95 % interval
//! holds the slope in two thirds of all cases (`cargo run --example simulate_memory`), since it takes the noise at one
//! call for that at 32. HC3 mends most of that, but not a bend.

use std::collections::BTreeMap;

use crate::call::Call;
use crate::stats::line::{Doubt, Line, Point};
use crate::stats::{Confidence, Estimate, Interval};

/// Shares of rounding that a discriminant may be off by.
const ROUNDING: f64 = 1e-9;

/// Memory as a function of the calls at once.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryModel {
    /// Bytes that one more call needs, whatever the concurrency.
    pub bytes_per_call: Estimate,
    /// Bytes that calls need together, beside that; it may be negative, where calls share some.
    pub fixed_bytes: Estimate,
    /// The largest memory in use before the calls, in bytes: what a device must hold beside what calls need.
    pub base_bytes: u64,
    /// Texts of each call.
    pub texts: u32,
    /// Number of measurements with a known peak.
    pub measurements: usize,
    /// Number of different concurrencies among them.
    pub concurrencies: usize,
    /// The largest of these; what is said of more calls is an extrapolation.
    pub largest_measured: u32,
    /// Of need / k over 1 / k.
    line: Line,
    /// How far intervals reach in standard errors, where there are any.
    reach: Option<f64>,
    /// Variance of one more measurement about the line, as need / k.
    scatter: f64,
}

/// Why there is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLine {
    /// Calls that are not alike.
    #[error("calls on several devices, or with texts of several lengths, have no memory in common; give those of one")]
    Mixed,
    /// No two concurrencies.
    #[error(
        "calls of {texts} texts have a known peak at {concurrencies} different concurrencies; give at least 2, and 3 for \
         an interval"
    )]
    TooFew {
        /// Texts of each call.
        texts: u32,
        /// Different concurrencies with a known peak.
        concurrencies: usize,
    },
}

/// Whether memory grows with the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// The interval of the bytes per call lies above 0.
    Shown,
    /// There are too few concurrencies for an interval; the estimate is above 0.
    Untested,
    /// The interval reaches 0, or the estimate does: nothing follows for other concurrencies.
    NotShown,
}

/// Memory that some calls at once need beyond what is in use before them, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemoryAt {
    /// In the mean of many runs, and the interval of that mean.
    pub mean: Estimate,
    /// Of one run: the same figure, and the interval that the next run falls into.
    pub next: Estimate,
    /// Whether there are more calls than were measured.
    pub is_extrapolated: bool,
}

/// How many calls at once fit a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// The most whose mean need fits, by the estimate.
    pub calls: u64,
    /// The interval of that number.
    pub interval: Option<PoolEnds>,
    /// The most of which the next run fits too, with the confidence of one tail (97.5 % at 95 %).
    pub safe: Option<u64>,
    /// Whether `calls` are more than were measured.
    pub is_extrapolated: bool,
}

/// Ends of a number of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolEnds {
    /// The most calls that fit even where the mean need is at the upper end of its band.
    pub low: u64,
    /// The most that fit where it is at the lower end; `None` where nothing bounds it.
    pub high: Option<u64>,
}

impl MemoryModel {
    /// Fits the calls with `texts` texts each, of which those with an unknown peak are left out.
    ///
    /// # Errors
    /// They were made on several devices or with texts of several lengths, or there are no two concurrencies.
    pub fn fit(calls: &[Call], texts: u32, confidence: Confidence) -> Result<Self, NoLine> {
        let calls: Vec<&Call> =
            calls.iter().filter(|call| call.texts == texts && call.needed_bytes().is_some()).collect();
        let alike = |call: &&Call| (&call.device, call.tokens) == (&calls[0].device, calls[0].tokens);
        if !calls.iter().all(alike) {
            return Err(NoLine::Mixed);
        }
        let cells = Cells::of(&calls);
        let concurrencies = cells.0.len();
        let line = Line::through(&cells.points()).ok_or(NoLine::TooFew { texts, concurrencies })?;
        let reach = line.doubt.map(|doubt| doubt.reach(confidence));
        let estimate = |value: f64, variance: fn(&Doubt) -> f64| Estimate {
            value,
            interval: line.doubt.zip(reach).map(|(doubt, reach)| around(value, reach * variance(&doubt).sqrt())),
        };
        Ok(Self {
            bytes_per_call: estimate(line.intercept, |doubt| doubt.of_intercept),
            fixed_bytes: estimate(line.slope, |doubt| doubt.of_slope),
            base_bytes: calls.iter().filter_map(|call| call.base_bytes).max().unwrap_or(0),
            texts,
            measurements: calls.len(),
            concurrencies,
            largest_measured: calls.iter().map(|call| call.concurrency).max().unwrap_or(0),
            line,
            reach,
            scatter: line.doubt.map_or(0.0, |doubt| doubt.variance) + cells.scatter_beside_the_line(),
        })
    }

    /// Whether memory is known to grow with the calls.
    pub fn growth(&self) -> Growth {
        match self.bytes_per_call {
            Estimate { interval: Some(interval), .. } if interval.low > 0.0 => Growth::Shown,
            Estimate { interval: None, value } if value > 0.0 => Growth::Untested,
            _ => Growth::NotShown,
        }
    }

    /// What `calls` at once, at least 1, need beyond [`MemoryModel::base_bytes`]; `None` where no growth is shown.
    pub fn memory_at(&self, calls: u64) -> Option<MemoryAt> {
        if self.growth() == Growth::NotShown || calls == 0 {
            return None;
        }
        let count = calls as f64;
        let value = (self.line.slope + self.line.intercept * count).max(0.0);
        let within = |variance: f64| self.reach.map(|reach| around(value, reach * variance.sqrt())).map(not_negative);
        let of_mean = self.line.doubt.map(|doubt| variance_at(&doubt, count));
        let interval = |extra: f64| of_mean.and_then(|variance| within(variance + extra * count * count));
        Some(MemoryAt {
            mean: Estimate { value, interval: interval(0.0) },
            next: Estimate { value, interval: interval(self.scatter) },
            is_extrapolated: calls > u64::from(self.largest_measured),
        })
    }

    /// The largest number of calls at once that need at most `memory_bytes` beyond [`MemoryModel::base_bytes`]; `None`
    /// where no growth is shown.
    ///
    /// The interval is Fieller's: the calls at which a band about the line reaches the memory. Fieller 1954, "Some
    /// Problems in Interval Estimation".
    pub fn largest_pool(&self, memory_bytes: u64) -> Option<Pool> {
        if self.growth() == Growth::NotShown {
            return None;
        }
        let calls = whole((memory_bytes as f64 - self.line.slope) / self.line.intercept);
        Some(Pool {
            calls,
            interval: self.ends(memory_bytes as f64, 0.0),
            safe: self.ends(memory_bytes as f64, self.scatter).map(|ends| ends.low),
            is_extrapolated: calls > u64::from(self.largest_measured),
        })
    }

    /// Where the ends of a band reach `memory`; `extra` is the variance of need / k that it allows for beside that of
    /// the line.
    ///
    /// M lies within the band of k where (fixed + k · bytes − M)² ≤ t² · variance(k), a quadratic inequality in k.
    fn ends(&self, memory: f64, extra: f64) -> Option<PoolEnds> {
        let (doubt, reach) = (self.line.doubt?, self.reach?);
        let (bytes, rest, reach) = (self.line.intercept, self.line.slope - memory, reach * reach);
        let square = bytes * bytes - reach * (doubt.of_intercept + extra);
        let linear = 2.0 * (rest * bytes - reach * doubt.of_both);
        let constant = rest * rest - reach * doubt.of_slope;
        let Some(Roots { low, high }) = Roots::of(square, linear, constant) else {
            return Some(PoolEnds { low: 0, high: None });
        };
        if square > 0.0 {
            return Some(PoolEnds { low: whole(low), high: Some(whole(high)) });
        }
        // The band widens faster than the line rises: the memory is above it between the roots, if at all.
        let is_above = rest + bytes * low.midpoint(high) < 0.0;
        Some(PoolEnds { low: if is_above { whole(high) } else { 0 }, high: None })
    }
}

/// Measured need / k by concurrency.
struct Cells(BTreeMap<u32, Vec<f64>>);

impl Cells {
    fn of(calls: &[&Call]) -> Self {
        let mut cells: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for call in calls {
            let needed = call.needed_bytes().unwrap_or(0) as f64 / f64::from(call.concurrency);
            cells.entry(call.concurrency).or_default().push(needed);
        }
        Self(cells)
    }

    fn points(&self) -> Vec<Point> {
        let point =
            |(&concurrency, values): (&u32, &Vec<f64>)| Point { x: 1.0 / f64::from(concurrency), y: mean(values) };
        self.0.iter().map(point).collect()
    }

    /// Variance of a single measurement beyond that of its concurrency's mean, of which the line knows: that between
    /// repetitions, less its share in a mean. 0 without repetitions.
    fn scatter_beside_the_line(&self) -> f64 {
        let squares = |values: &Vec<f64>| values.iter().map(|value| (value - mean(values)).powi(2)).sum::<f64>();
        let freedom: usize = self.0.values().map(|values| values.len() - 1).sum();
        if freedom == 0 {
            return 0.0;
        }
        let between = self.0.values().map(squares).sum::<f64>() / freedom as f64;
        let share_in_mean = self.0.values().map(|values| 1.0 / values.len() as f64).sum::<f64>() / self.0.len() as f64;
        between * (1.0 - share_in_mean)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance of the line's need at `count` calls.
fn variance_at(doubt: &Doubt, count: f64) -> f64 {
    (doubt.of_slope + 2.0 * count * doubt.of_both + count * count * doubt.of_intercept).max(0.0)
}

fn around(value: f64, reach: f64) -> Interval {
    Interval { low: value - reach, high: value + reach }
}

fn not_negative(interval: Interval) -> Interval {
    Interval { low: interval.low.max(0.0), high: interval.high.max(0.0) }
}

/// The largest whole number of at most `calls`, 0 below that.
fn whole(calls: f64) -> u64 {
    calls.max(0.0).floor() as u64
}

/// Where a parabola is 0.
struct Roots {
    low: f64,
    high: f64,
}

impl Roots {
    /// Of square · x² + linear · x + constant; `None` where there are none.
    fn of(square: f64, linear: f64, constant: f64) -> Option<Self> {
        let discriminant = linear * linear - 4.0 * square * constant;
        if discriminant < -ROUNDING * linear * linear {
            return None;
        }
        let half = -0.5 * (linear + discriminant.max(0.0).sqrt().copysign(linear));
        let (one, other) = (half / square, constant / half);
        (one.is_finite() && other.is_finite()).then(|| Self { low: one.min(other), high: one.max(other) })
    }
}

#[cfg(test)]
mod tests;

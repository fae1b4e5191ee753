//! Intervals and the quantiles they are made of. A value that is not a number never becomes an end: an interval is
//! then absent.

/// A closed interval with its confidence level stated elsewhere (`run.json`, column documentation).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// As far to the right, or, below 0, to the left.
    pub fn moved(self, by: f64) -> Self {
        Self { low: self.low + by, high: self.high + by }
    }

    /// In another unit: both ends times a factor above 0.
    pub fn scaled(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }

    /// What of it lies from 0 to 1; `None` where that is a single point or nothing.
    pub fn of_share(self) -> Option<Self> {
        let cut = Self { low: self.low.max(0.0), high: self.high.min(1.0) };
        (cut.low < cut.high).then_some(cut)
    }

    /// The smallest interval that holds both.
    pub fn hull(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// A figure and its interval, where it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its interval.
    pub interval: Option<Interval>,
}

/// The quantile at `fraction` (0..=1) of values sorted in ascending order, or `None` of no values.
///
/// Linear between the two nearest order statistics: position `fraction · (n − 1)`, counted from 0. This is the
/// default of NumPy and R (Hyndman and Fan 1996, "Sample Quantiles in Statistical Packages", type 7).
pub fn quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = fraction.clamp(0.0, 1.0) * last as f64;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    Some(if below == above { below } else { below + (above - below) * position.fract() })
}

/// The central interval that holds the proportion `confidence` of the values: the quantiles at (1 ∓ confidence) / 2.
///
/// Sorts `values`. `None` where there are none, or one is NaN.
pub fn percentile_interval(values: &mut [f64], confidence: f64) -> Option<Interval> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval { low: quantile(values, tail)?, high: quantile(values, 1.0 - tail)? })
}

/// The hull of the percentile interval of resampled values and the same moved so that their mean is `value`: resampling may
/// shift a figure as a whole, and percentiles alone are then too short. Sorts `values`; `None` as in [`percentile_interval`].
pub fn hull_interval(values: &mut [f64], value: f64, confidence: f64) -> Option<Interval> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let ends = percentile_interval(values, confidence)?;
    Some(ends.hull(ends.moved(value - mean)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&sorted, 0.0), Some(1.0));
        assert_eq!(quantile(&sorted, 0.5), Some(3.0));
        assert_eq!(quantile(&sorted, 0.75), Some(5.0));
        assert_eq!(quantile(&sorted, 1.0), Some(8.0));
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
        assert_eq!(quantile(&[], 0.3), None);
    }

    #[test]
    fn equal_infinities_do_not_interpolate_to_nan() {
        assert_eq!(quantile(&[f64::INFINITY, f64::INFINITY], 0.5), Some(f64::INFINITY));
    }

    #[test]
    fn a_hull_reaches_from_the_percentiles_to_those_about_the_figure() {
        let mut values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(hull_interval(&mut values, 60.0, 0.5), Some(Interval { low: 25.0, high: 85.0 }));
        assert_eq!(hull_interval(&mut [], 60.0, 0.5), None);
        let share = |low, high| Interval { low, high }.of_share();
        assert_eq!([share(-0.5, 0.5), share(1.0, 2.0)], [Some(Interval { low: 0.0, high: 0.5 }), None]);
    }

    #[test]
    fn an_interval_is_central_and_needs_numbers() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(percentile_interval(&mut values, 0.5), Some(Interval { low: 25.0, high: 75.0 }));
        assert_eq!(percentile_interval(&mut [1.0, f64::NAN], 0.5), None);
        assert_eq!(percentile_interval(&mut [], 0.5), None);
    }
}

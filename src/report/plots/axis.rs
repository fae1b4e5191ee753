//! The axes of a chart: where a value lies between two ends, and the ticks that people read it by. Callers give raw
//! values; logarithms and probits are taken here.

use crate::report::numbers::percent;
use crate::stats::normal::probit;

/// The rates that a probit scale is marked at.
const PROBIT_TICKS: [f64; 5] = [0.001, 0.01, 0.05, 0.2, 0.5];

/// How values are spread along an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::report) enum Scale {
    #[default]
    Linear,
    /// By powers of ten; 0 lies at infinity.
    Log10,
    /// Rates by quantiles of the normal distribution; 0 and 1 lie at infinity.
    Probit,
}

impl Scale {
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log10 => value.log10(),
            Self::Probit => probit(value),
        }
    }
}

/// How ticks are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::report) enum Numbers {
    #[default]
    Decimal,
    Percent,
    /// Whole numbers only, to count by.
    Whole,
}

/// An axis of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct Axis {
    pub title: String,
    pub scale: Scale,
    pub numbers: Numbers,
    /// The value at the left or at the bottom; above 0 on a logarithmic scale.
    pub low: f64,
    /// The value at the right or at the top; greater than `low`.
    pub high: f64,
    /// About how many ticks a linear scale has.
    pub ticks: usize,
}

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Tick {
    pub at: f64,
    pub label: String,
}

impl Axis {
    /// A linear axis with ticks as decimals.
    pub fn linear(title: &str, low: f64, high: f64) -> Self {
        Self { title: title.into(), scale: Scale::Linear, numbers: Numbers::Decimal, low, high, ticks: 7 }
    }

    /// A linear axis that holds zero and every finite one of these values, with some space beyond them.
    pub fn around(title: &str, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            (low, high) = (low.min(value * 1.05), high.max(value * 1.05));
        }
        Self::linear(title, low, if low < high { high } else { 1.0 })
    }

    /// How far a value lies from the low end to the high one: 0 to 1 between them.
    pub fn share(&self, value: f64) -> f64 {
        let low = self.scale.place(self.low);
        (self.scale.place(value) - low) / (self.scale.place(self.high) - low)
    }

    /// Whether a value lies between the ends.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether both values lie beyond the same end, and all between them as well.
    pub fn misses(&self, from: f64, to: f64) -> bool {
        from.max(to) < self.low || from.min(to) > self.high
    }

    /// Labelled round values between the ends.
    pub fn ticks(&self) -> Vec<Tick> {
        let least = if self.numbers == Numbers::Whole { 1.0 } else { 0.0 };
        let linear = round_step(self.low, self.high, self.ticks).max(least);
        let values = match self.scale {
            Scale::Linear => multiples(self.low, self.high, linear),
            Scale::Log10 => decades(self.low, self.high),
            Scale::Probit => PROBIT_TICKS.into_iter().filter(|rate| self.holds(*rate)).collect(),
        };
        let label = |at: f64| match (self.numbers, self.scale) {
            (Numbers::Percent, _) => format!("{} %", percent(at)),
            (_, Scale::Linear) => tick_label(at, linear, self.high),
            _ => tick_label(at, at, self.high),
        };
        values.into_iter().map(|at| Tick { at, label: label(at) }).collect()
    }
}

/// The step of 1, 2 or 5 times a power of ten that gives about `about` ticks.
fn round_step(low: f64, high: f64, about: usize) -> f64 {
    let rough = (high - low) / about as f64;
    let magnitude = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|factor| factor * magnitude);
    steps.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(magnitude * 10.0)
}

/// The multiples of `step` in `low..=high`.
fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

/// The powers of ten in `low..=high`.
fn decades(low: f64, high: f64) -> Vec<f64> {
    multiples(low.log10(), high.log10(), 1.0).into_iter().map(|exponent| 10f64.powf(exponent)).collect()
}

/// A tick with the decimals that its step needs; as a power of ten where the scale is very high or very fine.
fn tick_label(tick: f64, step: f64, high: f64) -> String {
    let decimals = |size: f64| -(size.log10() + 1e-9).floor();
    if high < 1e6 && step >= 1e-5 {
        return format!("{tick:.places$}", places = decimals(step).max(0.0) as usize);
    }
    if tick == 0.0 {
        return "0".into();
    }
    format!("{tick:.places$e}", places = (decimals(step) - decimals(tick.abs())).clamp(0.0, 6.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, numbers: Numbers, low: f64, high: f64) -> Axis {
        Axis { scale, numbers, ..Axis::linear("", low, high) }
    }

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let values = |low, high, about| multiples(low, high, round_step(low, high, about));
        assert_eq!(values(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(values(0.0, 11.0, 12), (0..=11).map(f64::from).collect::<Vec<_>>());
        for (low, high) in [(0.3, 4.7), (1.001, 1.002), (0.0, 1e9), (-0.3, 0.1)] {
            let ticks = values(low, high, 7);
            assert!((3..=11).contains(&ticks.len()), "{ticks:?}");
            assert!(ticks.iter().all(|tick| (low - 1e-9..=high * 1.000001).contains(tick)), "{ticks:?}");
        }
    }

    #[test]
    fn tick_labels_have_the_decimals_they_need() {
        let cases = [
            (0.6000000000000001, 0.2, 1.0, "0.6"),
            (3.0, 1.0, 11.0, "3"),
            (0.0004, 0.0001, 0.0007, "0.0004"),
            (0.0, 1e-7, 1e-6, "0"),
            (4e-7, 1e-7, 1e-6, "4e-7"),
            (1.002e9, 1e6, 1.01e9, "1.002e9"),
            (20.0, 10.0, 70.0, "20"),
        ];
        for (tick, step, high, label) in cases {
            assert_eq!(tick_label(tick, step, high), label);
        }
    }

    #[test]
    fn each_scale_has_its_ticks() {
        let log = labels(&axis(Scale::Log10, Numbers::Percent, 1e-5, 1.0));
        assert_eq!(log, ["0.001 %", "0.01 %", "0.1 %", "1 %", "10 %", "100 %"]);
        assert_eq!(labels(&axis(Scale::Log10, Numbers::Decimal, 0.01, 10.0)), ["0.01", "0.1", "1", "10"]);
        assert_eq!(labels(&axis(Scale::Probit, Numbers::Percent, 0.005, 0.7)), ["1 %", "5 %", "20 %", "50 %"]);
        assert_eq!(labels(&axis(Scale::Linear, Numbers::Whole, 0.0, 2.0)), ["0", "1", "2"]);
    }

    #[test]
    fn values_have_their_places_on_every_scale() {
        assert_eq!(axis(Scale::Linear, Numbers::Decimal, 1.0, 2.0).share(1.5), 0.5);
        assert!((axis(Scale::Log10, Numbers::Decimal, 0.01, 1.0).share(0.1) - 0.5).abs() < 1e-12);
        assert_eq!(axis(Scale::Probit, Numbers::Percent, 0.1, 0.9).share(0.5), 0.5);
        assert_eq!(axis(Scale::Log10, Numbers::Decimal, 0.1, 0.9).share(0.0), f64::NEG_INFINITY);
    }

    #[test]
    fn an_axis_around_values_holds_zero_and_all_that_are_finite() {
        let around = |values: &[f64]| Axis::around("", values.iter().copied());
        assert!(around(&[0.2, 0.9, f64::INFINITY, f64::NAN]).high > 0.9 && around(&[0.9]).high < 1.0);
        assert!([-0.2, 0.0, 0.1].into_iter().all(|value| around(&[-0.2, 0.1]).holds(value)));
        assert_eq!((around(&[0.0]).low, around(&[]).high), (0.0, 1.0));
        assert_eq!((around(&[-1.0]).low, around(&[-1.0]).high), (-1.05, 0.0));
    }
}

//! Numbers and names as people read them. Unknown is `–`, infinity `inf`, and a value too small for its decimals is
//! given as a power of ten rather than as a false zero. Text from outside never carries control characters on.

use crate::stats::{Estimate, Interval};

/// What stands for a value that is not known.
pub(super) const UNKNOWN: &str = "–";

/// `value` with `places` decimals; very small and very large values as a power of ten.
pub(super) fn decimal(value: Option<f64>, places: usize) -> String {
    let Some(value) = value else { return UNKNOWN.into() };
    let smallest = 0.5 * 10f64.powi(-(places as i32));
    match value.abs() {
        size if !size.is_finite() => format!("{value}"),
        size if size != 0.0 && (size < smallest || size >= 1e6) => format!("{value:.1e}"),
        _ => format!("{value:.places$}"),
    }
}

/// A rate with its interval, `0.500 [0.420–0.580]`, or the rate alone.
pub(super) fn with_interval(value: Option<f64>, interval: Option<Interval>, places: usize) -> String {
    let value = decimal(value, places);
    match interval {
        Some(Interval { low, high }) => {
            let to = if low < 0.0 { " to " } else { "–" };
            format!("{value} [{}{to}{}]", decimal(Some(low), places), decimal(Some(high), places))
        }
        None => value,
    }
}

/// A figure that may not be known, with its interval.
pub(super) fn estimated(estimate: Option<Estimate>, places: usize) -> String {
    with_interval(estimate.map(|one| one.value), estimate.and_then(|one| one.interval), places)
}

/// A rate that was asked for, in percent, as it was given: `1`, `0.5`, `95`.
pub(super) fn percent(rate: f64) -> String {
    format!("{}", (rate * 1e8).round() / 1e6)
}

/// Any displayable value, or the sign for unknown.
pub(super) fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.into(), |value| value.to_string())
}

/// `1 sample`, `2 samples`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_never_hide_a_value() {
        let cases = [
            (Some(0.0), "0.000"),
            (Some(0.12345), "0.123"),
            (Some(0.0004), "4.0e-4"),
            (Some(0.0006), "0.001"),
            (Some(1234567.0), "1.2e6"),
            (Some(f64::INFINITY), "inf"),
            (Some(f64::NAN), "NaN"),
            (None, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(decimal(value, 3), text);
        }
    }

    #[test]
    fn what_was_asked_for_is_shown_as_it_was_given() {
        assert_eq!([0.01, 0.95, 0.005, 0.07, 0.29].map(percent), ["1", "95", "0.5", "7", "29"]);
    }

    #[test]
    fn intervals_follow_their_value() {
        assert_eq!(with_interval(Some(0.5), Some(Interval { low: 0.25, high: 0.75 }), 2), "0.50 [0.25–0.75]");
        assert_eq!(with_interval(Some(-0.1), Some(Interval { low: -0.25, high: 0.05 }), 2), "-0.10 [-0.25 to 0.05]");
        assert_eq!(with_interval(Some(0.5), None, 2), "0.50");
    }
}

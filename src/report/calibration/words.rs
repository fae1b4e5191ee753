//! Numbers of a calibration in words: rates in percent with three significant digits, what was asked for as it was
//! given, thresholds rounded upwards, and intervals with what they rest on.

use crate::judge::calibration::{Basis, Quoted, RateRow, ThresholdKind, ThresholdRow, Unit};
pub(in crate::report) use crate::report::numbers::percent;
use crate::report::numbers::{UNKNOWN, counted};
use crate::stats::{Estimate, Interval, Proportion};

/// A measured rate in percent with three significant digits: `4.30`, `12.3`, `0.0285`; `0` and `100` only if exact.
pub fn measured(rate: f64) -> String {
    digits(rate * 100.0, 3)
}

/// The end of an interval in percent with two significant digits and at least one decimal.
fn end(rate: f64) -> String {
    digits(rate * 100.0, 2)
}

fn digits(percent: f64, significant: i32) -> String {
    if percent == 0.0 || percent == 100.0 || !percent.is_finite() {
        return format!("{percent}");
    }
    let magnitude = percent.abs().log10().floor() as i32;
    let places = (significant - 1 - magnitude).clamp(1, 8) as usize;
    let text = format!("{percent:.places$}");
    // What is not all must not look like all.
    if text.parse() == Ok(100.0) { "> 99.9".into() } else { text }
}

/// An interval in percent: `3.6–5.1 %`.
pub fn interval(ends: Interval) -> String {
    format!("{}–{} %", end(ends.low), end(ends.high))
}

/// Ends of an interval, or the sign for unknown.
pub fn ends(found: Option<Interval>) -> String {
    found.map_or_else(|| UNKNOWN.into(), interval)
}

/// A measured rate in percent, or the sign for unknown.
pub fn in_percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| UNKNOWN.into(), measured)
}

/// A figure between 0 and 1 with its interval, if it has one: `0.9876 [0.9810–0.9931]`.
pub fn estimate(Estimate { value, interval }: Estimate) -> String {
    let ends = interval.map_or_else(String::new, |ends| format!(" [{:.4}–{:.4}]", ends.low, ends.high));
    format!("{value:.4}{ends}")
}

/// A threshold with up to four decimals, rounded upwards: what holds of a threshold's rate holds of any higher one's.
/// At 1 nothing is flagged, so what is less is shown with as many decimals as tell it from 1.
pub fn threshold(value: f64) -> String {
    // The sum turns a negative zero into zero.
    let rounded = |unit: f64| (value * unit - 1e-6).ceil() / unit + 0.0;
    let shown = [1e4, 1e5, 1e6, 1e7, 1e8].map(rounded).into_iter().find(|shown| value >= 1.0 || *shown < 1.0);
    format!("{}", shown.unwrap_or(value))
}

/// The threshold of a row, if it has one: a given one as it was typed.
pub fn shown_threshold(row: &ThresholdRow) -> Option<String> {
    let value = row.threshold?;
    Some(if row.kind == ThresholdKind::Given { format!("{value}") } else { threshold(value) })
}

/// `responses`, `minibatches`.
pub fn plural(unit: Unit) -> &'static str {
    match unit {
        Unit::Pair => "pairs",
        Unit::Response => "responses",
        Unit::Minibatch => "minibatches",
    }
}

/// The sizes of minibatches that are told one by one; there may be many.
const SIZES_TOLD: usize = 3;

/// Units with the size of their minibatches: `minibatches of 4 responses`, `pairs in minibatches of 4`, or, where sizes
/// differ, `minibatches (500 of 4 responses, 500 of 3)`.
pub fn sized(unit: Unit, sizes: &[(usize, u64)]) -> String {
    let units = plural(unit);
    let is_minibatch = unit == Unit::Minibatch;
    match sizes {
        [] => return units.into(),
        [(size, _)] if is_minibatch => return format!("{units} of {size} responses"),
        [(size, _)] => return format!("{units} in minibatches of {size}"),
        _ => {}
    }
    let told = sizes.iter().take(SIZES_TOLD).enumerate().map(|(place, (size, count))| match (place, is_minibatch) {
        (0, true) => format!("{count} of {size} responses"),
        (0, false) => {
            format!("in {} of {size}", if *count == 1 { "1 minibatch".into() } else { format!("{count} minibatches") })
        }
        _ => format!("{count} of {size}"),
    });
    let others: u64 = sizes.iter().skip(SIZES_TOLD).map(|(_, count)| count).sum();
    let others = (others > 0).then(|| format!("{others} of other sizes"));
    format!("{units} ({})", told.chain(others).collect::<Vec<_>>().join(", "))
}

/// `172 of 4000 responses are flagged`.
pub fn flagged(counts: Proportion, things: &str) -> String {
    let (events, trials) = (counts.events(), counts.trials());
    match events {
        0 => format!("none of {trials} {things} is flagged"),
        1 => format!("1 of {trials} {things} is flagged"),
        _ => format!("{events} of {trials} {things} are flagged"),
    }
}

/// Clusters by their name: `1000 requests`, or `200 problems` where there are fewer of them than requests.
pub fn clusters(clusters: u64, requests: u64) -> String {
    counted(clusters as usize, if clusters == requests { "request" } else { "problem" })
}

/// The interval to quote and what it rests on: `95 % interval 3.6–5.1 %, resampling 1000 requests`.
pub fn quoted_words(row: &RateRow, confidence: f64) -> Option<String> {
    let Quoted { interval: ends, basis } = row.quoted?;
    let requests = clusters(row.clusters.clusters, row.requests);
    let basis = match basis {
        Basis::Exact => "exact".into(),
        Basis::Counting => format!("from {} flagged of {requests}", row.clusters.with_events),
        Basis::Both => format!("resampling and counting {requests}"),
        Basis::Resampling => format!("resampling {requests}"),
    };
    Some(format!("{} % interval {}, {basis}", percent(confidence), interval(ends)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_keep_their_significant_digits() {
        let cases = [
            (0.043, "4.30"),
            (0.1234, "12.3"),
            (0.000285, "0.0285"),
            (0.0, "0"),
            (1.0, "100"),
            (0.99999, "> 99.9"),
            (0.5, "50.0"),
        ];
        for (rate, text) in cases {
            assert_eq!(measured(rate), text);
        }
        assert_eq!(interval(Interval { low: 0.0356, high: 0.1123 }), "3.6–11.2 %");
        assert_eq!(interval(Interval { low: 0.0, high: 0.00042 }), "0–0.042 %");
    }

    #[test]
    fn thresholds_are_never_shown_too_low() {
        assert_eq!([0.95, 0.5, 1.0, 0.99301, 0.0].map(threshold), ["0.95", "0.5", "1", "0.9931", "0"]);
        assert_eq!(threshold(f64::from(0.95_f32)), "0.95");
        assert_eq!([0.99995, 1.0 - 1e-7].map(threshold), ["0.99995", "0.9999999"]);
        assert_eq!(threshold(f64::from(0.999_999_94_f32)), "0.99999995", "the largest penalty that is not 1");
    }

    #[test]
    fn sizes_of_minibatches_are_told() {
        assert_eq!(sized(Unit::Minibatch, &[(4, 9)]), "minibatches of 4 responses");
        assert_eq!(sized(Unit::Response, &[(4, 9)]), "responses in minibatches of 4");
        assert_eq!(sized(Unit::Minibatch, &[(4, 9), (3, 8)]), "minibatches (9 of 4 responses, 8 of 3)");
        let many = [(4, 9), (3, 8), (2, 5), (7, 2), (6, 1)];
        assert_eq!(sized(Unit::Pair, &many), "pairs (in 9 minibatches of 4, 8 of 3, 5 of 2, 3 of other sizes)");
        assert_eq!(sized(Unit::Pair, &[]), "pairs");
    }

    #[test]
    fn verbs_follow_their_number() {
        let of = |events| flagged(Proportion::new(events, 9).unwrap(), "pairs");
        assert_eq!(
            [0, 1, 2].map(of),
            ["none of 9 pairs is flagged", "1 of 9 pairs is flagged", "2 of 9 pairs are flagged"]
        );
    }
}

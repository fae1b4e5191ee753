//! Times as files have them: text with or without a zone, or a count since 1970 in seconds and finer. Which unit a
//! count has is told by plausibility; what would be outside any plausible year is no time.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::Value;

use super::cell::Cell;
use super::kind::Kind;
use super::text::strip;

/// From 2000 to 2099 in seconds since 1970. The same years in the other units lie far from these and from each other.
const PLAUSIBLE: Range<f64> = 946_684_800.0..4_102_444_800.0;
/// Seconds, milliseconds, microseconds, nanoseconds.
const PER_SECOND: [f64; 4] = [1.0, 1e3, 1e6, 1e9];

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: f64,
    /// Whether a zone was given; without one it was taken as UTC.
    pub has_zone: bool,
}

impl Cell for Moment {
    type Value = Self;
    const KIND: Kind = Kind::Time;

    fn read(cell: &Value) -> Option<Self> {
        let counted = f64::read(cell).map(|count| Self { seconds: seconds(count), has_zone: true });
        let moment = counted.or_else(|| written(strip(cell.as_str()?)))?;
        PLAUSIBLE.contains(&moment.seconds).then_some(moment)
    }
}

/// The seconds since 1970 that a text stands for; a time without a zone is taken as UTC.
pub fn second(text: &str) -> Option<f64> {
    Moment::read(&Value::from(text)).map(|moment| moment.seconds)
}

/// Seconds since 1970 as people read them: to the second, which is not later.
pub fn shown(seconds: f64) -> String {
    let time = DateTime::from_timestamp(seconds.floor() as i64, 0);
    time.map_or_else(|| seconds.to_string(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The seconds that a count stands for, in the one unit in which it is plausible.
fn seconds(count: f64) -> f64 {
    let plausible = PER_SECOND.iter().map(|unit| count / unit).find(|seconds| PLAUSIBLE.contains(seconds));
    plausible.unwrap_or(count)
}

/// A time as RFC 3339, or as databases write it: a blank for the T, a zone of hours only, `UTC`, or no zone.
fn written(text: &str) -> Option<Moment> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(at(time.naive_utc(), true));
    }
    let spaced = match text.as_bytes().get(10) {
        Some(b'T' | b't') => format!("{} {}", &text[..10], &text[11..]),
        _ => text.to_owned(),
    };
    if let Ok(time) = DateTime::parse_from_str(&spaced, "%Y-%m-%d %H:%M:%S%.f %#z") {
        return Some(at(time.naive_utc(), true));
    }
    let plain = spaced.strip_suffix("UTC").or_else(|| spaced.strip_suffix(['Z', 'z']));
    without_zone(plain.unwrap_or(&spaced).trim_end()).map(|time| at(time, plain.is_some()))
}

fn without_zone(text: &str) -> Option<NaiveDateTime> {
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN));
    time.or_else(day)
}

fn at(time: NaiveDateTime, has_zone: bool) -> Moment {
    Moment { seconds: time.and_utc().timestamp_micros() as f64 / 1e6, has_zone }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Noon of 2024-05-01.
    const NOON: f64 = 1_714_564_800.0;

    #[test]
    fn counts_are_told_apart_by_plausibility() {
        let cells = [json!(NOON), json!(1_714_564_800_000_u64), json!(1_714_564_800_000_000_u64), json!(NOON * 1e9)];
        for cell in cells.into_iter().chain([json!("1714564800"), json!("1714564800000")]) {
            assert_eq!(Moment::read(&cell), Some(Moment { seconds: NOON, has_zone: true }), "{cell}");
        }
        assert_eq!(Moment::read(&json!(1_714_564_800_250_u64)).unwrap().seconds, NOON + 0.25);
    }

    #[test]
    fn texts_come_with_and_without_a_zone() {
        for text in [
            "2024-05-01T12:00:00Z",
            "2024-05-01 12:00:00Z",
            "2024-05-01t14:00:00.000+02:00",
            "2024-05-01 12:00:00+00",
            "2024-05-01 13:00:00.0 +0100",
            "2024-05-01T12:00:00 UTC",
            "2024-05-01 12:00Z",
        ] {
            assert_eq!(Moment::read(&json!(text)), Some(Moment { seconds: NOON, has_zone: true }), "{text}");
        }
        for text in ["2024-05-01 12:00:00", "2024-05-01T12:00:00.000000", " 2024-05-01 12:00"] {
            assert_eq!(Moment::read(&json!(text)), Some(Moment { seconds: NOON, has_zone: false }), "{text}");
        }
        assert_eq!(Moment::read(&json!("2024-05-01")).unwrap().seconds, NOON - 43_200.0);
    }

    #[test]
    fn what_is_in_no_plausible_year_is_no_time() {
        let counts =
            [json!(0), json!(20240501), json!(946_684_799), json!(4_102_444_800_u64), json!(-NOON), json!(1e30)];
        let texts =
            ["yesterday", "", "1970-01-02T00:00:00Z", "2100-01-01", "2024-13-01", "2024-05-01é12:00", "05/01/2024"];
        for cell in counts.into_iter().chain(texts.map(Value::from)).chain([json!(true), json!(null)]) {
            assert_eq!(Moment::read(&cell), None, "{cell}");
        }
    }
}

//! Numbers and names as people read them. Unknown is `–`, infinity `inf`, and a value too small for its decimals is
//! given as a power of ten rather than as a false zero. Text from outside never carries control characters on.

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
pub(super) fn with_interval(value: Option<f64>, interval: Option<(f64, f64)>, places: usize) -> String {
    let value = decimal(value, places);
    match interval {
        Some((low, high)) => {
            let to = if low < 0.0 { " to " } else { "–" };
            format!("{value} [{}{to}{}]", decimal(Some(low), places), decimal(Some(high), places))
        }
        None => value,
    }
}

/// Any displayable value, or the sign for unknown.
pub(super) fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.into(), |value| value.to_string())
}

/// `1 sample`, `2 samples`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// `text` on one line: control characters are shown escaped, so that no name can steer a terminal.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// The end of `text`, at most `width` characters, with `…` where the beginning was cut: paths and repository names
/// differ at their end.
pub(super) fn keep_end(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    std::iter::once('…').chain(text.chars().skip(length + 1 - width)).collect()
}

/// The beginning of `text`, at most `width` characters, with `…` where the end was cut.
pub(super) fn keep_start(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.into();
    }
    text.chars().take(width - 1).chain(std::iter::once('…')).collect()
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
    fn intervals_follow_their_value() {
        assert_eq!(with_interval(Some(0.5), Some((0.25, 0.75)), 2), "0.50 [0.25–0.75]");
        assert_eq!(with_interval(Some(-0.1), Some((-0.25, 0.05)), 2), "-0.10 [-0.25 to 0.05]");
        assert_eq!(with_interval(Some(0.5), None, 2), "0.50");
    }

    #[test]
    fn names_are_cut_by_characters_and_cleaned() {
        assert_eq!(keep_end("abcdef", 4), "…def");
        assert_eq!(keep_start("äöüßx", 4), "äöü…");
        assert_eq!(keep_end("äöüß", 4), "äöüß");
        assert_eq!(one_line("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
    }
}

//! Numbers as Python reads and writes them, and the two things that `%` does: remainders and formatted texts.

use minijinja::formatting::{FormatStyle, format};
use minijinja::value::{Kwargs, Rest, Tuple, ValueKind, ValueOrKwargs};
use minijinja::{Error, Value};

use super::arguments::{Arguments, fault};
use super::budget::{spend_text, weighed};

/// A float as `repr` writes it: with an exponent where it is very large or small.
pub fn float_text(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e').filter(|_| number.is_finite()) else {
        return if number.is_nan() {
            "nan"
        } else if number > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    };
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..16 => format!("{number:?}"),
        power => format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs()),
    }
}

/// A number as it is printed; `None` for everything else and for whole numbers.
pub fn shown_float(value: &Value) -> Option<String> {
    let is_float = value.kind() == ValueKind::Number && !value.is_integer();
    is_float.then(|| f64::try_from(value.clone()).ok().map(float_text)).flatten()
}

/// `int(default, base)`: the whole number that a value is or says, or the default.
pub fn int(value: Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let arguments = Arguments::rest(rest)?;
    let default = arguments.get(0, "default")?.unwrap_or_else(|| Value::from(0));
    let base = arguments.number_or(1, "base", 10)?;
    arguments.finish(2)?;
    if let Some(text) = value.as_str() {
        let whole = whole_of(text, base).map(Value::from);
        return Ok(whole.or_else(|| float_of(text).and_then(truncated)).unwrap_or(default));
    }
    match value.kind() {
        ValueKind::Bool => Ok(Value::from(i64::from(value.is_true()))),
        ValueKind::Number if value.is_integer() => Ok(value),
        ValueKind::Number => Ok(f64::try_from(value).ok().and_then(truncated).unwrap_or(default)),
        _ => Ok(default),
    }
}

/// `float(default)`: the number that a value is or says, or the default.
pub fn float(value: Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let arguments = Arguments::rest(rest)?;
    let default = arguments.get(0, "default")?.unwrap_or_else(|| Value::from(0.0));
    arguments.finish(1)?;
    let number = match (value.as_str(), value.kind()) {
        (Some(text), _) => float_of(text),
        (None, ValueKind::Bool) => Some(f64::from(u8::from(value.is_true()))),
        (None, ValueKind::Number) => f64::try_from(value).ok(),
        _ => None,
    };
    Ok(number.map_or(default, Value::from))
}

fn truncated(number: f64) -> Option<Value> {
    (number.abs() < 1e38).then(|| Value::from(number as i128))
}

/// Digits of a base with a sign, underscores between them and the prefix of that base.
fn whole_of(text: &str, base: i64) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefix = match base {
        16 => ["0x", "0X"],
        8 => ["0o", "0O"],
        2 => ["0b", "0B"],
        _ => ["", ""],
    };
    let digits = prefix.iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(digits);
    let signed = digits.starts_with(['+', '-', '_']) || digits.ends_with('_') || digits.contains("__");
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base) && !signed)?;
    i128::from_str_radix(&digits.replace('_', ""), base).ok().map(|number| sign * number)
}

fn float_of(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// `left % right`.
pub fn percent(left: Value, right: Value) -> Result<Value, Error> {
    match left.as_str() {
        Some(pattern) => formatted(pattern, &right).map(Value::from),
        None => remainder(&left, &right),
    }
}

fn formatted(pattern: &str, right: &Value) -> Result<String, Error> {
    let values: Vec<Value> = match right.downcast_object_ref::<Tuple>() {
        Some(_) => right.try_iter()?.collect(),
        None if right.kind() == ValueKind::Map => {
            let keys: Vec<Value> = right.try_iter()?.collect();
            let named = keys.iter().map(|key| Ok((key.to_string(), right.get_item(key)?)));
            vec![named.collect::<Result<Kwargs, Error>>()?.into()]
        }
        None => vec![right.clone()],
    };
    let positional = values.len();
    let wanted = wanted_values(pattern);
    if right.kind() != ValueKind::Map && wanted != positional {
        return Err(fault(format!("the text to format wants {wanted} values, not {positional}")));
    }
    format_within_width(FormatStyle::Printf, pattern, &values)
}

/// Widest number or text that formatting makes; a template comes from a stranger.
const WIDEST: u64 = 1 << 16;

/// Formats as our engine does, which alone would pad to any width.
///
/// # Errors
/// A width or precision is too large, or the pattern and the values do not fit.
pub fn format_within_width(style: FormatStyle, pattern: &str, values: &[Value]) -> Result<String, Error> {
    let specified = pattern.split(['%', '{']).skip(1).flat_map(|part| {
        let end = part.find(|char: char| char == '}' || char.is_whitespace()).unwrap_or(part.len());
        part[..end].split(|char: char| !char.is_ascii_digit())
    });
    let is_wide = |digits: &str| !digits.is_empty() && digits.parse().map_or(true, |width: u64| width > WIDEST);
    let is_passed =
        pattern.contains('*') || style == FormatStyle::StrFormat && pattern.matches('{').count() > values.len();
    let passed = values.iter().filter_map(Value::as_i64).any(|width| width.unsigned_abs() > WIDEST);
    let weights = values.iter().map(weighed).collect::<Result<Vec<usize>, Error>>()?;
    let largest = weights.into_iter().max().unwrap_or(0);
    spend_text(pattern.matches(['%', '{']).count().saturating_mul(largest))?;
    match specified.into_iter().any(is_wide) || is_passed && passed {
        true => Err(fault(format!("a text is formatted to a width of at most {WIDEST}"))),
        false => format(style, pattern, values),
    }
}

/// `value|format(...)`.
pub fn format_filter(pattern: &str, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    format_within_width(FormatStyle::Printf, pattern, &rest.into_values())
}

/// How many values a pattern takes: one for each `%` that is not doubled, one for each star.
fn wanted_values(pattern: &str) -> usize {
    let (mut number, mut rest) = (0, pattern);
    while let Some((_, after)) = rest.split_once('%') {
        let flags = after.find(|char: char| !"-+ #0.*123456789hlL".contains(char)).unwrap_or(after.len());
        let is_percent = after[flags..].starts_with('%');
        number += after[..flags].matches('*').count() + usize::from(!is_percent);
        rest = after.get(flags + usize::from(is_percent)..).unwrap_or_default();
    }
    number
}

/// The remainder with the sign of the divisor.
fn remainder(left: &Value, right: &Value) -> Result<Value, Error> {
    let whole = |value: &Value| match value.kind() {
        ValueKind::Bool => Some(i128::from(value.is_true())),
        ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok(),
        _ => None,
    };
    let refuse = || fault(format!("{} % {} cannot be computed", left.kind(), right.kind()));
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        let rest = left.checked_rem(right).ok_or_else(|| fault("modulo by zero"))?;
        return Ok(Value::from(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest }));
    }
    let number = |value: &Value| match value.kind() {
        ValueKind::Number | ValueKind::Bool => f64::try_from(value.clone()).map_err(|_| refuse()),
        _ => Err(refuse()),
    };
    let (left, right) = (number(left)?, number(right)?);
    let rest = if right == 0.0 { return Err(fault("modulo by zero")) } else { left % right };
    Ok(Value::from(if rest != 0.0 && (rest < 0.0) != (right < 0.0) { rest + right } else { rest }))
}

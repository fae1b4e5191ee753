//! Pydantic's lax conversions: what a value of another type may stand for, and the name of the fault where it may not.
//! Source: pydantic 2.14, whose answers the tests hold.

use jsonschema::JsonType;

use super::faults::Kind;
use super::parsing::MOST_DIGITS;
use super::value::Value;

/// From here on floats are beyond 64 bits.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;
/// Texts that are true, in any case of their letters.
const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];
/// Texts that are false.
const FALSE: [&str; 6] = ["0", "off", "f", "false", "n", "no"];

/// A value as one of a type that it is not of.
///
/// # Errors
/// It stands for none; for an object always the kind of one without names.
pub(super) fn converted(value: &Value, to: JsonType) -> Result<Value, Kind> {
    match to {
        JsonType::Integer => integer(value),
        JsonType::Number => number(value),
        JsonType::Boolean => boolean(value),
        JsonType::String => Err(Kind::StringType),
        JsonType::Array => Err(Kind::ListType),
        JsonType::Object => Err(Kind::DictType),
        JsonType::Null => Err(Kind::NoneRequired),
    }
}

/// Whether a float is a whole number that 64 bits hold.
pub(super) fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < BEYOND
}

fn integer(value: &Value) -> Result<Value, Kind> {
    match value {
        Value::Integer(_) | Value::LongInteger(_) => Ok(value.clone()),
        Value::Bool(flag) => Ok(Value::Integer(i64::from(*flag))),
        Value::Float(number) if !number.is_finite() => Err(Kind::FiniteNumber),
        Value::Float(number) if number.fract() != 0.0 => Err(Kind::IntFromFloat),
        Value::Float(number) if !is_whole(*number) => Err(Kind::IntParsingSize),
        Value::Float(number) => Ok(Value::Integer(*number as i64)),
        Value::String(text) => integer_text(text.trim()),
        _ => Err(Kind::IntType),
    }
}

fn integer_text(text: &str) -> Result<Value, Kind> {
    if is_too_long(text) {
        return Err(Kind::IntParsingSize);
    }
    let digits = plain_digits(text).filter(|digits| digits.trim_start_matches('-').len() <= MOST_DIGITS);
    digits.map(|digits| Value::integer(&digits)).ok_or(Kind::IntParsing)
}

/// Whether too many digits stand at the beginning, whatever follows them.
fn is_too_long(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit() && byte != b'0');
    first && digits.bytes().take_while(u8::is_ascii_digit).count() > MOST_DIGITS
}

/// Sign and digits of an integer's text, without needless zeros, underscores and an empty fraction.
fn plain_digits(text: &str) -> Option<String> {
    let (mut sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let mut digits = significant(unsigned)?;
    if let Some((whole, fraction)) = digits.split_once('.') {
        let is_zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
        digits = is_zero.then_some(whole)?;
    }
    let is_joined = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let joined: String = digits.chars().filter(|character| *character != '_').collect();
    let mut plain = joined.as_str();
    // Between leading zeros and the other digits a sign may stand, an oddity of the original.
    if let (true, Some(rest)) = (text.starts_with('0'), plain.strip_prefix('-')) {
        (sign, plain) = ("-", rest);
    }
    let is_whole = plain.bytes().all(|byte| byte.is_ascii_digit()) && (plain == "0" || !plain.starts_with('0'));
    let is_number = is_joined && is_whole && !plain.is_empty();
    is_number.then(|| if plain == "0" { plain.into() } else { format!("{sign}{plain}") })
}

/// What follows leading zeros and the underscores among them; one zero where nothing does.
fn significant(text: &str) -> Option<&str> {
    if !text.starts_with('0') {
        return Some(text);
    }
    let rest = text.trim_start_matches(['0', '_']);
    match rest.bytes().next() {
        Some(b'1'..=b'9' | b'-') => Some(rest),
        // The character before is a zero, or an underscore that makes it no number.
        Some(b'.') | None => text.get(text.len() - rest.len() - 1..),
        _ => None,
    }
}

fn number(value: &Value) -> Result<Value, Kind> {
    match value {
        Value::Integer(_) | Value::LongInteger(_) | Value::Float(_) => Ok(value.clone()),
        Value::Bool(flag) => Ok(Value::Float(f64::from(u8::from(*flag)))),
        Value::String(text) => number_text(text).map(Value::Float).ok_or(Kind::FloatParsing),
        _ => Err(Kind::FloatType),
    }
}

/// Rust and pydantic take the same texts; those with underscores only where no space is around them.
fn number_text(text: &str) -> Option<f64> {
    text.trim().parse().ok().or_else(|| {
        let is_joined = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
        is_joined.then(|| text.replace('_', "").parse().ok()).flatten()
    })
}

fn boolean(value: &Value) -> Result<Value, Kind> {
    let flag = match value {
        Value::Bool(flag) => Some(*flag),
        Value::Integer(number) => flag_of(*number),
        Value::Float(number) if is_whole(*number) => flag_of(*number as i64),
        Value::String(text) if TRUE.iter().any(|word| text.eq_ignore_ascii_case(word)) => Some(true),
        Value::String(text) if FALSE.iter().any(|word| text.eq_ignore_ascii_case(word)) => Some(false),
        Value::String(_) => None,
        _ => return Err(Kind::BoolType),
    };
    flag.map(Value::Bool).ok_or(Kind::BoolParsing)
}

fn flag_of(number: i64) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

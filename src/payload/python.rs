//! Values as Python writes and compares them.

use super::value::{Object, Value};

/// What `str` makes of a value.
pub(super) fn text(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.to_string();
    }
    let mut written = String::new();
    write_repr(value, &mut written);
    written
}

/// Appends what `repr` makes of a value.
fn write_repr(value: &Value, to: &mut String) {
    match value {
        Value::Null => to.push_str("None"),
        Value::Bool(true) => to.push_str("True"),
        Value::Bool(false) => to.push_str("False"),
        Value::Integer(number) => to.push_str(&number.to_string()),
        Value::LongInteger(digits) => to.push_str(digits),
        Value::Float(number) => to.push_str(&float(*number)),
        Value::String(text) => write_quoted(text, to),
        Value::Array(items) => {
            to.push('[');
            for (place, item) in items.iter().enumerate() {
                to.push_str(if place > 0 { ", " } else { "" });
                write_repr(item, to);
            }
            to.push(']');
        }
        Value::Object(object) => {
            to.push('{');
            for (place, (key, value)) in object.entries().enumerate() {
                to.push_str(if place > 0 { ", " } else { "" });
                write_quoted(key, to);
                to.push_str(": ");
                write_repr(value, to);
            }
            to.push('}');
        }
    }
}

/// The shortest digits that give the same float, with an exponent below 1e-4 and from 1e16 on.
fn float(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string().to_lowercase();
    }
    let scientific = format!("{number:e}");
    let exponent = scientific.split_once('e').and_then(|(digits, power)| Some((digits, power.parse::<i32>().ok()?)));
    match exponent {
        Some((digits, power)) if !(-4..16).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.unsigned_abs())
        }
        _ => format!("{number:?}"),
    }
}

fn write_quoted(text: &str, to: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    to.push(quote);
    for character in text.chars() {
        match character {
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            '\\' => to.push_str("\\\\"),
            _ if character == quote => to.extend(['\\', quote]),
            _ if is_printable(character) => to.push(character),
            _ => to.push_str(&code(character as u32)),
        }
    }
    to.push(quote);
}

/// A character by its number in Unicode.
fn code(code: u32) -> String {
    match code {
        0..0x100 => format!("\\x{code:02x}"),
        0x100..0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

/// Whether a character is neither a separator, but for the space, nor of the categories named Other.
fn is_printable(character: char) -> bool {
    // Debug output escapes by these categories; behind another character, combining ones are left.
    let behind: String = ['a', character].iter().collect();
    matches!(character, ' '..='~') || !character.is_ascii() && behind.escape_debug().count() == 2
}

/// Whether Python's `==` holds: numbers by their value, `true` is 1, texts only to texts.
pub(super) fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(items), Value::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| is_equal(item, other))
        }
        (Value::Object(object), Value::Object(other)) => is_equal_object(object, other),
        (Value::String(_) | Value::Null, _) | (_, Value::String(_) | Value::Null) => one == other,
        (Value::Float(number), Value::Float(other)) => number == other,
        (Value::Integer(number), Value::Integer(other)) => number == other,
        (Value::Float(number), integer) | (integer, Value::Float(number)) => is_whole_equal(*number, integer),
        _ => integer_digits(one).is_some_and(|digits| integer_digits(other) == Some(digits)),
    }
}

fn is_equal_object(object: &Object, other: &Object) -> bool {
    let is_same = |(key, value): (&str, &Value)| other.get(key).is_some_and(|other| is_equal(value, other));
    object.len() == other.len() && object.entries().all(is_same)
}

/// Whether a float is exactly this integer.
fn is_whole_equal(number: f64, integer: &Value) -> bool {
    // Written without an exponent, a float has all its digits; the negative zero is 0.
    let digits = (number.fract() == 0.0).then(|| format!("{:.0}", number + 0.0));
    digits.is_some_and(|digits| integer_digits(integer) == Some(digits))
}

/// Sign and digits of an integer or of `true` and `false`, which are 1 and 0.
fn integer_digits(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(u8::from(*flag).to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::LongInteger(digits) => Some(digits.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_text(json: &str, expected: &str) {
        assert_eq!(text(&Value::parse(json).unwrap()), expected, "{json}");
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        let floats =
            ["1.0", "-0.0", "1e16", "1e15", "0.0001", "0.00001", "123456789.125", "5e-324", "1.5e300", "1e100"];
        let written = [
            "1.0",
            "-0.0",
            "1e+16",
            "1000000000000000.0",
            "0.0001",
            "1e-05",
            "123456789.125",
            "5e-324",
            "1.5e+300",
            "1e+100",
        ];
        floats.iter().zip(written).for_each(|(json, expected)| assert_text(json, expected));
        assert_text("[NaN, Infinity, -Infinity, null, true]", "[nan, inf, -inf, None, True]");
        assert_text(r#""it's""#, "it's");
        assert_text(
            r#"["it's", "\"", "'\"", "\n\u0000\u00e9\u0301\u00a0\u200b\ud83d\ude00\udb40\udc01\\"]"#,
            "[\"it's\", '\"', '\\'\"', '\\n\\x00é\u{301}\\xa0\\u200b😀\\U000e0001\\\\']",
        );
        assert_text(
            r#"{"a": [], "b": {}, "c": 100000000000000000000}"#,
            "{'a': [], 'b': {}, 'c': 100000000000000000000}",
        );
    }

    #[test]
    fn numbers_are_equal_by_value() {
        let is_equal = |one, other| is_equal(&Value::parse(one).unwrap(), &Value::parse(other).unwrap());
        for (one, other) in [
            ("1", "1.0"),
            ("1", "true"),
            ("0.0", "false"),
            ("-0.0", "0"),
            ("1e20", "100000000000000000000"),
            ("[1, {\"a\": 2.0, \"b\": 1}]", "[1.0, {\"b\": true, \"a\": 2}]"),
            ("Infinity", "1e999"),
        ] {
            assert!(is_equal(one, other) && is_equal(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("1", "\"1\""),
            ("9007199254740993", "9007199254740992.0"),
            ("NaN", "NaN"),
            ("null", "false"),
            ("null", "0"),
            ("[]", "{}"),
            ("1e400", "1"),
            ("100000000000000000001", "1e20"),
            ("{\"a\": 1}", "{\"b\": 1}"),
        ] {
            assert!(!is_equal(one, other) && !is_equal(other, one), "{one} {other}");
        }
    }
}

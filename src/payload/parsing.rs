//! JSON text to a value, as pydantic's parser reads it: `NaN` and the infinities are numbers; a byte order mark, a lone
//! surrogate, an integer of too many digits and too deep a nesting are faults.

use thiserror::Error;

use super::value::{Object, Value};

/// Deepest nesting of containers that hold something, that of pydantic's parser; an empty one may lie a level below.
pub const DEEPEST: usize = 200;
/// Most digits of a whole number or before a decimal point, Python's own limit.
pub const MOST_DIGITS: usize = 4300;

/// A text that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{reason} at byte {at}")]
pub struct Malformed {
    /// What is wrong.
    pub reason: Reason,
    /// Byte of the text, from 0.
    pub at: usize,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Reason {
    /// Something else stands where a value should.
    #[error("a value is missing")]
    Value,
    /// A list or an object is not continued as it must be.
    #[error("`,` or the closing bracket is missing")]
    Separator,
    /// A key is no string.
    #[error("a key in quotes is missing")]
    Key,
    /// A key has no value.
    #[error("`:` is missing")]
    Colon,
    /// Digits are missing, or a number begins with 0.
    #[error("a number is not one of JSON")]
    Number,
    /// See [`MOST_DIGITS`].
    #[error("a number has more than {MOST_DIGITS} digits")]
    Digits,
    /// A string does not end.
    #[error("a string does not end")]
    Open,
    /// A string holds a bare control character.
    #[error("a string holds a control character")]
    Control,
    /// A string holds an escape that JSON does not have, or half a surrogate pair.
    #[error("a string holds an escape that is not one of JSON, or half a surrogate pair")]
    Escape,
    /// See [`DEEPEST`].
    #[error("lists and objects are nested more than {DEEPEST} levels deep")]
    Depth,
    /// Something follows.
    #[error("something follows the value")]
    Trailing,
}

impl Value {
    /// The value of a JSON text. How long it may be is the caller's to say: a value takes up to 12 times its text,
    /// which is that of a list of digits.
    ///
    /// # Errors
    /// The text is no JSON, or beyond the limits above.
    pub fn parse(text: &str) -> Result<Value, Malformed> {
        let mut parser = Parser { text, bytes: text.as_bytes(), at: 0 };
        parser.skip_space();
        let value = parser.value(DEEPEST)?;
        parser.skip_space();
        if parser.at < text.len() { parser.fail(Reason::Trailing) } else { Ok(value) }
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn fail<T>(&self, reason: Reason) -> Result<T, Malformed> {
        Err(Malformed { reason, at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Moves behind a text if it stands here.
    fn take(&mut self, expected: &str) -> bool {
        let is_here = self.bytes[self.at..].starts_with(expected.as_bytes());
        self.at += if is_here { expected.len() } else { 0 };
        is_here
    }

    /// The value that begins here; its containers may hold so many levels.
    fn value(&mut self, levels: usize) -> Result<Value, Malformed> {
        match self.peek() {
            Some(b'{') => self.object(levels),
            Some(b'[') => self.array(levels),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("null") => Ok(Value::Null),
            _ if self.take("true") => Ok(Value::Bool(true)),
            _ if self.take("false") => Ok(Value::Bool(false)),
            _ if self.take("NaN") => Ok(Value::Float(f64::NAN)),
            _ if self.take("Infinity") => Ok(Value::Float(f64::INFINITY)),
            _ => self.fail(Reason::Value),
        }
    }

    /// Moves behind a closing bracket or the comma before another member, and says whether there is another.
    fn continues(&mut self, closing: u8) -> Result<bool, Malformed> {
        self.skip_space();
        let continues = match self.peek() {
            Some(byte) if byte == closing => false,
            Some(b',') => true,
            _ => return self.fail(Reason::Separator),
        };
        self.at += 1;
        self.skip_space();
        Ok(continues)
    }

    /// Moves behind an opening bracket, and behind the closing one if nothing is between them.
    fn opens(&mut self, closing: u8, levels: usize) -> Result<bool, Malformed> {
        self.at += 1;
        self.skip_space();
        let is_empty = self.peek() == Some(closing);
        self.at += usize::from(is_empty);
        if !is_empty && levels == 0 { self.fail(Reason::Depth) } else { Ok(!is_empty) }
    }

    fn array(&mut self, levels: usize) -> Result<Value, Malformed> {
        let mut items = Vec::new();
        let mut more = self.opens(b']', levels)?;
        while more {
            items.push(self.value(levels - 1)?);
            more = self.continues(b']')?;
        }
        Ok(Value::Array(items.into()))
    }

    fn object(&mut self, levels: usize) -> Result<Value, Malformed> {
        let mut entries = Vec::new();
        let mut more = self.opens(b'}', levels)?;
        while more {
            if self.peek() != Some(b'"') {
                return self.fail(Reason::Key);
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return self.fail(Reason::Colon);
            }
            self.skip_space();
            entries.push((key, self.value(levels - 1)?));
            more = self.continues(b'}')?;
        }
        Ok(Value::Object(Box::new(Object::new(entries))))
    }

    /// Moves behind the digits that stand here and says how many they are.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, Malformed> {
        let start = self.at;
        if self.take("-Infinity") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        self.at += usize::from(self.peek() == Some(b'-'));
        let first = self.peek();
        let digits = self.digits();
        if digits == 0 || digits > 1 && first == Some(b'0') {
            return self.fail(Reason::Number);
        }
        if digits > MOST_DIGITS {
            return self.fail(Reason::Digits);
        }
        let is_fraction = self.take(".");
        if is_fraction && self.digits() == 0 {
            return self.fail(Reason::Number);
        }
        let is_power = self.take("e") || self.take("E");
        if is_power {
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return self.fail(Reason::Number);
            }
        }
        let text = &self.text[start..self.at];
        if !is_fraction && !is_power {
            return Ok(if text == "-0" { Value::Integer(0) } else { Value::integer(text) });
        }
        text.parse().map_or_else(|_| self.fail(Reason::Number), |number| Ok(Value::Float(number)))
    }

    fn string(&mut self) -> Result<Box<str>, Malformed> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            let plain = &self.text[start..self.at];
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(if text.is_empty() { plain.into() } else { (text + plain).into() });
                }
                Some(b'\\') => {
                    text.push_str(plain);
                    text.push(self.escape()?);
                }
                Some(_) => return self.fail(Reason::Control),
                None => return self.fail(Reason::Open),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let escaped = match self.bytes.get(self.at + 1) {
            Some(b'u') => return self.unicode_escape().map_or_else(|| self.fail(Reason::Escape), Ok),
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return self.fail(Reason::Escape),
        };
        self.at += 2;
        Ok(escaped)
    }

    /// The character of one `\u` escape, or of two that are a surrogate pair.
    fn unicode_escape(&mut self) -> Option<char> {
        let mut units = [self.code_unit()?, 0];
        let is_pair = (0xd800..0xdc00).contains(&units[0]);
        if is_pair {
            units[1] = self.code_unit()?;
        }
        char::decode_utf16(units).next()?.ok()
    }

    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.bytes.get(self.at..self.at + 6)?.strip_prefix(b"\\u")?;
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let unit = digits.iter().try_fold(0, |unit, byte| Some(unit * 16 + digit(byte)?))?;
        self.at += 6;
        u16::try_from(unit).ok()
    }
}

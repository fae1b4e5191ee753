//! What transformers adds to Jinja and a chat template may count on: JSON as `json.dumps` writes it, `strftime_now` and
//! `raise_exception`.

use std::error::Error as _;

use chrono::NaiveDateTime;
use chrono::format::{Item, StrftimeItems};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Value};

use super::numbers::shown_float;

/// Stands behind an error that a template raised itself.
#[derive(Debug, thiserror::Error)]
#[error("raised by the template")]
struct Raised;

/// `raise_exception(message)`: the template's way to refuse a conversation.
pub fn raise_exception(message: &str) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_owned()).with_source(Raised))
}

/// Whether a template raised this error itself.
pub fn is_raised(error: &Error) -> bool {
    let mut behind = error.source();
    while let Some(error) = behind {
        if error.is::<Raised>() {
            return true;
        }
        behind = error.source();
    }
    false
}

/// `strftime_now(format)` at a given time.
pub fn strftime(now: NaiveDateTime, format: &str) -> Result<String, Error> {
    let format = in_our_words(format);
    let items: Vec<Item<'_>> = StrftimeItems::new(&format).collect();
    let mut text = String::new();
    let written = match items.contains(&Item::Error) {
        true => Err(std::fmt::Error),
        false => std::fmt::write(&mut text, format_args!("{}", now.format_with_items(items.iter()))),
    };
    let fail = |_| Error::new(ErrorKind::InvalidOperation, format!("strftime_now cannot format {format:?}"));
    written.map(|()| text).map_err(fail)
}

/// Python's time has no zone, of which it writes nothing, and fractions of six digits.
fn in_our_words(format: &str) -> String {
    let mut ours = String::with_capacity(format.len());
    let mut characters = format.chars();
    while let Some(char) = characters.next() {
        match (char, if char == '%' { characters.next() } else { None }) {
            ('%', Some('Z' | 'z')) => {}
            ('%', Some('f')) => ours += "%6f",
            (_, code) => ours.extend(std::iter::once(char).chain(code)),
        }
    }
    ours
}

/// `value|tojson`: as `json.dumps(value, ensure_ascii=False)`, with the options that transformers passes on.
pub fn to_json(value: Value, ensure_ascii: Option<Value>, options: Kwargs) -> Result<String, Error> {
    let ascii = options.get::<Option<Value>>("ensure_ascii")?.or(ensure_ascii).is_some_and(|value| value.is_true());
    let indent = options.get::<Option<Value>>("indent")?.map(indent).transpose()?;
    let separators = options.get::<Option<Vec<String>>>("separators")?;
    let sort_keys = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    options.assert_all_used()?;
    let between = if indent.is_some() { "," } else { ", " };
    let (item, key) = match separators.as_deref() {
        None => (between.to_owned(), ": ".to_owned()),
        Some([item, key]) => (item.clone(), key.clone()),
        Some(_) => return Err(Error::new(ErrorKind::InvalidOperation, "separators must be two texts")),
    };
    let mut dump = Dump { text: String::new(), depth: 0, ascii, indent, item, key, sort_keys };
    dump.value(&value)?;
    Ok(dump.text)
}

/// One step of indentation: given itself, or as a number of spaces.
fn indent(value: Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => usize::try_from(value).map(|width| " ".repeat(width.min(64))),
    }
}

/// A JSON text in the making.
struct Dump {
    text: String,
    depth: usize,
    ascii: bool,
    indent: Option<String>,
    item: String,
    key: String,
    sort_keys: bool,
}

impl Dump {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        match value.kind() {
            ValueKind::None => self.text.push_str("null"),
            ValueKind::Bool => self.text.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.text += &shown_float(value).unwrap_or_else(|| value.to_string()),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => self.sequence(value)?,
            ValueKind::Map => self.map(value)?,
            kind => {
                let message = format!("{kind} cannot be written as JSON");
                return Err(Error::new(ErrorKind::InvalidOperation, message));
            }
        }
        Ok(())
    }

    fn sequence(&mut self, value: &Value) -> Result<(), Error> {
        let items: Vec<Value> = value.try_iter()?.collect();
        self.enclose('[', ']', &items, |dump, item| dump.value(item))
    }

    fn map(&mut self, map: &Value) -> Result<(), Error> {
        let mut keys: Vec<Value> = map.try_iter()?.collect();
        if self.sort_keys {
            keys.sort();
        }
        self.enclose('{', '}', &keys, |dump, key| {
            dump.string(&key_text(key));
            dump.text.push_str(&dump.key.clone());
            dump.value(&map.get_item(key)?)
        })
    }

    /// Items between brackets, each on a line of its own if there is an indentation.
    fn enclose(
        &mut self,
        open: char,
        close: char,
        items: &[Value],
        mut write: impl FnMut(&mut Self, &Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.text.push(open);
        self.depth += 1;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push_str(&self.item.clone());
            }
            self.new_line();
            write(self, item)?;
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.new_line();
        }
        self.text.push(close);
        Ok(())
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.indent {
            self.text.push('\n');
            self.text.push_str(&indent.repeat(self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        let quoted = serde_json::Value::from(text).to_string();
        if !self.ascii {
            return self.text.push_str(&quoted);
        }
        for character in quoted.chars() {
            match character.is_ascii() {
                true => self.text.push(character),
                false => self.escape(character),
            }
        }
    }

    /// `\uXXXX` for each UTF-16 unit.
    fn escape(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            self.text.push_str(&format!("\\u{unit:04x}"));
        }
    }
}

/// The text that `json.dumps` makes of a key.
fn key_text(key: &Value) -> String {
    match key.kind() {
        ValueKind::None => "null".to_owned(),
        ValueKind::Bool => key.is_true().to_string(),
        _ => key.to_string(),
    }
}

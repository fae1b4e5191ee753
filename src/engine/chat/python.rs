//! What Python's Jinja has and a chat template may count on: JSON as `json.dumps` writes it, `strftime`, exceptions,
//! and the `generation` block of transformers.

use chrono::NaiveDateTime;
use chrono::format::{Item, StrftimeItems};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Value};

/// `raise_exception(message)`: the template's way to refuse a conversation.
pub(super) fn raise_exception(message: &str) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_owned()))
}

/// `strftime_now(format)` at a given time.
pub(super) fn strftime(now: NaiveDateTime, format: &str) -> Result<String, Error> {
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    let mut text = String::new();
    let written = match items.contains(&Item::Error) {
        true => Err(std::fmt::Error),
        false => std::fmt::write(&mut text, format_args!("{}", now.format_with_items(items.iter()))),
    };
    let fail = |_| Error::new(ErrorKind::InvalidOperation, format!("strftime_now cannot format {format:?}"));
    written.map(|()| text).map_err(fail)
}

/// A template without what only transformers knows: `generation` blocks, which mark the assistant's text for training
/// and print what is in them, become plain scopes; line ends become `\n`.
pub(super) fn as_plain_jinja(source: &str) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut plain = String::with_capacity(source.len());
    let mut rest = source.as_str();
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start + "{%".len());
        plain.push_str(before);
        rest = tag.trim_start_matches(['-', '+']).trim_start();
        plain.push_str(&tag[..tag.len() - rest.len()]);
        for (theirs, ours) in [("endgeneration", "endwith"), ("generation", "with")] {
            if let Some(after) = rest.strip_prefix(theirs).filter(|after| closes(after)) {
                plain.push_str(ours);
                rest = after;
            }
        }
        if let Some((target, value)) = assignment(rest) {
            plain.push_str(&format!("{target}= ({value}) | {INTO_NAMESPACE} "));
            rest = &rest[target.len() + 1 + value.len()..];
        }
    }
    plain + rest
}

/// Name of the filter that values pass on their way into a namespace; no template can have one of that name.
pub(super) const INTO_NAMESPACE: &str = "_into_namespace";

/// `set name.attribute ` and the value behind the `=`, of a tag that begins with those.
fn assignment(tag: &str) -> Option<(&str, &str)> {
    let end = tag.starts_with("set").then(|| end_of_tag(tag)).flatten()?;
    let body = &tag[..end];
    let (target, value) = body.split_once('=')?;
    let is_attribute = target["set".len()..].starts_with(char::is_whitespace) && target.contains('.');
    (is_attribute && !value.starts_with('=')).then_some((target, value))
}

/// Where a tag ends that begins here, its `-` or `+` included; what stands in quotes ends none.
fn end_of_tag(tag: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, character) in tag.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if tag[at..].starts_with("%}") => return Some(tag[..at].trim_end_matches(['-', '+']).len()),
            None => {}
        }
    }
    None
}

/// Values that a namespace may hold, with those in them.
const MOST_PARTS: usize = 1000;

/// A value on its way into a namespace, the only thing in a template that changes. A namespace that holds itself has no
/// end, and one that holds a list in a list in a list a far one: the engine would end the program over either.
pub(super) fn into_namespace(value: Value) -> Result<Value, Error> {
    count_parts(&value, &mut 0).map(|()| value)
}

fn count_parts(value: &Value, count: &mut usize) -> Result<(), Error> {
    let refuse = |message: String| Err(Error::new(ErrorKind::InvalidOperation, message));
    *count += 1;
    if *count > MOST_PARTS {
        return refuse(format!("a namespace cannot hold more than {MOST_PARTS} values"));
    }
    let is_map = value.kind() == ValueKind::Map;
    match value.as_object() {
        Some(object) if is_map && object.type_name().ends_with("Namespace") => {
            refuse("a namespace cannot hold a namespace".to_owned())
        }
        Some(_) if is_map => value.try_iter()?.try_for_each(|key| count_parts(&value.get_item(&key)?, count)),
        Some(_) if value.kind() == ValueKind::Seq => value.try_iter()?.try_for_each(|item| count_parts(&item, count)),
        _ => Ok(()),
    }
}

/// Whether a tag ends here.
fn closes(text: &str) -> bool {
    text.trim_start().trim_start_matches(['-', '+']).starts_with("%}")
}

/// `value|tojson`: as `json.dumps(value, ensure_ascii=False)`, with the options that transformers passes on.
pub(super) fn to_json(value: Value, ensure_ascii: Option<bool>, options: Kwargs) -> Result<String, Error> {
    let ascii = options.get::<Option<bool>>("ensure_ascii")?.or(ensure_ascii).unwrap_or(false);
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
            ValueKind::Number => self.text.push_str(&value.to_string()),
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

//! Typed access to the keys of a `config.json` that remembers which keys were read, so that none that would change
//! the result is passed over in silence.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What is wrong with a configuration, as a fragment that follows the file's path.
pub type Problem = String;

/// Largest size of anything: beyond every model, and small enough that no product of two sizes overflows.
pub const LARGEST_SIZE: usize = 1 << 24;

/// A JSON object whose reads are recorded. A key that is `null` counts as absent, as it does in transformers.
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Fields<'a> {
    /// Wraps the object.
    pub fn new(map: &'a Map<String, Value>) -> Self {
        Self { map, read: RefCell::default() }
    }

    /// The value of `key`, if it is there and not null.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(key.to_owned());
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn typed<T>(&self, key: &str, kind: &str, convert: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, Problem> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => convert(value).map(Some).ok_or_else(|| format!("`{key}` is {value}, expected {kind}")),
        }
    }

    /// A whole number ≥ 0, or `None` when absent.
    pub fn count(&self, key: &str) -> Result<Option<usize>, Problem> {
        self.typed(key, "a whole number", |v| v.as_u64().and_then(|n| usize::try_from(n).ok()))
    }

    /// A whole number from 1 to [`LARGEST_SIZE`] that must be there.
    pub fn size(&self, key: &str) -> Result<usize, Problem> {
        match self.count(key)? {
            Some(n @ 1..=LARGEST_SIZE) => Ok(n),
            Some(n) => Err(format!("`{key}` is {n}, expected 1 to {LARGEST_SIZE}")),
            None => Err(format!("`{key}` is missing")),
        }
    }

    /// As [`Fields::size`], with a default where the key is absent.
    pub fn size_or(&self, key: &str, default: usize) -> Result<usize, Problem> {
        if self.has(key) { self.size(key) } else { Ok(default) }
    }

    /// A finite number, or `default`.
    pub fn number_or(&self, key: &str, default: f64) -> Result<f64, Problem> {
        Ok(self.number(key)?.unwrap_or(default))
    }

    /// A finite number, or `None` when absent.
    pub fn number(&self, key: &str) -> Result<Option<f64>, Problem> {
        self.typed(key, "a number", |v| v.as_f64().filter(|x| x.is_finite()))
    }

    /// A number above zero, or `default`.
    pub fn positive_or(&self, key: &str, default: f64) -> Result<f64, Problem> {
        positive(key, self.number_or(key, default)?)
    }

    /// A sliding window of at least 1: `default` where the key is absent, none where it is null.
    pub fn window_or(&self, key: &str, default: Option<usize>) -> Result<Option<usize>, Problem> {
        match self.count(key)? {
            Some(0) => Err(format!("`{key}` is 0, expected at least 1 or null")),
            None if !self.names(key) => Ok(default),
            window => Ok(window),
        }
    }

    /// A soft cap above zero: `default` where the key is absent, none where it is null.
    pub fn softcap_or(&self, key: &str, default: Option<f64>) -> Result<Option<f64>, Problem> {
        match self.number(key)? {
            Some(cap) => positive(key, cap).map(Some),
            None if !self.names(key) => Ok(default),
            None => Ok(None),
        }
    }

    /// Refuses an `alias` that says something else than `key` does.
    pub fn agreeing(&self, key: &str, value: Option<f64>, alias: &str) -> Result<(), Problem> {
        match (self.number(alias)?, value) {
            (Some(other), Some(value)) if other != value => {
                Err(format!("`{alias}` is {other}, but `{key}` is {value}, which this architecture goes by"))
            }
            (Some(_), None) => Err(format!("`{alias}` is given, but `{key}`, which this architecture goes by, is not")),
            _ => Ok(()),
        }
    }

    /// `true` or `false`, or `default`.
    pub fn flag_or(&self, key: &str, default: bool) -> Result<bool, Problem> {
        Ok(self.typed(key, "true or false", Value::as_bool)?.unwrap_or(default))
    }

    /// A text, or `None` when absent.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Problem> {
        self.typed(key, "a text", Value::as_str)
    }

    /// A list, or `None` when absent.
    pub fn list(&self, key: &str) -> Result<Option<&'a Vec<Value>>, Problem> {
        self.typed(key, "a list", Value::as_array)
    }

    /// A list of numbers, or `None` when absent.
    pub fn numbers(&self, key: &str) -> Result<Option<Vec<f64>>, Problem> {
        self.typed(key, "a list of numbers", |v| v.as_array()?.iter().map(Value::as_f64).collect())
    }

    /// A nested object, or `None` when absent or empty.
    pub fn object(&self, key: &str) -> Result<Option<Fields<'a>>, Problem> {
        let object = self.typed(key, "an object", Value::as_object)?;
        Ok(object.filter(|map| !map.is_empty()).map(Fields::new))
    }

    /// Whether `key` is there and not null.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether the object names `key`, be it with null.
    pub fn names(&self, key: &str) -> bool {
        self.read.borrow_mut().insert(key.to_owned());
        self.map.contains_key(key)
    }

    /// Keys that hold something and that nobody has asked for, in order.
    pub fn unread(&self) -> Vec<&'a str> {
        let read = self.read.borrow();
        self.map.iter().filter(|(k, v)| !read.contains(*k) && !is_empty(v)).map(|(k, _)| k.as_str()).collect()
    }
}

fn positive(key: &str, value: f64) -> Result<f64, Problem> {
    if value > 0.0 { Ok(value) } else { Err(format!("`{key}` is {value}, expected more than 0")) }
}

/// Whether a value says nothing: null, false, or an empty text, list or object.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

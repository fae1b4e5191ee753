//! Fields of a JSON object of others, each checked where it is taken.

use serde_json::{Map, Value};

use super::ImportError;
use crate::excerpt;
use crate::records::{Cell, Place};

/// An object with where it stands.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    /// Where its row stands.
    pub place: &'a Place,
    /// The fields around it, each with a dot behind.
    path: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The object of a row.
    pub fn of_row(place: &'a Place, object: &'a Map<String, Value>) -> Self {
        Self { place, path: "", object }
    }

    /// An object within one, which `path` leads to.
    pub fn within(place: &'a Place, path: &'a str, object: &'a Map<String, Value>) -> Self {
        Self { place, path, object }
    }

    /// Whether it has a field, be it null.
    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The value of a field that is there and not null.
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// The value of a field; `None` where it is absent or null.
    pub fn find<T: Cell>(&self, name: &str, remedy: &'static str) -> Result<Option<T::Value>, ImportError> {
        self.raw(name).map(|value| T::read(value).ok_or_else(|| self.refuse(name, value, remedy))).transpose()
    }

    /// The value of a field that must be there.
    pub fn get<T: Cell>(&self, name: &str, remedy: &'static str) -> Result<T::Value, ImportError> {
        self.find::<T>(name, remedy)?.ok_or_else(|| self.refuse(name, &Value::Null, remedy))
    }

    /// The elements of a field that must be a list.
    pub fn list(&self, name: &str, remedy: &'static str) -> Result<&'a [Value], ImportError> {
        let value = self.object.get(name).unwrap_or(&Value::Null);
        value.as_array().map(Vec::as_slice).ok_or_else(|| self.refuse(name, value, remedy))
    }

    /// The object of a field that must be one.
    pub fn object(&self, name: &str, remedy: &'static str) -> Result<&'a Map<String, Value>, ImportError> {
        let value = self.object.get(name).unwrap_or(&Value::Null);
        value.as_object().ok_or_else(|| self.refuse(name, value, remedy))
    }

    /// The error of a field with a value that does not fit.
    pub fn refuse(&self, name: &str, found: &Value, remedy: &'static str) -> ImportError {
        ImportError::Field {
            place: self.place.clone(),
            field: format!("{}{name}", self.path),
            found: excerpt::value(&found.to_string().replace("\\u0000", "")),
            remedy,
        }
    }
}

/// The loss that a log-likelihood in nats is: a number of 0 or less, NaN or infinite, often as text.
pub fn loss_of_likelihood(value: &Value) -> Option<f64> {
    let likelihood: f64 = value.as_f64().or_else(|| value.as_str()?.trim_matches(['\0', ' ']).parse().ok())?;
    // Not −0.
    (likelihood <= 0.0 || likelihood.is_nan()).then_some(0.0 - likelihood)
}

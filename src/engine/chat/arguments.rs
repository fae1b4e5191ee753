//! Arguments as Python takes them: by position or by name.

use minijinja::value::{Kwargs, Rest, ValueOrKwargs, from_args};
use minijinja::{Error, ErrorKind, Value};

/// The arguments of one call.
pub struct Arguments {
    positional: Vec<Value>,
    named: Kwargs,
}

impl Arguments {
    /// Those that a method got.
    ///
    /// # Errors
    /// Never, for calls that the engine makes.
    pub fn new(values: &[Value]) -> Result<Self, Error> {
        let (positional, named): (&[Value], Kwargs) = from_args(values)?;
        Ok(Self { positional: positional.to_vec(), named })
    }

    /// Those that a filter or function got.
    ///
    /// # Errors
    /// As [`Arguments::new`].
    pub fn rest(values: Rest<ValueOrKwargs>) -> Result<Self, Error> {
        Self::new(&values.into_values())
    }

    /// The argument at `index`, or of this name; `None` where it was not given. A name that is empty cannot be used.
    ///
    /// # Errors
    /// It was given in both ways.
    pub fn get(&self, index: usize, name: &str) -> Result<Option<Value>, Error> {
        let named = match !name.is_empty() && self.named.has(name) {
            true => Some(self.named.get::<Value>(name)?),
            false => None,
        };
        match (self.positional.get(index), named) {
            (Some(_), Some(_)) => Err(fault(format!("{name} was given twice"))),
            (Some(value), None) => Ok(Some(value.clone())),
            (None, named) => Ok(named),
        }
    }

    /// As [`Arguments::get`], for one that must be given.
    ///
    /// # Errors
    /// It is missing.
    pub fn required(&self, index: usize, name: &str) -> Result<Value, Error> {
        self.get(index, name)?.ok_or_else(|| fault(format!("missing argument {}", index + 1)))
    }

    /// A text that must be given.
    ///
    /// # Errors
    /// It is missing or no text.
    pub fn text(&self, index: usize, name: &str) -> Result<String, Error> {
        text_of(&self.required(index, name)?)
    }

    /// A text, or `default`.
    ///
    /// # Errors
    /// It is no text.
    pub fn text_or(&self, index: usize, name: &str, default: &str) -> Result<String, Error> {
        self.get(index, name)?.map_or_else(|| Ok(default.to_owned()), |value| text_of(&value))
    }

    /// A whole number, or `default` where there is none or none is given.
    ///
    /// # Errors
    /// It is no whole number.
    pub fn number_or(&self, index: usize, name: &str, default: i64) -> Result<i64, Error> {
        match self.get(index, name)?.filter(|value| !value.is_none()) {
            Some(value) => i64::try_from(value),
            None => Ok(default),
        }
    }

    /// Whether an argument is true, as Python sees it, or `default`.
    ///
    /// # Errors
    /// It was given twice.
    pub fn flag_or(&self, index: usize, name: &str, default: bool) -> Result<bool, Error> {
        Ok(self.get(index, name)?.map_or(default, |value| value.is_true()))
    }

    /// Checks that there are at most `most` arguments by position, and none by a name that nobody asked for.
    ///
    /// # Errors
    /// There are more.
    pub fn finish(&self, most: usize) -> Result<(), Error> {
        if self.positional.len() > most {
            return Err(fault(format!("takes at most {most} arguments, not {}", self.positional.len())));
        }
        self.named.assert_all_used()
    }
}

/// An operation that Python would refuse too.
pub fn fault(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, problem.into())
}

/// The text that a value is.
///
/// # Errors
/// It is none.
pub fn text_of(value: &Value) -> Result<String, Error> {
    value.as_str().map(str::to_owned).ok_or_else(|| fault(format!("expected a text, not {}", value.kind())))
}

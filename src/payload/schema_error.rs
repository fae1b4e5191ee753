//! Why a text is not taken for a schema.

use thiserror::Error;

use super::limits::{DEEPEST_IN_PLACE, LONGEST, MOST_IN_PLACE, MOST_SUBSCHEMAS};

/// A schema that is refused. One line each; the file is the caller's to name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// See [`LONGEST`].
    #[error("the schema has {bytes} bytes, more than {LONGEST}; shorten it")]
    Long {
        /// Its length.
        bytes: usize,
    },
    /// It is no JSON.
    #[error("the schema is no JSON: {message}; give a JSON Schema")]
    Json {
        /// The parser's message.
        message: String,
    },
    /// Its meta-schema says no.
    #[error("{} the schema is none: {message}; write it as its draft says", at(.place))]
    Invalid {
        /// Pointer into it.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A draft that nobody here knows.
    #[error("`$schema` is `{draft}`, which would have to be fetched; give one of {known}")]
    Draft {
        /// What is given.
        draft: String,
        /// Those that are known.
        known: String,
    },
    /// Part of it is a document of its own.
    #[error("{} `$id` begins another document within the schema; leave it out and refer with `#/…`", at(.place))]
    Nested {
        /// Pointer into it.
        place: String,
    },
    /// It refers to something that it does not hold.
    #[error(
        "{} the schema refers to `{reference}`, which it does not hold, and nothing is fetched; put that under `$defs` and \
         refer to it as `#/$defs/NAME`",
        at(.place)
    )]
    Reference {
        /// Pointer into it.
        place: String,
        /// What is referred to.
        reference: String,
    },
    /// A reference that leads back to itself with the same value.
    #[error(
        "{} the schema refers to itself without going into the value; do so within `properties` or `items`",
        at(.place)
    )]
    Cycle {
        /// Pointer into it.
        place: String,
    },
    /// See [`MOST_SUBSCHEMAS`].
    #[error("the schema has more than {MOST_SUBSCHEMAS} schemas within; shorten it")]
    Many,
    /// See [`DEEPEST_IN_PLACE`] and [`MOST_IN_PLACE`].
    #[error(
        "{} more than {MOST_IN_PLACE} schemas, or {DEEPEST_IN_PLACE} within each other, hold for one value (by `$ref`, \
         `anyOf` and the like); join some",
        at(.place)
    )]
    Dense {
        /// Pointer into it.
        place: String,
    },
}

/// A place in words; the outermost has an empty pointer.
fn at(place: &str) -> String {
    if place.is_empty() { "at its top".to_owned() } else { format!("at `{place}`") }
}

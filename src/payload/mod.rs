//! What the JSON text that a miner answered is worth: against a JSON Schema, with pydantic's lax conversions and its
//! names of faults, and against the truth, as the masa validator compares the two.
//!
//! A [`Value`] holds all that Python reads from JSON, a [`Schema`] examines it; [`missing_fields()`] and
//! [`difference()`] are the scores of the original, `None` where its code raises an error instead of giving one.

mod completeness;
mod difference;
mod examining;
mod faults;
mod graph;
mod lax;
mod limits;
mod missing;
mod ordering;
mod parsing;
mod pointer;
mod python;
mod representation;
mod schema;
mod schema_error;
mod subschemas;
mod value;

#[cfg(test)]
mod adversarial;
#[cfg(test)]
mod keywords;
#[cfg(test)]
mod vectors;

pub use completeness::{filled_fields, is_empty};
pub use difference::difference;
pub use faults::{Examination, Fault, Kind, Step};
pub use limits::{DEEPEST_IN_PLACE, LONGEST, MOST_IN_PLACE, MOST_LOOKS, MOST_SUBSCHEMAS};
pub use missing::{Endpoint, missing_fields};
pub use parsing::{DEEPEST, MOST_DIGITS, Malformed, Reason};
pub use schema::{Extra, Schema};
pub use schema_error::SchemaError;
pub use value::{Object, Value};

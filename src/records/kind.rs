//! What cells hold, and whether a row needs them, as the schema says it.

use std::fmt;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that may be blank.
    Text,
    /// Text that is not blank.
    Words,
    /// An id: text that is not blank, or a whole number.
    Id,
    /// A whole number from 0 to the greatest.
    Whole {
        /// The greatest.
        most: u64,
    },
    /// A finite number.
    Number,
    /// A finite number between two bounds, both included; the greatest `high` stands for none.
    Bounded {
        /// The least.
        low: i64,
        /// The greatest.
        high: i64,
    },
    /// A finite number above 0.
    Positive,
    /// A number from −1 to 1, or a flag as 1 or 0.
    Share,
    /// True or false.
    Flag,
    /// A loss in nats: a number of 0 or more, or `nan` or `inf` as text.
    Loss,
    /// A list of losses, or its JSON text.
    Losses,
    /// A point in time.
    Time,
    /// A list of messages, each with a role and its content.
    Turns,
    /// Anything.
    Json,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Text | Kind::Words => "text",
            Kind::Id => "text or whole number",
            Kind::Whole { .. } => "whole number",
            Kind::Number | Kind::Bounded { .. } | Kind::Positive => "number",
            Kind::Share => "number or flag",
            Kind::Flag => "flag",
            Kind::Loss => "loss",
            Kind::Losses => "losses",
            Kind::Time => "time",
            Kind::Turns => "messages",
            Kind::Json => "anything",
        })
    }
}

/// Whether a row needs a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must be there and have a value.
    Required,
    /// It must be there; null says that the value is not known.
    Nullable,
    /// It must have a value unless this other column has one.
    Unless(&'static str),
    /// It may be absent or null.
    Optional,
}

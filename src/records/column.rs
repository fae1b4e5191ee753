//! What a column of a kind of record is: its name, what it holds and what to give in it. It is declared once, with the
//! type of its values; the reader, the errors and the schema that users see all come from that.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::cell::Cell;
use super::error::RecordError;
use super::row::Row;

/// A column, whatever the type of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in the file.
    pub name: &'static str,
    /// What it is, a phrase: `block of the commitment`.
    pub meaning: &'static str,
    /// What to give in it, a phrase that ends an error message: `a block number of 0 or more`.
    pub expected: &'static str,
    /// What its cells hold.
    pub kind: Kind,
    /// Whether a row needs it.
    pub need: Need,
}

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
    /// A finite number, or a flag as 1 or 0.
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
            Kind::Number => "number",
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

/// A column whose cells are read as `T`: `u32` where each row needs one, `Option<u32>` where it may be absent or null,
/// `OrNull<u32>` where it must be there and may be null.
#[derive(Debug)]
pub struct Typed<T> {
    column: Column,
    value: PhantomData<fn() -> T>,
}

impl<T: Recorded> Typed<T> {
    /// A column with its name, what it is and what to give in it.
    pub const fn new(name: &'static str, meaning: &'static str, expected: &'static str) -> Self {
        Typed { column: Column { name, meaning, expected, kind: T::KIND, need: T::NEED }, value: PhantomData }
    }

    /// The same, not needed where `other` has a value.
    pub const fn unless(self, other: &'static str) -> Self {
        Typed { column: Column { need: Need::Unless(other), ..self.column }, value: PhantomData }
    }

    /// The column without its type.
    pub const fn column(&self) -> Column {
        self.column
    }
}

impl<T> Deref for Typed<T> {
    type Target = Column;

    fn deref(&self) -> &Column {
        &self.column
    }
}

/// How the values of a column are recorded.
pub trait Recorded {
    /// What a row gives.
    type Value;
    /// What its cells hold.
    const KIND: Kind;
    /// Whether a row needs it.
    const NEED: Need;

    /// The value that `row` has in `column`.
    ///
    /// # Errors
    /// It is missing, or holds something else.
    fn read(row: &Row<'_>, column: &Column) -> Result<Self::Value, RecordError>;
}

impl<T: Cell> Recorded for T {
    type Value = T::Value;
    const KIND: Kind = T::KIND;
    const NEED: Need = Need::Required;

    fn read(row: &Row<'_>, column: &Column) -> Result<T::Value, RecordError> {
        row.required::<T>(column)
    }
}

impl<T: Cell> Recorded for Option<T> {
    type Value = Option<T::Value>;
    const KIND: Kind = T::KIND;
    const NEED: Need = Need::Optional;

    fn read(row: &Row<'_>, column: &Column) -> Result<Option<T::Value>, RecordError> {
        row.optional::<T>(column)
    }
}

/// A value whose column must be there, or null.
#[derive(Debug)]
pub struct OrNull<T>(PhantomData<T>);

impl<T: Cell> Recorded for OrNull<T> {
    type Value = Option<T::Value>;
    const KIND: Kind = T::KIND;
    const NEED: Need = Need::Nullable;

    fn read(row: &Row<'_>, column: &Column) -> Result<Option<T::Value>, RecordError> {
        row.nullable::<T>(column)
    }
}

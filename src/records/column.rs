//! What a column of a kind of record is: its name, what it holds and what to give in it. It is declared once, with the
//! type of its values; the reader, the errors and the schema that users see all come from that.

use std::marker::PhantomData;
use std::ops::Deref;

use serde_json::Value;

use super::cell::Cell;
use super::kind::{Kind, Need};

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

    /// The value of a cell: `None` where the row has no such column. Whether it is null, the file's format says.
    ///
    /// # Errors
    /// It is missing, or holds something else.
    fn read(cell: Option<&Value>, is_null: bool) -> Result<Self::Value, Unfit>;
}

/// Why a cell gives no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The row has no such column.
    Missing,
    /// It holds something else.
    Bad,
}

impl<T: Cell> Recorded for T {
    type Value = T::Value;
    const KIND: Kind = T::KIND;
    const NEED: Need = Need::Required;

    fn read(cell: Option<&Value>, _: bool) -> Result<T::Value, Unfit> {
        T::read(cell.ok_or(Unfit::Missing)?).ok_or(Unfit::Bad)
    }
}

impl<T: Cell> Recorded for Option<T> {
    type Value = Option<T::Value>;
    const KIND: Kind = T::KIND;
    const NEED: Need = Need::Optional;

    fn read(cell: Option<&Value>, is_null: bool) -> Result<Option<T::Value>, Unfit> {
        match cell {
            Some(cell) if !is_null => T::read(cell).ok_or(Unfit::Bad).map(Some),
            _ => Ok(None),
        }
    }
}

/// A value whose column must be there, or null.
#[derive(Debug)]
pub struct OrNull<T>(PhantomData<T>);

impl<T: Cell> Recorded for OrNull<T> {
    type Value = Option<T::Value>;
    const KIND: Kind = T::KIND;
    const NEED: Need = Need::Nullable;

    fn read(cell: Option<&Value>, is_null: bool) -> Result<Option<T::Value>, Unfit> {
        if cell.is_none() { Err(Unfit::Missing) } else { <Option<T> as Recorded>::read(cell, is_null) }
    }
}

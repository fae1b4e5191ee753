//! Where in which file a record stands.

use std::fmt;

/// How the rows of a file are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Counting {
    /// Lines of a text file, from 1.
    #[default]
    Line,
    /// Rows of a table or elements of an array, from 1.
    Row,
    /// Rows of a table in several files, from 1 through all of them.
    RowOfAll,
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Counting::Line => "line",
            Counting::Row | Counting::RowOfAll => "row",
        })
    }
}

/// Where in which file a record stands; shown as `samples.jsonl, line 12`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named by the user.
    pub file: String,
    /// Lines or rows.
    pub unit: Counting,
    /// Number of the line or row, from 1.
    pub number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let among = if self.unit == Counting::RowOfAll { " of all parts" } else { "" };
        write!(f, "{}, {} {}{among}", self.file, self.unit, self.number)
    }
}

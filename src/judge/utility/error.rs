//! What can be wrong with a recording, with rules or with what is asked. The messages leave out the row, which
//! [`UtilityError::row`] gives.

use crate::stats::StatsError;

/// A table of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Its responses.
    Responses,
    /// Its volumes.
    Volumes,
}

/// A row of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The table.
    pub table: Table,
    /// Its place there, from 0.
    pub index: usize,
}

/// Why judging cannot begin.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UtilityError {
    /// An answer that took no time, or nobody knows how long.
    #[error(
        "column `process_time_s` is {}, and 1 / seconds needs a number from 1e-100 to 1e100; give the seconds that the \
         answer took, or another status",
        known(*.seconds)
    )]
    ProcessTime {
        /// The row.
        row: Row,
        /// What it says.
        seconds: Option<f64>,
    },
    /// A number that is out of range.
    #[error("column `{column}` is {value}; give {range}")]
    OutOfRange {
        /// The row.
        row: Row,
        /// The column.
        column: &'static str,
        /// What it says.
        value: f64,
        /// What it may say.
        range: &'static str,
    },
    /// A number of something that is not there.
    #[error("number {number} in `{column}` is not below {count}, how many there are")]
    NoSuch {
        /// The row.
        row: Row,
        /// What is numbered.
        column: &'static str,
        /// The number.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// Responses to a request do not stand together, or requests not in their order.
    #[error("a response to an earlier request than the row before; sort responses by their requests")]
    Unsorted {
        /// The row.
        row: Row,
    },
    /// Two responses of one contender to one request.
    #[error("a second response of this uid to the request; leave one of them out")]
    Duplicate {
        /// The row.
        row: Row,
    },
    /// The size counts, and is not known.
    #[error(
        "column `size_bytes` is empty, but the rules or --weights-grid weigh the size; give it, or weigh the size with 0"
    )]
    NoSize {
        /// The row.
        row: Row,
    },
    /// More of something than is judged.
    #[error("there are {found} {what}; give {most} at most")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        most: usize,
    },
    /// A constant of the rules, or of what is asked, that cannot be used.
    #[error("{name} is {value}; give {range}")]
    Constant {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A round without a reward, which the original ends with an error.
    #[error("a round without any reward; give one reward at least")]
    EmptyRound,
    /// Equal scores are told apart by a latency that is not known, which the original ends with an error.
    #[error("equal scores, and a latency that is not known; give the latency of every answer")]
    NoLatency,
    /// The bootstrap's parameters cannot be used.
    #[error(transparent)]
    Stats(#[from] StatsError),
}

impl UtilityError {
    /// The row that is wrong, if it is a row.
    pub fn row(&self) -> Option<Row> {
        match self {
            Self::ProcessTime { row, .. }
            | Self::OutOfRange { row, .. }
            | Self::NoSuch { row, .. }
            | Self::Unsorted { row }
            | Self::Duplicate { row }
            | Self::NoSize { row } => Some(*row),
            Self::TooMany { .. } | Self::Constant { .. } | Self::EmptyRound | Self::NoLatency | Self::Stats(_) => None,
        }
    }
}

fn known(value: Option<f64>) -> String {
    value.map_or_else(|| "empty".into(), |value| value.to_string())
}

//! What can be wrong with a recording or with rules. The messages leave out the row, which [`HordeError::row`] gives.

use std::fmt;

use super::hordes::HordeFault;
use crate::excerpt::value;
use crate::stats::StatsError;

/// A table of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Its batches.
    Batches,
    /// Its manifests.
    Manifests,
    /// Its jobs.
    Jobs,
    /// Its receipts.
    Receipts,
    /// Its validators.
    Validators,
}

/// A row of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The table.
    pub table: Table,
    /// Its place there, from 0.
    pub index: usize,
}

/// Why judging cannot begin or go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HordeError {
    /// A manifest of a class that the rules do not know.
    #[error(
        "column `class` is {}, a class that the rules do not know; give one of {known}, or leave the row out",
        value(class)
    )]
    UnknownClass {
        /// The row.
        row: Row,
        /// The class.
        class: String,
        /// Those that they know.
        known: String,
    },
    /// A batch that is not recorded.
    #[error("column `batch_id` is {batch}, which no batch has; leave the row out, or give the batch")]
    UnknownBatch {
        /// The row.
        row: Row,
        /// The batch.
        batch: i64,
    },
    /// A synthetic job without a batch.
    #[error("a synthetic job without a `batch_id`; give the batch that it was sent in")]
    NoBatch {
        /// The row.
        row: Row,
    },
    /// Two batches of one id.
    #[error("column `batch_id` is {batch}, as of another batch; give each its own")]
    RepeatedBatch {
        /// The later row.
        row: Row,
        /// The id.
        batch: i64,
    },
    /// A cycle that begins within another, or has no block.
    #[error("the cycle from {start} to {stop} is empty, or overlaps that of another batch; give cycles that lie apart")]
    Cycle {
        /// The row.
        row: Row,
        /// First block of the cycle.
        start: i64,
        /// First block behind it.
        stop: i64,
    },
    /// A block that no chain has.
    #[error("the block {block} is none that a chain has; give one below 2^53")]
    Block {
        /// The row.
        row: Row,
        /// The block.
        block: i64,
    },
    /// A value that is no finite number.
    #[error("column `{column}` is {value}; give a finite number")]
    NotFinite {
        /// The row.
        row: Row,
        /// Name of the column.
        column: &'static str,
        /// The value.
        value: f64,
    },
    /// A horde score that does not exist.
    #[error(
        "the jobs of {} in class {} have no horde score in this batch: {fault}; give other constants of the horde score",
        value(hotkey),
        value(class)
    )]
    Horde {
        /// The batch.
        row: Row,
        /// The miner.
        hotkey: String,
        /// The class.
        class: String,
        /// Why not.
        fault: HordeFault,
    },
    /// A constant of the rules that cannot be used.
    #[error("{field} {value} of the rules cannot be used; give a finite number, and a ratio above 0")]
    Rules {
        /// Name of the field.
        field: String,
        /// Its value.
        value: f64,
    },
    /// Parameters of the bootstrap that cannot be used.
    #[error(transparent)]
    Bootstrap(#[from] StatsError),
}

impl Row {
    /// A row of a table.
    pub fn of(table: Table, index: usize) -> Self {
        Self { table, index }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Batches => "batches",
            Self::Manifests => "manifests",
            Self::Jobs => "jobs",
            Self::Receipts => "receipts",
            Self::Validators => "validators",
        })
    }
}

impl HordeError {
    /// The row that is to blame; none where the rules are.
    pub fn row(&self) -> Option<Row> {
        match self {
            Self::UnknownClass { row, .. }
            | Self::UnknownBatch { row, .. }
            | Self::NoBatch { row }
            | Self::RepeatedBatch { row, .. }
            | Self::Cycle { row, .. }
            | Self::Block { row, .. }
            | Self::NotFinite { row, .. }
            | Self::Horde { row, .. } => Some(*row),
            Self::Rules { .. } | Self::Bootstrap(_) => None,
        }
    }
}

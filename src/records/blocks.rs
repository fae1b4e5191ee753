//! Blocks: when each block of a chain came.

use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::moment::Moment;
use super::reading::Reading;
use super::source::Source;

const BLOCK: Typed<u64> =
    Typed::new("block", "number of the block", "a whole number, greater than that of the row before");
const RECORDED_AT: Typed<Moment> = Typed::new(
    "recorded_at",
    "when it came",
    "a time from 2000 to 2099 as 2026-01-31T12:00:00Z or since 1970, in seconds or finer, not before that of the row before",
);

/// What a row may hold.
pub const COLUMNS: &[Column] = &[BLOCK.column(), RECORDED_AT.column()];

/// A block of a chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// When it came, in seconds since 1970.
    pub second: f64,
}

/// Reads when each block came; numbers and times ascend.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a block that is not later than the one before.
pub fn read_blocks(source: &Source, reading: &Reading<'_>) -> Result<List<Block>, RecordError> {
    let mut last: Option<Block> = None;
    read_list(source, COLUMNS, "block", reading, |row| {
        let (number, moment) = (row.get(&BLOCK)?, row.get(&RECORDED_AT)?);
        if !moment.has_zone {
            reading.take_as_utc(row, &RECORDED_AT);
        }
        let block = Block { number, second: moment.seconds };
        if last.is_some_and(|last| block.number <= last.number) {
            return Err(row.bad_value(&BLOCK, &block.number));
        }
        if last.is_some_and(|last| block.second < last.second) {
            return Err(row.bad_value(&RECORDED_AT, &block.second));
        }
        last = Some(block);
        Ok(block)
    })
}

//! Rates: how many requests each miner takes from a validator.

use std::collections::HashMap;

use super::column::{Column, OrNull, Typed};
use super::error::RecordError;
use super::list::{List, once, read_list};
use super::reading::Reading;
use super::source::Source;

const UID: Typed<u32> = Typed::new("uid", "slot of the miner", "a whole number from 0 to 4294967295, each once");
const RATE_LIMIT: Typed<OrNull<u32>> = Typed::new(
    "rate_limit",
    "requests per loop that it takes; null for a miner that serves nothing",
    "a whole number of requests up to 10000, or null for a miner that serves nothing",
);

/// More than any miner takes; the queue of a loop holds as many.
const MOST: u32 = 10_000;

/// What a row may hold.
pub const COLUMNS: &[Column] = &[UID.column(), RATE_LIMIT.column()];

/// What a miner takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Slot of the miner, unique in the file.
    pub uid: u32,
    /// Requests per loop; `None` of a miner that serves nothing.
    pub limit: Option<u32>,
}

/// Reads what each miner takes.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a uid given twice.
pub fn read_rates(source: &Source, reading: &Reading<'_>) -> Result<List<RateLimit>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "rate", reading, |row| {
        let limit = row.get(&RATE_LIMIT)?;
        if let Some(limit) = limit.filter(|&limit| limit > MOST) {
            return Err(row.bad_value(&RATE_LIMIT, &limit));
        }
        Ok(RateLimit { uid: once(row, &UID, row.get(&UID)?, &mut known)?, limit })
    })
}

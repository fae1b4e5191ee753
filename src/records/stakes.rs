//! Stakes: what each validator has at stake, which decides how much it may ask of a miner.

use std::collections::HashMap;

use super::cell::Bounded;
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, once, read_list};
use super::reading::Reading;
use super::source::Source;

const UID: Typed<u32> = Typed::new("uid", "slot of the validator", "a whole number from 0 to 4294967295, each once");
const STAKE: Typed<Bounded<0, 1_000_000_000_000_000>> =
    Typed::new("stake", "what it has at stake", "a number from 0 to 1000000000000000");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[UID.column(), STAKE.column()];

/// What a validator has at stake.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stake {
    /// Slot of the validator, unique in the file.
    pub uid: u32,
    /// Its stake.
    pub stake: f64,
}

/// Reads what each validator has at stake.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a uid given twice.
pub fn read_stakes(source: &Source, reading: &Reading<'_>) -> Result<List<Stake>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "stake", reading, |row| {
        let stake = row.get(&STAKE)?;
        Ok(Stake { uid: once(row, &UID, row.get(&UID)?, &mut known)?, stake })
    })
}

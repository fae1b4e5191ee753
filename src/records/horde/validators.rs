//! Validators of the network, whose receipts may count by their stake.

use std::collections::HashMap;

use super::super::cell::{Bounded, Id};
use super::super::column::{Column, Typed};
use super::super::error::RecordError;
use super::super::list::{List, read_list};
use super::super::reading::Reading;
use super::super::source::Source;
use super::HordeNames;

const HOTKEY: Typed<Id> = Typed::new("hotkey", "hotkey of the validator", "the hotkey, a text or a number, each once");
const STAKE: Typed<Bounded<0, { i64::MAX }>> = Typed::new("stake", "what it has at stake", "a number of 0 or more");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[HOTKEY.column(), STAKE.column()];

/// A validator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValidatorRow {
    /// Number of its hotkey, unique in the file.
    pub hotkey: u32,
    /// Its stake.
    pub stake: f64,
}

/// Reads the validators.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a hotkey given twice.
pub fn read_validators(
    source: &Source,
    reading: &Reading<'_>,
    names: &mut HordeNames,
) -> Result<List<ValidatorRow>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "validator", reading, |row| {
        let (hotkey, stake) = (row.get(&HOTKEY)?, row.get(&STAKE)?);
        match known.insert(hotkey.clone(), row.number()) {
            Some(first) => Err(row.duplicate(&HOTKEY, &hotkey, first)),
            None => Ok(ValidatorRow { hotkey: names.hotkeys.number(&hotkey), stake }),
        }
    })
}

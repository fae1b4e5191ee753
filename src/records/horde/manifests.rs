//! Manifests: how many executors of a class a miner offered in a batch, and how many of them worked.

use std::collections::HashMap;

use super::super::cell::Id;
use super::super::column::{Column, Typed};
use super::super::error::RecordError;
use super::super::list::{List, read_list};
use super::super::reading::Reading;
use super::super::source::Source;
use super::HordeNames;

const BATCH: Typed<u64> = Typed::new("batch_id", "number of the batch", "the number of a batch");
const HOTKEY: Typed<Id> = Typed::new("hotkey", "hotkey of the miner", "the hotkey, a text or a number");
const CLASS: Typed<Id> = Typed::new("class", "executor class", "the name of a class, each once for a batch and hotkey");
const EXECUTORS: Typed<u32> =
    Typed::new("executors", "executors of the class that the miner named", "a whole number of executors, 0 or more");
const ONLINE: Typed<u32> = Typed::new(
    "online",
    "those that worked, as the validator wrote them down: jobs that passed or were excused",
    "a whole number of executors, 0 or more",
);

/// What a row may hold.
pub const COLUMNS: &[Column] = &[BATCH.column(), HOTKEY.column(), CLASS.column(), EXECUTORS.column(), ONLINE.column()];

/// What a miner offered of a class in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestRow {
    /// Number of the batch.
    pub batch: i64,
    /// Number of the hotkey.
    pub hotkey: u32,
    /// Number of the class.
    pub class: u32,
    /// Executors that it named.
    pub executors: u32,
    /// Those that worked.
    pub online: u32,
}

/// What stands once in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Offer {
    batch: i64,
    hotkey: u32,
    class: u32,
}

/// Reads the manifests.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it two rows of one batch, hotkey and class.
pub fn read_manifests(
    source: &Source,
    reading: &Reading<'_>,
    names: &mut HordeNames,
) -> Result<List<ManifestRow>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "manifest", reading, |row| {
        let (hotkey, class) = (row.get(&HOTKEY)?, row.get(&CLASS)?);
        let found = ManifestRow {
            batch: super::batch(row, &BATCH)?,
            hotkey: names.hotkeys.number(&hotkey),
            class: names.classes.number(&class),
            executors: row.get(&EXECUTORS)?,
            online: row.get(&ONLINE)?,
        };
        let offer = Offer { batch: found.batch, hotkey: found.hotkey, class: found.class };
        match known.insert(offer, row.number()) {
            Some(first) => Err(row.duplicate(&CLASS, &format!("{class} of {hotkey} in batch {}", found.batch), first)),
            None => Ok(found),
        }
    })
}

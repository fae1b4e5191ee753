//! Volumes: how much data each miner delivered in a tempo.

use super::cell::Bounded;
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::reading::Reading;
use super::source::Source;

const TEMPO: Typed<u64> =
    Typed::new("tempo", "the tempo: the block over the blocks of a tempo, whole", "a whole number of 0 or more");
const UID: Typed<u32> = Typed::new("uid", "slot of the miner", "a whole number from 0 to 4294967295");
const VOLUME: Typed<Bounded<0, 1_000_000_000_000_000>> =
    Typed::new("volume", "what it delivered, in items", "a number from 0 to 1000000000000000");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[TEMPO.column(), UID.column(), VOLUME.column()];

/// A volume that was delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolumeEntry {
    /// The tempo.
    pub tempo: u64,
    /// Slot of the miner.
    pub uid: u32,
    /// The volume.
    pub volume: f64,
}

/// Reads volumes in the order in which they arrived.
///
/// # Errors
/// Everything a [`RecordError`] can tell.
pub fn read_volumes(source: &Source, reading: &Reading<'_>) -> Result<List<VolumeEntry>, RecordError> {
    read_list(source, COLUMNS, "volume", reading, |row| {
        Ok(VolumeEntry { tempo: row.get(&TEMPO)?, uid: row.get(&UID)?, volume: row.get(&VOLUME)? })
    })
}

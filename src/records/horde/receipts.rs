//! Receipts: what miners present with a job that they decline, to show that they were busy.

use super::super::cell::{Bounded, Id};
use super::super::column::{Column, Typed};
use super::super::error::RecordError;
use super::super::list::{List, read_list};
use super::super::reading::Reading;
use super::super::row::Row;
use super::super::source::Source;
use super::HordeNames;

const PRESENTED: Typed<Id> = Typed::new(
    "presented_for",
    "id of the declined job that it was presented with",
    "the job_uuid of a job of the recording",
);
const JOB: Typed<Id> =
    Typed::new("job_uuid", "id of the job that it is of; a receipt may be there twice", "the id, a text or a number");
const HOTKEY: Typed<Id> =
    Typed::new("hotkey", "hotkey of the miner that it was issued to", "the hotkey, a text or a number");
const VALIDATOR: Typed<Id> =
    Typed::new("validator", "hotkey of the validator that issued it", "the hotkey, a text or a number");
const CLASS: Typed<Id> = Typed::new("class", "executor class of its job", "the name of a class");
const ORGANIC: Typed<bool> =
    Typed::new("organic", "whether its job was organic; else it does not count", "true or false");
const KIND: Typed<Option<String>> = Typed::new(
    "kind",
    "started: the job was begun; accepted: it was only taken on, which does not count; started without a value",
    "started, accepted or null",
);
const TIMESTAMP: Typed<f64> =
    Typed::new("timestamp", "when it was issued, in seconds on the clock of the jobs", "a number of seconds");
const TTL: Typed<Bounded<0, { i64::MAX }>> =
    Typed::new("ttl", "seconds for which it holds", "a number of seconds, 0 or more");
const SIGNED: Typed<bool> = Typed::new("signature_ok", "whether the signature is right", "true or false");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    PRESENTED.column(),
    JOB.column(),
    HOTKEY.column(),
    VALIDATOR.column(),
    CLASS.column(),
    ORGANIC.column(),
    KIND.column(),
    TIMESTAMP.column(),
    TTL.column(),
    SIGNED.column(),
];

/// A receipt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReceiptRow {
    /// Number of the declined job's id.
    pub presented_for: u32,
    /// Number of its job's id.
    pub job: u32,
    /// Number of the miner's hotkey.
    pub hotkey: u32,
    /// Number of the validator's hotkey.
    pub validator: u32,
    /// Number of the class.
    pub class: u32,
    /// Whether its job was organic.
    pub is_organic: bool,
    /// Whether it only says that the job was taken on.
    pub is_acceptance: bool,
    /// When it was issued, in seconds.
    pub timestamp: f64,
    /// Seconds for which it holds.
    pub ttl: f64,
    /// Whether the signature is right.
    pub is_signed: bool,
}

/// Reads the receipts; `names` hold the ids of all jobs.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a receipt that was presented for a job that is not recorded.
pub fn read_receipts(
    source: &Source,
    reading: &Reading<'_>,
    names: &mut HordeNames,
) -> Result<List<ReceiptRow>, RecordError> {
    let jobs = names.jobs.texts().len();
    read_list(source, COLUMNS, "receipt", reading, |row| {
        let presented_for = row.get(&PRESENTED)?;
        let declined = names.jobs.find(&presented_for).filter(|&number| (number as usize) < jobs);
        match declined {
            Some(declined) => receipt(row, declined, names),
            None => Err(row.bad_value(&PRESENTED, &presented_for)),
        }
    })
}

fn receipt(row: &Row<'_>, presented_for: u32, names: &mut HordeNames) -> Result<ReceiptRow, RecordError> {
    let (job, hotkey) = (row.get(&JOB)?, row.get(&HOTKEY)?);
    let (validator, class) = (row.get(&VALIDATOR)?, row.get(&CLASS)?);
    Ok(ReceiptRow {
        presented_for,
        job: names.jobs.number(&job),
        hotkey: names.hotkeys.number(&hotkey),
        validator: names.hotkeys.number(&validator),
        class: names.classes.number(&class),
        is_organic: row.get(&ORGANIC)?,
        is_acceptance: is_acceptance(row)?,
        timestamp: row.get(&TIMESTAMP)?,
        ttl: row.get(&TTL)?,
        is_signed: row.get(&SIGNED)?,
    })
}

fn is_acceptance(row: &Row<'_>) -> Result<bool, RecordError> {
    let Some(kind) = row.get(&KIND)? else { return Ok(false) };
    match kind.as_str() {
        "accepted" => Ok(true),
        "started" => Ok(false),
        _ => Err(row.bad_value(&KIND, &kind)),
    }
}

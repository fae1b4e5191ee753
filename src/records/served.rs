//! Requests that were served: whom each was sent to, and what came back.

use super::cell::{Bounded, Id};
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::moment::Moment;
use super::periods::Owners;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;

const TIME: Typed<Moment> = Typed::new(
    "time",
    "when the request was sent",
    "a time from 2000 to 2099 as 2026-01-31T12:00:00Z or since 1970, in seconds or finer, not before that of the row before",
);
const TASK: Typed<Id> = Typed::new("task", "task that was asked for", "the name of the task, a text or a number");
const KIND: Typed<String> =
    Typed::new("kind", "organic: a user's; synthetic: the validator's own", "organic or synthetic");
const NODE: Typed<u32> =
    Typed::new("node_id", "id of the node that it was sent to", "a whole number from 0 to 4294967295");
const HOTKEY: Typed<Id> = Typed::new("hotkey", "hotkey of that node", "the hotkey, a text or a number");
const STATUS: Typed<Option<u32>> =
    Typed::new("status", "HTTP status; null where it is not known", "an HTTP status, or null");
const RESPONSE_TIME: Typed<Option<Bounded<0, 1_000_000_000>>> =
    Typed::new("response_time", "seconds to the end of the answer", "seconds from 0 to 1000000000, or null");
const VOLUME: Typed<Option<Bounded<0, 1_000_000_000_000_000>>> =
    Typed::new("volume", "volume of the answer", "a number from 0 to 1000000000000000, or null");
const QUALITY: Typed<Option<Bounded<0, 1000>>> = Typed::new(
    "quality",
    "quality score of the answer; null where it was not scored",
    "a number from 0 to 1000, or null",
);
const PROPENSITY: Typed<Option<Bounded<0, 1>>> = Typed::new(
    "propensity",
    "the probability with which it was sent to this node, where the validator drew",
    "a probability from 0.000001 to 1, or null",
);

/// Requests count by the inverse of it.
const LEAST_PROPENSITY: f64 = 1e-6;

/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    TIME.column(),
    TASK.column(),
    KIND.column(),
    NODE.column(),
    HOTKEY.column(),
    STATUS.column(),
    RESPONSE_TIME.column(),
    VOLUME.column(),
    QUALITY.column(),
    PROPENSITY.column(),
];

/// A request that was served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServedRequest {
    /// When it was sent, in seconds since 1970.
    pub time: f64,
    /// Number of its task.
    pub task: u32,
    /// Number of the hotkey that it was sent to.
    pub hotkey: u32,
    /// Id of the node.
    pub node: u32,
    /// Whether it was a user's.
    pub is_organic: bool,
    /// HTTP status, if that is known.
    pub status: Option<u32>,
    /// Seconds to the end of the answer.
    pub response_time: Option<f64>,
    /// Volume of the answer.
    pub volume: Option<f64>,
    /// Quality score of the answer.
    pub quality: Option<f64>,
    /// Probability with which it was sent to this node, above 0.
    pub propensity: Option<f64>,
}

/// Reads the requests that were served, in the order of time.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a time that is earlier than that of the row before.
pub fn read_served(
    source: &Source,
    reading: &Reading<'_>,
    owners: &mut Owners,
) -> Result<List<ServedRequest>, RecordError> {
    let mut last = f64::NEG_INFINITY;
    read_list(source, COLUMNS, "request", reading, |row| {
        let request = request(row, reading, owners)?;
        if request.time < last {
            return Err(row.bad_value(&TIME, &request.time));
        }
        last = request.time;
        Ok(request)
    })
}

fn request(row: &Row<'_>, reading: &Reading<'_>, owners: &mut Owners) -> Result<ServedRequest, RecordError> {
    let time = row.get(&TIME)?;
    if !time.has_zone {
        reading.take_as_utc(row, &TIME);
    }
    let kind = row.get(&KIND)?;
    let is_organic = match kind.as_str() {
        "organic" => true,
        "synthetic" => false,
        _ => return Err(row.bad_value(&KIND, &kind)),
    };
    let propensity = row.get(&PROPENSITY)?;
    if let Some(rare) = propensity.filter(|&propensity| propensity < LEAST_PROPENSITY) {
        return Err(row.bad_value(&PROPENSITY, &rare));
    }
    let (task, hotkey) = (row.get(&TASK)?, row.get(&HOTKEY)?);
    Ok(ServedRequest {
        time: time.seconds,
        task: owners.tasks.number(&task),
        hotkey: owners.hotkeys.number(&hotkey),
        node: row.get(&NODE)?,
        is_organic,
        status: row.get(&STATUS)?,
        response_time: row.get(&RESPONSE_TIME)?,
        volume: row.get(&VOLUME)?,
        quality: row.get(&QUALITY)?,
        propensity,
    })
}

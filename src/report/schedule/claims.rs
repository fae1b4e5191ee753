//! What LogicNet's pull request 99 and the miner's fix said of themselves, beside what was found here.

use super::tables::{self, PolicyRow};
use super::{Part, ScheduleReplay};
use crate::excerpt::escaped;
use crate::judge::schedule::sync::Synced;
use crate::report::grid::Heading::{Note, Text};
use crate::report::numbers::{UNKNOWN, decimal};
use crate::report::table::Table;

/// Columns of a terminal for a sentence.
const WIDTH: usize = 70;

/// A claim and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    said: &'static Said,
    found: String,
}

/// A claim.
#[derive(Debug)]
struct Said {
    about: &'static str,
    said: &'static str,
    /// What a run shows of it, if anything.
    find: fn(&ScheduleReplay) -> Option<String>,
}

impl PartialEq for Said {
    fn eq(&self, other: &Self) -> bool {
        self.about == other.about
    }
}

static CLAIMS: [Said; 9] = [
    Said {
        about: "threads, one for each batch",
        said: "over a thousand: 1008, and 1040 a few weeks later",
        find: |replay| at_once(replay, Part::Before),
    },
    Said {
        about: "their memory and compute",
        said: "99 % of the memory at 5 % of the compute",
        find: |replay| memory_and_compute(replay, Part::Before),
    },
    Said {
        about: "memory and compute of a pool",
        said: "it fits",
        find: |replay| memory_and_compute(replay, Part::After),
    },
    Said {
        about: "handing on a loop, even pacing",
        said: "about T: 600 s",
        find: |replay| handed_on(replay, Part::Before),
    },
    Said {
        about: "handing on a loop, growing pacing",
        said: "about T·(e − 1): 1029 s",
        find: |replay| handed_on(replay, Part::After),
    },
    Said {
        about: "handing on a loop, the first version",
        said: "8450 to 10800 s",
        find: |replay| handed_on(replay, Part::FirstVersion),
    },
    Said {
        about: "a loop with the pool, to its end",
        said: "–",
        find: |replay| seconds(replay.part(Part::After)?.found.figures.loop_seconds),
    },
    Said {
        about: "a miner's synchronisations, before",
        said: "every second, without end",
        find: |replay| synced(replay.syncs.iter().find(|synced| !synced.is_after)?),
    },
    Said {
        about: "a miner's synchronisations, after",
        said: "every 51 to 54 blocks",
        find: |replay| synced(replay.syncs.iter().find(|synced| synced.is_after)?),
    },
];

/// Every claim.
pub(super) fn claims(replay: &ScheduleReplay) -> Vec<Claim> {
    let claim = |said: &'static Said| Claim { said, found: (said.find)(replay).unwrap_or_else(|| UNKNOWN.into()) };
    CLAIMS.iter().map(claim).collect()
}

fn at_once(replay: &ScheduleReplay, part: Part) -> Option<String> {
    let found = &replay.part(part)?.found;
    let most = found.loops.iter().map(|run| run.batches).max()?;
    let (peak, mean) = (found.figures.peak_running, decimal(Some(found.figures.mean_running), 1));
    Some(format!("{most} in a loop, {peak} at once at the peak, {mean} on average"))
}

fn memory_and_compute(replay: &ScheduleReplay, part: Part) -> Option<String> {
    let row = PolicyRow { told: replay.part(part)?, memory: &replay.memory, horizon: replay.horizon };
    let (taken, device) = (row.peak()?, replay.memory.device_bytes as f64);
    let share = decimal(Some(100.0 * replay.memory.share(taken).value), 1);
    let compute = decimal(row.compute_share().map(|share| 100.0 * share), 1);
    let on = replay.memory.device.as_ref().map_or_else(String::new, |device| format!(" ({})", escaped(device)));
    let beyond = if taken.is_extrapolated { " *" } else { "" };
    Some(format!("{share} % of {} at {compute} % of the compute{on}{beyond}", tables::bytes(device)))
}

fn handed_on(replay: &ScheduleReplay, part: Part) -> Option<String> {
    replay.part(part)?.found.handed_on().and_then(seconds)
}

fn seconds(value: f64) -> Option<String> {
    Some(format!("{} s", decimal(Some(value), 0)))
}

fn synced(synced: &Synced) -> Option<String> {
    let apart = synced.apart();
    let apart = apart.map_or_else(String::new, |apart| format!(", {} to {} blocks apart", apart.fewest, apart.most));
    Some(format!("{} a day{apart}", decimal(Some(synced.per_day()), 0)))
}

/// The claims as a table.
pub(super) fn table<'a>() -> Table<'a, &'a Claim> {
    Table::new("What was claimed, and what was found here. One row per claim.")
        .column("about", "what the claim is about", |claim: &'a Claim| claim.said.about)
        .shown(Text("about"))
        .column("said", "what was said", |claim| claim.said.said)
        .shown(Note("said", WIDTH))
        .column("found", "what was found here", |claim| claim.found.as_str())
        .shown(Note("found here", WIDTH))
}

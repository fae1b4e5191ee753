//! The tables of a replayed schedule, each column declared once.

use bytesize::ByteSize;
use serde_json::{Value, json};

use super::{Part, ScheduleReplay, Told};
use crate::judge::schedule::sync::Synced;
use crate::judge::schedule::{DeviceMemory, Figures, Load, LoopRun, Taken, Workers};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{UNKNOWN, decimal, with_interval};
use crate::report::table::{Sheet, Table};
use crate::stats::Estimate;

/// A policy with what its memory follows from.
#[derive(Clone, Copy)]
pub(super) struct PolicyRow<'a> {
    pub told: &'a Told,
    pub memory: &'a DeviceMemory,
    pub horizon: f64,
}

/// Synchronisations by one rule.
#[derive(Clone, Copy)]
pub(super) struct SyncRow<'a> {
    pub synced: &'a Synced,
}

impl Part {
    /// As tables name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::FirstVersion => "first version",
            Self::Mixed => "mixed",
        }
    }
}

/// Who runs batches, in a few words.
pub(super) fn workers(workers: Workers) -> String {
    match workers {
        Workers::Threads => "a thread each".into(),
        Workers::Pool(size) => format!("pool of {size}"),
    }
}

impl PolicyRow<'_> {
    fn estimate(&self, figure: impl Fn(&Figures) -> f64) -> Estimate {
        self.told.found.estimate(figure)
    }

    pub(super) fn peak(&self) -> Option<Taken> {
        self.memory.at(self.told.found.figures.peak_running)
    }

    /// The share of the time of one embedder.
    pub(super) fn compute_share(&self) -> Option<f64> {
        self.memory.compute_share(self.told.found.figures.begun, self.horizon)
    }

    fn fits(&self) -> Option<bool> {
        self.memory.fits(self.peak()?)
    }
}

/// Bytes as people read them.
pub(super) fn bytes(value: f64) -> String {
    ByteSize(value.max(0.0).round() as u64).display().iec().to_string()
}

fn bytes_with_interval(taken: Option<Taken>) -> String {
    let Some(Taken { estimate, is_extrapolated }) = taken else { return UNKNOWN.into() };
    let ends =
        estimate.interval.map_or_else(String::new, |ends| format!(" [{}–{}]", bytes(ends.low), bytes(ends.high)));
    let beyond = if is_extrapolated { " *" } else { "" };
    format!("{}{ends}{beyond}", bytes(estimate.value))
}

/// A figure of the simulation with the columns of its interval.
struct Column {
    name: &'static str,
    about: &'static str,
    /// What stands above it where people see it; nothing where only the table has it.
    heading: Option<&'static str>,
    places: usize,
    figure: fn(&Figures) -> f64,
}

const fn column(
    name: &'static str,
    about: &'static str,
    heading: Option<&'static str>,
    places: usize,
    figure: fn(&Figures) -> f64,
) -> Column {
    Column { name, about, heading, places, figure }
}

const FIGURES: [Column; 9] = [
    column("loop_seconds", "mean seconds of a loop, to the end of its last batch", Some("loop (s)"), 0, |one| {
        one.loop_seconds
    }),
    column("loops", "loops that came to their end", None, 0, |one| one.loops),
    column("peak_running", "batches that ran at once, at most", Some("peak at once"), 0, |one| one.peak_running),
    column("mean_running", "the same on average", None, 1, |one| one.mean_running),
    column("peak_waiting", "batches that waited for a worker at once, at most", Some("peak waiting"), 0, |one| {
        one.peak_waiting
    }),
    column("mean_waiting", "the same on average", None, 1, |one| one.mean_waiting),
    column("batches", "batches that came to their end", Some("batches"), 0, |one| one.batches),
    column("queries", "queries of these batches", None, 0, |one| one.queries),
    column("rewarded", "those of them that are rewarded", Some("rewarded"), 0, |one| one.rewarded),
];

/// Every policy.
pub(super) fn policies<'a>() -> Table<'a, PolicyRow<'a>> {
    let table = Table::new("How a validator fares under each policy. One row per policy.")
        .column("part", "what it is to the pull request", |row: PolicyRow<'a>| row.told.part.name())
        .shown(Text("policy"))
        .column("workers", "who runs batches", |row| workers(row.told.found.policy.workers))
        .shown(Text("workers"))
        .column("pacing", "how the validator sleeps: even, growing, or mistaken", |row| {
            row.told.found.policy.pacing.name()
        })
        .shown(Text("pacing"));
    let table = FIGURES.iter().fold(table, |table, column| {
        let (figure, places) = (column.figure, column.places);
        let value = move |row: PolicyRow<'a>| figure(&row.told.found.figures);
        let interval = move |row: PolicyRow<'a>| row.estimate(figure).interval;
        let table = table.column(column.name, column.about, value).interval(
            column.name,
            &format!("the interval of {}", column.name),
            interval,
        );
        let Some(heading) = column.heading else { return table };
        table.shown_as(Number(heading), move |row| {
            with_interval(Some(value(row)), interval(row).filter(|ends| ends.low != ends.high), places)
        })
    });
    table
        .column(
            "peak_bytes",
            "memory at the peak, what is in use before the calls included; null where that is not known",
            |row| row.peak().map(|taken| taken.estimate.value),
        )
        .interval(
            "peak_bytes",
            "the interval of one more such measurement; null where there is none",
            |row: PolicyRow<'a>| row.peak()?.estimate.interval,
        )
        .shown_as(Number("memory"), |row| bytes_with_interval(row.peak()))
        .column("peak_is_extrapolated", "whether more calls run at the peak than were measured", |row| {
            row.peak().map(|taken| taken.is_extrapolated)
        })
        .column("fits", "whether that fits the device; null where it is not known or too close to tell", |row| {
            row.fits()
        })
        .shown_as(Text("fits"), |row| match row.fits() {
            Some(true) => "yes".into(),
            Some(false) => "no".into(),
            None => UNKNOWN.into(),
        })
        .column(
            "compute_share",
            "share of the time of one embedder that calls take; null where that is not known",
            |row| row.compute_share(),
        )
        .shown_as(Number("compute"), |row| {
            row.compute_share().map_or_else(|| UNKNOWN.into(), |share| format!("{} %", decimal(Some(100.0 * share), 2)))
        })
}

/// A load of a policy.
#[derive(Clone, Copy)]
struct LoadRow<'a> {
    told: &'a Told,
    load: &'a Load,
    memory: Option<f64>,
}

/// The load over time.
pub(super) fn loads(replay: &ScheduleReplay) -> Sheet<'_> {
    let rows = replay.policies.iter().flat_map(|told| {
        let memory = |load: &Load| replay.memory.at(load.running as f64).map(|taken| taken.estimate.value);
        told.found.loads.iter().map(move |load| LoadRow { told, load, memory: memory(load) })
    });
    Table::new("What runs and waits over time. One row per policy and time.")
        .column("part", "what the policy is to the pull request", |row: LoadRow<'_>| row.told.part.name())
        .column("workers", "who runs batches", |row| workers(row.told.found.policy.workers))
        .column("pacing", "how the validator sleeps", |row| row.told.found.policy.pacing.name())
        .column("second", "seconds since the start", |row| row.load.second)
        .column("running", "batches that run", |row| row.load.running)
        .column("waiting", "batches that wait for a worker", |row| row.load.waiting)
        .column("bytes", "memory that so many calls take; null where that is not known", |row| row.memory)
        .sheet("loads", rows)
}

/// A loop of a policy.
#[derive(Clone, Copy)]
struct LoopRow<'a> {
    told: &'a Told,
    number: u64,
    run: &'a LoopRun,
}

/// Every loop.
pub(super) fn loops(replay: &ScheduleReplay) -> Sheet<'_> {
    let rows = replay
        .policies
        .iter()
        .flat_map(|told| (0..).zip(&told.found.loops).map(move |(number, run)| LoopRow { told, number, run }));
    Table::new("The loops of every policy. One row per policy and loop; the last one may end behind the horizon.")
        .column("part", "what the policy is to the pull request", |row: LoopRow<'_>| row.told.part.name())
        .column("workers", "who runs batches", |row| workers(row.told.found.policy.workers))
        .column("pacing", "how the validator sleeps", |row| row.told.found.policy.pacing.name())
        .column("loop", "number of the loop, from 0", |row| row.number)
        .column("began", "when it began, in seconds since the start", |row| row.run.began)
        .column("submitted", "when its last batch was handed on and slept for", |row| row.run.submitted)
        .column("ended", "when its last batch was done", |row| row.run.ended)
        .column("batches", "its batches", |row| row.run.batches as u64)
        .sheet("loops", rows)
}

/// A query of a queue.
#[derive(Clone, Copy)]
struct QueryRow {
    position: u64,
    uid: u32,
    is_rewarded: bool,
}

/// The queue of the first loop.
pub(super) fn queue(replay: &ScheduleReplay) -> Sheet<'_> {
    let rows = replay.part(Part::After).into_iter().flat_map(|told| {
        let queue = &told.found.queue;
        let queries = (0..).zip(queue.miners.iter().zip(&queue.is_rewarded));
        queries.map(|(position, (&miner, &is_rewarded))| QueryRow {
            position,
            uid: replay.uids[miner as usize],
            is_rewarded,
        })
    });
    Table::new("Whom the validator asks in the first loop of the policy after the pull request. One row per query.")
        .column("position", "place in the queue, from 0", |row: QueryRow| row.position)
        .column("uid", "uid of the miner", |row| row.uid)
        .column("rewarded", "whether its answer is rewarded", |row| row.is_rewarded)
        .sheet("queue", rows)
}

/// A miner's synchronisations.
pub(super) fn syncs<'a>() -> Table<'a, SyncRow<'a>> {
    let fewest = |row: SyncRow<'a>| row.synced.apart().map(|apart| apart.fewest);
    let most = |row: SyncRow<'a>| row.synced.apart().map(|apart| apart.most);
    Table::new("How often a miner synchronises with the chain. One row per rule.")
        .column(
            "rule",
            "the rule before the fix or after it",
            |row: SyncRow<'a>| if row.synced.is_after { "after" } else { "before" },
        )
        .shown(Text("rule"))
        .column("syncs", "synchronisations over the horizon", |row| row.synced.syncs.len() as u64)
        .shown(Number("syncs"))
        .column("syncs_per_day", "the same per day", |row| row.synced.per_day())
        .shown_as(Number("per day"), |row| decimal(Some(row.synced.per_day()), 1))
        .column("share_of_time", "share of the time that they take", |row| row.synced.share_of_time())
        .shown_as(Number("share of the time"), |row| {
            format!("{} %", decimal(Some(100.0 * row.synced.share_of_time()), 2))
        })
        .column("fewest_blocks", "fewest blocks from one to the next; null of fewer than two", fewest)
        .shown(Number("fewest blocks apart"))
        .column("most_blocks", "most blocks from one to the next; null of fewer than two", most)
        .shown(Number("most"))
}

/// The memory of calls, for machines.
pub(super) fn memory(memory: &DeviceMemory) -> Value {
    let estimate = |estimate: Estimate| {
        json!({
            "value": estimate.value,
            "low": estimate.interval.map(|ends| ends.low),
            "high": estimate.interval.map(|ends| ends.high),
        })
    };
    json!({
        "device_bytes": memory.device_bytes,
        "base_bytes": memory.model.as_ref().map(|model| model.base_bytes),
        "bytes_per_call": memory.model.as_ref().map(|model| estimate(model.bytes_per_call)),
        "largest_measured": memory.model.as_ref().map(|model| model.largest_measured),
        "call_seconds": memory.call_seconds,
        "largest_pool": memory.pool.map(|pool| {
            json!({
                "calls": pool.calls,
                "low": pool.interval.map(|ends| ends.low),
                "high": pool.interval.and_then(|ends| ends.high),
                "safe": pool.safe,
                "is_extrapolated": pool.is_extrapolated,
            })
        }),
        "doubt": memory.doubt,
    })
}

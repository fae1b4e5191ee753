//! What a replayed schedule says, in sentences.

use super::tables::bytes;
use super::{Part, ScheduleReplay, Told};
use crate::excerpt::escaped;
use crate::judge::schedule::{Growth, Pool, Workers};
use crate::report::numbers::decimal;
use crate::report::story::Term;

/// What the words of the tables mean.
pub(super) const READING: &[Term] = &[
    Term {
        word: "policy",
        meaning: "Who runs batches, and how the validator sleeps after it has handed one on: as it was before the pull \
                  request, as it is after it, the request's first version, and mixtures of these.",
    },
    Term {
        word: "peak, mean, waiting",
        meaning: "Batches that run, or wait for a worker, at once. In brackets: the interval over service times that might \
                  have been recorded and over the draws of the queue, at the confidence level among the settings below.",
    },
    Term {
        word: "memory",
        meaning: "What is in use before any call, and what so many calls at once take beside it, by the measured calls; in \
                  brackets where one more such measurement falls; a star where more calls run than were measured. It takes every batch that runs to be in a call at the same \
                  time, which is the most that can happen.",
    },
    Term {
        word: "compute",
        meaning: "The share of the time of one embedder that the calls of all batches take, one after another.",
    },
];

/// What it came to, in one line.
pub(super) fn headline(replay: &ScheduleReplay) -> String {
    let peak = |part| replay.part(part).map(|told| told.found.figures.peak_running);
    let hours = (replay.horizon / 36.0).round() / 100.0;
    match (peak(Part::Before), peak(Part::After)) {
        (Some(before), Some(after)) => {
            format!("{hours} hours: {before} batches at once with a thread each, {after} with the pool.")
        }
        _ => format!("{hours} hours."),
    }
}

/// What is worth saying beside the tables.
pub(super) fn sentences(replay: &ScheduleReplay) -> Vec<String> {
    [growth(replay), pool(replay), compute(replay), backlog(replay)].into_iter().flatten().collect()
}

fn growth(replay: &ScheduleReplay) -> Option<String> {
    if let Some(doubt) = &replay.memory.doubt {
        return Some(format!("How memory grows with calls is not known: {doubt}."));
    }
    let model = replay.memory.model.as_ref()?;
    let ends = model.bytes_per_call.interval.map_or_else(
        || "no interval, for want of concurrencies".into(),
        |ends| format!("{} to {}", bytes(ends.low), bytes(ends.high)),
    );
    let per_call = bytes(model.bytes_per_call.value);
    Some(match model.growth() {
        Growth::NotShown => format!(
            "Measured calls do not show that memory grows with them ({per_call} each; {ends}), so nothing is said of a pool."
        ),
        _ => format!(
            "A call of {} texts takes {per_call} ({ends}){} beside the {} in use before, by {} measurements at up to {} \
             calls at once.",
            model.texts,
            replay.memory.device.as_ref().map_or_else(String::new, |device| format!(" on {}", escaped(device))),
            bytes(model.base_bytes as f64),
            model.measurements,
            model.largest_measured,
        ),
    })
}

fn pool(replay: &ScheduleReplay) -> Option<String> {
    let Pool { calls, interval, safe, is_extrapolated } = replay.memory.pool?;
    let ends = interval.map_or_else(String::new, |ends| match ends.high {
        Some(high) => format!(" [{}–{high}]", ends.low),
        None => format!(" [{} or more]", ends.low),
    });
    let safe =
        safe.map_or_else(String::new, |safe| format!("; a pool of {safe} is safe also for one more measurement"));
    let beyond = if is_extrapolated { "; that is more than was measured" } else { "" };
    Some(format!("{} hold {calls}{ends} calls at once{safe}{beyond}.", bytes(replay.memory.device_bytes as f64)))
}

/// Whether a pool keeps up: whether a loop takes longer than with a thread for each batch.
fn backlog(replay: &ScheduleReplay) -> Option<String> {
    let after = &replay.part(Part::After)?.found;
    let is_unbounded =
        |told: &&Told| told.found.policy.workers == Workers::Threads && told.found.policy.pacing == after.policy.pacing;
    let unbounded = replay.policies.iter().find(is_unbounded)?.found.figures.loop_seconds;
    let (waiting, seconds) = (after.figures.peak_waiting, after.figures.loop_seconds);
    (seconds > 1.05 * unbounded).then(|| {
        format!(
            "The pool does not keep up with what is handed on: up to {waiting} batches wait, and a loop takes {} s; with a \
             thread for each batch it would take {} s.",
            decimal(Some(seconds), 0),
            decimal(Some(unbounded), 0)
        )
    })
}

/// Whether one embedder can do the calls at all.
fn compute(replay: &ScheduleReplay) -> Option<String> {
    let found = &replay.part(Part::Before)?.found;
    let share = replay.memory.compute_share(found.figures.begun, replay.horizon).filter(|&share| share > 1.0)?;
    Some(format!(
        "With a thread for each batch the calls would take {} % of the time of one embedder as it was measured, which no one \
         embedder has.",
        decimal(Some(100.0 * share), 0)
    ))
}

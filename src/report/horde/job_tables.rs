//! The tables of single jobs, scores, excuses and receipts, each column declared once.

use std::collections::HashMap;

use super::HordeReplay;
use crate::judge::horde::{ClassScore, ExcuseRow, Job, JobScore, Kind, MinerScore, Receipt, ReceiptOutcome};
use crate::report::grid::Heading::{Number, Text};
use crate::report::table::{Sheet, Table};

/// Excuses that people see at most.
pub(super) const MOST_EXCUSES: usize = 20;

/// A miner in a batch, and one of its classes.
#[derive(Clone, Copy)]
struct Score<'a> {
    batch: usize,
    miner: &'a MinerScore,
    /// None of a miner that has raw points alone.
    class: Option<&'a ClassScore>,
}

/// Every step to the score of a batch.
pub(super) fn scores(replay: &HordeReplay) -> Sheet<'_> {
    let rows = replay.found.judged.batches.iter().flat_map(|batch| {
        batch.miners.iter().flat_map(move |miner| {
            let score = move |class| Score { batch: batch.batch, miner, class };
            let alone = miner.classes.is_empty().then(|| score(None));
            miner.classes.iter().map(move |class| score(Some(class))).chain(alone)
        })
    });
    let tally = |row: Score<'_>| row.class.map(|class| class.tally);
    Table::new(
        "Every step from jobs to the score of a batch. One row per batch that counts, hotkey and class with a weight.",
    )
    .column("batch_id", "number of the batch", |row: Score<'_>| replay.batch_id(row.batch))
    .column("hotkey", "hotkey of the miner", |row| replay.hotkey(row.miner.hotkey))
    .column("class", "the class; null of a miner that has raw points alone", |row| {
        row.class.map(|class| replay.class(class.class).to_owned())
    })
    .column("jobs", "synthetic jobs of the class", move |row| tally(row).map(|tally| tally.jobs))
    .column("accepted", "those that the miner took on", move |row| tally(row).map(|tally| tally.accepted))
    .column("passed", "those that passed", move |row| tally(row).map(|tally| tally.passed))
    .column("excused", "those that were excused", move |row| tally(row).map(|tally| tally.excused))
    .column("organic", "organic jobs", move |row| tally(row).map(|tally| tally.organic))
    .column("factor", "what the horde score multiplies the sum of the synthetic jobs with; 1 in other classes", |row| {
        row.class.map(|class| class.factor)
    })
    .column("points", "what is normalised to the weight of the class", |row| row.class.map(|class| class.points))
    .column("class_score", "what that comes to", |row| row.class.map(|class| class.score))
    .column("raw", "points of the miner that are not normalised, of all classes", |row| row.miner.raw)
    .column("bonus", "what a changed size multiplies the score with", |row| row.miner.bonus)
    .column("penalty", "what too small a size between peaks multiplies the score with", |row| row.miner.penalty)
    .column("score", "the score of the miner in the batch, all classes together", |row| row.miner.score)
    .sheet("scores", rows)
}

/// A job and its score.
#[derive(Clone, Copy)]
struct Scored<'a> {
    job: &'a Job,
    score: &'a JobScore,
}

/// What became of every job.
pub(super) fn jobs(replay: &HordeReplay) -> Sheet<'_> {
    let recording = &replay.recording;
    let rows = recording.jobs.iter().zip(&replay.found.judged.jobs).map(|(job, score)| Scored { job, score });
    Table::new("What became of every job. One row per job.")
        .column("job_uuid", "id of the job", |row: Scored<'_>| recording.job_ids.name(row.job.id))
        .column("batch_id", "number of its batch; null of an organic job that names none", |row| {
            row.job.batch.and_then(|batch| u64::try_from(batch).ok())
        })
        .column("kind", "synthetic or organic", |row| match row.job.kind {
            Kind::Synthetic => "synthetic",
            Kind::Organic => "organic",
        })
        .column("hotkey", "hotkey of the miner", |row| replay.hotkey(row.job.hotkey))
        .column("class", "the class", |row| replay.class(row.job.class))
        .column("seconds", "seconds that it took; null where they are not known", |row| row.job.seconds)
        .column(
            "outcome",
            "passed, excused, declined, failed, no time, too slow, wrong; recorded: it came with a score; of organic jobs: \
             organic, or not counted",
            |row| row.score.outcome.name(),
        )
        .column("bonus", "what a changed size multiplied its score with, where each job has its own bonus; else 1", |row| {
            row.score.bonus
        })
        .column("score", "its score; 0 of organic jobs, which are counted by batch", |row| row.score.score)
        .sheet("jobs", rows)
}

/// Excuses that turn with the minimum of stake.
pub(super) fn flipped(replay: &HordeReplay) -> Vec<&ExcuseRow> {
    replay.found.excuses.iter().filter(|row| row.flips).take(MOST_EXCUSES).collect()
}

/// Declined jobs.
pub(super) fn excuses<'a>(replay: &'a HordeReplay) -> Table<'a, &'a ExcuseRow> {
    let recording = &replay.recording;
    let job = move |row: &ExcuseRow| &recording.jobs[row.excuse.job];
    Table::new("Whether declined jobs are excused, and why. One row per declined synthetic job, where receipts excuse.")
        .column("job_uuid", "id of the declined job", move |row: &'a ExcuseRow| recording.job_ids.name(job(row).id))
        .shown(Text("job"))
        .column("batch_id", "number of its batch", move |row| {
            job(row).batch.and_then(|batch| u64::try_from(batch).ok())
        })
        .shown(Number("batch"))
        .column("hotkey", "hotkey of the miner", move |row| replay.hotkey(job(row).hotkey))
        .shown(Text("hotkey"))
        .column("class", "the class", move |row| replay.class(job(row).class))
        .shown(Text("class"))
        .column("busy", "whether it was declined as busy; nothing else is excused", |row| row.excuse.is_busy)
        .column("accepted_jobs", "jobs of the class that the miner took on in the batch", |row| {
            row.excuse.accepted_jobs
        })
        .shown(Number("taken on"))
        .column("receipts", "receipts that count", |row| row.excuse.receipts)
        .shown(Number("receipts"))
        .column("executors", "executors that the miner named, which both must reach", |row| row.excuse.executors)
        .shown(Number("executors"))
        .column("excused", "whether it was excused", |row| row.excuse.is_accepted)
        .shown(Text("excused"))
        .column(
            "flips",
            "whether it is excused at the lower of the minimum of the rules and --other-stake, and not at the higher",
            |row| row.flips,
        )
}

/// A receipt and what became of it.
#[derive(Clone, Copy)]
struct Looked<'a> {
    receipt: &'a Receipt,
    outcome: ReceiptOutcome,
}

/// What became of every receipt.
pub(super) fn receipts(replay: &HordeReplay) -> Sheet<'_> {
    let recording = &replay.recording;
    let stakes: HashMap<u32, f64> = recording.validators.iter().map(|one| (one.hotkey, one.stake)).collect();
    let outcomes = replay.found.judged.receipts.iter();
    let rows = recording.receipts.iter().zip(outcomes).map(|(receipt, &outcome)| Looked { receipt, outcome });
    Table::new("What became of every receipt. One row per receipt.")
        .column("presented_for", "id of the declined job that it was presented with", |row: Looked<'_>| {
            recording.job_ids.name(row.receipt.presented_for)
        })
        .column("job_uuid", "id of the job that it is of", |row| recording.job_ids.name(row.receipt.job))
        .column("hotkey", "hotkey of the miner", |row| replay.hotkey(row.receipt.hotkey))
        .column("validator", "hotkey of the validator that issued it", |row| replay.hotkey(row.receipt.validator))
        .column("stake", "what that validator has at stake; null where it is not listed", move |row| {
            stakes.get(&row.receipt.validator).copied()
        })
        .column(
            "outcome",
            "valid; unused: its job could not be excused; else the first fault: not organic, acceptance only, other miner, \
             same job, other class, issuer, too late, expired, unsigned, repeated",
            |row| row.outcome.name(),
        )
        .sheet("receipts", rows)
}

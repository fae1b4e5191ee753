//! What a judge of ComputeHorde's scores needs to know: the rows as they were recorded, names as numbers.

use super::epochs::Span;
use crate::labels::Labels;

/// All that was recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// Hotkeys of miners and validators.
    pub hotkeys: Labels,
    /// Executor classes.
    pub classes: Labels,
    /// Job ids, those of receipts among them.
    pub job_ids: Labels,
    /// Batches, in any order.
    pub batches: Vec<Batch>,
    /// What miners offered; rows of one batch, hotkey and class add up.
    pub manifests: Vec<ManifestRow>,
    /// Synthetic and organic jobs.
    pub jobs: Vec<Job>,
    /// Receipts that were presented with declined jobs.
    pub receipts: Vec<Receipt>,
    /// Validators whose receipts may count.
    pub validators: Vec<Validator>,
    /// Hotkeys whose receipts always count: the recording validator's own and its operator's.
    pub own: Vec<u32>,
}

/// One round of synthetic jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch {
    /// Its number.
    pub id: i64,
    /// The block at which it was started.
    pub block: i64,
    /// The cycle that it belongs to.
    pub cycle: Option<Span>,
    /// Whether it counts; `true` where the recording does not say.
    pub should_be_scored: bool,
}

/// What one miner offered of one class in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestRow {
    /// Id of the batch.
    pub batch: i64,
    /// The miner.
    pub hotkey: u32,
    /// The class.
    pub class: u32,
    /// Executors that it named.
    pub executors: u32,
    /// Executors that worked, as the validator wrote them down.
    pub online: u32,
}

/// Who had a job done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The validator, as a check.
    Synthetic,
    /// A customer.
    Organic,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// With an answer, right or wrong.
    Completed,
    /// Without one.
    Failed,
    /// Declined, and the validator took the excuse: no receipt is looked at.
    Excused,
    /// Declined.
    Declined,
}

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The answer itself, or that there was none.
    Answer,
    /// The hash of the file of answers, or that there was none.
    Hash,
}

/// One job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job {
    /// Its id, a number of [`Recording::job_ids`].
    pub id: u32,
    /// Id of its batch; every synthetic job has one.
    pub batch: Option<i64>,
    /// Block of an organic job, by which it belongs to a cycle.
    pub block: Option<i64>,
    /// Who had it done.
    pub kind: Kind,
    /// The miner.
    pub hotkey: u32,
    /// The class.
    pub class: u32,
    /// How it ended.
    pub status: Status,
    /// Seconds that it took.
    pub seconds: Option<f64>,
    /// Seconds that it might have taken.
    pub timeout: Option<f64>,
    /// Whether the answer was right.
    pub correct: Option<bool>,
    /// Why it was not.
    pub wrong: Option<Wrong>,
    /// Whether an organic job was found to be a cheat.
    pub is_cheated: bool,
    /// Whether an organic job ran on the validator's trusted miner.
    pub is_on_trusted_miner: bool,
    /// Whether the miner took it on.
    pub is_accepted: bool,
    /// Whether it was declined as busy, the one reason that can be excused.
    pub is_busy: bool,
    /// Unix seconds at which it was offered.
    pub time: Option<f64>,
    /// Whether the answer was streamed.
    pub is_streaming: bool,
    /// Seconds that a streamed job was worked on.
    pub processing_seconds: Option<f64>,
    /// Its score as recorded: taken as it is, and nothing else of the job is looked at.
    pub score: Option<f64>,
}

impl Job {
    /// A synthetic job of a batch that says nothing else: accepted, completed.
    pub fn synthetic(batch: i64, hotkey: u32, class: u32) -> Self {
        Self {
            id: 0,
            batch: Some(batch),
            block: None,
            kind: Kind::Synthetic,
            hotkey,
            class,
            status: Status::Completed,
            seconds: None,
            timeout: None,
            correct: None,
            wrong: None,
            is_cheated: false,
            is_on_trusted_miner: false,
            is_accepted: true,
            is_busy: false,
            time: None,
            is_streaming: false,
            processing_seconds: None,
            score: None,
        }
    }

    /// A completed organic job at a block.
    pub fn organic(block: i64, hotkey: u32, class: u32) -> Self {
        Self { batch: None, block: Some(block), kind: Kind::Organic, ..Self::synthetic(0, hotkey, class) }
    }
}

/// A receipt that a miner presented to show that it was busy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Receipt {
    /// The declined job that it was presented with.
    pub presented_for: u32,
    /// The job that it is of.
    pub job: u32,
    /// The miner that it was issued to.
    pub hotkey: u32,
    /// The validator that issued it.
    pub validator: u32,
    /// The class of its job.
    pub class: u32,
    /// Whether its job was organic.
    pub is_organic: bool,
    /// Whether it only says that the job was accepted, not that it was begun.
    pub is_acceptance: bool,
    /// Unix seconds at which it was issued.
    pub timestamp: f64,
    /// Seconds for which it holds.
    pub ttl: f64,
    /// Whether the signature is right.
    pub is_signed: bool,
}

/// A validator of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Validator {
    /// Its hotkey.
    pub hotkey: u32,
    /// Its stake.
    pub stake: f64,
}

//! All that a run of `evaluate` found, as one plain value: what every table, plot and page of a report reads.
//! Submissions and samples are referred to by their index here; judging uses the same indices.

use super::pairs::Judged;
use crate::judge::wins::{Rules, StepRow, StepTable};
use crate::outcome::SampleOutcome;
use crate::report::Timing;

/// The outcome of one run.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Every submission of the run, in the order judging saw them.
    pub submissions: Vec<SubmissionOutcome>,
    /// Identifier of every sample of the pool, indexed as the pool.
    pub sample_ids: Vec<String>,
    /// Where each of them is from, if recorded; of no sample, where the list is empty.
    pub sample_sources: Vec<Option<String>>,
    /// Samples that were measured, as indices into the pool.
    pub measured: Vec<usize>,
    /// Of every submission, what was measured on each of these samples, in their order; skipped ones have nothing.
    pub outcomes: Vec<Vec<SampleOutcome>>,
    /// The rules it was judged by.
    pub rules: Rules,
    /// What judging made of the losses.
    pub judgement: Judged,
    /// Where the time went; the only part that differs between two equal runs.
    pub timings: Vec<Timing>,
}

/// One submission and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionOutcome {
    /// Its uid, unique in the run.
    pub uid: u32,
    /// Hotkey of the miner, if recorded.
    pub hotkey: Option<String>,
    /// The model as it was submitted: `namespace/name` or a folder.
    pub model: String,
    /// Commit of the model's repository, if it came from one.
    pub commit: Option<String>,
    /// Content hash of the model's files (base64 of SHA-256), if they could be read.
    pub content_hash: Option<String>,
    /// Block of the submission, if recorded.
    pub block: Option<u64>,
    /// Id of the competition that took it, if any did.
    pub competition: Option<String>,
    /// `architectures[0]` of its config, if it could be read.
    pub architecture: Option<String>,
    /// Number of parameters, if they could be counted.
    pub parameters: Option<u64>,
    /// Whether it was evaluated.
    pub status: Status,
}

/// Whether a submission was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Its losses were measured.
    Evaluated,
    /// It has no losses, for this reason: one line, for people.
    Skipped(String),
}

impl Status {
    /// `evaluated` or `skipped`, as the tables name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Evaluated => "evaluated",
            Self::Skipped(_) => "skipped",
        }
    }

    /// Why it was skipped.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Evaluated => None,
            Self::Skipped(reason) => Some(reason),
        }
    }
}

/// The loss of one submission on one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleLoss {
    /// Index into [`Evaluation::submissions`].
    pub submission: usize,
    /// Index into [`Evaluation::sample_ids`].
    pub sample: usize,
    /// What was measured.
    pub outcome: SampleOutcome,
}

impl Evaluation {
    /// Every loss that was measured, ordered by submission, then sample.
    pub fn losses(&self) -> impl Iterator<Item = SampleLoss> {
        self.outcomes.iter().enumerate().flat_map(|(submission, outcomes)| {
            let rows = self.measured.iter().zip(outcomes);
            rows.map(move |(&sample, &outcome)| SampleLoss { submission, sample, outcome })
        })
    }

    /// The last step that `submission` took part in, and its row there.
    pub fn last_appearance(&self, submission: usize) -> Option<(&StepTable, &StepRow)> {
        self.judgement.steps.iter().rev().find_map(|step| Some((step, row_of(step, submission)?)))
    }

    /// The id of the competition with this index in the rules; empty if there is none such.
    pub fn competition_id(&self, competition: usize) -> &str {
        self.rules.competitions.get(competition).map_or("", |competition| &competition.id)
    }
}

/// The row of a submission in a step, if it took part.
pub(super) fn row_of(step: &StepTable, submission: usize) -> Option<&StepRow> {
    step.rows.iter().find(|row| row.submission == submission)
}

//! Why two runs are not compared.

use crate::judge::compare::Mismatch;

/// Rows that only one run has, of which the first few are told.
const TOLD: usize = 20;

/// Two runs cannot be held against each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// Runs of two commands.
    #[error(
        "{baseline} is a run of `{of_baseline}` and {candidate} one of `{of_candidate}`; compare runs of one command"
    )]
    Commands {
        /// The baseline.
        baseline: String,
        /// Its command.
        of_baseline: String,
        /// The candidate.
        candidate: String,
        /// Its command.
        of_candidate: String,
    },
    /// They were not made alike.
    #[error("{}", told(.0))]
    Mismatch(Vec<Mismatch>),
    /// A sample that is said to be from two places.
    #[error(
        "sample {sample} is from {baseline} in the baseline and from {candidate} in the candidate; intervals rest on sources, \
         so make them agree"
    )]
    Source {
        /// The sample.
        sample: String,
        /// Its source in the baseline.
        baseline: String,
        /// Its source in the candidate.
        candidate: String,
    },
    /// Losses that one run has alone.
    #[error("{}", one_sided(.0))]
    OneSided(Vec<OneSided>),
    /// No losses that both have.
    #[error("{baseline} and {candidate} have no submission in common, so there is nothing to compare")]
    NothingCommon {
        /// The baseline.
        baseline: String,
        /// The candidate.
        candidate: String,
    },
    /// A run and a recording, which have nothing to compare.
    #[error(
        "{recording} is a recording of losses, and {run} is a run of `{command}`, which keeps none; compare two of a kind"
    )]
    Unlike {
        /// The recording.
        recording: String,
        /// The run.
        run: String,
        /// Its command.
        command: String,
    },
    /// The report would take the place of what is compared.
    #[error("--out {0} is one of the runs that are compared, which the report would replace; name another folder")]
    OutIsInput(String),
    /// Runs without losses.
    #[error(
        "a run of `{0}` keeps no losses, so only its tables can be compared; leave `--gate statistical` out, or compare \
             the recordings of losses"
    )]
    NoLosses(String),
    /// Recordings without tables of speed.
    #[error(
        "{0} is a recording of losses and says nothing of speed or memory; give the folder of a run or leave \
             `--max-slowdown` and `--max-memory` out"
    )]
    NoTimings(String),
}

/// Losses that only one of two runs has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneSided {
    /// Whose and on what.
    pub what: String,
    /// Which run has it.
    pub run: String,
}

fn told(mismatches: &[Mismatch]) -> String {
    let one = |mismatch: &Mismatch| {
        format!(
            "{} is {} in the baseline and {} in the candidate",
            mismatch.what, mismatch.baseline, mismatch.candidate
        )
    };
    let mut fields: Vec<&str> = mismatches.iter().map(|mismatch| mismatch.field).collect();
    fields.dedup();
    format!(
        "the runs were not made alike: {}; run both alike, or say that it is meant by --allow-mismatch {}",
        mismatches.iter().map(one).collect::<Vec<_>>().join("; "),
        fields.join(",")
    )
}

fn one_sided(rows: &[OneSided]) -> String {
    let first: Vec<String> = rows.iter().take(TOLD).map(|row| format!("{} only in {}", row.what, row.run)).collect();
    let more = if rows.len() > TOLD { format!("; and {} more", rows.len() - TOLD) } else { String::new() };
    format!(
        "one run has losses that the other lacks: {}{more}; compare runs of the same submissions on the same samples",
        first.join("; ")
    )
}

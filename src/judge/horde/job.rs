//! What one job is worth by itself.

use super::classes::Class;
use super::recording::{Job, Status, Wrong};
use super::rules::{HashScore, Rules};

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Right and in time.
    Passed,
    /// Declined, and the excuse was accepted.
    Excused,
    /// Declined without an excuse.
    Declined,
    /// It ended without an answer.
    Failed,
    /// No time above 0 is known of it, or no timeout.
    Untimed,
    /// It took longer than it might.
    Slow,
    /// Its answer is not right.
    Wrong,
    /// It came with a score of its own.
    Recorded,
    /// An organic job that counts in a batch.
    Organic,
    /// An organic job that counts in none.
    Skipped,
}

impl Outcome {
    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Excused => "excused",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Untimed => "no time",
            Self::Slow => "too slow",
            Self::Wrong => "wrong",
            Self::Recorded => "recorded",
            Self::Organic => "organic",
            Self::Skipped => "not counted",
        }
    }
}

/// The score of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobScore {
    /// What became of it.
    pub outcome: Outcome,
    /// What a changed size multiplied its score with, where that is done for each job; else 1.
    pub bonus: f64,
    /// Its score, with the bonus; 0 of organic jobs, which are counted by batch.
    pub score: f64,
}

impl JobScore {
    pub(super) fn of(outcome: Outcome, score: f64) -> Self {
        Self { outcome, bonus: 1.0, score }
    }

    /// A synthetic job, ahead of excuses and of the bonus.
    pub(super) fn synthetic(job: &Job, class: Class, rules: &Rules) -> Self {
        if let Some(score) = job.score {
            let outcome = if job.status == Status::Excused { Outcome::Excused } else { Outcome::Recorded };
            return Self::of(outcome, score);
        }
        match job.status {
            Status::Excused => Self::of(Outcome::Excused, rules.excused_score),
            Status::Declined => Self::of(Outcome::Declined, 0.0),
            Status::Failed => Self::of(Outcome::Failed, 0.0),
            Status::Completed => match Timed::of(job, class, rules) {
                Timed::Unknown => Self::of(Outcome::Untimed, 0.0),
                Timed::Slow => Self::of(Outcome::Slow, 0.0),
                Timed::In { .. } if !is_right(job, rules) => Self::of(Outcome::Wrong, 0.0),
                Timed::In { seconds, timeout } => Self::of(
                    Outcome::Passed,
                    if class.is_llm { 1.0 } else { worth(rules.hash_score, seconds, timeout) },
                ),
            },
        }
    }
}

/// Whether a job came in time.
enum Timed {
    Unknown,
    Slow,
    In { seconds: f64, timeout: f64 },
}

impl Timed {
    fn of(job: &Job, class: Class, rules: &Rules) -> Self {
        if job.is_streaming {
            // What was not measured passes.
            let seconds = job.processing_seconds.unwrap_or(rules.streaming_timeout);
            return Self::within(seconds, rules.streaming_timeout);
        }
        let timeout = if class.is_llm { Some(rules.llm_timeout) } else { rules.hash_timeout.or(job.timeout) };
        match (job.seconds.filter(|&seconds| seconds > 0.0), timeout) {
            (Some(seconds), Some(timeout)) => Self::within(seconds, timeout),
            _ => Self::Unknown,
        }
    }

    fn within(seconds: f64, timeout: f64) -> Self {
        if seconds > timeout { Self::Slow } else { Self::In { seconds, timeout } }
    }
}

/// Whether a validator of these rules takes the answer as right.
pub(super) fn is_right(job: &Job, rules: &Rules) -> bool {
    job.correct == Some(true) || (job.wrong == Some(Wrong::Hash) && !rules.checks_answer_hash)
}

fn worth(score: HashScore, seconds: f64, timeout: f64) -> f64 {
    match score {
        HashScore::Linear => 2.0 * (1.0 - seconds / (2.0 * timeout)),
        HashScore::Inverse => 1.0 / seconds,
        HashScore::One => 1.0,
    }
}

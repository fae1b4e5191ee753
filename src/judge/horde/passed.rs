//! How many jobs passed.

use super::job::Outcome;
use super::judged::Judged;
use super::recording::{Kind, Recording};

/// How many synthetic jobs passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Synthetic jobs.
    pub jobs: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that were excused.
    pub excused: u64,
}

impl Passed {
    pub(super) fn of(recording: &Recording, judged: &Judged) -> Self {
        let mut found = Self::default();
        for (job, score) in recording.jobs.iter().zip(&judged.jobs) {
            found.jobs += u64::from(job.kind == Kind::Synthetic);
            found.passed += u64::from(score.outcome == Outcome::Passed);
            found.excused += u64::from(score.outcome == Outcome::Excused);
        }
        found
    }

    /// The share that passed; nothing without a job.
    pub fn rate(&self) -> Option<f64> {
        (self.jobs > 0).then(|| self.passed as f64 / self.jobs as f64)
    }
}

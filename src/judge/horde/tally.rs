//! What a miner's jobs of one class come to in one batch.

use super::hordes::HordeFault;
use super::job::{JobScore, Outcome};
use super::rules::{Organic, Rules};

/// Where jobs are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Cell {
    /// Row of the batch.
    pub batch: u32,
    /// The class.
    pub class: u32,
    /// The miner.
    pub hotkey: u32,
}

/// Counts and sums of jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Synthetic jobs.
    pub jobs: u32,
    /// Those that the miner took on.
    pub accepted: u32,
    /// Those that passed.
    pub passed: u32,
    /// Those that were excused.
    pub excused: u32,
    /// Organic jobs.
    pub organic: u32,
    /// Scores of those that passed, ahead of the bonus.
    pub passed_sum: f64,
    /// Scores of those that were excused.
    pub excused_sum: f64,
    /// Scores that were recorded.
    pub recorded_sum: f64,
    /// Whether each job that passed has the bonus of a changed size.
    pub has_job_bonus: bool,
}

/// A sum and what the horde score makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Points {
    pub organic: f64,
    pub factor: f64,
    pub points: f64,
}

impl Tally {
    /// Takes a synthetic job.
    pub(super) fn take(&mut self, job: &JobScore, is_accepted: bool) {
        self.jobs += 1;
        self.accepted += u32::from(is_accepted);
        match job.outcome {
            Outcome::Passed => {
                self.passed += 1;
                self.passed_sum += job.score;
            }
            Outcome::Excused => self.excuse(job.score),
            Outcome::Recorded => self.recorded_sum += job.score,
            _ => {}
        }
    }

    /// Counts a job as excused, which was taken before.
    pub(super) fn excuse(&mut self, score: f64) {
        self.excused += 1;
        self.excused_sum += score;
    }

    /// Scores of all synthetic jobs, with `bonus` for each that passed where it has one.
    pub fn synthetic_sum(&self, bonus: f64) -> f64 {
        self.passed_sum * self.job_bonus(bonus) + self.excused_sum + self.recorded_sum
    }

    /// What the score of each job that passed is multiplied with.
    pub fn job_bonus(&self, bonus: f64) -> f64 {
        if self.has_job_bonus { bonus } else { 1.0 }
    }

    /// What of it is normalised, with one `divisor`-th of the synthetic jobs.
    pub(super) fn points(&self, is_horde: bool, rules: &Rules, divisor: f64) -> Result<Points, HordeFault> {
        let sum = self.synthetic_sum(rules.bonus) / divisor;
        let jobs = f64::from(self.jobs) / divisor;
        let factor = if is_horde && self.jobs > 0 { rules.shape.factor(sum, jobs)? } else { 1.0 };
        let counts = rules.organic == Organic::InClass && rules.organic_limit != Some(0);
        let organic = if counts { f64::from(self.organic) * rules.organic_score } else { 0.0 };
        Ok(Points { organic, factor, points: sum * factor + organic })
    }
}

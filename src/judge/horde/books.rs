//! Every job looked at once: what it is worth, and what the jobs of a miner, class and batch come to.

use std::collections::HashMap;

use super::dancing;
use super::error::{HordeError, Row, Table};
use super::excuses::{Desk, Excuse, ReceiptOutcome};
use super::index::{Index, Miner};
use super::job::{JobScore, Outcome};
use super::numbers;
use super::recording::{Job, Kind, Status};
use super::rules::{Dancing, Organic};
use super::tally::{Cell, Tally};

/// What judging has written down of the jobs.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// One for each row of jobs.
    pub jobs: Vec<JobScore>,
    /// Row of the batch of each job; of organic ones, nothing that means anything.
    pub rows: Vec<u32>,
    pub tallies: HashMap<Cell, Tally>,
    pub excuses: Vec<Excuse>,
    /// One for each row of receipts.
    pub receipts: Vec<ReceiptOutcome>,
}

impl Books {
    /// Takes all jobs of a recording, then excuses those that were declined, then gives each job its bonus.
    pub fn open(index: &Index<'_>) -> Result<Self, HordeError> {
        numbers::check(index.recording)?;
        let mut books = Self::default();
        let jobs = &index.recording.jobs;
        books.jobs.reserve_exact(jobs.len());
        books.rows.reserve_exact(jobs.len());
        for (place, job) in jobs.iter().enumerate() {
            let row = Row::of(Table::Jobs, place);
            numbers::check_job(job, row)?;
            match job.kind {
                Kind::Synthetic => books.take_synthetic(index, job, row)?,
                Kind::Organic => books.take_organic(index, job, row)?,
            }
        }
        books.excuse(index);
        if index.rules.dancing == Dancing::PerJob {
            books.give_job_bonuses(index);
        }
        Ok(books)
    }

    fn take_synthetic(&mut self, index: &Index<'_>, job: &Job, row: Row) -> Result<(), HordeError> {
        let batch = index.row_of(job.batch.ok_or(HordeError::NoBatch { row })?, row)?;
        let score = JobScore::synthetic(job, index.classes.get(job.class), index.rules);
        let cell = Cell { batch, class: job.class, hotkey: job.hotkey };
        self.tallies.entry(cell).or_default().take(&score, job.is_accepted);
        self.jobs.push(score);
        self.rows.push(batch);
        Ok(())
    }

    /// An organic job counts in every batch of the cycle that holds its block, or else in the batch that it names.
    fn take_organic(&mut self, index: &Index<'_>, job: &Job, row: Row) -> Result<(), HordeError> {
        let named = job.batch.map(|batch| index.row_of(batch, row)).transpose()?;
        let batches = match job.block {
            Some(block) => index.batches_at(block),
            None => named.as_slice(),
        };
        let rules = index.rules;
        let is_skipped = rules.organic == Organic::Ignored
            || job.status != Status::Completed
            || (rules.skips_cheated && job.is_cheated)
            || (rules.skips_trusted_miner && job.is_on_trusted_miner);
        let batches = if is_skipped { &[] } else { batches };
        for &batch in batches {
            let cell = Cell { batch, class: job.class, hotkey: job.hotkey };
            self.tallies.entry(cell).or_default().organic += 1;
        }
        let outcome = if batches.is_empty() { Outcome::Skipped } else { Outcome::Organic };
        self.jobs.push(JobScore::of(outcome, 0.0));
        self.rows.push(u32::MAX);
        Ok(())
    }

    /// Excuses declined jobs where the rules have excuses, once all jobs are counted.
    fn excuse(&mut self, index: &Index<'_>) {
        let (recording, rules) = (index.recording, index.rules);
        self.receipts = vec![ReceiptOutcome::Unused; recording.receipts.len()];
        if !rules.has_excuses {
            return;
        }
        let desk = Desk::new(recording, rules);
        for (place, job) in recording.jobs.iter().enumerate() {
            if job.kind != Kind::Synthetic || job.status != Status::Declined || job.score.is_some() {
                continue;
            }
            let cell = Cell { batch: self.rows[place], class: job.class, hotkey: job.hotkey };
            let miner = Miner { batch: cell.batch, hotkey: cell.hotkey };
            let executors = index.offer(miner, job.class).map_or(0, |offer| offer.executors);
            let receipts = if job.is_busy { desk.count(job, &mut self.receipts) } else { 0 };
            let tally = self.tallies.entry(cell).or_default();
            let accepted_jobs = u64::from(tally.accepted);
            let is_accepted = job.is_busy && accepted_jobs + receipts >= executors;
            if is_accepted {
                tally.excuse(rules.excused_score);
                self.jobs[place] = JobScore::of(Outcome::Excused, rules.excused_score);
            }
            let is_busy = job.is_busy;
            self.excuses.push(Excuse { job: place, is_accepted, is_busy, accepted_jobs, receipts, executors });
        }
    }

    fn give_job_bonuses(&mut self, index: &Index<'_>) {
        for (cell, tally) in &mut self.tallies {
            tally.has_job_bonus = tally.passed > 0 && dancing::has_job_bonus(index, cell, tally);
        }
        for (place, job) in index.recording.jobs.iter().enumerate() {
            let score = &mut self.jobs[place];
            if score.outcome != Outcome::Passed {
                continue;
            }
            let cell = Cell { batch: self.rows[place], class: job.class, hotkey: job.hotkey };
            let bonus = self.tallies.get(&cell).map_or(1.0, |tally| tally.job_bonus(index.rules.bonus));
            score.bonus = bonus;
            score.score *= bonus;
        }
    }
}

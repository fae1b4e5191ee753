//! What judging says of every batch, miner, class, job and excuse.

use std::collections::BTreeMap;

use super::excuses::{Excuse, ReceiptOutcome};
use super::hordes::normalise;
use super::job::JobScore;
use super::recording::Recording;
use super::tally::Tally;

/// All that judging says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The batches that are to be scored, in the order of their ids.
    pub batches: Vec<BatchScores>,
    /// What every miner has of all batches, by hotkey.
    pub totals: Vec<Total>,
    /// One for each row of jobs.
    pub jobs: Vec<JobScore>,
    /// Of every declined job.
    pub excuses: Vec<Excuse>,
    /// One for each row of receipts.
    pub receipts: Vec<ReceiptOutcome>,
}

/// The scores of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchScores {
    /// Row of the batch.
    pub batch: usize,
    /// Of every miner with a job that counts, by hotkey.
    pub miners: Vec<MinerScore>,
}

/// The score of a miner in a batch: (classes + raw) · bonus · penalty.
#[derive(Debug, Clone, PartialEq)]
pub struct MinerScore {
    /// The miner.
    pub hotkey: u32,
    /// What it has of every class with a weight, in the order of the weights.
    pub classes: Vec<ClassScore>,
    /// Points that are not normalised.
    pub raw: f64,
    /// What a changed size multiplies with; 1 where the bonus is one of each job.
    pub bonus: f64,
    /// What too small a size between peaks multiplies with.
    pub penalty: f64,
    /// The score.
    pub score: f64,
}

/// What a miner has of a class in a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassScore {
    /// The class.
    pub class: u32,
    /// Its jobs.
    pub tally: Tally,
    /// What the horde score multiplies the sum of the synthetic jobs with; 1 in other classes.
    pub factor: f64,
    /// Points of organic jobs.
    pub organic: f64,
    /// What is normalised.
    pub points: f64,
    /// What that comes to.
    pub score: f64,
}

/// What a miner has of all batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// The miner.
    pub hotkey: u32,
    /// The sum.
    pub score: f64,
}

impl MinerScore {
    /// What the classes come to.
    pub fn of_classes(&self) -> f64 {
        self.classes.iter().map(|class| class.score).sum()
    }
}

impl Judged {
    /// The total of a miner.
    pub fn total(&self, hotkey: u32) -> Option<f64> {
        let place = self.totals.binary_search_by_key(&hotkey, |total| total.hotkey).ok()?;
        self.totals.get(place).map(|total| total.score)
    }

    /// Sums the totals up from the batches.
    pub(super) fn sum_up(&mut self) {
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for miner in self.batches.iter().flat_map(|batch| &batch.miners) {
            *sums.entry(miner.hotkey).or_default() += miner.score;
        }
        self.totals = sums.into_iter().map(|(hotkey, score)| Total { hotkey, score }).collect();
    }

    /// The weights of every interval, shares of its scores by the number of the hotkey: batches of one cycle make one
    /// interval, and so does a batch without a cycle. All are 0 where no score is above 0.
    pub fn weights(&self, recording: &Recording) -> Vec<Vec<f64>> {
        self.intervals(recording).into_iter().map(|interval| interval.weights).collect()
    }

    /// The same, with the block at which each begins.
    pub fn intervals(&self, recording: &Recording) -> Vec<IntervalWeights> {
        let mut intervals: Vec<IntervalWeights> = Vec::new();
        let mut last = None;
        for scores in &self.batches {
            let batch = &recording.batches[scores.batch];
            if batch.cycle.is_none() || batch.cycle != last {
                let block = batch.cycle.map_or(batch.block, |cycle| cycle.start);
                intervals.push(IntervalWeights { block, weights: vec![0.0; recording.hotkeys.texts().len()] });
            }
            last = batch.cycle;
            if let Some(interval) = intervals.last_mut() {
                scores.add_to(&mut interval.weights, 1.0);
            }
        }
        intervals.iter_mut().for_each(|interval| normalise(&mut interval.weights, 1.0));
        intervals
    }

    /// The weights over all batches, shares of the totals by the number of the hotkey.
    pub fn overall(&self, recording: &Recording) -> Vec<f64> {
        let mut weights = vec![0.0; recording.hotkeys.texts().len()];
        self.batches.iter().for_each(|batch| batch.add_to(&mut weights, 1.0));
        normalise(&mut weights, 1.0);
        weights
    }
}

impl BatchScores {
    /// Adds its scores, so many times, to sums by the number of the hotkey; one below 0 counts as 0.
    pub(super) fn add_to(&self, sums: &mut [f64], times: f64) {
        for miner in &self.miners {
            if let Some(sum) = sums.get_mut(miner.hotkey as usize) {
                *sum += times * miner.score.max(0.0);
            }
        }
    }
}

/// The weights of an interval.
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalWeights {
    /// The first block of its cycle, or that of its batch where it has none.
    pub block: i64,
    /// Weights by the number of the hotkey.
    pub weights: Vec<f64>,
}

//! What a miner would gain by merely toggling its size: fewer executors in every second batch, cycle or peak, and the bonus
//! wherever that changes it.

use std::collections::BTreeMap;

use super::classes::Classes;
use super::epochs::{PEAK_PERIOD, peak_cycle};
use super::error::HordeError;
use super::judged::{BatchScores, Judged, MinerScore};
use super::recording::{Batch, Recording};
use super::rules::{Dancing, Rules};
use super::scores::horde_error;
use super::tally::{Cell, Tally};

/// The total of a miner in three lives. Scores that were recorded keep whatever bonus is in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Toggled {
    /// The miner.
    pub hotkey: u32,
    /// As it was.
    pub recorded: f64,
    /// At its size in all batches, without a bonus.
    pub steady: f64,
    /// With one `ratio`-th of its synthetic jobs in every second batch, or cycle, or peak, whichever are compared, and the bonus
    /// wherever that changes its size. All others stay as they were.
    pub toggling: f64,
}

impl Toggled {
    /// What toggling adds, in parts of the steady total; `None` where that is 0.
    pub fn gain(&self) -> Option<f64> {
        (self.steady != 0.0).then(|| self.toggling / self.steady - 1.0)
    }
}

/// One of the lives, in one batch.
#[derive(Debug, Clone, Copy)]
struct Life {
    has_bonus: bool,
    divisor: f64,
}

/// What is needed to score a miner again.
struct Scale<'a> {
    recording: &'a Recording,
    rules: &'a Rules,
    classes: Classes,
}

/// Every miner in its three lives, by hotkey; `judged` is what was judged by these rules.
pub fn toggling(recording: &Recording, rules: &Rules, judged: &Judged) -> Result<Vec<Toggled>, HordeError> {
    let smaller = smaller(recording, judged, rules);
    let scale = Scale { recording, rules, classes: Classes::new(recording, rules) };
    let mut miners: BTreeMap<u32, Toggled> = BTreeMap::new();
    for (number, batch) in judged.batches.iter().enumerate() {
        let divisor = if smaller[number] { rules.ratio } else { 1.0 };
        let has_bonus = has_bonus(number, &smaller, rules);
        let totals = class_totals(batch);
        for miner in &batch.miners {
            let own = Toggled { hotkey: miner.hotkey, recorded: 0.0, steady: 0.0, toggling: 0.0 };
            let sums = miners.entry(miner.hotkey).or_insert(own);
            let score = |life| scale.score(batch.batch, miner, &totals, life);
            sums.recorded += miner.score;
            sums.steady += score(Life { has_bonus: false, divisor: 1.0 })?;
            sums.toggling += score(Life { has_bonus, divisor })?;
        }
    }
    Ok(miners.into_values().collect())
}

/// Which batches a miner that toggles shows the smaller size in.
fn smaller(recording: &Recording, judged: &Judged, rules: &Rules) -> Vec<bool> {
    let batches = judged.batches.iter().map(|batch| &recording.batches[batch.batch]);
    let mut cycles: Vec<i64> = batches.clone().filter_map(|batch| Some(batch.cycle?.start)).collect();
    cycles.sort_unstable();
    cycles.dedup();
    let is_smaller = |(number, batch): (usize, &Batch)| match rules.dancing {
        Dancing::Peaks => {
            let peak = peak_cycle(batch.block, rules.netuid);
            peak.holds(batch.block) && peak.start.div_euclid(PEAK_PERIOD) % 2 != 0
        }
        Dancing::PreviousCycle => {
            let cycle = batch.cycle.and_then(|cycle| cycles.binary_search(&cycle.start).ok());
            cycle.is_some_and(|place| place % 2 == 1)
        }
        _ => number % 2 == 1,
    };
    batches.enumerate().map(is_smaller).collect()
}

/// Whether the bonus is due in a batch: where the latest other batch is compared, only if that has the other size.
fn has_bonus(number: usize, smaller: &[bool], rules: &Rules) -> bool {
    let last = smaller.len() - 1;
    match rules.dancing {
        Dancing::LatestBatch if last > 0 => {
            let other = if number == last { last - 1 } else { last };
            smaller[number] != smaller[other]
        }
        _ => true,
    }
}

fn class_totals(batch: &BatchScores) -> BTreeMap<u32, f64> {
    let mut totals = BTreeMap::new();
    for class in batch.miners.iter().flat_map(|miner| &miner.classes) {
        *totals.entry(class.class).or_default() += class.points;
    }
    totals
}

impl Scale<'_> {
    fn score(
        &self,
        batch: usize,
        miner: &MinerScore,
        totals: &BTreeMap<u32, f64>,
        life: Life,
    ) -> Result<f64, HordeError> {
        let mut sum = miner.raw;
        for own in &miner.classes {
            let class = self.classes.get(own.class);
            let has_job_bonus = life.has_bonus && self.rules.dancing == Dancing::PerJob;
            let tally = Tally { has_job_bonus, ..own.tally };
            let cell = Cell { batch: batch as u32, class: own.class, hotkey: miner.hotkey };
            let points = tally.points(class.is_horde, self.rules, life.divisor);
            let points = points.map_err(|fault| horde_error(self.recording, cell, fault))?.points;
            let total = totals.get(&own.class).copied().unwrap_or(0.0) - own.points + points;
            sum += if total == 0.0 { points } else { points * class.weight / total };
        }
        let has_bonus = life.has_bonus && self.rules.dancing != Dancing::PerJob;
        Ok(sum * if has_bonus { self.rules.bonus } else { 1.0 } * miner.penalty)
    }
}

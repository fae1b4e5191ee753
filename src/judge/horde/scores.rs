//! From tallies to the scores of batches: points by class, normalised to its weight, summed, with bonus and penalty.

use std::collections::BTreeMap;

use super::books::Books;
use super::dancing::Compared;
use super::error::{HordeError, Row, Table};
use super::hordes::{HordeFault, normalise};
use super::index::Index;
use super::judged::{BatchScores, ClassScore, MinerScore};
use super::peaks::{held_against, penalty};
use super::recording::Recording;
use super::rules::Organic;
use super::tally::{Cell, Tally};

/// A tally and where it belongs.
#[derive(Debug, Clone, Copy)]
struct Entry {
    cell: Cell,
    tally: Tally,
}

type Miners = BTreeMap<u32, MinerScore>;

/// The scores of all batches that are to be scored.
pub(super) fn score_batches(index: &Index<'_>, books: &Books) -> Result<Vec<BatchScores>, HordeError> {
    let mut entries: Vec<Entry> = books.tallies.iter().map(|(&cell, &tally)| Entry { cell, tally }).collect();
    entries.sort_unstable_by_key(|entry| entry.cell);
    let mut batches = Vec::with_capacity(index.recording.batches.len());
    for row in index.by_id() {
        if index.batch(row).should_be_scored {
            let own = within(&entries, |entry| entry.cell.batch, row);
            batches.push(BatchScores { batch: row as usize, miners: score_batch(index, row, own)? });
        }
    }
    Ok(batches)
}

/// The entries that are ordered by `key` and have this one.
fn within(entries: &[Entry], key: impl Fn(&Entry) -> u32, value: u32) -> &[Entry] {
    let start = entries.partition_point(|entry| key(entry) < value);
    let stop = entries.partition_point(|entry| key(entry) <= value);
    &entries[start..stop]
}

fn score_batch(index: &Index<'_>, row: u32, entries: &[Entry]) -> Result<Vec<MinerScore>, HordeError> {
    let mut miners = Miners::new();
    for &class in &index.classes.weighted {
        for score in class_scores(index, within(entries, |entry| entry.cell.class, class))? {
            miner(&mut miners, score.hotkey).classes.push(score.class);
        }
    }
    if index.rules.organic == Organic::Raw {
        add_raw(index, entries, &mut miners);
    }
    let compared = Compared::of(index, row);
    let peak = held_against(index, row);
    for miner in miners.values_mut() {
        miner.bonus = compared.map_or(1.0, |compared| compared.bonus(index, miner.hotkey));
        miner.penalty = peak.map_or(1.0, |peak| penalty(index, peak, row, miner.hotkey));
        miner.score = (miner.of_classes() + miner.raw) * miner.bonus * miner.penalty;
    }
    Ok(miners.into_values().collect())
}

/// The class score of a miner.
struct OfMiner {
    hotkey: u32,
    class: ClassScore,
}

/// The scores of one class in one batch, normalised.
fn class_scores(index: &Index<'_>, entries: &[Entry]) -> Result<Vec<OfMiner>, HordeError> {
    let mut scores = Vec::with_capacity(entries.len());
    for Entry { cell, tally } in entries {
        let class = index.classes.get(cell.class);
        let points = tally.points(class.is_horde, index.rules, 1.0);
        let points = points.map_err(|fault| horde_error(index.recording, *cell, fault))?;
        let class = ClassScore {
            class: cell.class,
            tally: *tally,
            factor: points.factor,
            organic: points.organic,
            points: points.points,
            score: 0.0,
        };
        scores.push(OfMiner { hotkey: cell.hotkey, class });
    }
    let mut normalised: Vec<f64> = scores.iter().map(|score| score.class.points).collect();
    let weight = entries.first().map_or(0.0, |entry| index.classes.get(entry.cell.class).weight);
    normalise(&mut normalised, weight);
    scores.iter_mut().zip(normalised).for_each(|(score, normalised)| score.class.score = normalised);
    Ok(scores)
}

/// The error of a cell whose jobs have no horde score.
pub(super) fn horde_error(recording: &Recording, cell: Cell, fault: HordeFault) -> HordeError {
    HordeError::Horde {
        row: Row::of(Table::Batches, cell.batch as usize),
        hotkey: recording.hotkeys.name(cell.hotkey).to_owned(),
        class: recording.classes.name(cell.class).to_owned(),
        fault,
    }
}

/// Adds what is not normalised: organic jobs of all classes, up to the limit, and excused ones once more.
fn add_raw(index: &Index<'_>, entries: &[Entry], miners: &mut Miners) {
    let rules = index.rules;
    let mut organic: BTreeMap<u32, u32> = BTreeMap::new();
    for Entry { cell, tally } in entries {
        if tally.excused > 0 {
            miner(miners, cell.hotkey).raw += f64::from(tally.excused) * rules.excused_score;
        }
        if tally.organic > 0 {
            *organic.entry(cell.hotkey).or_default() += tally.organic;
        }
    }
    for (hotkey, jobs) in organic {
        let counted = rules.organic_limit.map_or(jobs, |limit| jobs.min(limit));
        miner(miners, hotkey).raw += f64::from(counted) * rules.organic_score;
    }
}

fn miner(miners: &mut Miners, hotkey: u32) -> &mut MinerScore {
    let none = MinerScore { hotkey, classes: Vec::new(), raw: 0.0, bonus: 1.0, penalty: 1.0, score: 0.0 };
    miners.entry(hotkey).or_insert(none)
}

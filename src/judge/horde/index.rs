//! Where the rows of a recording belong: batches by id and cycle, manifests by batch and miner.

use std::collections::HashMap;

use super::classes::Classes;
use super::epochs::Span;
use super::error::{HordeError, Row, Table};
use super::recording::{Batch, Recording};
use super::rules::{Dancing, Rules};

/// A miner in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Miner {
    /// Row of the batch.
    pub batch: u32,
    /// Its hotkey.
    pub hotkey: u32,
}

/// What a miner offered of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    pub class: u32,
    pub executors: u64,
    pub online: u64,
}

/// Blocks beyond this are none, and sums of those within cannot overflow.
const LAST_BLOCK: i64 = 1 << 53;

/// A cycle and the rows of its batches, by id.
#[derive(Debug)]
struct Cycle {
    span: Span,
    batches: Vec<u32>,
}

/// A recording and what helps to find in it.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub recording: &'a Recording,
    pub rules: &'a Rules,
    pub classes: Classes,
    rows: HashMap<i64, u32>,
    /// Rows of batches by id.
    by_id: Vec<u32>,
    /// By start; none overlaps another.
    cycles: Vec<Cycle>,
    offers: HashMap<Miner, Vec<Offer>>,
}

impl<'a> Index<'a> {
    pub fn new(recording: &'a Recording, rules: &'a Rules) -> Result<Self, HordeError> {
        rules.check()?;
        let mut index = Self {
            recording,
            rules,
            classes: Classes::new(recording, rules),
            rows: HashMap::with_capacity(recording.batches.len()),
            by_id: (0..recording.batches.len() as u32).collect(),
            cycles: Vec::new(),
            offers: HashMap::new(),
        };
        index.take_batches()?;
        index.take_manifests()?;
        Ok(index)
    }

    fn take_batches(&mut self) -> Result<(), HordeError> {
        let batches = &self.recording.batches;
        for (place, batch) in batches.iter().enumerate() {
            check_blocks(batch, Row::of(Table::Batches, place))?;
            if self.rows.insert(batch.id, place as u32).is_some() {
                return Err(HordeError::RepeatedBatch { row: Row::of(Table::Batches, place), batch: batch.id });
            }
        }
        self.by_id.sort_unstable_by_key(|&row| batches[row as usize].id);
        let mut cycles: HashMap<Span, Vec<u32>> = HashMap::new();
        for &row in &self.by_id {
            if let Some(span) = batches[row as usize].cycle {
                cycles.entry(span).or_default().push(row);
            }
        }
        self.cycles = cycles.into_iter().map(|(span, batches)| Cycle { span, batches }).collect();
        self.cycles.sort_unstable_by_key(|cycle| cycle.span);
        self.check_cycles()
    }

    fn check_cycles(&self) -> Result<(), HordeError> {
        let mut stop = i64::MIN;
        for cycle in &self.cycles {
            let span = cycle.span;
            if span.start >= span.stop || span.start < stop {
                let place = cycle.batches.first().map_or(0, |&row| row as usize);
                return Err(HordeError::Cycle {
                    row: Row::of(Table::Batches, place),
                    start: span.start,
                    stop: span.stop,
                });
            }
            stop = span.stop;
        }
        Ok(())
    }

    fn take_manifests(&mut self) -> Result<(), HordeError> {
        let recording = self.recording;
        let reads_all_classes = self.rules.dancing != Dancing::PerJob;
        for (place, manifest) in recording.manifests.iter().enumerate() {
            let row = Row::of(Table::Manifests, place);
            if reads_all_classes && !self.classes.get(manifest.class).is_known {
                return Err(HordeError::UnknownClass {
                    row,
                    class: recording.classes.name(manifest.class).to_owned(),
                    known: self.rules.known_classes.join(", "),
                });
            }
            let batch = self.row_of(manifest.batch, row)?;
            let offers = self.offers.entry(Miner { batch, hotkey: manifest.hotkey }).or_default();
            let (executors, online) = (u64::from(manifest.executors), u64::from(manifest.online));
            match offers.iter_mut().find(|offer| offer.class == manifest.class) {
                Some(offer) => {
                    offer.executors += executors;
                    offer.online += online;
                }
                None => offers.push(Offer { class: manifest.class, executors, online }),
            }
        }
        Ok(())
    }

    /// Row of the batch with an id that `row` names.
    pub fn row_of(&self, batch: i64, row: Row) -> Result<u32, HordeError> {
        self.rows.get(&batch).copied().ok_or(HordeError::UnknownBatch { row, batch })
    }

    /// Rows of all batches, in the order of their ids.
    pub fn by_id(&self) -> impl Iterator<Item = u32> {
        self.by_id.iter().copied()
    }

    pub fn batch(&self, row: u32) -> &'a Batch {
        &self.recording.batches[row as usize]
    }

    /// All that a miner offered in a batch; `None` where it has no manifest there.
    pub fn offers(&self, miner: Miner) -> Option<&[Offer]> {
        self.offers.get(&miner).map(Vec::as_slice)
    }

    /// What a miner offered of a class in a batch.
    pub fn offer(&self, miner: Miner, class: u32) -> Option<&Offer> {
        self.offers(miner)?.iter().find(|offer| offer.class == class)
    }

    /// Rows of the batches of the cycle that holds a block.
    pub fn batches_at(&self, block: i64) -> &[u32] {
        let after = self.cycles.partition_point(|cycle| cycle.span.start <= block);
        let last = after.checked_sub(1).and_then(|place| self.cycles.get(place));
        last.filter(|cycle| cycle.span.holds(block)).map_or(&[], |cycle| &cycle.batches)
    }

    /// The batch with the next lower id.
    pub fn batch_before(&self, row: u32) -> Option<u32> {
        let id = self.batch(row).id;
        let place = self.by_id.partition_point(|&other| self.batch(other).id < id);
        self.by_id.get(place.checked_sub(1)?).copied()
    }

    /// The batch with the highest id of all others.
    pub fn latest_other(&self, row: u32) -> Option<u32> {
        self.by_id.iter().rev().find(|&&other| other != row).copied()
    }

    /// The first batch of the cycle that ends where that of a batch begins.
    pub fn first_of_cycle_before(&self, row: u32) -> Option<u32> {
        let start = self.batch(row).cycle?.start;
        let place = self.cycles.partition_point(|cycle| cycle.span.start < start);
        let before = self.cycles.get(place.checked_sub(1)?)?;
        if before.span.stop == start { before.batches.first().copied() } else { None }
    }

    /// The first batch to be scored of the cycle that begins at a block.
    pub fn first_scored_of_cycle(&self, start: i64) -> Option<u32> {
        let place = self.cycles.binary_search_by_key(&start, |cycle| cycle.span.start).ok()?;
        self.cycles[place].batches.iter().find(|&&row| self.batch(row).should_be_scored).copied()
    }
}

fn check_blocks(batch: &Batch, row: Row) -> Result<(), HordeError> {
    let cycle = batch.cycle.map_or([batch.block; 2], |cycle| [cycle.start, cycle.stop]);
    for block in [batch.block, cycle[0], cycle[1]] {
        if !(-LAST_BLOCK..=LAST_BLOCK).contains(&block) {
            return Err(HordeError::Block { row, block });
        }
    }
    Ok(())
}

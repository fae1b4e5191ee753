//! Why the total of a miner is what it is: parts that add up to it.

use std::collections::BTreeMap;

use super::judged::{Judged, MinerScore};

/// What a part of a total is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What a class adds, normalised to its weight.
    Class(u32),
    /// Points that are not normalised.
    Raw,
    /// What the bonus of a changed size adds to a batch's score.
    Bonus,
    /// What the penalty of too small a size takes from it.
    Penalty,
}

/// A part of the total of a miner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// The miner.
    pub hotkey: u32,
    /// What it is.
    pub part: Part,
    /// What it adds; below 0 where it takes.
    pub value: f64,
}

/// Whose part it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Owned {
    hotkey: u32,
    part: Part,
}

/// All parts of all totals, by hotkey; those that are 0 are left out, but for those of classes.
pub(super) fn components(judged: &Judged) -> Vec<Component> {
    let mut sums: BTreeMap<Owned, f64> = BTreeMap::new();
    for miner in judged.batches.iter().flat_map(|batch| &batch.miners) {
        add(&mut sums, miner);
    }
    let is_told = |one: &Component| one.value != 0.0 || matches!(one.part, Part::Class(_));
    let all = sums.into_iter().map(|(Owned { hotkey, part }, value)| Component { hotkey, part, value });
    all.filter(is_told).collect()
}

fn add(sums: &mut BTreeMap<Owned, f64>, miner: &MinerScore) {
    let mut part = |part: Part, value: f64| *sums.entry(Owned { hotkey: miner.hotkey, part }).or_default() += value;
    for class in &miner.classes {
        part(Part::Class(class.class), class.score);
    }
    let plain = miner.of_classes() + miner.raw;
    part(Part::Raw, miner.raw);
    part(Part::Bonus, plain * (miner.bonus - 1.0));
    part(Part::Penalty, plain * miner.bonus * (miner.penalty - 1.0));
}

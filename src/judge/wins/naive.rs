//! The definition of wins, counted one match at a time, and cohorts to test it on: ties, NaN, infinities, equal and
//! unknown blocks, a decaying ε, lists of unequal length. For tests only.

use proptest::prelude::*;

use super::matches::age;
use super::{Contestant, Epsilon, WinTable, iswin};

/// Submissions as (block, losses) under one ε.
#[derive(Debug, Clone)]
pub struct Cohort {
    pub epsilon: Epsilon,
    pub current_block: u64,
    pub members: Vec<(Option<u64>, Vec<f64>)>,
}

impl Cohort {
    pub fn constant(epsilon: f64, members: Vec<(Option<u64>, Vec<f64>)>) -> Self {
        Self { epsilon: Epsilon::Constant(epsilon), current_block: 0, members }
    }

    pub fn contestants(&self) -> Vec<Contestant<'_>> {
        self.members
            .iter()
            .map(|(block, losses)| {
                Contestant::new(*block, self.epsilon.at(*block, self.current_block), losses).expect("no negative loss")
            })
            .collect()
    }

    /// The definition applied to one ordered pair on one sample; `None` where one of them has no such sample.
    pub fn wins(&self, a: usize, b: usize, sample: usize) -> Option<bool> {
        let ((block_a, losses_a), (block_b, losses_b)) = (&self.members[a], &self.members[b]);
        let (loss_a, loss_b) = (losses_a.get(sample)?, losses_b.get(sample)?);
        let earlier = if age(*block_a) < age(*block_b) { block_a } else { block_b };
        let epsilon = self.epsilon.at(*earlier, self.current_block);
        Some(iswin(*loss_a, *loss_b, *block_a, *block_b, epsilon))
    }

    pub fn samples(&self) -> usize {
        self.members.iter().map(|(_, losses)| losses.len()).max().unwrap_or(0)
    }

    /// Ordered pairs of different members.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let size = self.members.len();
        (0..size).flat_map(move |a| (0..size).map(move |b| (a, b))).filter(|(a, b)| a != b)
    }
}

/// Wins and matches by pair.
pub fn count_wins(cohort: &Cohort) -> WinTable {
    let size = cohort.members.len();
    let mut table = WinTable { size, wins: vec![0; size * size], matches: vec![0; size * size] };
    for (a, b) in cohort.pairs() {
        for won in (0..cohort.samples()).filter_map(|sample| cohort.wins(a, b, sample)) {
            table.wins[a * size + b] += u64::from(won);
            table.matches[a * size + b] += 1;
        }
    }
    table
}

/// Wins and matches of every member on one sample.
pub fn sample_totals(cohort: &Cohort, sample: usize) -> (Vec<u32>, Vec<u32>) {
    let size = cohort.members.len();
    let (mut wins, mut matches) = (vec![0; size], vec![0; size]);
    for (a, b) in cohort.pairs() {
        if let Some(won) = cohort.wins(a, b, sample) {
            wins[a] += u32::from(won);
            matches[a] += 1;
        }
    }
    (wins, matches)
}

/// Losses that tie, also after a boost of 1/4 or 1/2, and now and then are no number.
fn loss() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => prop::sample::select(vec![0.0, -0.0, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0]),
        2 => 0.0..4.0,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
    ]
}

fn epsilon() -> impl Strategy<Value = Epsilon> {
    prop_oneof![
        prop::sample::select(vec![0.0, 0.01, 0.25, 0.5]).prop_map(Epsilon::Constant),
        (0.0..0.9, 0.0..0.9, 1..12_u64).prop_map(|(start, end, blocks)| Epsilon::Linear { start, end, blocks }),
        Just(Epsilon::Linear { start: 0.5, end: 0.25, blocks: 4 }),
    ]
}

/// Up to 12 submissions of up to 9 samples each.
pub fn cohort() -> impl Strategy<Value = Cohort> {
    let member = (prop::option::weighted(0.85, 0..6_u64), prop::collection::vec(loss(), 0..10));
    (epsilon(), 0..12_u64, prop::collection::vec(member, 0..12)).prop_map(|(epsilon, current_block, members)| Cohort {
        epsilon,
        current_block,
        members,
    })
}

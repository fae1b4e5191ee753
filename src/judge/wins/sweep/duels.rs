//! The matches of one participant, apart from those of the others among themselves: what changes where only its losses
//! change.

use std::cmp::Ordering;

use super::super::{Contestant, SampleTotals, sample_totals};

/// What remains of the losses of one and of another in a match of theirs: the strictly earlier one's are boosted.
fn kept(one: &Contestant<'_>, other: &Contestant<'_>) -> (f64, f64) {
    match one.age().cmp(&other.age()) {
        Ordering::Less => (one.boosted(1.0), 1.0),
        Ordering::Equal => (1.0, 1.0),
        Ordering::Greater => (1.0, other.boosted(1.0)),
    }
}

/// Of each sample that both have, whether one wins against the other, and whether the other wins.
pub(super) fn duels(one: &Contestant<'_>, other: &Contestant<'_>) -> impl Iterator<Item = (bool, bool)> {
    let (kept, others) = kept(one, other);
    one.losses().iter().zip(other.losses()).map(move |(&loss, &rival)| {
        let (loss, rival) = (loss * kept, rival * others);
        (loss < rival, rival < loss)
    })
}

/// Wins and matches per sample of all but one, whose place stays and has none.
pub(super) fn without(contestants: &[Contestant<'_>], place: usize) -> SampleTotals {
    let mut others = contestants.to_vec();
    others[place] = others[place].with(&[]);
    sample_totals(&others)
}

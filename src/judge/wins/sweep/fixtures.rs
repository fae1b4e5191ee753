//! Small recordings. For tests only.

use proptest::prelude::*;

use super::super::fixtures::plan;
use super::super::{Entrant, Sources};
use super::Round;

/// A round of the first competition at block 1000: of each submission its block and losses.
pub fn round(entrants: &[(u64, &[f64])]) -> Round {
    let entrant = |(submission, (block, losses)): (usize, &(u64, &[f64]))| Entrant {
        submission,
        block: Some(*block),
        losses: Some(losses.to_vec()),
    };
    let entrants: Vec<Entrant> = entrants.iter().enumerate().map(entrant).collect();
    let samples = entrants.iter().filter_map(|one| one.losses.as_ref()).map(Vec::len).max().unwrap_or(0);
    let plan = plan(0, 0, 1000, &(0..samples).collect::<Vec<_>>());
    Round { plan, entrants, sources: Sources::default() }
}

/// The field's case A.
pub fn case_a() -> Round {
    round(&[(100, &[2.0, 2.0, 2.0, 2.0]), (200, &[1.99, 1.97, 2.0, 1.5]), (300, &[1.9, 2.1, 1.98, 1.97])])
}

/// Losses that tie, also after a boost of 1/4, and now and then are no number.
pub fn loss() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => prop::sample::select(vec![0.0, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0]),
        3 => 0.5..1.5,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY]),
    ]
}

/// Rounds of up to `most` entrants on up to 7 samples of up to 4 sources, some skipped; where they are not `even`, some
/// have fewer samples.
pub fn rounds(most: usize, even: bool) -> impl Strategy<Value = Round> {
    let source = prop::sample::select(vec![None, Some("a"), Some("b"), Some("c")]);
    let entrant = (prop::option::weighted(0.85, 0..5_u64), prop::collection::vec(loss(), 7), 1..8_usize, 0..8);
    (prop::collection::vec(entrant, 1..=most), prop::collection::vec(source, 1..8)).prop_map(
        move |(members, sources)| {
            let samples = sources.len();
            let entrant = |(submission, (block, mut losses, length, skipped)): (usize, (_, Vec<f64>, usize, i32))| {
                losses.truncate(if even { samples } else { samples.min(length) });
                Entrant { submission, block, losses: (skipped > 0).then_some(losses) }
            };
            Round {
                plan: plan(0, 0, 7, &(0..samples).collect::<Vec<_>>()),
                entrants: members.into_iter().enumerate().map(entrant).collect(),
                sources: Sources::new(sources),
            }
        },
    )
}

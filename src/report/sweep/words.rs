//! What a sweep says, in sentences.

use super::{MOST_SHOWN, Sweep};
use crate::report::numbers::{counted, decimal};
use crate::report::replay::leaders_over;
use crate::report::story::Term;
use crate::report::what_if::WhatIf;

/// Share of resamples with another leader from which on a lead is called open.
const OPEN: f64 = 0.05;

/// What the words of the tables mean.
pub(super) const READING: &[Term] = &[
    Term {
        word: "leader, weight",
        meaning: "The submission with the highest weight after the last recorded step, if all steps are judged by the rules of \
                  the point. Who took part in which step stays as it was recorded.",
    },
    Term {
        word: "own leader",
        meaning: "The weight of the submission that leads by the rules that all is held against: those of the run, or of the \
                  first preset, without any change. Ranks changed and τ are against these too.",
    },
    Term {
        word: "another leads",
        meaning: "The share of resamples in which another submission leads: in each, the samples of each step are drawn again \
                  by their sources. It says how much of the answer rests on the samples that happened to be drawn, not how \
                  models will change.",
    },
    Term {
        word: "probability, for .5, .9, .99",
        meaning: "How likely the candidate is to have a win rate above that of every other of its competition in one step of \
                  fresh samples of the same kind, and by how much all its losses would have to fall for .5, .9 and .99 (below 0: \
                  they may rise). The intervals say that the recorded samples are a sample themselves.",
    },
    Term {
        word: "with clones",
        meaning: "The step weight of the leader and its exact clones together. Clones have other hashes, so that no rule \
                  about duplicates meets them, and are judged in the last recorded step.",
    },
    Term {
        word: "no gain at, no gain from, no win from",
        meaning: "Of copies of the leader whose losses have noise: the smallest epsilon at which they have no more step weight \
                  than an exact copy, on average; from which on they never have more; and from which on a copy wins no sample \
                  against the leader. Against the leader noise wins less the greater epsilon is; against third submissions \
                  it is luck at any epsilon, so that a gain may come back. Of a recorded submission: from which on it wins no \
                  sample, or at most half, against the earlier one that it is most like.",
    },
    Term {
        word: "effective",
        meaning: "The effective number of winners, 1 / Σ share²: how many equal ones would be as concentrated.",
    },
    Term {
        word: "earliest",
        meaning: "The share of all weights at the earliest block of each competition: what being first is worth.",
    },
];

/// What it came to, in one line.
pub(super) fn headline(sweep: &Sweep) -> String {
    let leaders = sweep.leaders.iter().filter(|row| row.submission.is_some()).count();
    match (sweep.points.len(), leaders) {
        (0, _) => "Nothing was judged.".to_owned(),
        (points, 0) => format!("At none of {} anybody has a weight.", counted(points, "point")),
        (points, 1) => format!("One submission leads at all of {}.", counted(points, "point")),
        (points, leaders) => format!("{leaders} submissions lead somewhere among {}.", counted(points, "point")),
    }
}

/// What else is worth saying.
pub(super) fn sentences(sweep: &Sweep, what_if: &WhatIf) -> Vec<String> {
    [leaders_over(what_if), open(sweep), chance(sweep), hidden(sweep)].into_iter().flatten().collect()
}

/// At how many points the samples do not settle who leads.
fn open(sweep: &Sweep) -> Option<String> {
    let known: Vec<f64> = sweep.points.iter().filter_map(|point| point.another).collect();
    let open = known.iter().filter(|share| **share > OPEN).count();
    let most = known.iter().copied().reduce(f64::max)?;
    Some(format!(
        "At {open} of {} another one leads in more than {:.0} % of {} resamples, at most in {} %: there the recorded samples \
         do not settle who leads.",
        counted(known.len(), "point"),
        100.0 * OPEN,
        sweep.resamples,
        decimal(Some(100.0 * most), 1)
    ))
}

/// What the candidate's chance is by the rules that come first.
fn chance(sweep: &Sweep) -> Option<String> {
    let (candidate, first) = (sweep.candidate?, sweep.chances.first()?);
    let same = sweep.chances.iter().filter(|row| row.samples == first.samples).map(|row| row.probability.value);
    let (low, high) = (same.clone().reduce(f64::min)?, same.reduce(f64::max)?);
    Some(format!(
        "Uid {candidate} has the highest win rate of its competition in {} % of steps of {} at epsilon {}; over all \
         epsilons that are asked about in {} to {} %.",
        decimal(Some(100.0 * first.probability.value), 1),
        counted(first.samples, "sample"),
        first.epsilon,
        decimal(Some(100.0 * low), 1),
        decimal(Some(100.0 * high), 1)
    ))
}

fn hidden(sweep: &Sweep) -> Option<String> {
    let points = sweep.points.len();
    (points > MOST_SHOWN).then(|| format!("The {points} points are in points.parquet."))
}

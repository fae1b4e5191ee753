//! What a sweep says, in sentences.

use super::{HeldAgainst, MOST_SHOWN, Sweep};
use crate::excerpt::escaped;
use crate::judge::wins::{Averaging, Competition, Weighting};
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
                  first preset, with every rule that is given one value alone. Ranks changed and τ are against these too.",
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
        word: "no win from, half from",
        meaning: "Of copies of the leader whose losses have noise: the smallest epsilon from which on a copy wins no sample \
                  against the leader, on average over the copies; in round brackets the least and the greatest of them. Of a \
                  recorded submission: from which on it wins no sample, or at most half, against the earlier one that it is \
                  most like. Square brackets are intervals, here and elsewhere.",
    },
    Term {
        word: "no gain from, gain, exact copy",
        meaning: "The smallest epsilon from which on copies with noise have on average never more than .01 of step weight above \
                  an exact copy: so much may be luck against third submissions. The interval is of 95 %, over the copies. \
                  The gain is what they have above an exact copy at the epsilon of the rules that all is held against, beside \
                  what that copy has there.",
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
    let all = [leaders_over(what_if), open(sweep), chance(sweep), held_against(sweep), hidden(sweep)];
    all.into_iter().flatten().collect()
}

/// At how many points the samples do not settle who leads, or why that is not known.
fn open(sweep: &Sweep) -> Option<String> {
    if let Some(why) = &sweep.unresampled {
        return Some(format!("How likely another leader is, is not worked out: {why}."));
    }
    let known: Vec<f64> = sweep.points.iter().filter_map(|point| point.another).collect();
    let open = known.iter().filter(|share| **share > OPEN).count();
    let most = decimal(Some(100.0 * known.iter().copied().reduce(f64::max)?), 1);
    let (points, limit, resamples) = (counted(known.len(), "point"), 100.0 * OPEN, sweep.resamples);
    Some(match open {
        0 => format!(
            "At none of {points} another one leads in more than {limit:.0} % of {resamples} resamples, at most in {most} %: \
             the recorded samples settle who leads."
        ),
        open => format!(
            "At {open} of {points} another one leads in more than {limit:.0} % of {resamples} resamples, at most in {most} %: \
             there the recorded samples do not settle who leads."
        ),
    })
}

/// By which rules clones and copies are, and what all points are held against.
fn held_against(sweep: &Sweep) -> Option<String> {
    let HeldAgainst { preset, rules } = sweep.held_against.as_ref()?;
    let weighting = match rules.weighting {
        Weighting::Softmax { temperature } | Weighting::RunningSoftmax { temperature, .. } => {
            Some(format!("temperature {temperature}"))
        }
        Weighting::Power { skew } => Some(format!("skew {skew}")),
        Weighting::WinnerTakesAll => None,
    };
    let minimum = match rules.averaging {
        Averaging::PerCompetition { minimum } => Some(format!("minimum weight {minimum}")),
        Averaging::Overall | Averaging::OfTotals => None,
    };
    let constants = [
        Some(format!("epsilon {}", rules.epsilon)),
        weighting,
        minimum,
        Some(format!("alpha {}", rules.alpha)),
        Some(format!("sample min {}", rules.sample_min)),
    ];
    let constants: Vec<String> = constants.into_iter().flatten().collect();
    let share = |competition: &Competition| format!("{} {}", escaped(&competition.id), competition.reward_share);
    let shares: Vec<String> = rules.competitions.iter().map(share).collect();
    Some(format!(
        "Clones and copies are by the rules that all is held against: {preset} with {}; reward shares {}.",
        constants.join(", "),
        shares.join(", ")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::sweep::Swept;
    use crate::judge::wins::{Alternative, Epsilon, Rules, presets};
    use crate::report::sweep::SweptPoint;

    fn rules() -> Rules {
        presets::preset("finetuning-subnet").expect("a preset").rules
    }

    fn sweep(another: &[Option<f64>]) -> Sweep {
        let ends = Alternative::new(&[1.0], &[1.0]);
        let swept = Swept { ends, effective: None, earliest: None, kept: 0 };
        let point = |&another: &Option<f64>| SweptPoint {
            values: Vec::new(),
            preset: "finetuning-subnet",
            rules: rules(),
            swept,
            another,
        };
        Sweep { points: another.iter().map(point).collect(), resamples: 1000, ..Sweep::default() }
    }

    #[test]
    fn whether_a_lead_is_open_is_said_in_one_of_three_ways() {
        assert_eq!(
            open(&sweep(&[Some(0.01), Some(0.05)])).as_deref(),
            Some(
                "At none of 2 points another one leads in more than 5 % of 1000 resamples, at most in 5.0 %: the recorded \
                 samples settle who leads."
            )
        );
        let some = open(&sweep(&[Some(0.01), Some(0.3), None])).expect("a sentence");
        assert!(some.starts_with("At 1 of 2 points") && some.ends_with("do not settle who leads."), "{some}");
        let unknown = Sweep { unresampled: Some("too much".into()), ..sweep(&[None]) };
        assert_eq!(open(&unknown).as_deref(), Some("How likely another leader is, is not worked out: too much."));
        assert_eq!(open(&sweep(&[None])), None, "nobody leads");
    }

    #[test]
    fn what_all_is_held_against_is_named() {
        let rules = Rules { epsilon: Epsilon::Constant(0.03), ..rules() };
        let held_against = Some(HeldAgainst { preset: "finetuning-subnet", rules });
        let said = super::held_against(&Sweep { held_against, ..sweep(&[]) }).expect("a sentence");
        assert!(said.contains("finetuning-subnet with epsilon 0.03, temperature 0.08, "), "{said}");
        assert!(said.ends_with("reward shares l3 0.6, s1 0.4."), "{said}");
    }
}

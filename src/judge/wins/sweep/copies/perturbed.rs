//! The leader copied with noise on its losses: from which ε on the noise gains nothing beyond what an exact copy gets.

use rayon::prelude::*;

use super::super::super::{Entrant, Epsilon, Matching, Rules, WinsError};
use super::super::duels::{duels, without};
use super::super::round::{Judged, Outcome, last_rounds};
use super::super::{Round, SweepError};
use super::enough;
use crate::stats::Draws;
use crate::stats::normal::probit;

/// The purpose that names the streams of noise.
const PURPOSE: &[u8; 8] = b"copies\0\0";

/// What the values of ε are counted in.
const FINEST: f64 = 10_000.0;

/// Up to which ε, in how large steps, it is looked at first, in the finest steps; between two of them then by halves.
const STEPS: [(u32, usize); 3] = [(200, 5), (1000, 20), (5000, 100)];

/// How the leader is copied.
#[derive(Debug, Clone, Copy)]
pub struct CopySpec<'a> {
    /// Standard deviations of the noise, relative to the loss.
    pub noises: &'a [f64],
    /// Copies of each noise.
    pub draws: usize,
    /// Seed of the noise.
    pub seed: u64,
}

/// What noise of one size gains a copy of a competition's leader.
#[derive(Debug, Clone, PartialEq)]
pub struct Perturbed {
    /// The competition.
    pub competition: usize,
    /// Its leader by the rules, which is copied.
    pub original: usize,
    /// Standard deviation of the noise, relative to the loss.
    pub noise: f64,
    /// The smallest ε from which on the mean gain of all copies is not above 0; `None` where that of 0.5 still is.
    pub no_gain_from: Option<f64>,
    /// The same of each copy alone. What is left at a high ε is luck against third submissions, up or down.
    pub alone: Spread,
    /// The smallest ε from which on a copy wins no sample against the original, exactly.
    pub no_win_from: Spread,
    /// The mean gain of all copies just above the ε from which on none of them wins a sample: by luck alone.
    pub gain_left: Option<f64>,
}

/// A value of each of several copies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean of those that have one.
    pub mean: Option<f64>,
    /// The smallest.
    pub low: Option<f64>,
    /// The largest.
    pub high: Option<f64>,
    /// Copies that have none.
    pub beyond: usize,
}

impl Spread {
    fn of(values: &[Option<f64>]) -> Self {
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        Self {
            mean: (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64),
            low: known.iter().copied().min_by(f64::total_cmp),
            high: known.iter().copied().max_by(f64::total_cmp),
            beyond: values.len() - known.len(),
        }
    }
}

/// The leader of each competition, in its last round, copied with each noise.
///
/// A copy is made one block after the leader; its losses are the leader's times 1 + noise · z with one z from the standard
/// normal distribution per sample, and not below 0. Its gain at an ε is its step weight minus that of an exact copy in its
/// place, both in the round with the copy added and a constant ε. A gain may rise again as ε does, since ε changes the
/// others' matches too: "from which on" is the point after the last gain on a grid from 0 to 0.5 (steps of .0005 up to .02,
/// .002 up to .1, then .01), made exact to .0001 by halving the step before. All noises and ε see the same z.
///
/// # Errors
/// A noise out of range, and rules or losses that do not hold.
pub fn perturbed(
    rules: &Rules,
    uids: &[u32],
    rounds: &[Round],
    spec: CopySpec<'_>,
) -> Result<Vec<Perturbed>, SweepError> {
    rules.validate()?;
    if let Some(&noise) = spec.noises.iter().find(|&&noise| !(0.0..f64::INFINITY).contains(&noise)) {
        return Err(SweepError::Noise(noise));
    }
    let mut found = Vec::new();
    for round in last_rounds(rounds) {
        let (plan, current_block) = (&round.plan, round.plan.current_block);
        let outcome = Judged { rules, uids, plan, current_block, entrants: &round.entrants }.outcome()?;
        let leader = outcome.leader().map(|leader| &round.entrants[leader]);
        let Some((original, losses)) = leader.and_then(|leader| Some((leader, leader.losses.as_ref()?))) else {
            continue;
        };
        let copied = Copied::new(rules, uids, round, original, losses);
        found.extend(copied.perturbed(&spec)?);
    }
    Ok(found)
}

/// A round with a copy of one of its entrants added.
struct Copied<'a> {
    rules: &'a Rules,
    uids: &'a [u32],
    round: &'a Round,
    original: usize,
    /// The losses that are copied.
    losses: &'a [f64],
    /// The round's entrants and the exact copy.
    entrants: Vec<Entrant>,
}

impl<'a> Copied<'a> {
    fn new(rules: &'a Rules, uids: &'a [u32], round: &'a Round, original: &Entrant, losses: &'a [f64]) -> Self {
        let block = original.block.map(|block| block.saturating_add(1));
        let copy = Entrant { submission: original.submission, block, losses: Some(losses.to_vec()) };
        let entrants = round.entrants.iter().cloned().chain([copy]).collect();
        Self { rules, uids, round, original: original.submission, losses, entrants }
    }

    fn perturbed(&self, spec: &CopySpec<'_>) -> Result<Vec<Perturbed>, SweepError> {
        let noisy = |noise: f64| (0..spec.draws).map(move |draw| self.noisy(noise, spec.seed, draw));
        // The exact copy, then the copies of each noise.
        let lists: Vec<Vec<f64>> =
            [self.losses.to_vec()].into_iter().chain(spec.noises.iter().flat_map(|&noise| noisy(noise))).collect();
        let grid = grid();
        let gains: Vec<Vec<f64>> =
            grid.par_iter().map(|&step| self.gains(epsilon(step), &lists)).collect::<Result<_, _>>()?;
        let each = |(number, &noise): (usize, &f64)| {
            let copies = 1 + number * spec.draws..1 + (number + 1) * spec.draws;
            let from = |copies: std::ops::Range<usize>| {
                let column: Vec<f64> =
                    gains.iter().map(|gains| mean(&gains[copies.start - 1..copies.end - 1])).collect();
                let lists: Vec<Vec<f64>> = [&lists[..1], &lists[copies]].concat();
                self.from(&grid, &column, &lists)
            };
            let wins: Vec<Option<f64>> = lists[copies.clone()].iter().map(|list| self.no_win_from(list)).collect();
            let alone: Vec<usize> = copies.clone().collect();
            let alone = alone.into_par_iter().map(|copy| from(copy..copy + 1)).collect::<Result<Vec<_>, _>>()?;
            let no_win_from = Spread::of(&wins);
            let none_wins = no_win_from.high.filter(|_| no_win_from.beyond == 0);
            let left = |most: f64| {
                // On the boundary itself a match has no winner, which the original feels.
                let above = epsilon((most * FINEST).floor() as u32 + 1);
                Ok::<_, SweepError>(mean(&self.gains(above, &[&lists[..1], &lists[copies.clone()]].concat())?))
            };
            Ok(Perturbed {
                competition: self.round.plan.competition,
                original: self.original,
                noise,
                no_gain_from: from(copies.clone())?,
                alone: Spread::of(&alone),
                no_win_from,
                gain_left: none_wins.map(left).transpose()?,
            })
        };
        spec.noises.iter().enumerate().map(each).collect()
    }

    /// The losses of a copy.
    fn noisy(&self, noise: f64, seed: u64, draw: usize) -> Vec<f64> {
        let mut draws = Draws::new(seed, PURPOSE, ((self.round.plan.competition as u64) << 32) | draw as u64);
        // No normal number is infinite.
        let mut z = || probit(draws.unit().max(f64::EPSILON));
        let mut copied = |&loss: &f64| {
            let factor = 1.0 + noise * z();
            // What is no number, or infinite, stays so: it would win as 0.
            if loss.is_finite() { (loss * factor).max(0.0) } else { loss }
        };
        self.losses.iter().map(&mut copied).collect()
    }

    /// The smallest ε from which on these losses win no sample against the original's.
    fn no_win_from(&self, losses: &[f64]) -> Option<f64> {
        let needed = losses.iter().zip(self.losses).map(|(&later, &earlier)| enough(later, earlier));
        super::below_one(needed.fold(0.0, f64::max))
    }

    /// The smallest ε from which on there is no gain, by the gains on the grid.
    fn from(&self, grid: &[u32], gains: &[f64], lists: &[Vec<f64>]) -> Result<Option<f64>, SweepError> {
        let Some(last) = gains.iter().rposition(|&gain| gain > 0.0) else { return Ok(Some(0.0)) };
        let Some(&none) = grid.get(last + 1) else { return Ok(None) };
        let (mut low, mut high) = (grid[last], none);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            *(if mean(&self.gains(epsilon(middle), lists)?) > 0.0 { &mut low } else { &mut high }) = middle;
        }
        Ok(Some(epsilon(high)))
    }

    /// The step weight of a copy with each of these lists but the first, minus that of one with the first.
    fn gains(&self, epsilon: f64, lists: &[Vec<f64>]) -> Result<Vec<f64>, WinsError> {
        let weights = self.weights(epsilon, lists)?;
        Ok(weights.iter().skip(1).map(|weight| weight - weights[0]).collect())
    }

    /// The step weight of a copy with each of these lists.
    fn weights(&self, epsilon: f64, lists: &[Vec<f64>]) -> Result<Vec<f64>, WinsError> {
        let rules = Rules { epsilon: Epsilon::Constant(epsilon), ..self.rules.clone() };
        let place = self.round.entrants.len();
        let current_block = self.round.current_block(self.entrants[place].block);
        let judged =
            Judged { rules: &rules, uids: self.uids, plan: &self.round.plan, current_block, entrants: &self.entrants };
        if !matches!(rules.matching, Matching::PerSample | Matching::PerBatch) {
            let weight = |list: &Vec<f64>| {
                let mut entrants = self.entrants.clone();
                entrants[place].losses = Some(list.clone());
                Ok(Judged { entrants: &entrants, ..judged }.outcome()?.weights[place])
            };
            return lists.iter().map(weight).collect();
        }
        let counted = judged.counted();
        let cohort = judged.cohort(&counted)?;
        let contestants = cohort.contestants();
        let others = without(contestants, place);
        let base: Vec<(u64, u64)> = (0..place).map(|other| others.total(other)).collect();
        let weight = |list: &Vec<f64>| {
            let copy = contestants[place].with(list);
            let mut totals = base.clone();
            totals.push((0, 0));
            for other in 0..place {
                for (won, lost) in duels(&copy, &contestants[other]) {
                    totals[place] = (totals[place].0 + u64::from(won), totals[place].1 + 1);
                    totals[other] = (totals[other].0 + u64::from(lost), totals[other].1 + 1);
                }
            }
            Outcome::of_totals(&rules, totals).weights[place]
        };
        Ok(lists.iter().map(weight).collect())
    }
}

/// An ε by its number of finest steps.
fn epsilon(step: u32) -> f64 {
    f64::from(step) / FINEST
}

/// Where it is looked at first, in the finest steps.
fn grid() -> Vec<u32> {
    let mut grid = vec![0];
    let mut from = 0;
    for (to, step) in STEPS {
        grid.extend((from..=to).step_by(step).skip(1));
        from = to;
    }
    grid
}

/// The mean; 0 of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

//! The leader copied with noise on its losses: from which ε on the noise gains nothing beyond what an exact copy gets.

use std::ops::Range;

use rayon::prelude::*;

use super::super::super::Rules;
use super::super::round::last_rounds;
use super::super::{Round, SweepError};
use super::copied::Copied;

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
    /// The smallest ε at which the mean gain of all copies is not above 0; `None` where none up to 0.5 does.
    pub first_without_gain: Option<f64>,
    /// The same of each copy alone.
    pub alone: Spread,
    /// The smallest ε from which on, up to 0.5, the mean gain of all copies is never above 0; `None` where that of 0.5 is.
    pub no_gain_from: Option<f64>,
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
/// place, both in the round with the copy added and a constant ε. All noises and ε see the same z.
///
/// Against the original the noise wins less the greater ε is, against third submissions it is luck: up or down, about as
/// much at any ε, and small where many samples are won one by one. So a gain that has ended may come again, which is why
/// both are said: where it first ends, and from where on there is none. Both are looked for on a grid from 0 to 0.5 (steps
/// of .0005 up to .02, .002 up to .1, then .01), and between the two points there by halves, to .0001.
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
        let outcome = round.judged(rules, uids).outcome()?;
        let leader = outcome.leader().map(|leader| &round.entrants[leader]);
        let Some((original, losses)) = leader.and_then(|leader| Some((leader, leader.losses.as_ref()?))) else {
            continue;
        };
        let search = Search::new(Copied::new(rules, uids, round, original, losses), &spec)?;
        for (number, &noise) in spec.noises.iter().enumerate() {
            found.push(search.perturbed(number, noise)?);
        }
    }
    Ok(found)
}

/// What the copies of each noise gain a round's leader.
struct Search<'a> {
    copied: Copied<'a>,
    draws: usize,
    /// The exact copy's losses, then those of the copies of each noise.
    lists: Vec<Vec<f64>>,
    /// Where gains were looked at first, and those of all copies there.
    grid: Vec<u32>,
    gains: Vec<Vec<f64>>,
}

impl<'a> Search<'a> {
    fn new(copied: Copied<'a>, spec: &CopySpec<'_>) -> Result<Self, SweepError> {
        let noisy = |&noise: &f64| (0..spec.draws).map(|draw| copied.noisy(noise, spec.seed, draw)).collect::<Vec<_>>();
        let lists: Vec<Vec<f64>> =
            [copied.losses.to_vec()].into_iter().chain(spec.noises.iter().flat_map(noisy)).collect();
        let grid = grid();
        let gains = grid.par_iter().map(|&step| copied.gains(epsilon(step), &lists)).collect::<Result<_, _>>()?;
        Ok(Self { copied, draws: spec.draws, lists, grid, gains })
    }

    /// What the copies of a noise, by its number, gain.
    fn perturbed(&self, number: usize, noise: f64) -> Result<Perturbed, SweepError> {
        let copies = 1 + number * self.draws..1 + (number + 1) * self.draws;
        let wins: Vec<Option<f64>> =
            self.lists[copies.clone()].iter().map(|list| self.copied.no_win_from(list)).collect();
        let alone: Vec<usize> = copies.clone().collect();
        let alone = alone.into_par_iter().map(|copy| self.first(&(copy..copy + 1))).collect::<Result<Vec<_>, _>>()?;
        let no_win_from = Spread::of(&wins);
        let none_wins = no_win_from.high.filter(|_| no_win_from.beyond == 0);
        // On the boundary itself a match has no winner, which the original feels.
        let left = |most: f64| self.gain((most * FINEST).floor() as u32 + 1, &copies);
        Ok(Perturbed {
            competition: self.copied.round.plan.competition,
            original: self.copied.original,
            noise,
            first_without_gain: self.first(&copies)?,
            alone: Spread::of(&alone),
            no_gain_from: self.from(&copies)?,
            no_win_from,
            gain_left: none_wins.map(left).transpose()?,
        })
    }

    /// The smallest ε at which these copies gain nothing on average.
    fn first(&self, copies: &Range<usize>) -> Result<Option<f64>, SweepError> {
        let first = (0..self.grid.len()).find(|&point| self.known(point, copies) <= 0.0);
        first.map(|point| self.between(point, copies)).transpose()
    }

    /// The smallest ε from which on they do not.
    fn from(&self, copies: &Range<usize>) -> Result<Option<f64>, SweepError> {
        let last = (0..self.grid.len()).rfind(|&point| self.known(point, copies) > 0.0);
        let next = last.map_or(0, |last| last + 1);
        (next < self.grid.len()).then(|| self.between(next, copies)).transpose()
    }

    /// The smallest ε without a gain between a point of the grid that has none and the one before it, which has.
    fn between(&self, point: usize, copies: &Range<usize>) -> Result<f64, SweepError> {
        let Some(before) = point.checked_sub(1) else { return Ok(epsilon(self.grid[point])) };
        let (mut low, mut high) = (self.grid[before], self.grid[point]);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            *(if self.gain(middle, copies)? > 0.0 { &mut low } else { &mut high }) = middle;
        }
        Ok(epsilon(high))
    }

    /// The mean gain of these copies at a point of the grid.
    fn known(&self, point: usize, copies: &Range<usize>) -> f64 {
        mean(&self.gains[point][copies.start - 1..copies.end - 1])
    }

    /// The same at any number of finest steps.
    fn gain(&self, step: u32, copies: &Range<usize>) -> Result<f64, SweepError> {
        let lists = [&self.lists[..1], &self.lists[copies.clone()]].concat();
        Ok(mean(&self.copied.gains(epsilon(step), &lists)?))
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

//! The leader copied with noise on its losses: from which ε on the noise gains nothing beyond what an exact copy gets.

use std::ops::Range;

use rayon::prelude::*;

use super::super::super::{Epsilon, Rules};
use super::super::round::last_rounds;
use super::super::{Round, SweepError};
use super::copied::Copied;

/// What the values of ε are counted in.
const FINEST: f64 = 10_000.0;

/// Up to which ε, in how large steps, it is looked at first, in the finest steps; between two of them then by halves.
const STEPS: [(u32, usize); 3] = [(200, 5), (1000, 20), (5000, 100)];

/// The mean gain in step weight up to which noise is said to gain nothing. Luck against third submissions moves the mean of
/// 20 copies up or down at any ε, also where they win no sample against the original: by up to .006 on the losses that come
/// with the program.
pub const FLOOR: f64 = 0.01;

/// Standard errors to either side of the mean gain: 95 % of a normal distribution.
const SURE: f64 = 1.96;

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
    /// From which ε on the copies gain nothing.
    pub no_gain_from: Threshold,
    /// What they come to at the rules' own ε; `None` where that falls.
    pub own: Option<AtOwn>,
    /// The smallest ε from which on a copy wins no sample against the original, exactly.
    pub no_win_from: Spread,
    /// The mean gain of all copies just above the ε from which on none of them wins a sample: by luck alone.
    pub gain_left: Option<f64>,
}

/// The smallest ε from which on, up to 0.5, the mean gain of all copies is never above [`FLOOR`]; `None` where that of 0.5 is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// By the mean gain.
    pub value: Option<f64>,
    /// By the mean gain less 1.96 standard errors over the copies.
    pub low: Option<f64>,
    /// By the mean gain and as many.
    pub high: Option<f64>,
}

/// What copies come to at one ε.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtOwn {
    /// Their mean gain.
    pub gain: f64,
    /// The step weight of an exact copy.
    pub exact: f64,
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
/// At ε 0 an exact copy has as much as the original, so that there is little to gain; just above, noise wins back what the
/// boost takes, and the less the greater ε is. Against third submissions noise is luck: up or down, about as much at any ε,
/// and small where many samples are won one by one. So it is asked from where on the mean gain is never above [`FLOOR`]: on
/// a grid from 0 to 0.5 (steps of .0005 up to .02, .002 up to .1, then .01), and between two points there by halves, to
/// .0001.
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
        let no_win_from = Spread::of(&wins);
        let none_wins = no_win_from.high.filter(|_| no_win_from.beyond == 0);
        // On the boundary itself a match has no winner, which the original feels.
        let left = |most: f64| self.gain((most * FINEST).floor() as u32 + 1, &copies);
        Ok(Perturbed {
            competition: self.copied.round.plan.competition,
            original: self.copied.original,
            noise,
            no_gain_from: Threshold {
                value: self.from(&copies, 0.0)?,
                low: self.from(&copies, -SURE)?,
                high: self.from(&copies, SURE)?,
            },
            own: self.own(&copies)?,
            no_win_from,
            gain_left: none_wins.map(left).transpose()?.map(|gain| gain.mean),
        })
    }

    /// What these copies come to at the ε of the rules.
    fn own(&self, copies: &Range<usize>) -> Result<Option<AtOwn>, SweepError> {
        let Epsilon::Constant(epsilon) = self.copied.rules.epsilon else { return Ok(None) };
        let weights = self.copied.weights(epsilon, &self.with_exact(copies))?;
        let Some((&exact, noisy)) = weights.split_first() else { return Ok(None) };
        let gains: Vec<f64> = noisy.iter().map(|weight| weight - exact).collect();
        Ok(Some(AtOwn { gain: Gain::of(&gains).mean, exact }))
    }

    /// The smallest ε from which on their mean gain, moved by so many standard errors, is never above the floor.
    fn from(&self, copies: &Range<usize>, errors: f64) -> Result<Option<f64>, SweepError> {
        let last = (0..self.grid.len()).rfind(|&point| self.known(point, copies).is_above(errors));
        let next = last.map_or(0, |last| last + 1);
        (next < self.grid.len()).then(|| self.between(next, copies, errors)).transpose()
    }

    /// The smallest ε without a gain between a point of the grid that has none and the one before it, which has.
    fn between(&self, point: usize, copies: &Range<usize>, errors: f64) -> Result<f64, SweepError> {
        let Some(before) = point.checked_sub(1) else { return Ok(epsilon(self.grid[point])) };
        let (mut low, mut high) = (self.grid[before], self.grid[point]);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            *(if self.gain(middle, copies)?.is_above(errors) { &mut low } else { &mut high }) = middle;
        }
        Ok(epsilon(high))
    }

    /// The gain of these copies at a point of the grid.
    fn known(&self, point: usize, copies: &Range<usize>) -> Gain {
        Gain::of(&self.gains[point][copies.start - 1..copies.end - 1])
    }

    /// The same at any number of finest steps.
    fn gain(&self, step: u32, copies: &Range<usize>) -> Result<Gain, SweepError> {
        Ok(Gain::of(&self.copied.gains(epsilon(step), &self.with_exact(copies))?))
    }

    /// The losses of the exact copy, then of these.
    fn with_exact(&self, copies: &Range<usize>) -> Vec<Vec<f64>> {
        [&self.lists[..1], &self.lists[copies.clone()]].concat()
    }
}

/// What several copies gain.
#[derive(Debug, Clone, Copy)]
struct Gain {
    /// The mean; 0 of nothing.
    mean: f64,
    /// Its standard error; 0 of one copy.
    error: f64,
}

impl Gain {
    fn of(gains: &[f64]) -> Self {
        let count = gains.len().max(1) as f64;
        let mean = gains.iter().sum::<f64>() / count;
        let squares: f64 = gains.iter().map(|gain| (gain - mean).powi(2)).sum();
        Self { mean, error: (squares / (count - 1.0).max(1.0) / count).sqrt() }
    }

    /// Whether the mean, moved by so many standard errors, is above the floor.
    fn is_above(self, errors: f64) -> bool {
        self.mean + errors * self.error > FLOOR
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

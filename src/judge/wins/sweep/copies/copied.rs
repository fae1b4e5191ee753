//! A round with a copy of one of its entrants added, and what the copy is paid with noise on its losses and without.

use super::super::super::{Entrant, Epsilon, Matching, Rules, WinsError};
use super::super::Round;
use super::super::duels::{duels, without};
use super::super::round::{Judged, Outcome};
use super::{below_one, enough};
use crate::stats::Draws;
use crate::stats::normal::probit;

/// The purpose that names the streams of noise.
const PURPOSE: &[u8; 8] = b"copies\0\0";

/// A round with a copy of one of its entrants added.
pub(super) struct Copied<'a> {
    pub rules: &'a Rules,
    uids: &'a [u32],
    pub round: &'a Round,
    /// The submission that is copied.
    pub original: usize,
    /// The losses that are copied.
    pub losses: &'a [f64],
    /// The round's entrants and the exact copy.
    entrants: Vec<Entrant>,
}

impl<'a> Copied<'a> {
    pub fn new(rules: &'a Rules, uids: &'a [u32], round: &'a Round, original: &Entrant, losses: &'a [f64]) -> Self {
        let block = original.block.map(|block| block.saturating_add(1));
        let copy = Entrant { submission: original.submission, block, losses: Some(losses.to_vec()) };
        let entrants = round.entrants.iter().cloned().chain([copy]).collect();
        Self { rules, uids, round, original: original.submission, losses, entrants }
    }

    /// The losses of a copy.
    pub fn noisy(&self, noise: f64, seed: u64, draw: usize) -> Vec<f64> {
        let mut draws = Draws::new(seed, PURPOSE, ((self.round.plan.competition as u64) << 32) | draw as u64);
        // No normal number is infinite.
        let mut z = || probit(draws.unit().max(f64::EPSILON));
        let noisy = |&loss: &f64| {
            let factor = (1.0 + noise * z()).max(0.0);
            // What is no finite loss stays what it is.
            if loss.is_finite() { loss * factor } else { loss }
        };
        self.losses.iter().map(noisy).collect()
    }

    /// The smallest ε from which on these losses win no sample against the original's.
    pub fn no_win_from(&self, losses: &[f64]) -> Option<f64> {
        let needed = losses.iter().zip(self.losses).map(|(&later, &earlier)| enough(later, earlier));
        below_one(needed.fold(0.0, f64::max))
    }

    /// The step weight of a copy with each of these lists but the first, minus that of one with the first.
    pub fn gains(&self, epsilon: f64, lists: &[Vec<f64>]) -> Result<Vec<f64>, WinsError> {
        let weights = self.weights(epsilon, lists)?;
        Ok(weights.iter().skip(1).map(|weight| weight - weights[0]).collect())
    }

    /// The step weight of a copy with each of these lists.
    pub fn weights(&self, epsilon: f64, lists: &[Vec<f64>]) -> Result<Vec<f64>, WinsError> {
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

//! `weighted-top`: drawn from the front of those that were scored, its first quarter three times as likely (pull request
//! 89). The front is that of the hotkeys' alphabet, as the original's query gives it, not of their scores.

use super::{Field, Policy, drawn, least, only};
use crate::stats::Draws;

/// The share of those that were scored which are drawn from.
const FRONT: f64 = 0.75;
/// One in so many of them is likelier.
const LIKELY: usize = 4;
/// How much likelier.
const TIMES: f64 = 3.0;

/// Weighted draws with replacement. No more contenders than a request is tried with: all of them, and of none that was
/// scored those that were asked least.
#[derive(Debug)]
pub struct WeightedTop;

/// What a field gives it to draw from.
#[derive(Debug, Clone, PartialEq)]
pub enum Pool {
    /// Nobody was scored: these were asked least.
    FewestRequests(Vec<usize>),
    /// All that were scored, by hotkey.
    All(Vec<usize>),
    /// Those to draw from, by hotkey, with their weights.
    Front {
        /// Places in the field.
        places: Vec<usize>,
        /// Weights of the draws.
        weights: Vec<f64>,
        /// How many are drawn.
        draws: usize,
    },
}

impl Policy for WeightedTop {
    fn name(&self) -> &'static str {
        "weighted-top"
    }

    fn values(&self, field: &Field<'_>) -> Vec<f64> {
        self.chances(field).iter().map(|chance| -chance).collect()
    }

    fn chances(&self, field: &Field<'_>) -> Vec<f64> {
        let candidates = field.candidates.len();
        match pool(field) {
            Pool::FewestRequests(places) | Pool::All(places) => only(candidates, places.first().copied()),
            Pool::Front { places, weights, .. } => {
                let total: f64 = weights.iter().sum();
                let mut chances = vec![0.0; candidates];
                places.iter().zip(&weights).for_each(|(&place, weight)| chances[place] = weight / total);
                chances
            }
        }
    }

    fn order(&self, field: &Field<'_>, draws: &mut Draws) -> Vec<usize> {
        match pool(field) {
            Pool::FewestRequests(places) | Pool::All(places) => places,
            Pool::Front { places, weights, draws: count } => {
                (0..count).filter_map(|_| drawn(&weights, draws).map(|drawn| places[drawn])).collect()
            }
        }
    }
}

/// What there is to draw from.
pub fn pool(field: &Field<'_>) -> Pool {
    let (candidates, top) = (field.candidates, field.rules.top);
    let mut scored: Vec<usize> = (0..candidates.len()).filter(|&place| candidates[place].stats.is_some()).collect();
    scored.sort_by_key(|&place| candidates[place].hotkey_rank);
    if scored.is_empty() {
        let requests: Vec<f64> = candidates.iter().map(|one| one.requests).collect();
        return Pool::FewestRequests(least(&requests, top));
    }
    if scored.len() <= top {
        return Pool::All(scored);
    }
    scored.truncate((FRONT * scored.len() as f64) as usize);
    let (count, likely) = (scored.len(), scored.len() / LIKELY);
    let weight = |place: usize| if place < likely { TIMES } else { 1.0 } / (count + 1) as f64;
    Pool::Front { weights: (0..count).map(weight).collect(), draws: top.min(count), places: scored }
}

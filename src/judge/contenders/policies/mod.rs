//! Policies: whom a request is tried with, first to last. Each is one small file behind one trait.

mod load_balance;
mod net_score;
mod nineteen;
mod softmax;
mod weighted_top;

use super::rules::Rules;
use crate::stats::Draws;

pub use load_balance::LoadBalance;
pub use net_score::NetScore;
pub use nineteen::NineteenPr75;
pub use softmax::Softmax;
pub use weighted_top::WeightedTop;
#[cfg(test)]
pub(super) use weighted_top::{Pool, pool as weighted_pool};

/// Every policy, the one before the pull request first.
pub const POLICIES: [&dyn Policy; 5] = [&LoadBalance, &NineteenPr75, &NetScore, &Softmax, &WeightedTop];

/// Their names, in the same order.
pub const NAMES: [&str; 5] = ["load-balance", "nineteen-pr75", "net-score", "softmax", "weighted-top"];

/// The place of a policy by its name.
pub fn place(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

/// Picks whom a request is tried with.
pub trait Policy: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// What it orders the candidates by, the least first; equal ones come as they stand.
    fn values(&self, field: &Field<'_>) -> Vec<f64>;

    /// The probability of each candidate to be tried first: they add up to 1, unless there is no candidate.
    fn chances(&self, field: &Field<'_>) -> Vec<f64> {
        let values = self.values(field);
        only(values.len(), least(&values, 1).first().copied())
    }

    /// Whom the request is tried with, as places in the field, the first first.
    fn order(&self, field: &Field<'_>, _draws: &mut Draws) -> Vec<usize> {
        least(&self.values(field), field.rules.top)
    }
}

/// The contenders of a task at the moment of a request.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Those that say they take anything, in the order of their ids: who stands first comes first where nothing else tells.
    pub candidates: &'a [Candidate],
    /// Whether the request is a user's.
    pub is_organic: bool,
    /// By which constants.
    pub rules: &'a Rules,
}

/// A contender as policies see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Rank of its hotkey in the order of bytes.
    pub hotkey_rank: u32,
    /// Requests that were made to it in its period.
    pub requests: f64,
    /// Its metric, what it borrows included.
    pub global: f64,
    /// What it came to when weights were last computed; nothing where it was not there.
    pub stats: Option<Stats>,
}

/// What a contender came to when weights were computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// Its quality, from 0 on.
    pub quality: f64,
    /// Its share of the task, from 0 to 1.
    pub net_score: f64,
}

impl Candidate {
    /// What it is ranked by in the pull request, the least first.
    pub fn rank_value(&self, rules: &Rules) -> f64 {
        self.requests - rules.weight * self.global
    }
}

/// The places of the `count` least values, in their order; equal ones as they stand.
pub(super) fn least(values: &[f64], count: usize) -> Vec<usize> {
    let order = |one: &usize, other: &usize| values[*one].total_cmp(&values[*other]).then(one.cmp(other));
    let mut places: Vec<usize> = (0..values.len()).collect();
    if places.len() > count && count > 0 {
        places.select_nth_unstable_by(count - 1, order);
    }
    places.truncate(count);
    places.sort_unstable_by(order);
    places
}

/// Certainty that this one of so many candidates is tried first.
fn only(candidates: usize, first: Option<usize>) -> Vec<f64> {
    (0..candidates).map(|place| f64::from(u8::from(Some(place) == first))).collect()
}

/// A place drawn with these weights; the last one that has any where rounding leaves nothing.
fn drawn(weights: &[f64], draws: &mut Draws) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    let mut left = draws.unit() * total;
    let reached = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    reached.or_else(|| weights.iter().rposition(|&weight| weight > 0.0))
}

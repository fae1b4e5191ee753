//! The queue of a loop: whom the validator asks, in which order, and which answers it rewards.

use crate::judge::rewards::Rate;
use crate::stats::Draws;

/// Queries that every uid with a rate has ahead of its rate; they alone are rewarded always.
pub(super) const UP_FRONT: u64 = 2;

/// What a loop asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Of each query, the place of its uid in the table of rates.
    pub miners: Vec<u32>,
    /// Whether it is rewarded.
    pub is_rewarded: Vec<bool>,
}

/// Queries of a uid in a loop; none of a uid without a rate.
pub fn queries(rate: Option<Rate>) -> u64 {
    rate.map_or(0, |rate| UP_FRONT + rate.synthetic)
}

impl Queue {
    /// Every uid with a rate twice in the order of the table, then its synthetic requests, shuffled. Of the latter each is
    /// rewarded with probability `rewarded`.
    pub fn new(rates: &[Option<Rate>], rewarded: f64, draws: &mut Draws) -> Self {
        let there: Vec<u32> = (0..).zip(rates).filter(|(_, rate)| rate.is_some()).map(|(miner, _)| miner).collect();
        let mut miners = there.repeat(UP_FRONT as usize);
        let front = miners.len();
        for &miner in &there {
            let synthetic = rates[miner as usize].map_or(0, |rate| rate.synthetic);
            miners.extend(std::iter::repeat_n(miner, synthetic as usize));
        }
        for place in (front + 1..miners.len()).rev() {
            miners.swap(place, front + draws.below(place - front + 1));
        }
        let is_rewarded = (0..miners.len()).map(|place| place < front || draws.chance(rewarded)).collect();
        Self { miners, is_rewarded }
    }
}

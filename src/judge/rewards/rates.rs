//! How many requests a validator may send a miner: by its stake, from the volume that the miner offers.

/// Requests per epoch, between these bounds.
const LEAST: f64 = 2.0;
const MOST: f64 = 35.0;
/// The share of synthetic requests.
const SYNTHETIC: f64 = 0.8;

/// What one validator may send one miner per epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// All requests.
    pub limit: u64,
    /// Those of the validator itself.
    pub synthetic: u64,
    /// Those that it passes on.
    pub proxy: u64,
}

impl Rate {
    /// A limit of so many requests, in its parts.
    pub fn of_limit(limit: u64) -> Self {
        let share = (limit as f64 * SYNTHETIC).floor() as u64;
        let synthetic = if share > 2 { share - 1 } else { share };
        Self { limit, synthetic, proxy: limit - synthetic }
    }
}

/// What every validator may send a miner with `epoch_volume` requests per epoch, given their stakes; those below
/// `least_stake` have no share unless all are below it, or nothing is at stake, and then equal ones.
///
/// LogicNet at 603ab00: the share is formed first, in f32, then multiplied and floored.
pub fn rates(epoch_volume: f64, stakes: &[f64], least_stake: f64) -> Vec<Rate> {
    let counts = |stake: f64| stake >= least_stake;
    let nobody = !stakes.iter().any(|&stake| counts(stake) && stake > 0.0);
    let counted: Vec<f32> = stakes
        .iter()
        .map(|&stake| match (nobody, counts(stake)) {
            (true, _) => 1.0,
            (false, true) => stake as f32,
            _ => 0.0,
        })
        .collect();
    let total: f32 = counted.iter().sum();
    let rate = |stake: &f32| {
        let limit = (stake / total * epoch_volume as f32).floor();
        Rate::of_limit(f64::from(limit).clamp(LEAST, MOST) as u64)
    };
    counted.iter().map(rate).collect()
}

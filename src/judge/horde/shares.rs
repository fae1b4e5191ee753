//! How much of all scores the bonus makes.

use super::error::HordeError;
use super::judged::Judged;
use super::recording::Recording;
use super::rules::Rules;
use super::run::judge;

/// Below this a share is what rounding leaves.
const ROUNDING: f64 = 1e-12;

/// The bonus of one miner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinerShare {
    /// The miner.
    pub hotkey: u32,
    /// Its total.
    pub with: f64,
    /// Its total without anybody's bonus.
    pub without: f64,
}

/// The bonus of all miners.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BonusShare {
    /// By hotkey.
    pub miners: Vec<MinerShare>,
}

impl MinerShare {
    /// What the bonus makes of the total, from below 1; `None` where that is 0.
    pub fn share(&self) -> Option<f64> {
        (self.with != 0.0).then(|| (self.with - self.without) / self.with)
    }
}

impl BonusShare {
    /// What the bonus makes of all totals; `None` where they add up to 0.
    ///
    /// Where each job has its own bonus, that is 0: a class adds up to its weight, and the bonus only moves shares.
    pub fn share(&self) -> Option<f64> {
        let with: f64 = self.miners.iter().map(|miner| miner.with).sum();
        let without: f64 = self.miners.iter().map(|miner| miner.without).sum();
        let share = (with - without) / with;
        // What rounding leaves is nothing.
        (with != 0.0).then_some(if share.abs() < ROUNDING { 0.0 } else { share })
    }
}

/// Judges with the bonus and without.
pub fn bonus_share(recording: &Recording, rules: &Rules) -> Result<BonusShare, HordeError> {
    Ok(shares(&judge(recording, rules)?, &judge_without_bonus(recording, rules)?))
}

/// Judges by rules with a bonus of 1.
pub(super) fn judge_without_bonus(recording: &Recording, rules: &Rules) -> Result<Judged, HordeError> {
    judge(recording, &Rules { bonus: 1.0, ..rules.clone() })
}

/// What was judged with the bonus beside what was without.
pub(super) fn shares(with: &Judged, without: &Judged) -> BonusShare {
    let miners = with.totals.iter().map(|total| MinerShare {
        hotkey: total.hotkey,
        with: total.score,
        without: without.total(total.hotkey).unwrap_or(0.0),
    });
    BonusShare { miners: miners.collect() }
}

//! What is asked of a replay of ComputeHorde's scores.

use super::burn::Burn;
use super::rules::Rules;
use crate::stats::BootstrapSpec;

/// What is asked of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct HordeSpec {
    /// By which rules.
    pub rules: Rules,
    /// The rules of the preset, which weights are held against.
    pub baseline: Rules,
    /// Another minimum of stake, to see which excuses turn.
    pub other_stake: f64,
    /// The fraction of right answers that a cheat gives.
    pub cheat_share: f64,
    /// The share of wrong answers that an honest miner gives.
    pub error_rate: f64,
    /// What a chain makes of weights.
    pub chain: OnChain,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
}

/// What a chain makes of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct OnChain {
    /// The greatest share of one hotkey.
    pub most: f64,
    /// What is burnt.
    pub burn: Burn,
}

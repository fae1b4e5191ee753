//! What a check of sampled prompts tells: how often a cheat passes it, and how often an honest miner does not.

/// Prompts of a series.
pub const PROMPTS: u32 = 240;

/// Probability that a cheat with a fraction of right answers passes k sampled prompts: gᵏ.
pub fn cheat_passes(right: f64, prompts: u32) -> f64 {
    right.powf(f64::from(prompts))
}

/// Probability that an honest miner with an error rate fails one of k sampled prompts: 1 − (1 − e)ᵏ.
pub fn honest_fails(error: f64, prompts: u32) -> f64 {
    1.0 - (1.0 - error).powf(f64::from(prompts))
}

/// Numbers of sampled prompts that are looked at.
const SAMPLED: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50];

/// What sampling so many prompts comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckRow {
    /// Prompts that are sampled.
    pub prompts: u32,
    /// Probability that the cheat passes.
    pub cheat_passes: f64,
    /// Probability that the honest miner fails.
    pub honest_fails: f64,
}

/// Checks of 1 to 50 sampled prompts, for a cheat with a fraction of right answers and an honest miner with an error rate.
pub fn checks(right: f64, error: f64) -> Vec<CheckRow> {
    let row = |&prompts: &u32| CheckRow {
        prompts,
        cheat_passes: cheat_passes(right, prompts),
        honest_fails: honest_fails(error, prompts),
    };
    SAMPLED.iter().map(row).collect()
}

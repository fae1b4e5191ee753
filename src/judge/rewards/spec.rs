//! What is asked of a run of rewards.

use super::rules::Rules;
use crate::stats::BootstrapSpec;

/// What is asked of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RewardsSpec {
    /// By which rules.
    pub rules: Rules,
    /// Thresholds to look at beside that of the rules.
    pub thresholds: Vec<f64>,
    /// Of how many at the top it is told whether they stay there.
    pub top: usize,
    /// How intervals are made; `None` for none.
    pub bootstrap: Option<BootstrapSpec>,
}

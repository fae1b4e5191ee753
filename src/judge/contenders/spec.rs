//! What is asked of a replay of contenders.

use super::rules::Rules;
use crate::stats::BootstrapSpec;

/// Which requests policies balance by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Those that they would have made themselves.
    Own,
    /// Those that were recorded.
    Recorded,
}

/// What is asked of a replay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContendersSpec {
    /// By which rules.
    pub rules: Rules,
    /// The rules of the preset, which the weights are held against.
    pub baseline: Rules,
    /// The moment at which contenders are ranked, in seconds.
    pub now: f64,
    /// Seconds of a period.
    pub period_seconds: f64,
    /// Seconds from one computation of the scores to the next.
    pub scores_seconds: f64,
    /// Which requests policies balance by.
    pub load: Load,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
}

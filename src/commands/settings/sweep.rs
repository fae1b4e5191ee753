//! What `sweep` needs to know.

use std::path::PathBuf;

use super::{Format, Grid, LossInput, ResolvedSetting};
use crate::judge::wins::Rules;
use crate::stats::BootstrapSpec;

/// All that `sweep` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSettings {
    /// What is judged: recorded losses, or the folder of a run that keeps some.
    pub input: LossInput,
    /// What every point is held against: the run's own rules, or the preset's.
    pub baseline: PresetRules,
    /// The rules at each point.
    pub grid: Grid<PresetRules>,
    /// Whether the reward shares are the user's and not the preset's.
    pub shares_given: bool,
    /// The submission of which it is asked whether it would win.
    pub candidate: Option<u32>,
    /// The block at which it would be submitted, if not its own.
    pub at_block: Option<u64>,
    /// Numbers of samples in a step; none for as many as are recorded.
    pub samples: Vec<usize>,
    /// Numbers of clones to add.
    pub clones: Vec<usize>,
    /// Blocks at which they are submitted, if not after the leader and at the end.
    pub clone_blocks: Vec<u64>,
    /// Relative noise of perturbed copies.
    pub noise: Vec<f64>,
    /// How resamples are drawn.
    pub bootstrap: BootstrapSpec,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the summary on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// Rules and the preset that they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct PresetRules {
    /// Its name.
    pub preset: &'static str,
    /// Its rules with what was changed.
    pub rules: Rules,
}

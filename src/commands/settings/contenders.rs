//! What `replay contenders` needs to know.

use std::path::PathBuf;

use super::grid::Grid;
use super::{Format, ResolvedSetting};
use crate::judge::contenders::{Load, Rules};
use crate::records;
use crate::stats::BootstrapSpec;

/// All that `replay contenders` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayContendersSettings {
    /// The recorded periods, in any format.
    pub periods: records::Source,
    /// Similarities of tasks, in any format.
    pub similarity: Option<records::Source>,
    /// Requests that were served, in any format.
    pub requests: Option<records::Source>,
    /// What tasks count, in any format.
    pub tasks: Option<records::Source>,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// By which rules.
    pub picking: Picking,
    /// What other values of one of them would change.
    pub grid: Option<Grid<Picking>>,
    /// The policy that the report is about, as a place among all.
    pub policy: usize,
    /// The moment at which contenders are ranked, in seconds since 1970; `None` for the last that is recorded.
    pub now: Option<f64>,
    /// Which requests policies balance by.
    pub load: Load,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// By which rules contenders are picked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picking {
    /// The constants.
    pub rules: Rules,
    /// Those of the preset.
    pub baseline: Rules,
    /// Seconds of a period.
    pub period_seconds: f64,
    /// Seconds from one computation of the scores to the next.
    pub scores_seconds: f64,
}

//! What `compare` and `baseline` need to know.

use std::path::PathBuf;

use super::{Format, ResolvedSetting};
use crate::judge::compare::SpeedLimits;
use crate::judge::wins::Rules;
use crate::records;
use crate::stats::PairedSpec;

/// All that `compare` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareSettings {
    /// What is compared with: the folder of a run, a baseline or a recording of losses.
    pub baseline: PathBuf,
    /// What is compared.
    pub candidate: PathBuf,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// Which gates rule.
    pub gate: GateChoice,
    /// The largest difference of two numbers that the exact gate lets pass.
    pub tolerance: f64,
    /// How losses are compared.
    pub spec: PairedSpec,
    /// What is let pass of time and memory.
    pub speed: SpeedLimits,
    /// Names of what may differ in how the runs were made.
    pub allowed: Vec<&'static str>,
    /// The rules by which changes of win rates and weights are judged where no run has any.
    pub rules: Rules,
    /// Whether these are the user's, and go before those of a run.
    pub rules_given: bool,
    /// Whether a comparison that cannot decide fails.
    pub fail_on_inconclusive: bool,
    /// Folder that the report is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// Which gates rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateChoice {
    /// The exact one where all that went in was the same, else the statistical one.
    Auto,
    /// The exact one.
    Exact,
    /// The statistical one.
    Statistical,
    /// Both.
    Both,
}

impl GateChoice {
    /// The choices by their names.
    pub const ALL: [(&'static str, Self); 4] =
        [("auto", Self::Auto), ("exact", Self::Exact), ("statistical", Self::Statistical), ("both", Self::Both)];
}

/// All that `baseline save`, `accept` and `show` need to know.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineSettings {
    /// What is done.
    pub action: BaselineAction,
    /// The baseline.
    pub file: PathBuf,
    /// Form of the summary on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// What is done with a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineAction {
    /// It is made of a run.
    Save(Signed),
    /// A run takes its place.
    Accept(Signed),
    /// It is shown.
    Show,
}

/// A run that is to be a baseline, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Its folder.
    pub run: PathBuf,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

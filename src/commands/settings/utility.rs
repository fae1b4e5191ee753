//! What `replay utility` needs to know.

use std::path::PathBuf;

use super::grid::Grid;
use super::{Format, ResolvedSetting};
use crate::judge::utility::{Questions, Rules};
use crate::payload::Extra;
use crate::records;
use crate::stats::BootstrapSpec;

/// All that `replay utility` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayUtilitySettings {
    /// The recorded replies, in any format.
    pub replies: records::Source,
    /// Schemas of endpoints.
    pub schemas: Vec<SchemaFile>,
    /// The right answers, in any format.
    pub truth: Option<records::Source>,
    /// Delivered volumes, in any format.
    pub volumes: Option<records::Source>,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// Whether keys that a schema does not name are faults.
    pub extra: Extra,
    /// The endpoint whose answers are one object that has to be the one that was asked for.
    pub profile_endpoint: String,
    /// By which rules.
    pub utility: Utility,
    /// What other values of one of them would change.
    pub grid: Option<Grid<Utility>>,
    /// What else is asked.
    pub questions: Questions,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// The file of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFile {
    /// The endpoint that it holds for; `None` for all that have none of their own.
    pub endpoint: Option<String>,
    /// The file.
    pub path: PathBuf,
}

/// By which rules answers earn something.
#[derive(Debug, Clone, PartialEq)]
pub struct Utility {
    /// The constants.
    pub rules: Rules,
    /// Those of the preset.
    pub baseline: Rules,
}

//! What `replay horde` needs to know.

use std::path::PathBuf;

use super::grid::Grid;
use super::{EmbeddingSettings, Format, ResolvedSetting};
use crate::judge::horde::Rules;
use crate::records;
use crate::similarity::attacks::Attack;
use crate::stats::BootstrapSpec;

/// All that `replay horde` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayHordeSettings {
    /// Folder of the recording.
    pub recording: PathBuf,
    /// Hotkeys whose receipts count whatever their stake.
    pub own_hotkeys: Vec<String>,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// By which rules.
    pub scoring: Scoring,
    /// What other values of one of them would change.
    pub grid: Option<Grid<Scoring>>,
    /// Another minimum of stake, to see which excuses turn.
    pub other_stake: f64,
    /// The fraction of right answers that a cheat gives.
    pub cheat_share: f64,
    /// The share of wrong answers that an honest miner gives.
    pub error_rate: f64,
    /// Answers to prompts, to hold equality against a similarity; `None` where none are given.
    pub answers: Option<AnswerSettings>,
    /// What a chain makes of weights.
    pub chain: ChainSettings,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// What a chain makes of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainSettings {
    /// The greatest share of one hotkey.
    pub max_weight: f64,
    /// The share of all weight that is burnt.
    pub burn_rate: f64,
    /// The main burner's part of it.
    pub burn_partition: f64,
    /// Hotkeys that burn, the main one first.
    pub burners: Vec<String>,
}

/// How recorded answers are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerSettings {
    /// The answers, in any format.
    pub source: records::Source,
    /// How texts are embedded.
    pub embedding: EmbeddingSettings,
    /// Edits of an honest answer that stand for a cheat's.
    pub cheats: Vec<Attack>,
    /// The share of honest answers that may be rejected.
    pub target: f64,
    /// Whether the tiny embedder of the fixtures would compare them.
    pub is_sample_embedder: bool,
}

/// By which rules jobs become scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// The constants.
    pub rules: Rules,
    /// Those of the preset.
    pub baseline: Rules,
}

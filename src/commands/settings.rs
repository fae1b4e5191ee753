//! Settings as commands see them: plain values, every choice made. Where each came from is kept beside them, for
//! `run.json`; nothing here knows of flags, environment or files.

mod compare;
mod contenders;
mod doctor;
mod grid;
mod horde;
mod lists;
mod rewards;
mod schedule;
mod sweep;
mod utility;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveDate;

use crate::engine::devices::DevicesRequest;
use crate::engine::kernels::Kernels;
use crate::engine::request::{DeviceRequest, DtypeRequest, TemplateRequest, TokenizerRules};
use crate::hub::{HubAccess, ModelName, Room};
use crate::imports::{ImportFormat, ModelFile};
use crate::judge::calibration::CalibrationSpec;
use crate::judge::wins::{Competition, Preset, Rules};
use crate::records;
pub use crate::report::GridValue;
use crate::report::Setting;
use crate::report::schema::Schema;

pub use compare::{BaselineAction, BaselineSettings, CompareSettings, GateChoice, Signed};
pub use contenders::{Picking, ReplayContendersSettings};
pub use doctor::DoctorSettings;
pub use grid::{Grid, GridPoint, GridSide, GridSpec, combinations, distinct};
pub use horde::{AnswerSettings, ChainSettings, ReplayHordeSettings, Scoring};
pub use lists::{AttackList, CountList, ShareList, SizeList};
pub use rewards::{Copying, RateInput, Recompute, ReplayRewardsSettings, ThresholdList};
pub use schedule::{MeasureSettings, MemorySettings, ReplayScheduleSettings, SyncSettings, Working};
pub use sweep::{PresetRules, SweepSettings};
pub use utility::{ReplayUtilitySettings, SchemaFile, Utility};

/// What the program needs to know of any command's settings.
pub trait Settings {
    /// Every setting as text with its source, in the order they were resolved.
    fn sources(&self) -> &[ResolvedSetting];
    /// Form of what goes to stdout.
    fn format(&self) -> Format;
    /// What is kept where when the user ends the command, and how to go on.
    fn kept(&self) -> String;
}

macro_rules! settings {
    ($($kind:ident: $what:literal in $kept:ident $(. $field:ident)?, $then:literal);*) => {$(
        impl Settings for $kind {
            fn sources(&self) -> &[ResolvedSetting] {
                &self.sources
            }
            fn format(&self) -> Format {
                self.format
            }
            fn kept(&self) -> String {
                format!(concat!($what, " is kept in {}; ", $then), self.$kept$(.$field)?.display())
            }
        }
    )*};
}

settings!(
    EvaluateSettings: "what was measured" in store, "the same command, without --fresh, continues from there";
    CalibrateSettings: "what was measured" in embedding.store, "the same command continues from there";
    ReplayWinsSettings: "what was written before" in out, "the same command begins again";
    ReplayContendersSettings: "what was written before" in out, "the same command begins again";
    ReplayHordeSettings: "what was written before" in out, "the same command begins again";
    ReplayUtilitySettings: "what was written before" in out, "the same command begins again";
    ReplayScheduleSettings: "what was written before" in out, "the same command begins again";
    SweepSettings: "what was written before" in out, "the same command begins again";
    ImportSettings: "what was written before" in out, "the same command begins again";
    CompareSettings: "what was written before" in out, "the same command begins again";
    BaselineSettings: "the file that was there" in file, "the same command begins again";
    PullSettings: "what arrived" in hub.cache, "the same command continues from there";
    ModelsSettings: "what was measured" in store, "the same command goes on"
);

/// All that `evaluate` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateSettings {
    /// The submissions, in any format.
    pub submissions: records::Source,
    /// The samples, in any format.
    pub samples: records::Source,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Folder of the store of measured losses.
    pub store: PathBuf,
    /// Name of the preset that the rules come from.
    pub preset: String,
    /// The preset's rules with what the user changed.
    pub rules: Rules,
    /// Longest sequence in tokens; longer ones are truncated.
    pub sequence_length: usize,
    /// Largest size of a submission's folder in bytes.
    pub max_repo_bytes: u64,
    /// Samples that a step draws.
    pub samples_per_step: usize,
    /// Number of steps; `None` for one step per competition.
    pub steps: Option<usize>,
    /// The chain's block at the first step; `None` for the latest block among the submissions.
    pub current_block: Option<u64>,
    /// Blocks that pass from one step to the next.
    pub blocks_per_step: u64,
    /// Seed of all that is drawn at random.
    pub seed: u64,
    /// How the hub is reached.
    pub hub: HubAccess,
    /// How much room pulled models may take.
    pub room: Room,
    /// The devices asked for.
    pub device: DevicesRequest,
    /// In how many processes models are measured; `None` for one on each device.
    pub processes: Option<usize>,
    /// Bytes that loading the next model may take while one is measured; `None` for half of what is free.
    pub load_ahead: Option<u64>,
    /// The number type asked for.
    pub dtype: DtypeRequest,
    /// Which kernels compute.
    pub kernels: Kernels,
    /// Largest number of tokens in one batch.
    pub batch_tokens: usize,
    /// The chat template asked for.
    pub template: TemplateRequest,
    /// By whose rules tokenizers are built.
    pub tokenizer_rules: TokenizerRules,
    /// The date that templates see; `None` for today.
    pub date: Option<NaiveDate>,
    /// File of phrases, one a line; a sample whose response holds one of them is dropped.
    pub drop_phrases: Option<PathBuf>,
    /// Number of bootstrap resamples.
    pub resamples: usize,
    /// Confidence level of the intervals, strictly between 0 and 1.
    pub confidence: f64,
    /// Whether submissions whose weight norms look tampered with are skipped.
    pub weight_norms: bool,
    /// Whether everything is measured again, whatever the store holds.
    pub fresh: bool,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// All that `calibrate` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrateSettings {
    /// The recorded responses, in any format.
    pub recording: records::Source,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// How texts are embedded.
    pub embedding: EmbeddingSettings,
    /// How to calibrate.
    pub spec: CalibrationSpec,
    /// Copies to make.
    pub attacks: AttackList,
    /// Number of requests that copies are made in, at most.
    pub attack_requests: usize,
    /// Whether a gate that cannot decide fails.
    pub fail_on_inconclusive: bool,
    /// How to calibrate at each point of a grid.
    pub grid: Option<Grid<CalibrationSpec>>,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the summary on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// How texts are embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingSettings {
    /// The embedding model, in sentence-transformers layout: a folder, or a repository of the hub.
    pub embedder: ModelName,
    /// How the hub is reached.
    pub hub: HubAccess,
    /// Folder of the store of embeddings.
    pub store: PathBuf,
    /// The device asked for.
    pub device: DeviceRequest,
    /// The number type asked for.
    pub dtype: DtypeRequest,
}

/// All that `replay wins` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayWinsSettings {
    /// What is judged.
    pub input: LossInput,
    /// The preset's rules with what the user changed.
    pub rules: Rules,
    /// Whether the reward shares are the user's and not the preset's.
    pub shares_given: bool,
    /// The preset whose ranks and weights the result is held against.
    pub against: Option<Preset>,
    /// The rules at each value of a setting, to see what it changes.
    pub grid: Option<Grid<Rules>>,
    /// Number of bootstrap resamples.
    pub resamples: usize,
    /// Confidence level of the intervals, strictly between 0 and 1.
    pub confidence: f64,
    /// Seed of all that is drawn at random.
    pub seed: u64,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// Recorded losses, and how they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct LossInput {
    /// The recorded losses, in any format.
    pub losses: records::Source,
    /// The submissions, which give what the losses lack.
    pub submissions: Option<records::Source>,
    /// How records are read.
    pub reading: records::ReadOptions,
}

/// All that `pull` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct PullSettings {
    /// The submissions, in any format.
    pub submissions: records::Source,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// The competitions, with their limits.
    pub competitions: Vec<Competition>,
    /// Largest size of a repository in bytes.
    pub max_repo_bytes: u64,
    /// How the hub is reached.
    pub hub: HubAccess,
    /// How much room pulled models may take.
    pub room: Room,
    /// Folder of the store, where it is written down what was pulled.
    pub store: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// All that `import` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportSettings {
    /// Whose format the files have.
    pub from: ImportFormat,
    /// The files, in their order.
    pub files: Vec<ModelFile>,
    /// The submissions, which give what the files lack.
    pub submissions: Option<records::Source>,
    /// How the submissions are read.
    pub reading: records::ReadOptions,
    /// File that the losses are written to.
    pub out: PathBuf,
    /// Form of the summary on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// All that `schema` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaSettings {
    /// What is told; `None` to list what there is.
    pub kind: Option<Schema>,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

impl Settings for SchemaSettings {
    fn sources(&self) -> &[ResolvedSetting] {
        &self.sources
    }

    fn format(&self) -> Format {
        self.format
    }

    fn kept(&self) -> String {
        "there is nothing to keep; the same command tells it again".into()
    }
}

/// All that `models list` and `models remove` need to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelsSettings {
    /// Folder of the store.
    pub store: PathBuf,
    /// What is removed; `None` to list only.
    pub remove: Option<RemoveSettings>,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// What `models remove` removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveSettings {
    /// Only what was not used for so long.
    pub older_than: Duration,
    /// Whether it is only said what would be removed.
    pub dry_run: bool,
}

/// Form of the table on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Table,
    /// For machines.
    Json,
    /// For issues and pull requests.
    Markdown,
}

/// A format that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected table, json or markdown")]
pub struct FormatError;

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            _ => Err(FormatError),
        }
    }
}

/// One setting as text, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSetting {
    /// Its key: the flag without dashes, for example `samples-per-step`.
    pub key: String,
    /// Its value as text; in parentheses what holds when it is not set.
    pub value: String,
    /// Where the value came from.
    pub source: Origin,
}

impl From<&ResolvedSetting> for Setting {
    fn from(resolved: &ResolvedSetting) -> Self {
        let ResolvedSetting { key, value, source } = resolved;
        Self { key: key.clone(), value: value.clone().into(), source: source.to_string() }
    }
}

/// Where the value of a setting came from, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// This environment variable.
    Environment(String),
    /// This configuration file.
    File(PathBuf),
    /// The preset of this name.
    Preset(String),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Preset(name) => write!(f, "preset {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

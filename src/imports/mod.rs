//! Others' recordings of losses, one file per format: what each holds becomes steps of one shape. Nothing is guessed: who a
//! model is, at which block and in which competition, stays open where a format does not say it. Pickles are never opened.

mod boosts;
mod error;
mod evalstate;
mod fields;
mod joined;
mod lighteval;
mod lm_eval;
mod matrix;
mod model_file;
mod perplexity;
mod step_log;

use std::fmt;

pub(crate) use error::ImportError;
pub use joined::join;
pub use model_file::ModelFile;

use serde_json::Value;

use crate::excerpt;
use crate::records::{Logged, Place, StepSample, carrying, read_documents};

/// A format of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// A validator's step log: rows of wandb's history, steps alone, or runs as dashboards keep them.
    StepLog,
    /// The folder `vali-state/evalstate` of coldint's validator.
    Evalstate,
    /// Samples of lm-evaluation-harness (`--log_samples`).
    LmEval,
    /// Details of lighteval (`--save-details`).
    Lighteval,
    /// What llama-perplexity prints, or its file of all logits.
    LlamaPerplexity,
}

impl ImportFormat {
    /// Every format with its name on the command line.
    pub const ALL: [(&'static str, Self); 5] = [
        ("step-log", Self::StepLog),
        ("evalstate", Self::Evalstate),
        ("lm-eval", Self::LmEval),
        ("lighteval", Self::Lighteval),
        ("llama-perplexity", Self::LlamaPerplexity),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

/// Who a participant is, as far as its file says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// Its slot.
    Uid(u32),
    /// Its model, as the file names it.
    Model(String),
    /// The miner's key.
    Hotkey(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => write!(f, "uid {uid}"),
            Self::Model(model) => write!(f, "model {}", excerpt::value(model)),
            Self::Hotkey(hotkey) => write!(f, "hotkey {}", excerpt::value(hotkey)),
        }
    }
}

/// A participant of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Who it is.
    pub who: Who,
    /// Block of its commitment; `None` where the format has none, `Some(None)` where the file says that it is not known.
    pub block: Option<Option<u64>>,
    /// Its competition, where the format has one.
    pub competition: Option<String>,
    /// Its losses on the step's samples in their order, NaN and infinite ones among them; `None` where it was skipped.
    pub losses: Option<Vec<f64>>,
    /// What the file says came of them.
    pub logged: Logged,
    /// Where it stands.
    pub place: Place,
}

/// A step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedStep {
    /// Its number.
    pub step: u32,
    /// Block of the chain, where it is known.
    pub current_block: Option<u64>,
    /// Its samples.
    pub samples: Vec<StepSample>,
    /// Who took part, in the order of the original.
    pub entries: Vec<Entry>,
}

/// What files of one format hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The steps in order.
    pub steps: Vec<ImportedStep>,
    /// Name of the preset by whose rules the numbers of a log came about.
    pub preset: Option<&'static str>,
    /// Reward shares of the competitions, where the file has them.
    pub shares: Vec<(String, f64)>,
    /// What a user should know of how the file was read.
    pub remarks: Vec<String>,
}

/// Reads files of one format, in their order.
///
/// # Errors
/// What is not of the format, and what cannot be judged: see [`ImportError`].
pub fn read(format: ImportFormat, files: &[ModelFile]) -> Result<Imported, ImportError> {
    match format {
        ImportFormat::StepLog => step_log::read(files),
        ImportFormat::Evalstate => evalstate::read(files),
        ImportFormat::LmEval => lm_eval::read(files),
        ImportFormat::Lighteval => lighteval::read(files),
        ImportFormat::LlamaPerplexity => perplexity::read(files),
    }
}

/// Hands every JSON value of a file to `each`.
fn each_document(
    file: &ModelFile,
    mut each: impl FnMut(&Place, &Value) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    carrying(|carry| read_documents(&file.source(), |place, value| carry(each(place, &value)))).map(drop)
}

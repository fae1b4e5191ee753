//! What can go wrong while a model is described, loaded or run. One variant per kind, with the data a reader needs
//! to mend it; messages are one line.

use std::path::PathBuf;

use super::fault::{DeviceFault, first_line};
use super::text_error::TextError;

/// An error of the engine. All but [`EngineError::Device`] and [`EngineError::Fault`] concern one model only: that
/// submission is skipped and the others go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file that a model folder must hold is absent.
    #[error("{path}: no such file; a model folder needs {needs}")]
    MissingFile {
        /// The file.
        path: PathBuf,
        /// What the folder must hold.
        needs: &'static str,
    },
    /// A file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// config.json is no JSON object, lacks a key or holds a value that cannot be.
    #[error("{path}: {problem}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// config.json names an architecture that the decoder does not know.
    #[error("{path}: architecture `{name}` is not known; known are {known}")]
    UnknownArchitecture {
        /// The file.
        path: PathBuf,
        /// The name it gives.
        name: String,
        /// Those that are known.
        known: String,
    },
    /// A safetensors file or its index is damaged or lies about its content.
    #[error("{path}: {problem}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A tensor that the architecture needs is absent.
    #[error("{path}: tensor `{name}` is missing")]
    MissingTensor {
        /// The weight file, or the index of several.
        path: PathBuf,
        /// The tensor's name.
        name: String,
    },
    /// A tensor has another shape than config.json implies.
    #[error("{path}: tensor `{name}` has shape {found:?}, config.json implies {expected:?}")]
    TensorShape {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The shape that config.json implies.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tokenizer is absent or broken, or refuses a text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A device was asked for that this build or machine does not have.
    #[error("device `{device}` cannot be used: {problem}")]
    Device {
        /// The device as it was asked for.
        device: String,
        /// Why it cannot be used, and the remedy.
        problem: String,
    },
    /// The device failed while it was loaded or computed on.
    #[error(transparent)]
    Fault(#[from] DeviceFault),
    /// A computation failed for what it was made of.
    #[error("{}", first_line(.0))]
    Tensor(#[from] candle_core::Error),
}

/// Result of engine operations.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

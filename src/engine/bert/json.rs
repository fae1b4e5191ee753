//! JSON files of a model's folder, and what is wrong with them.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::engine::error::{EngineError, Result};
use crate::excerpt;

/// A JSON file that must be there.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, needs: &'static str) -> Result<T> {
    read_optional(path)?.ok_or_else(|| EngineError::MissingFile { path: path.into(), needs })
}

/// A JSON file that may be absent.
pub(super) fn read_optional<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map(Some).map_err(|error| bad(path, excerpt::message(&error.to_string())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EngineError::Read { path: path.into(), source }),
    }
}

/// JSON as a typed value.
pub(super) fn parse<T: DeserializeOwned>(path: &Path, json: Value) -> Result<T> {
    serde_json::from_value(json).map_err(|error| bad(path, excerpt::message(&error.to_string())))
}

/// The error of a file that asks for something that is not known, or cannot be.
pub(super) fn bad(path: &Path, problem: String) -> EngineError {
    EngineError::Config { path: path.into(), problem }
}

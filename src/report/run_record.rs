//! `run.json`: everything needed to run it again, and to know what was run. No clock value is in it, so that two equal
//! runs write equal records.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::atomic;
use super::error::ReportError;

/// What was run, on what, how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of this record's layout, see [`RunRecord::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The subcommand, for example `evaluate`.
    pub command: String,
    /// Every resolved setting and where it came from.
    pub settings: Vec<Setting>,
    /// The reward share of each competition that was judged by, where losses were measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reward_shares: Vec<RewardShare>,
    /// Seed of everything random.
    pub seed: u64,
    /// The files that were read as input.
    pub inputs: Vec<InputRecord>,
    /// The models that were read.
    pub models: Vec<ModelRecord>,
    /// The device that computed, for example `cpu` or `cuda:0`; several as `cuda:0,1`.
    pub device: String,
    /// Type that the model's layers were computed in.
    pub compute_dtype: String,
    /// Type that the loss was computed in, where there is a loss.
    pub loss_dtype: Option<String>,
    /// Version of this crate.
    pub crate_version: String,
    /// Commit this program was built from, if known.
    pub git_commit: Option<String>,
    /// Every warning that was given, in order.
    pub warnings: Vec<String>,
}

/// One resolved setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name, as in `weighhouse.toml`.
    pub key: String,
    /// Its value.
    pub value: serde_json::Value,
    /// Where the value came from: a flag, the environment, a file, the preset or the default.
    pub source: String,
}

/// The reward share of a competition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RewardShare {
    /// Its id.
    pub competition: String,
    /// Its share of the reward, from 0 to 1.
    pub share: f64,
}

/// One input file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRecord {
    /// As it was given.
    pub path: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Rows that were taken from it.
    pub rows: u64,
    /// Bad rows that were left out, with --skip-bad-rows.
    pub skipped_rows: u64,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The submission it belongs to, if it is one.
    pub uid: Option<u32>,
    /// As it was submitted, or named.
    pub path: String,
    /// Commit of its repository, if it came from one.
    pub commit: Option<String>,
    /// Content hash of its files.
    pub content_hash: Option<String>,
    /// Type that its weights are stored in.
    pub weight_dtype: Option<String>,
    /// `architectures[0]` of its config.
    pub architecture: Option<String>,
    /// Number of parameters.
    pub parameters: Option<u64>,
}

impl RunRecord {
    /// Raised when a field changes its meaning or goes away.
    pub const SCHEMA_VERSION: u32 = 1;

    /// Writes the record to `path` as indented JSON, atomically.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        let json = serde_json::to_string_pretty(self)
            .map_err(|cause| ReportError::Json { path: path.to_path_buf(), cause })?;
        atomic::write_bytes(path, format!("{json}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evaluation::testing;

    #[test]
    fn a_record_survives_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let record = testing::record();
        record.write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), record);
        assert!(text.starts_with("{\n  \"schema_version\": 1,\n  \"command\": \"evaluate\""), "{text}");
        assert!(text.contains("\"git_commit\": null") && text.ends_with("}\n"));
    }
}

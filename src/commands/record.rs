//! The record of a run that only judges: nothing is measured, and numbers are doubles of the processor. One that embeds
//! texts says by which model and where.

use super::embedder::OpenEmbedder;
use super::settings::ResolvedSetting;
use crate::engine::device::device_name;
use crate::records::{List, Source};
use crate::report::{InputRecord, RunRecord, Setting};
use crate::version;

/// All that is needed to run it again.
pub fn of_judging(
    command: &str,
    settings: &[ResolvedSetting],
    seed: u64,
    inputs: Vec<InputRecord>,
    warnings: Vec<String>,
) -> RunRecord {
    RunRecord {
        schema_version: RunRecord::SCHEMA_VERSION,
        command: command.into(),
        settings: settings.iter().map(Setting::from).collect(),
        reward_shares: Vec::new(),
        seed,
        inputs,
        models: Vec::new(),
        device: "cpu".into(),
        compute_dtype: "f64".into(),
        loss_dtype: None,
        crate_version: version::VERSION.into(),
        git_commit: version::COMMIT.map(str::to_owned),
        warnings,
    }
}

/// A file that was read as a list.
pub fn input<T>(source: &Source, list: &List<T>) -> InputRecord {
    input_of(source, &list.sha256, list.rows.len(), list.skipped)
}

/// A file that was read.
pub fn input_of(source: &Source, sha256: &str, rows: usize, skipped_rows: u64) -> InputRecord {
    InputRecord { path: source.to_string(), sha256: sha256.to_owned(), rows: rows as u64, skipped_rows }
}

/// A record of a run that also embeds texts.
pub trait Embedded {
    /// With the model and the device that embedded them.
    fn embedded(self, tools: &OpenEmbedder) -> Self;
}

impl Embedded for RunRecord {
    fn embedded(self, tools: &OpenEmbedder) -> Self {
        let compute_dtype = tools.dtype.as_str().into();
        Self { models: vec![tools.record()], device: device_name(&tools.device), compute_dtype, ..self }
    }
}

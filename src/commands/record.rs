//! The record of a run that only judges: nothing is measured, and numbers are doubles of the processor.

use super::settings::ResolvedSetting;
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

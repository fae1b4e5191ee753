//! `run.json` of a calibration: all that is needed to run it again.

use candle_core::Device;

use super::overview::Overview;
use crate::commands::settings::CalibrateSettings;
use crate::engine::bert::BertEmbedder;
use crate::engine::device::device_name;
use crate::engine::embedder::Embedder;
use crate::report::{InputRecord, ModelRecord, RunRecord, Setting};
use crate::version;

/// The record of one run.
pub fn of_run(
    settings: &CalibrateSettings,
    overview: &Overview,
    (embedder, commit, device): (&BertEmbedder, Option<String>, &Device),
    warnings: Vec<String>,
) -> RunRecord {
    RunRecord {
        schema_version: RunRecord::SCHEMA_VERSION,
        command: "calibrate".into(),
        settings: settings.sources.iter().map(Setting::from).collect(),
        seed: settings.spec.bootstrap.seed,
        inputs: vec![InputRecord {
            path: settings.recording.to_string(),
            sha256: overview.recording.sha256.clone(),
            rows: overview.recording.rows,
            skipped_rows: overview.recording.skipped,
        }],
        models: vec![model_record(settings, embedder, commit)],
        device: device_name(device),
        compute_dtype: "f32".into(),
        loss_dtype: None,
        crate_version: version::VERSION.into(),
        git_commit: version::COMMIT.map(str::to_owned),
        warnings,
    }
}

fn model_record(settings: &CalibrateSettings, embedder: &BertEmbedder, commit: Option<String>) -> ModelRecord {
    ModelRecord {
        uid: None,
        path: settings.embedder.0.clone(),
        commit,
        content_hash: Some(embedder.fingerprint().to_owned()),
        weight_dtype: None,
        architecture: Some("bert".into()),
        parameters: None,
    }
}

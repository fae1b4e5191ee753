//! How two runs were made, and what of it differs. A name of what may differ stands for one reason why numbers cannot be
//! held against each other as they are.

use std::collections::BTreeSet;

use super::error::CompareError;
use crate::engine::kernels::Kernels;
use crate::judge::compare::{Agreement, Mismatch};
use crate::report::RunRecord;
use crate::runs::Run;

/// What may differ where the user says so.
pub const FIELDS: [&str; 9] =
    ["samples", "sequence-length", "tokenizer", "tokenizer-rules", "template", "dtype", "device", "preset", "engine"];

/// Inputs that are no samples: those may be of any kind, since submissions are what is compared.
const FREE_INPUTS: [&str; 1] = ["submissions"];
/// Settings of the rules.
const RULES: [&str; 7] = ["preset", "epsilon", "temperature", "skew", "minimum-weight", "alpha", "sample-min"];

/// Further settings that numbers follow from; the others say where things are and how fast they go.
const DECISIVE: [&str; 15] = [
    "samples-per-step",
    "steps",
    "current-block",
    "blocks-per-step",
    "sequence-length",
    "batch-tokens",
    "template",
    "tokenizer-rules",
    "drop-phrases",
    "weight-norms",
    "max-repo-bytes",
    "resamples",
    "confidence",
    "columns",
    "skip-bad-rows",
];

/// What differs in how two runs of one command were made.
///
/// # Errors
/// They are of two commands.
pub fn mismatches(baseline: &Run, candidate: &Run) -> Result<Vec<Mismatch>, CompareError> {
    let (one, other) = (&baseline.record, &candidate.record);
    if one.command != other.command {
        return Err(CompareError::Commands {
            baseline: baseline.path.display().to_string(),
            of_baseline: one.command.clone(),
            candidate: candidate.path.display().to_string(),
            of_candidate: other.command.clone(),
        });
    }
    let mut found = Vec::new();
    let mut hold = |field: &'static str, what: &str, baseline: String, candidate: String| {
        if baseline != candidate {
            found.push(Mismatch { field, what: what.to_owned(), baseline, candidate });
        }
    };
    hold("samples", "the content of the samples", samples(one), samples(other));
    for field in ["sequence-length", "tokenizer-rules", "template"] {
        hold(field, &format!("`{field}`"), setting(one, field), setting(other, field));
    }
    hold("dtype", "the number type", dtype(one), dtype(other));
    hold("device", "the kind of device", kind(one), kind(other));
    for key in RULES {
        hold("preset", &format!("`{key}`"), setting(one, key), setting(other, key));
    }
    for key in competitions(one).union(&competitions(other)) {
        hold("preset", &format!("`{key}`"), setting(one, key), setting(other, key));
    }
    hold("engine", "the version of the program", one.crate_version.clone(), other.crate_version.clone());
    Ok(found)
}

/// The tokenizer differs where the same samples have other numbers of scored tokens.
pub fn tokenizer(agreement: &Agreement) -> Option<Mismatch> {
    let tokens = agreement.differing().find(|column| column.column.as_deref() == Some("scored_tokens"))?;
    let at = tokens.row.clone().unwrap_or_default();
    let told = |count: &Option<String>| count.clone().unwrap_or_else(|| "unknown".to_owned());
    Some(Mismatch {
        field: "tokenizer",
        what: format!("the number of scored tokens ({at})"),
        baseline: told(&tokens.baseline),
        candidate: told(&tokens.candidate),
    })
}

/// Whether all that went in is the same, models included, so that all that came out should be.
pub fn has_same_inputs(baseline: &RunRecord, candidate: &RunRecord) -> bool {
    let inputs = |record: &RunRecord| record.inputs.iter().map(|input| input.sha256.clone()).collect::<Vec<_>>();
    let models = |record: &RunRecord| {
        record.models.iter().map(|model| (model.uid, model.content_hash.clone())).collect::<BTreeSet<_>>()
    };
    let settings = |record: &RunRecord| -> Vec<String> { DECISIVE.iter().map(|key| setting(record, key)).collect() };
    let made = |record: &RunRecord| {
        [dtype(record), kind(record), kernels(record), record.crate_version.clone(), record.seed.to_string()]
    };
    let is_known = baseline.models.iter().all(|model| model.content_hash.is_some());
    is_known
        && inputs(baseline) == inputs(candidate)
        && models(baseline) == models(candidate)
        && settings(baseline) == settings(candidate)
        && made(baseline) == made(candidate)
        && RULES.iter().all(|key| setting(baseline, key) == setting(candidate, key))
}

/// SHA-256 of the inputs that are no submissions.
fn samples(record: &RunRecord) -> String {
    let free: Vec<String> = FREE_INPUTS.iter().map(|key| setting(record, key)).collect();
    let inputs = record.inputs.iter().filter(|input| !free.contains(&input.path));
    inputs.map(|input| input.sha256.chars().take(12).collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The value of a setting as text; nothing where the command has none of the name.
pub fn setting(record: &RunRecord, key: &str) -> String {
    let found = record.settings.iter().find(|setting| setting.key == key).map(|setting| &setting.value);
    found.map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Records from before there was a choice were made with the fastest.
fn kernels(record: &RunRecord) -> String {
    let named = setting(record, "kernels");
    if named.is_empty() { Kernels::Fused.to_string() } else { named }
}

fn competitions(record: &RunRecord) -> BTreeSet<&str> {
    let keys = record.settings.iter().map(|setting| setting.key.as_str());
    keys.filter(|key| key.starts_with("competitions.")).collect()
}

fn dtype(record: &RunRecord) -> String {
    record
        .loss_dtype
        .as_ref()
        .map_or_else(|| record.compute_dtype.clone(), |loss| format!("{} with losses in {loss}", record.compute_dtype))
}

/// `cpu` of `cpu`, `cuda` of `cuda:0`.
fn kind(record: &RunRecord) -> String {
    record.device.split([':', ' ']).next().unwrap_or_default().to_owned()
}

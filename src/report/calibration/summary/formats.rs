//! The summary as text: for a terminal, as JSON and as Markdown. Only strings are made here; printing them is the
//! command line's work.

use serde_json::{Value, json};

use super::grids::{self, Titled};
use super::sentences::{Sentence, sentences};
use crate::judge::calibration::{Gate, GateVerdict, Responders};
use crate::report::WhatIf;
use crate::report::calibration::{CalibrationFindings, tables};
use crate::report::grid::markdown_escaped;

/// For a terminal, without a line break at its end: the sentences, a blank line between topics, then the tables.
pub fn table(findings: &CalibrationFindings) -> String {
    let sentences = sentences(findings);
    let topics = sentences.chunk_by(|a, b| a.topic == b.topic);
    let paragraph = |topic: &[Sentence]| topic.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join("\n");
    let grids = grids::main(findings).into_iter().map(|Titled { title, grid }| format!("{title}\n{}", grid.terminal()));
    topics.map(paragraph).chain(grids).collect::<Vec<_>>().join("\n\n")
}

/// As GitHub reads it.
pub fn markdown(findings: &CalibrationFindings) -> String {
    let sentences = sentences(findings);
    let items: Vec<String> = sentences.iter().map(|one| format!("- {}", markdown_escaped(&one.text))).collect();
    let grids =
        grids::main(findings).into_iter().map(|Titled { title, grid }| format!("### {title}\n\n{}", grid.markdown()));
    std::iter::once(items.join("\n")).chain(grids).collect::<Vec<_>>().join("\n\n")
}

/// An object with full precision; null where a value is unknown or not finite. Rows have the fields that the columns of
/// the Parquet tables of the same names have. The curve and single scores are in the tables only.
pub fn json(findings: &CalibrationFindings) -> Result<String, serde_json::Error> {
    let found = &findings.calibration;
    let spec = &found.spec;
    let strata = tables::stratum_rows(found);
    let recorded_sizes = found.recorded_sizes.iter();
    let recorded_sizes = recorded_sizes.map(|(size, count)| json!({ "minibatch_size": size, "requests": count }));
    serde_json::to_string_pretty(&json!({
        "sentences": sentences(findings),
        "threshold": found.threshold(),
        "threshold_from": findings.origin(),
        "profile": spec.profile.to_string(),
        "target_fpr": spec.target_fpr,
        "confidence": spec.bootstrap.confidence,
        "resamples": spec.bootstrap.resamples,
        "seed": spec.bootstrap.seed,
        "split": spec.split,
        "requests": findings.requests.len(),
        "responses": findings.responses_that(|_| true),
        "labelled": found.labelled,
        "gate": found.gate.as_ref().map(gate),
        "thresholds": tables::thresholds(found).objects(found.thresholds.iter()),
        "rates": tables::rates().objects(found.rates.iter()),
        "attacks": tables::attacks().objects(tables::attack_rows(found).into_iter()),
        "responders": found.responders.map(responders),
        "differences": tables::differences().objects(found.differences.iter()),
        "sizes": tables::sizes().objects(tables::size_rows(found).into_iter()),
        "recorded_sizes": recorded_sizes.collect::<Value>(),
        "strata": tables::strata().objects(strata.into_iter()),
        "collusion": tables::collusion().objects(found.meetings.iter()),
        "grid": findings.grid.as_ref().map(WhatIf::objects),
    }))
}

fn responders(found: Responders) -> Value {
    json!({
        "uids": found.uids,
        "flags": found.counts.events(),
        "pairs": found.counts.trials(),
        "lowest_without_one": found.by_uid.map(|by| by.lowest),
        "highest_without_one": found.by_uid.map(|by| by.highest),
        "standard_error_over_uids": found.by_uid.map(|by| by.error),
        "standard_error_over_clusters": found.by_cluster.error,
    })
}

fn gate(gate: &Gate) -> Value {
    let verdict = match gate.verdict {
        GateVerdict::Passed => "passed",
        GateVerdict::Failed => "failed",
        GateVerdict::Inconclusive => "inconclusive",
    };
    json!({
        "verdict": verdict,
        "max_fpr": gate.max_fpr,
        "unit": gate.unit.name(),
        "threshold": gate.threshold,
        "flags": gate.counts.events(),
        "trials": gate.counts.trials(),
        "lower_bound": gate.bounds.map(|bounds| bounds.low),
        "upper_bound": gate.bounds.map(|bounds| bounds.high),
        "part": gate.part.name(),
        "requests": gate.requests,
        "clusters": gate.clusters,
        "needs": gate.needs,
    })
}

//! The story of `weighhouse import`: others' recordings become losses that `replay wins` judges, and what a log says of its
//! steps is held against what the rules of its network make of them.

use anyhow::Result;

use super::finished::{Ending, Finished, summary};
use super::notices::Notices;
use super::replay::wins;
use super::settings::{ImportSettings, LossInput};
use crate::imports::{self, Imported, ModelFile};
use crate::judge::wins::presets::preset;
use crate::judge::wins::{Competition, Rules};
use crate::records::{LossStep, ReadOptions, Reading, RecordError, Source, read_submissions};
use crate::report::{ImportedLosses, LogAudit};
use crate::reporter::{Reporter, Silent};

/// Imports what `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ImportSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let notices = Notices::new(reporter);
    let reading = Reading::new(&settings.reading, &notices);
    let submissions = settings.submissions.as_ref().map(|source| read_submissions(source, &reading)).transpose()?;
    let Imported { steps, preset, shares, remarks } = imports::read(settings.from, &settings.files)?;
    let steps = steps.into_iter().map(|step| imports::join(step, submissions.as_ref()));
    let steps: Vec<LossStep> = steps.collect::<Result<_, _>>()?;
    if steps.iter().all(|step| step.participants.is_empty()) {
        let file = settings.files.iter().map(ModelFile::name).collect::<Vec<_>>().join(", ");
        Err(RecordError::Empty { file, kind: "loss" })?;
    }
    let mut imported = ImportedLosses { out: settings.out.display().to_string(), steps, preset, log: None };
    imported.write(&settings.out)?;
    remarks.iter().for_each(|remark| notices.info(remark));
    imported.log = preset.map(|preset| audit(settings, &imported.steps, preset, &shares)).transpose()?.flatten();
    Ok(Finished { summary: summary(&imported, settings.format)?, ending: Ending::Done })
}

/// Holds the log's own results against what the rules of its network make of the losses. What several competitions share
/// the log may not say: then each has the same, and weights are not compared.
fn audit(
    settings: &ImportSettings,
    steps: &[LossStep],
    name: &'static str,
    shares: &[(String, f64)],
) -> Result<Option<LogAudit>> {
    let Some(preset) = preset(name) else { return Ok(None) };
    let mut ids: Vec<&str> = Vec::new();
    let participants = steps.iter().flat_map(|step| &step.participants);
    for id in participants.filter_map(|participant| participant.competition.as_deref()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let known: f64 = ids.iter().filter_map(|id| share(shares, id)).sum();
    let is_known = ids.iter().all(|id| share(shares, id).is_some()) && known > 0.0;
    let competition = |id: &&str| Competition {
        id: (*id).to_owned(),
        architectures: Vec::new(),
        max_parameters: None,
        reward_share: if is_known { share(shares, id).unwrap_or(0.0) / known } else { 1.0 / ids.len() as f64 },
    };
    let competitions: Vec<Competition> = ids.iter().map(competition).collect();
    let rules = if competitions.is_empty() { preset.rules } else { Rules { competitions, ..preset.rules } };
    let losses = Source::from(settings.out.clone());
    let input = LossInput { losses, submissions: None, reading: ReadOptions::default() };
    let audit = wins::audit(&input, &rules, &Silent)?;
    Ok(audit.map(|audit| if is_known || ids.len() < 2 { audit } else { audit.without_weights() }))
}

fn share(shares: &[(String, f64)], id: &str) -> Option<f64> {
    shares.iter().find(|(known, _)| known == id).map(|(_, share)| *share)
}

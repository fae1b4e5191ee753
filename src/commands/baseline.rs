//! The story of `weighhouse baseline`: a finished run is kept in one file, and how the file came to be is told.

use anyhow::Result;
use chrono::Utc;

use super::finished::{Ending, Finished, summary};
use super::settings::{BaselineAction, BaselineSettings, Signed};
use crate::report::baseline::{about, history};
use crate::reporter::Reporter;
use crate::runs::{Run, RunsError, Side, Signature, save};

/// Saves, replaces or shows a baseline as `settings` say.
///
/// # Errors
/// The run is not finished, the file is none or is there already, or something cannot be read or written.
pub fn run(settings: &BaselineSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let file = &settings.file;
    let old = if file.exists() { Some(baseline(settings)?) } else { None };
    match (&settings.action, old) {
        (BaselineAction::Save(_), Some(_)) => Err(RunsError::Taken(file.clone()))?,
        (BaselineAction::Save(signed), None) => keep(settings, signed, None)?,
        (BaselineAction::Accept(signed), Some(old)) => keep(settings, signed, Some(old))?,
        (BaselineAction::Show, Some(_)) => {}
        (_, None) => Err(RunsError::Missing(file.clone()))?,
    }
    let run = baseline(settings)?;
    reporter.info(&format!("{} holds {}", settings.file.display(), about(&run.record)));
    Ok(Finished { summary: summary(&history(&run.history), settings.format)?, ending: Ending::Done })
}

fn keep(settings: &BaselineSettings, signed: &Signed, old: Option<Run>) -> Result<()> {
    let run = Run::of_folder(&signed.run)?;
    if let Some(old) = old.as_ref().filter(|old| old.record.command != run.record.command) {
        let (of_baseline, of_run) = (old.record.command.clone(), run.record.command.clone());
        Err(RunsError::OtherCommand { file: settings.file.clone(), of_baseline, of_run })?;
    }
    let who = Signature { at: Utc::now(), by: signed.by.clone(), why: signed.why.clone() };
    let history = old.map(|old| old.history).unwrap_or_default();
    save(&run, &history, &settings.file, &who)?;
    Ok(())
}

fn baseline(settings: &BaselineSettings) -> Result<Run, RunsError> {
    match Side::open(&settings.file)? {
        Side::Run(run) if !settings.file.is_dir() => Ok(*run),
        _ => Err(RunsError::NoBaseline(settings.file.clone())),
    }
}

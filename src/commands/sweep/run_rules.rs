//! The rules of a finished run, for a sweep that goes on from them.

use std::path::Path;

use crate::judge::wins::Competition;
use crate::records::Source;
use crate::report::RewardShare;
use crate::runs::{Run, RunsError};

/// The rules that a run was judged by, as it recorded them.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRules {
    /// What the run is called.
    pub name: String,
    /// Its preset.
    pub preset: String,
    /// Its rules, by their keys.
    pub values: Vec<(&'static str, String)>,
    /// Its competitions, by their reward shares; none of a run that did not record these.
    pub competitions: Vec<Competition>,
}

/// The keys of rules.
const RULES: [&str; 6] = ["epsilon", "temperature", "skew", "minimum-weight", "alpha", "sample-min"];

impl RunRules {
    /// Those of the run in this folder; `None` where there is no run, or none that can be read, which reading its losses will
    /// tell.
    pub fn of(losses: &Source) -> Option<Self> {
        let run = folder(losses).and_then(|folder| Run::of_folder(folder).ok())?;
        let value = |key: &str| {
            let setting = run.record.settings.iter().find(|setting| setting.key == key)?;
            // In parentheses stands what holds without a value.
            setting.value.as_str().filter(|text| !text.starts_with('(')).map(str::to_owned)
        };
        let preset = value("preset")?;
        let values = RULES.into_iter().filter_map(|key| Some((key, value(key)?))).collect();
        let shares = run.record.reward_shares.iter();
        let competition = |RewardShare { competition, share }: &RewardShare| Competition {
            id: competition.clone(),
            // Who may enter was asked before anything was measured.
            architectures: Vec::new(),
            max_parameters: None,
            reward_share: *share,
        };
        let competitions = shares.map(competition).collect();
        Some(Self { name: run.path.display().to_string(), preset, values, competitions })
    }
}

/// The losses themselves: those in the folder of a run, else what was given.
///
/// # Errors
/// A run that cannot be read.
pub fn losses(given: &Source) -> Result<Source, RunsError> {
    let Some(folder) = folder(given) else { return Ok(given.clone()) };
    let run = Run::of_folder(folder)?;
    run.losses().ok_or_else(|| RunsError::NoLosses { folder: folder.to_owned(), command: run.record.command.clone() })
}

/// The folder of a run, if this is one.
fn folder(losses: &Source) -> Option<&Path> {
    match losses {
        Source::File(path) if path.join("run.json").is_file() => Some(path),
        _ => None,
    }
}

//! `weighhouse baseline`: its subcommands and settings, and how they resolve.

use std::path::PathBuf;

use clap::ValueHint;

use super::compare::BASELINE;
use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{FORMAT, Group, arguments};
use super::keys::{Setting, own, setting};
use super::layers::Layers;
use crate::commands::settings::{BaselineAction, BaselineSettings, Signed};

const EXAMPLES: &str = "\
Examples:
  weighhouse baseline save reports/evaluate
      Keep the run as baseline.parquet, a file to commit; `weighhouse compare` holds later runs against it.
  weighhouse baseline accept reports/evaluate --why 'llama-wide was trained on, see #41'
      The run takes its place; who did that, when and why stays in the file.
  weighhouse baseline show
      What the baseline is, and how it came to be that.

Exit codes:
  0 done; 1 internal; 2 usage; 65 bad input; 66 missing input, or an unfinished run; 130 interrupted";

const RUN: Setting<PathBuf> =
    setting("run", "RUN", "Folder of a finished run", own).hint(ValueHint::DirPath).positional();
const FILE: Setting<PathBuf> = BASELINE.help("File of the baseline").default("baseline.parquet");
const BY: Setting<String> = setting("by", "NAME", "Who takes the run as a baseline", text).also(&[
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "USER",
    "USERNAME",
]);
const WHY: Setting<String> = setting("why", "REASON", "Why the run is the baseline from now on", text);
const FIRST: Setting<String> = WHY.default("first baseline");

/// `baseline save` on the command line.
pub const SAVE: Declared = Declared {
    name: "save",
    about: "Keep a finished run in one file that later runs are compared with",
    examples: EXAMPLES,
    groups: &[arguments(&[&RUN.key, &FILE.key]), Group { heading: Some("History"), keys: &[&FIRST.key, &BY.key] }],
};

/// `baseline accept` on the command line.
pub const ACCEPT: Declared = Declared {
    name: "accept",
    about: "Put a finished run in the place of a baseline, with the reason; the history stays",
    examples: EXAMPLES,
    groups: &[arguments(&[&RUN.key, &FILE.key]), Group { heading: Some("History"), keys: &[&WHY.key, &BY.key] }],
};

/// `baseline show` on the command line.
pub const SHOW: Declared = Declared {
    name: "show",
    about: "Show what a baseline is and how it came to be that",
    examples: EXAMPLES,
    groups: &[arguments(&[&FILE.key])],
};

/// A text that is not blank.
fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("expected a text that is not blank".to_owned())
    } else {
        Ok(text.trim().to_owned())
    }
}

/// Resolves every setting of `baseline save`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_save(mut layers: Layers) -> Result<BaselineSettings, SettingsError> {
    let signed = Signed { run: layers.get(&RUN)?, why: layers.get(&FIRST)?, by: layers.get(&BY)? };
    resolve(layers, BaselineAction::Save(signed))
}

/// Resolves every setting of `baseline accept`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_accept(mut layers: Layers) -> Result<BaselineSettings, SettingsError> {
    let signed = Signed { run: layers.get(&RUN)?, why: layers.get(&WHY)?, by: layers.get(&BY)? };
    resolve(layers, BaselineAction::Accept(signed))
}

/// Resolves every setting of `baseline show`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_show(layers: Layers) -> Result<BaselineSettings, SettingsError> {
    resolve(layers, BaselineAction::Show)
}

fn resolve(mut layers: Layers, action: BaselineAction) -> Result<BaselineSettings, SettingsError> {
    let (file, format) = (layers.get(&FILE)?, layers.get(&FORMAT)?);
    if file.extension().is_none_or(|extension| extension != "parquet") {
        return Err(SettingsError::Conflict(format!(
            "{} is no name for a baseline; call it *.parquet",
            file.display()
        )));
    }
    Ok(BaselineSettings { action, file, format, sources: layers.into_resolved() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn layers<T>(command: &str, flags: &[&str], resolve: impl FnOnce(Layers) -> T) -> T {
        let file = ConfigFile::default();
        let flags = parsed(command, flags);
        resolve(Layers::new(&flags, &|name| (name == "USER").then(|| "somebody".to_owned()), &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        let saved = layers("baseline save", &["out"], resolve_save).expect("resolves");
        assert_all_resolved(&SAVE, &saved.sources);
        let signed = Signed { run: "out".into(), by: "somebody".into(), why: "first baseline".into() };
        assert_eq!((saved.action, saved.file), (BaselineAction::Save(signed), "baseline.parquet".into()));
        let accepted =
            layers("baseline accept", &["out", "b.parquet", "--why", "x"], resolve_accept).expect("resolves");
        assert_all_resolved(&ACCEPT, &accepted.sources);
        assert_all_resolved(&SHOW, &layers("baseline show", &[], resolve_show).expect("resolves").sources);
    }

    #[test]
    fn a_baseline_is_not_replaced_without_a_reason() {
        let refusal = layers("baseline accept", &["out"], resolve_accept).expect_err("refused").to_string();
        assert!(refusal.contains("`why` has no value; give --why"), "{refusal}");
        let refusal = layers("baseline accept", &["out", "--why", " "], resolve_accept).expect_err("refused");
        assert!(refusal.to_string().contains("not blank"), "{refusal}");
    }
}

//! The story of `weighhouse evaluate`: from submissions and samples to losses, wins, weights, tables and plots.

use anyhow::Result;

use super::outcome::Outcome;
use super::settings::EvaluateSettings;
use crate::reporter::Reporter;

/// Evaluates the submissions as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &EvaluateSettings, _reporter: &dyn Reporter) -> Result<Outcome> {
    anyhow::bail!("cannot evaluate {} yet", settings.submissions)
}

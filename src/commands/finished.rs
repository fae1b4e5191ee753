//! What a command hands back to the command line: its end, or that the user ended it.

use super::settings::Format;
use crate::report::Summary;

/// How a command ended, when nothing went wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It did what was asked.
    Done,
    /// It came to its end, but there was nothing that could be measured or compared.
    NothingMeasured,
    /// A gate did not let the result pass.
    GateFailed,
    /// A gate could not decide for lack of data, and that was asked to count as a failure.
    Inconclusive,
    /// The network kept it from doing all that was asked.
    TryAgain,
}

/// What a command says at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The text for stdout.
    pub summary: String,
    /// How it ended.
    pub ending: Ending,
}

/// What a command says, as text for stdout.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn summary(report: &impl Summary, format: Format) -> serde_json::Result<String> {
    Ok(match format {
        Format::Table => report.terminal(),
        Format::Json => report.json()?,
        Format::Markdown => report.markdown(),
    })
}

/// The user asked to stop. What there is to say of it the command line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

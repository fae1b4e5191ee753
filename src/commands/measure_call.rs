//! The story of `weighhouse measure-call`, the child of whoever measures calls of the embedder: one cell, told line by
//! line.

use anyhow::Result;

pub(crate) use crate::measure::calls::SUBCOMMAND;
use crate::measure::calls::child;
pub use crate::measure::calls::child::Request;
use crate::reporter::Silent;

/// Measures one cell and hands every line that it has to say to `say` at once.
///
/// # Errors
/// The model or the device is not as it must be, or a line cannot be handed over.
pub fn run(request: &Request, mut say: impl FnMut(&str) -> Result<()>) -> Result<()> {
    child::measure(request, &Silent, |said| say(&serde_json::to_string(said)?))
}

//! The story of `weighhouse schema`: tells the columns of what users bring and of what reports hold.

use anyhow::Result;

use super::finished::{Ending, Finished, summary};
use super::settings::SchemaSettings;
use crate::report::schema::{Schemas, schemas};
use crate::reporter::Reporter;

/// Tells the kind that `settings` name, or which kinds there are.
///
/// # Errors
/// It cannot be written as JSON.
pub fn run(settings: &SchemaSettings, _: &dyn Reporter) -> Result<Finished> {
    let summary = match &settings.kind {
        Some(kind) => summary(kind, settings.format)?,
        None => summary(&Schemas(schemas()), settings.format)?,
    };
    Ok(Finished { summary, ending: Ending::Done })
}

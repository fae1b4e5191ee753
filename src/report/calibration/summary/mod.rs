//! The summary of a calibration: first sentences that can be quoted, then compact tables. The same for a terminal, as
//! JSON and as Markdown; the HTML page leads with the same sentences.

mod copies;
mod formats;
pub(super) mod grids;
mod sentences;
#[cfg(test)]
mod tests;

pub use formats::{json, markdown, table};
pub(crate) use sentences::Sentence;
pub use sentences::sentences;

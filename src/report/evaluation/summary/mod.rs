//! The summary of an evaluation: one row per submission, best weight first. The same rows are printed as a table for
//! a terminal, as JSON or as Markdown, and stand in the HTML page.

mod formats;
mod rows;

pub use formats::{HEADERS, cells, json, markdown, table};
pub use rows::{SummaryRow, summarise};

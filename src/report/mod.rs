//! Reports: what a run found, written for people and for other programs. Parquet tables, plots, one HTML page, a
//! terminal summary and `run.json`, all from one [`Evaluation`] or [`CalibrationFindings`] and one [`RunRecord`]. The
//! same values give the same bytes, except for the table of timings; every file appears whole or not at all.

mod atomic;
pub mod calibration;
pub mod error;
pub mod evaluation;
pub mod folder;
mod grid;
pub mod html;
pub mod models;
mod numbers;
mod page;
pub mod plots;
pub mod run_record;
pub mod summary;
pub mod table;
pub mod tables;
#[cfg(test)]
mod testing;

pub use calibration::CalibrationFindings;
pub use error::{PlotError, ReportError};
pub use evaluation::{Evaluation, SampleLoss, Status, SubmissionOutcome, Timing};
pub use folder::ReportFolder;
pub(crate) use numbers::counted;
pub use run_record::{InputRecord, ModelRecord, RunRecord, Setting};
pub use summary::{SummaryRow, summarise};

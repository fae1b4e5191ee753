//! The report of an evaluation: tables of losses, wins, weights and steps, plots, one HTML page, and a summary with a row
//! for each submission.

mod findings;
mod html;
mod plots;
mod summary;
mod tables;
#[cfg(test)]
pub(super) mod testing;

use std::path::Path;

use super::error::ReportError;
use super::plots::Plot;
use super::{Page, Report};

pub use findings::{Evaluation, SampleLoss, Status, SubmissionOutcome};

impl Report for Evaluation {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn terminal(&self) -> String {
        summary::table(&summary::summarise(self))
    }

    fn markdown(&self) -> String {
        summary::markdown(&summary::summarise(self))
    }

    fn json(&self) -> serde_json::Result<String> {
        summary::json(&summary::summarise(self))
    }

    fn write_tables(&self, folder: &Path) -> Result<(), ReportError> {
        tables::write_all(folder, self)
    }

    fn plots(&self) -> Vec<Plot> {
        plots::plots(self)
    }

    fn page(&self) -> Page {
        html::page(self)
    }
}

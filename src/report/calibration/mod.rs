//! The report of a calibration: tables of every pair, response, rate and attack, plots, one HTML page, and a summary
//! whose sentences can be quoted as they are. No rate stands without its unit, its counts and its interval.

mod findings;
mod grid;
mod html;
mod plots;
mod summary;
mod tables;
#[cfg(test)]
pub(super) mod testing;
mod words;

use super::plots::Plot;
use super::{Page, Report, Sheet, Summary};

pub(crate) use findings::CalibrationFindings;
pub(crate) use grid::{FIGURES as CALIBRATION_FIGURES, results as calibration_results};

impl Summary for CalibrationFindings {
    fn terminal(&self) -> String {
        summary::table(self)
    }

    fn markdown(&self) -> String {
        summary::markdown(self)
    }

    fn json(&self) -> serde_json::Result<String> {
        summary::json(self)
    }
}

impl Report for CalibrationFindings {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        tables::all(self)
    }

    fn plots(&self) -> Vec<Plot> {
        plots::plots(self)
    }

    fn page(&self) -> Page {
        html::page(self)
    }
}

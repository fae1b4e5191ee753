//! The report of an evaluation: tables of losses, wins, weights and steps, plots, one HTML page, and a summary with a row
//! for each submission.

mod findings;
mod html;
mod plots;
mod ranking;
mod summary;
mod tables;
#[cfg(test)]
pub(super) mod testing;

use super::grid::Grid;
use super::plots::Plot;
use super::{Page, Report, Sheet, Summary};

pub(super) use tables::{weights, wins};

pub use findings::{Evaluation, SampleLoss, Status, SubmissionOutcome};

impl Summary for Evaluation {
    fn terminal(&self) -> String {
        self.summary().terminal()
    }

    fn markdown(&self) -> String {
        self.summary().markdown()
    }

    fn json(&self) -> serde_json::Result<String> {
        let ranking = ranking::ranking(self);
        serde_json::to_string_pretty(&summary::summary(self).objects(ranking.iter()))
    }
}

impl Report for Evaluation {
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

impl Evaluation {
    /// The table that people see.
    pub(super) fn summary(&self) -> Grid {
        let ranking = ranking::ranking(self);
        summary::summary(self).grid(ranking.iter())
    }
}

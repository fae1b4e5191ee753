//! The report of an evaluation: tables of losses, wins, weights and steps, plots, one HTML page, and a summary with a row
//! for each submission.

mod components;
mod findings;
mod html;
mod pairs;
mod plots;
mod ranking;
mod summary;
mod tables;
#[cfg(test)]
pub(super) mod testing;

use super::grid::Grid;
use super::plots::Plot;
use super::{Page, Report, Sheet, Summary};

pub(super) use components::sheet as components;
pub(super) use tables::{weights, wins};

pub use findings::Status;
pub(crate) use findings::{Evaluation, SubmissionOutcome};
pub(crate) use pairs::Judged;

impl Summary for Evaluation {
    fn terminal(&self) -> String {
        self.text(Grid::terminal)
    }

    fn markdown(&self) -> String {
        self.text(Grid::markdown)
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
    fn text(&self, draw: impl Fn(&Grid) -> String) -> String {
        std::iter::once(draw(&self.summary())).chain(self.sentences()).collect::<Vec<_>>().join("\n\n")
    }

    /// What stands below the table.
    pub(super) fn sentences(&self) -> Vec<String> {
        components::sentences(self)
    }

    /// The table that people see.
    pub(super) fn summary(&self) -> Grid {
        let ranking = ranking::ranking(self);
        summary::summary(self).grid(ranking.iter())
    }
}

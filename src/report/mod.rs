//! Reports: what a run found, written for people and for other programs. Parquet tables, plots, one HTML page, a
//! terminal summary and `run.json`, all from one [`Report`] and one [`RunRecord`]. The same values give the same bytes,
//! except for the table of timings; every file appears whole or not at all.

pub(crate) mod atomic;
pub(crate) mod baseline;
pub(crate) mod calibration;
mod calls;
pub(crate) mod checkup;
pub(crate) mod compare;
mod components;
pub(crate) mod contenders;
mod error;
pub(crate) mod evaluation;
mod folder;
mod grid;
pub(crate) mod horde;
mod hotkeys;
mod import;
pub(crate) mod models;
mod numbers;
mod page;
mod plots;
mod replay;
pub(crate) mod rewards;
mod run_record;
pub(crate) mod schedule;
pub(crate) mod schema;
mod story;
pub(crate) mod sweep;
mod table;
mod timing;
pub(crate) mod utility;
mod what_if;

use std::path::Path;

pub(crate) use calibration::CalibrationFindings;
pub use calls::{call_line, call_sheet};
pub(crate) use error::ReportError;
pub use evaluation::Status;
pub(crate) use evaluation::{Evaluation, Judged, SubmissionOutcome};
pub(crate) use folder::ReportFolder;
pub use import::ImportedLosses;
pub(crate) use numbers::counted;
pub use page::Page;
pub(crate) use plots::Plot;
pub use replay::Against;
pub(crate) use replay::{LogAudit, Quantity, WINS_FIGURES, WinsReplay, wins_results};
pub(crate) use run_record::{InputRecord, ModelRecord, RewardShare, RunRecord, Setting};
pub use table::Listing;
pub(crate) use table::Sheet;
pub(crate) use timing::Timing;
pub use what_if::GridValue;
pub(crate) use what_if::{FigureSpec, WhatIf, WhatIfPoint};

/// What a command says at its end.
pub trait Summary {
    /// For a terminal, without a line break at its end.
    fn terminal(&self) -> String;

    /// As GitHub reads it.
    fn markdown(&self) -> String;

    /// With full precision; null where a value is unknown or not finite.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    fn json(&self) -> serde_json::Result<String>;
}

/// What a command found, in every medium that a report has.
pub trait Report: Summary {
    /// Every name that a plot of it may have.
    const PLOTS: &'static [&'static str];

    /// Every table with its rows.
    fn sheets(&self) -> Vec<Sheet<'_>>;

    /// Every plot that it has data for.
    fn plots(&self) -> Vec<Plot>;

    /// What is its own on `report.html`.
    fn page(&self) -> Page;

    /// Further files of text.
    ///
    /// # Errors
    /// One cannot be composed; the error names it in `folder`.
    fn texts(&self, _folder: &Path) -> Result<Vec<TextFile>, ReportError> {
        Ok(Vec::new())
    }
}

/// A file of text in a report.
pub struct TextFile {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}

//! The tables of a comparison.

use super::words;
use crate::excerpt::escaped;
use crate::judge::compare::{ColumnAgreement, Compared, Gate, Mismatch, Outcome};
use crate::judge::wins::{Change, Shift};
use crate::report::grid::Heading::{Note, Number, Text};
use crate::report::numbers::{decimal, with_interval};
use crate::report::table::{Sheet, Table};
use crate::stats::Interval;
use crate::stats::paired::{Ends, MarginTest};

/// Longest note that a terminal shows.
const NOTE_WIDTH: usize = 48;

/// A submission in both runs.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    one: &'a Compared,
    change: Option<&'a Change>,
}

/// Every table.
pub fn all(outcome: &Outcome) -> Vec<Sheet<'_>> {
    vec![
        submissions().sheet("submissions", rows(outcome)),
        gates().sheet("gates", outcome.gates.all.iter()),
        cells().sheet("cells", outcome.agreement.iter().flat_map(|agreement| &agreement.columns)),
        mismatches().sheet("mismatches", outcome.allowed.iter()),
    ]
}

/// The submissions, the worst first.
pub fn rows(outcome: &Outcome) -> impl Iterator<Item = Row<'_>> {
    let changes = outcome.changes.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let mut rows: Vec<Row<'_>> =
        outcome.submissions.iter().zip(changes).map(|(one, change)| Row { one, change }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.one.ruling()));
    rows.into_iter()
}

impl<'a> Row<'a> {
    /// The margin that is exceeded the least.
    fn nearest(self) -> Option<&'a MarginTest> {
        self.one.paired.tests.iter().min_by(|a, b| a.mean.total_cmp(&b.mean))
    }

    fn ends(self) -> Option<Ends> {
        self.nearest()?.ends
    }

    fn difference(self) -> Option<f64> {
        Some(self.one.candidate? - self.one.baseline?)
    }

    fn interval(self) -> Option<Interval> {
        self.one.paired.difference?.interval
    }

    fn shift(self, of: fn(&Change) -> Shift) -> Option<Shift> {
        self.change.map(of)
    }
}

fn by(shift: Shift) -> f64 {
    shift.after - shift.before
}

/// `+0.012 [0.010–0.014]`.
fn signed(value: Option<f64>, interval: Option<Interval>, places: usize) -> String {
    let sign = if value.is_some_and(|value| value > 0.0) { "+" } else { "" };
    format!("{sign}{}", with_interval(value, interval, places))
}

/// One row per submission.
pub fn submissions<'a>() -> Table<'a, Row<'a>> {
    let table =
        Table::new("Each submission that both runs have, the worst first. Differences are candidate minus baseline.")
            .column("uid", "uid of the submission", |row: Row<'a>| row.one.uid)
            .shown(Number("uid"))
            .column("competition", "its competition, if any is recorded", |row| row.one.competition.as_deref())
            .shown(Text("competition"));
    let table = loss_columns(table)
        .column("verdict", "regressed, inconclusive or ok", |row| row.one.ruling().name())
        .shown(Text("verdict"));
    change_columns(table)
        .column("note", "why it is inconclusive, or what else there is to say", |row| words::note(row.one))
        .shown_as(Note("note", NOTE_WIDTH), |row| words::note(row.one).unwrap_or_default())
}

fn loss_columns<'a>(table: Table<'a, Row<'a>>) -> Table<'a, Row<'a>> {
    table
        .column("samples", "samples whose loss is a number in both runs", |row| row.one.paired.samples as u64)
        .column("sources", "sources of these; samples of one source depend on each other", |row| {
            row.one.paired.sources as u64
        })
        .column("effective_sources", "sources of equal size that these amount to", |row| {
            row.one.paired.effective_sources
        })
        .column("baseline_loss", "mean loss of the baseline on these samples, nats", |row| row.one.baseline)
        .shown_as(Number("baseline"), |row| decimal(row.one.baseline, 4))
        .column("candidate_loss", "mean loss of the candidate on these samples, nats", |row| row.one.candidate)
        .shown_as(Number("candidate"), |row| decimal(row.one.candidate, 4))
        .column("difference", "mean of candidate − baseline, nats", |row| row.difference())
        .interval("difference", "the interval of difference", |row| row.interval())
        .shown_as(Number("difference"), |row| signed(row.difference(), row.interval(), 4))
        .column(
            "above_margin",
            "mean above the margin that it exceeds the least, nats; regressed if it is above 0",
            |row| row.nearest().map(|test| test.mean),
        )
        .interval("above_margin", "the interval of above_margin", |row| row.ends().map(|ends| ends.interval))
        .column("detectable", "smallest rise above that margin that is found with probability 0.8, nats", |row| {
            row.ends().map(|ends| ends.detectable)
        })
        .shown_as(Number("detectable"), |row| decimal(row.ends().map(|ends| ends.detectable), 4))
        .column("skewness", "skewness of the sources' deviations", |row| row.nearest().map(|test| test.skewness))
        .column(
            "sources_needed",
            "sources that it takes for the skewness to count no more; null where it does not",
            |row| row.nearest()?.sources_needed,
        )
        .column("p_value", "least level at which it would be called regressed alone; null where never", |row| {
            row.one.paired.p_value
        })
        .column("p_value_adjusted", "the same among all submissions, by Holm's method", |row| {
            row.one.paired.adjusted_p_value
        })
        .column(
            "p_value_sign_flip",
            "p-value of no difference by flipping signs of sources; for comparison only",
            |row| row.one.paired.sign_flip,
        )
        .column("unseen", "rises in a smaller share of the samples may not have been met", |row| row.one.paired.unseen)
        .column("broken", "samples whose loss was a number and is none any more", |row| row.one.broken)
        .column("mended", "samples whose loss was none and is a number now", |row| row.one.mended)
        .column("unmeasured", "samples without a number in either run", |row| row.one.unmeasured)
}

fn change_columns<'a>(table: Table<'a, Row<'a>>) -> Table<'a, Row<'a>> {
    let rate = |row: Row<'a>| row.shift(|change| change.win_rate);
    let weight = |row: Row<'a>| row.shift(|change| change.step_weight);
    table
        .column(
            "win_rate_baseline",
            "win rate of the baseline, all samples judged as one step; null where that cannot be said",
            move |row| Some(rate(row)?.before),
        )
        .column("win_rate_candidate", "win rate of the candidate likewise", move |row| Some(rate(row)?.after))
        .column("win_rate_change", "change of the win rate", move |row| rate(row).map(by))
        .interval("win_rate_change", "the interval of win_rate_change, both from the same resamples", move |row| {
            rate(row)?.interval
        })
        .shown_as(Number("Δ win rate"), move |row| {
            signed(rate(row).map(by), rate(row).and_then(|shift| shift.interval), 3)
        })
        .column("step_weight_baseline", "weight of the baseline by that step alone", move |row| {
            Some(weight(row)?.before)
        })
        .column("step_weight_candidate", "weight of the candidate by that step alone", move |row| {
            Some(weight(row)?.after)
        })
        .column("step_weight_change", "change of the step weight", move |row| weight(row).map(by))
        .interval(
            "step_weight_change",
            "the interval of step_weight_change, both from the same resamples",
            move |row| weight(row)?.interval,
        )
        .shown_as(Number("Δ step weight"), move |row| {
            signed(weight(row).map(by), weight(row).and_then(|shift| shift.interval), 3)
        })
}

/// One row per gate.
pub fn gates<'a>() -> Table<'a, &'a Gate> {
    Table::new("The gates: each that there was something for. One row per gate.")
        .column("gate", "exact, statistical or speed", |gate: &'a Gate| gate.name.name())
        .column("verdict", "regressed, inconclusive or ok", |gate| gate.ruling.name())
        .column("rules", "whether it decides how the comparison ends; otherwise it is told only", |gate| gate.rules)
        .column("why", "what it found", |gate| gate.why.as_str())
}

/// One row per column.
pub fn cells<'a>() -> Table<'a, &'a ColumnAgreement> {
    Table::new("How far the tables of both runs agree, cell by cell, but for timings. One row per table and column.")
        .column("table", "name of the table", |column: &'a ColumnAgreement| column.table.as_str())
        .shown(Text("table"))
        .column(
            "column",
            "name of the column; null where the tables differ as a whole, as in their number of rows",
            |column| column.column.as_deref(),
        )
        .shown(Text("column"))
        .column("cells", "cells that were compared", |column| column.cells)
        .shown(Number("cells"))
        .column("differing", "how many of them differ by more than the tolerance", |column| column.differing)
        .shown(Number("differing"))
        .column("largest_difference", "the largest difference of two numbers, whether or not it counts", |column| {
            column.largest
        })
        .shown_as(Number("largest"), |column| {
            column.largest.map_or_else(String::new, |largest| format!("{largest:.1e}"))
        })
        .column("row", "the first row that differs, by the columns that name it", |column| column.row.as_deref())
        .shown_as(Text("first in"), |column| column.row.as_deref().map_or_else(String::new, escaped))
        .column("baseline", "what the baseline has there; null where that is null", |column| column.baseline.as_deref())
        .shown(Text("baseline"))
        .column("candidate", "what the candidate has there; null where that is null", |column| {
            column.candidate.as_deref()
        })
        .shown(Text("candidate"))
}

/// One row per difference.
pub fn mismatches<'a>() -> Table<'a, &'a Mismatch> {
    Table::new("What differs in how the runs were made, and was allowed to. One row per difference.")
        .column("field", "name of what was allowed to differ", |mismatch: &'a Mismatch| mismatch.field)
        .column("what", "what it is in particular", |mismatch| mismatch.what.as_str())
        .column("baseline", "of the baseline", |mismatch| mismatch.baseline.as_str())
        .column("candidate", "of the candidate", |mismatch| mismatch.candidate.as_str())
}

//! How far what was judged is from what the log of a validator says.

use crate::report::grid::Heading::{Number, Text};
use crate::report::table::{Sheet, Table};

/// The numbers of a log held against those judged here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogAudit {
    /// Win rates.
    pub win_rate: Quantity,
    /// Wins.
    pub win_total: Quantity,
    /// Weights after the step.
    pub weight: Quantity,
    /// Weights within a competition.
    pub average: Quantity,
    /// First steps of competitions whose weights rest on steps that the log does not hold.
    pub begun_before: Vec<u64>,
}

/// One kind of number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quantity {
    /// How many were compared.
    pub compared: u64,
    /// The largest difference.
    pub largest: Option<Difference>,
}

/// A difference between a log and what was judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// How much it is.
    pub by: f64,
    /// In which step.
    pub step: u64,
    /// Of whom.
    pub uid: u32,
}

impl Quantity {
    /// Compares one; of equal differences the first is remembered, and NaN is the greatest.
    pub fn note(&mut self, by: f64, step: u64, uid: u32) {
        self.compared += 1;
        let is_larger = self.largest.is_none_or(|known| by > known.by || by.is_nan() && !known.by.is_nan());
        if is_larger {
            self.largest = Some(Difference { by, step, uid });
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy)]
pub(in crate::report) struct QuantityRow {
    name: &'static str,
    quantity: Quantity,
}

impl LogAudit {
    /// Without the weights of all competitions together.
    pub fn without_weights(self) -> Self {
        Self { weight: Quantity::default(), ..self }
    }

    /// What was compared.
    pub(in crate::report) fn rows(&self) -> impl Iterator<Item = QuantityRow> + use<> {
        let all = [
            ("win_rate", self.win_rate),
            ("win_total", self.win_total),
            ("weight", self.weight),
            ("average", self.average),
        ];
        all.into_iter()
            .filter(|(_, quantity)| quantity.compared > 0)
            .map(|(name, quantity)| QuantityRow { name, quantity })
    }

    /// Where its weights could not be held against anything.
    pub(in crate::report) fn sentence(&self) -> Option<String> {
        let first = self.begun_before.first()?;
        Some(format!(
            "The log's weights in step {first} rest on steps before it: ours go on from them, and later ones are compared."
        ))
    }
}

/// What was compared, with the largest difference of each kind.
pub(in crate::report) fn table<'a>() -> Table<'a, QuantityRow> {
    Table::new("What the log of the validator says, held against what was judged. One row per kind of number.")
        .column("quantity", "kind of number", |row: QuantityRow| row.name)
        .shown(Text("against the log"))
        .column("compared", "how many the log holds", |row| row.quantity.compared)
        .shown(Number("compared"))
        .column("largest_difference", "the largest difference", |row| row.quantity.largest.map(|found| found.by))
        .shown_as(Number("largest difference"), |row| {
            row.quantity.largest.map_or_else(String::new, |found| {
                if found.by == 0.0 { "0".into() } else { format!("{:.1e}", found.by) }
            })
        })
        .column("step", "step in which it is", |row| row.quantity.largest.map(|found| found.step))
        .shown(Number("in step"))
        .column("uid", "uid of which it is", |row| row.quantity.largest.map(|found| found.uid))
        .shown(Number("of uid"))
}

/// The table as a file.
pub(super) fn sheet(audit: Option<&LogAudit>) -> Sheet<'_> {
    table().sheet("log", audit.into_iter().flat_map(LogAudit::rows))
}

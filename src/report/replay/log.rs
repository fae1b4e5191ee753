//! How far what was judged is from what the log of a validator says.

use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::counted;
use crate::report::table::{Sheet, Table};

/// The numbers of a log held against those judged here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogAudit {
    /// Win rates.
    pub win_rate: Quantity,
    /// Wins.
    pub win_total: Quantity,
    /// Boosts of those whose block is known.
    pub epsilon: Quantity,
    /// Weights after the step.
    pub weight: Quantity,
    /// Weights within a competition.
    pub average: Quantity,
    /// Weights that rest on steps which the log does not hold, so that they could be held against nothing.
    pub adopted: u64,
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
            ("epsilon", self.epsilon),
            ("weight", self.weight),
            ("average", self.average),
        ];
        all.into_iter()
            .filter(|(_, quantity)| quantity.compared > 0)
            .map(|(name, quantity)| QuantityRow { name, quantity })
    }

    /// What could not be held against anything.
    pub(in crate::report) fn sentence(&self) -> Option<String> {
        let (count, verb) = (
            counted(usize::try_from(self.adopted).ok()?, "logged weight"),
            if self.adopted == 1 { "rests" } else { "rest" },
        );
        (self.adopted > 0).then(|| {
            format!(
                "{count} {verb} on steps ahead of the log and could not be checked; what follows in it was held against a run \
                 that goes on from there."
            )
        })
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

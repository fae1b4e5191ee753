//! The plots of an evaluation.

mod losses;
#[cfg(test)]
mod tests;
mod weights;
mod wins;

use super::Evaluation;
use crate::report::plots::Plot;

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["losses", "wins", "weights"];

/// Composes every plot.
pub fn plots(evaluation: &Evaluation) -> Vec<Plot> {
    vec![
        Plot {
            name: "losses",
            caption: "Per-sample losses of every evaluated submission, lowest mean first.",
            scene: losses::scene(evaluation),
        },
        Plot {
            name: "wins",
            caption: "How often each submission (row) won against each other (column), by competition, then win rate.",
            scene: wins::scene(evaluation),
        },
        Plot {
            name: "weights",
            caption: "The weight of every submission after each step.",
            scene: weights::scene(evaluation),
        },
    ]
}

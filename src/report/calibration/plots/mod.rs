//! The plots of a calibration, through the same scenes and scales as those of an evaluation. ROC, DET and attacks are
//! drawn only where there are copies.

mod attacks;
mod curves;
mod det;
mod fpr;
mod roc;
mod scores;
#[cfg(test)]
mod tests;

use super::CalibrationFindings;
use super::words::percent;
use crate::report::plots::Plot;
use crate::report::plots::axis::{Tick, round_ticks};

/// Every name that a plot may have; which ones are drawn depends on what was found.
pub const NAMES: &[&str] = &["scores", "fpr", "roc", "det", "attacks"];

/// Composes every plot that what was found has data for.
pub fn plots(findings: &CalibrationFindings) -> Vec<Plot> {
    let mut plots = vec![
        Plot {
            name: "scores",
            caption: "How penalties are distributed: of independent answers, and of copies where there are any. What lies to \
             the right of the threshold is flagged.",
            scene: scores::scene(findings),
        },
        Plot {
            name: "fpr",
            caption: "The false-positive rate at every threshold, in each unit, with its bootstrap band. Where a line leaves \
             the picture at the bottom no flag was seen, which does not make the rate zero.",
            scene: fpr::scene(findings),
        },
    ];
    let curves = curves::curves(findings);
    if !curves.is_empty() {
        plots.push(Plot {
            name: "roc",
            caption: "Copies found against independent answers flagged, at every threshold (ROC). Markers stand at the \
             threshold in use.",
            scene: roc::scene(findings, &curves),
        });
        plots.push(Plot {
            name: "det",
            caption: "Copies missed against independent answers flagged, on axes on which normal scores give straight lines \
             (DET).",
            scene: det::scene(findings, &curves),
        });
    }
    if !findings.calibration.detections.is_empty() {
        plots.push(Plot {
            name: "attacks",
            caption: "The share of copies that is flagged at the threshold in use, by what was done to the copy, with \
             intervals that count whole requests, exact where each holds one copy.",
            scene: attacks::scene(findings),
        });
    }
    plots
}

/// Round ticks from 0 to `high`, about `about` of them, in percent.
fn percent_ticks(high: f64, about: usize) -> Vec<Tick> {
    let ticks = round_ticks(0.0, high, about).into_iter();
    ticks.map(|tick| Tick { label: format!("{} %", percent(tick.at)), ..tick }).collect()
}

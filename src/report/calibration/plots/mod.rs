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

use std::path::Path;

use super::CalibrationFindings;
use super::summary::words::percent;
use crate::report::error::ReportError;
use crate::report::plots::axis::{Tick, round_ticks};
use crate::report::plots::scene::Scene;
use crate::report::plots::{Figure, figure};

/// Every name that a plot may have; which ones are drawn depends on what was found.
pub const NAMES: [&str; 5] = ["scores", "fpr", "roc", "det", "attacks"];

/// Name, caption and picture of a plot.
type Plot = (&'static str, &'static str, Scene);

/// Draws every plot. Errors name the file that the plot would have in `folder`.
pub fn figures(findings: &CalibrationFindings, folder: &Path) -> Result<Vec<Figure>, ReportError> {
    plots(findings).iter().map(|(name, caption, scene)| figure(name, caption, scene, folder)).collect()
}

fn plots(findings: &CalibrationFindings) -> Vec<Plot> {
    let mut plots = vec![
        (
            "scores",
            "How penalties are distributed: of independent answers, and of copies where there are any. What lies to \
             the right of the threshold is flagged.",
            scores::scene(findings),
        ),
        (
            "fpr",
            "The false-positive rate at every threshold, in each unit, with its bootstrap band. Where a line leaves \
             the picture at the bottom no flag was seen, which does not make the rate zero.",
            fpr::scene(findings),
        ),
    ];
    let curves = curves::curves(findings);
    if !curves.is_empty() {
        plots.push((
            "roc",
            "Copies found against independent answers flagged, at every threshold (ROC). Markers stand at the \
             threshold in use.",
            roc::scene(findings, &curves),
        ));
        plots.push((
            "det",
            "Copies missed against independent answers flagged, on axes on which normal scores give straight lines \
             (DET).",
            det::scene(findings, &curves),
        ));
    }
    if !findings.calibration.detections.is_empty() {
        plots.push((
            "attacks",
            "The share of copies that is flagged at the threshold in use, by what was done to the copy, with \
             intervals that count whole requests, exact where each holds one copy.",
            attacks::scene(findings),
        ));
    }
    plots
}

/// Round ticks from 0 to `high`, about `about` of them, in percent.
fn percent_ticks(high: f64, about: usize) -> Vec<Tick> {
    let ticks = round_ticks(0.0, high, about).into_iter();
    ticks.map(|tick| Tick { label: format!("{} %", percent(tick.at)), ..tick }).collect()
}

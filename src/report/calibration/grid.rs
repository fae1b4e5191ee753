//! What other settings would make of the same scores.

use crate::judge::calibration::{GateVerdict, Supposed};
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;

/// The figures at each point, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 5] = [
    FigureSpec::number("threshold", "the threshold in use", 4),
    FigureSpec::number(
        "response fpr",
        "share of independent responses that are flagged, of the requests that had no part in choosing the threshold",
        4,
    )
    .drawn(),
    FigureSpec::number("minibatch fpr", "share of minibatches of independent responses with a flag, of the same", 4)
        .drawn(),
    FigureSpec::number(
        "copies found",
        "share of the copies that are flagged; by another profile, of the recording's own copies alone",
        4,
    )
    .drawn(),
    FigureSpec::number("gate", "1 where the gate passes, 0 where it fails, 0.5 where it cannot decide", 1),
];

/// What [`FIGURES`] come to at a point.
pub(crate) fn results(found: &Supposed) -> Vec<Option<Estimate>> {
    let plain = |value: f64| Estimate { value, interval: None };
    let verdict = found.verdict.map(|verdict| match verdict {
        GateVerdict::Passed => 1.0,
        GateVerdict::Failed => 0.0,
        GateVerdict::Inconclusive => 0.5,
    });
    let figures: [Option<Estimate>; FIGURES.len()] =
        [Some(plain(found.threshold)), found.response, found.minibatch, found.copies.map(plain), verdict.map(plain)];
    figures.into()
}

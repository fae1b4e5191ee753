//! What other settings would make of the same scores.

use crate::judge::calibration::{GateVerdict, Supposed};
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;

/// The figures at each point, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 6] = [
    FigureSpec::number("threshold", "the threshold in use", 4),
    FigureSpec::whole(
        "guaranteed",
        "1 where the threshold keeps the target with the stated confidence; 0 where it is given, or the preset's since there are \
         too few requests",
    ),
    FigureSpec::number(
        "response fpr",
        "share of independent responses that are flagged, of the requests that had no part in choosing the threshold; without \
         an interval of those that it was chosen on, and then no estimate for others",
        4,
    )
    .drawn(),
    FigureSpec::number("minibatch fpr", "share of minibatches of independent responses with a flag, of the same", 4)
        .drawn(),
    FigureSpec::number(
        "copies found",
        "share of the copies that are flagged; of the recording's own alone where the profile varies",
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
    let guaranteed = f64::from(u8::from(found.is_guaranteed));
    let figures: [Option<Estimate>; FIGURES.len()] = [
        Some(plain(found.threshold)),
        Some(plain(guaranteed)),
        found.response,
        found.minibatch,
        found.copies.map(plain),
        verdict.map(plain),
    ];
    figures.into()
}

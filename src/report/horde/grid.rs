//! What other values of one rule would do to weights.

use crate::judge::horde::Supposed;
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;

/// The figures by each value, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 7] = [
    FigureSpec::number("greatest weight", "the greatest weight of a hotkey", 4).drawn(),
    FigureSpec::number(
        "distance",
        "sum of the absolute differences of all weights from those by the rules of the run",
        4,
    )
    .drawn(),
    FigureSpec::whole("ranks changed", "hotkeys with another rank than by the rules of the run"),
    FigureSpec::whole("paid", "hotkeys with a weight above 0"),
    FigureSpec::number("passed", "share of the synthetic jobs that pass", 4).drawn(),
    FigureSpec::whole("excused", "declined jobs that are excused"),
    FigureSpec::number("bonus share", "what the bonus makes of all scores", 4).drawn(),
];

/// What [`FIGURES`] come to by other rules.
pub(crate) fn results(found: &Supposed) -> Vec<Option<Estimate>> {
    let plain = |value: f64| Estimate { value, interval: None };
    let figures: [Option<Estimate>; FIGURES.len()] = [
        Some(plain(found.greatest)),
        Some(plain(found.distance)),
        Some(plain(found.moved as f64)),
        Some(plain(found.paid as f64)),
        found.passed.rate().map(plain),
        Some(plain(found.passed.excused as f64)),
        found.bonus_share.map(plain),
    ];
    figures.into()
}

//! What other values of one rule, or of two, would do to scores.

use crate::judge::utility::{Recording, Supposed};
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;

/// The figures at each point, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 6] = [
    FigureSpec::whole("leader", "uid that leads by score"),
    FigureSpec::number("leader's weight", "its weight", 4).drawn(),
    FigureSpec::number(
        "weights moved",
        "sum of the differences of weights from those of the run, without their signs",
        4,
    )
    .drawn(),
    FigureSpec::number("tau", "Kendall's τ-b of the order by score and that of the run", 3),
    FigureSpec::number("utility", "mean utility of all responses", 4),
    FigureSpec::number("valid fields", "mean valid fields of all answers that a schema is for", 4).drawn(),
];

/// What [`FIGURES`] come to by other rules.
pub(crate) fn results(supposed: &Supposed, recording: &Recording) -> Vec<Option<Estimate>> {
    let plain = |value: f64| Estimate { value, interval: None };
    let leader = supposed.leader.map(|leader| f64::from(recording.uids[leader]));
    let Supposed { weight, moved, tau, utility, valid_fields, .. } = *supposed;
    [leader, weight, moved, tau, utility, valid_fields].map(|value| value.map(plain)).into()
}

//! What other values of one rule would do to a policy.

use crate::judge::contenders::Supposed;
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;

/// The figures by each value, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 9] = [
    FigureSpec::number("overlap", "share of those tried that would be tried by requests alone, mean over tasks", 3)
        .drawn(),
    FigureSpec::number("tau", "Kendall's τ-b of the order and that by requests alone, mean over tasks", 3),
    FigureSpec::number("coverage", "share of the requests whose outcome is known", 3),
    FigureSpec::number("success", "share of these with status 200", 4).drawn(),
    FigureSpec::number("n429", "share of these with status 429", 4),
    FigureSpec::number("n500", "share of these with status 500", 4),
    FigureSpec::number("gini", "Gini coefficient of the requests among the contenders of a task", 3).drawn(),
    FigureSpec::whole("starved", "contenders that would have got less than one request"),
    FigureSpec::number(
        "weights moved",
        "sum of the differences of weights from those of the run, without their signs",
        4,
    ),
];

/// What [`FIGURES`] come to for a policy by other rules.
pub(crate) fn results(supposed: &Supposed) -> Vec<Option<Estimate>> {
    let row = &supposed.policy;
    let plain = |value: f64| Estimate { value, interval: None };
    let rates = row.fared.rates();
    let figures: [Option<Estimate>; FIGURES.len()] = [
        row.overlap.map(plain),
        row.tau.map(plain),
        row.fared.coverage,
        rates.success,
        rates.n429,
        rates.n500,
        row.fared.gini.map(plain),
        (row.fared.requests > 0).then(|| plain(row.fared.starved as f64)),
        supposed.moved.map(plain),
    ];
    figures.into()
}

//! What other values of one rule would do to rewards.

use crate::judge::rewards::{Judged, Rules, ThresholdRow};
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;
use crate::stats::ranks::{kendall_tau, ranks};

/// The figures by each value, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 5] = [
    FigureSpec::number("flagged", "share of the answers with a known reward that are above the threshold", 4),
    FigureSpec::number("lost by independent", "emission that independent miners lose by penalties that lose any", 4)
        .drawn(),
    FigureSpec::number("left to copiers", "emission left to miners that copy; null where none does", 4).drawn(),
    FigureSpec::number("tau", "Kendall's τ-b of the emissions and those of this run", 3),
    FigureSpec::whole("ranks changed", "miners with another rank by emission than in this run"),
];

/// What [`FIGURES`] come to in a run by other rules.
pub(crate) fn results(judged: &Judged, rules: &Rules, own: &Judged) -> Vec<Option<Estimate>> {
    let row = judged.thresholds.iter().find(|row| row.threshold == rules.threshold);
    let emissions = |judged: &Judged| judged.miners.iter().map(|row| row.emission).collect::<Vec<f64>>();
    let (there, here) = (emissions(judged), emissions(own));
    let changed = ranks(&there).into_iter().zip(ranks(&here)).filter(|(one, other)| one != other).count();
    let flagged = |row: &ThresholdRow| (row.answers > 0).then(|| row.flagged as f64 / row.answers as f64);
    let figures: [Option<f64>; FIGURES.len()] = [
        row.and_then(flagged),
        row.map(|row| row.lost.value),
        row.and_then(|row| row.copiers).map(|copiers| copiers.value),
        kendall_tau(&there, &here),
        Some(changed as f64),
    ];
    figures.map(|figure| figure.map(|value| Estimate { value, interval: None })).into()
}

//! What copying weights costs: a copier sets those that were revealed last, which are an interval old.

use super::chain::{CommitReveal, Interval};
use super::judged::{IntervalWeights, Judged};
use super::recording::Recording;

/// What a copier loses in one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CopierRow {
    /// The first block of the interval.
    pub block: i64,
    /// When weights may be revealed and committed around that block.
    pub windows: Interval,
    /// The distance of its weights from those of the interval before.
    pub loss: f64,
    /// The same without anybody's bonus.
    pub without_bonus: f64,
}

/// What a copier loses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Copier {
    /// Every interval but the first.
    pub rows: Vec<CopierRow>,
    /// Mean loss; nothing where there are fewer than two intervals.
    pub loss: Option<f64>,
    /// The same without anybody's bonus.
    pub without_bonus: Option<f64>,
}

/// A copier's losses, as the rules have it and without the bonus.
pub(super) fn copier(recording: &Recording, judged: &Judged, plain: &Judged) -> Copier {
    let intervals = judged.intervals(recording);
    let losses = losses_of(&intervals);
    let without = losses_of(&plain.intervals(recording));
    let rows = intervals.iter().skip(1).enumerate().map(|(place, interval)| CopierRow {
        block: interval.block,
        windows: CommitReveal::default().interval(interval.block),
        loss: losses[place],
        without_bonus: without[place],
    });
    Copier { rows: rows.collect(), loss: mean(&losses), without_bonus: mean(&without) }
}

fn losses_of(intervals: &[IntervalWeights]) -> Vec<f64> {
    intervals.windows(2).map(|two| distance(&two[0].weights, &two[1].weights)).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sum of the absolute differences of two weight vectors; a weight that one of them lacks is 0.
pub fn distance(left: &[f64], right: &[f64]) -> f64 {
    let at = |weights: &[f64], place: usize| weights.get(place).copied().unwrap_or(0.0);
    (0..left.len().max(right.len())).map(|place| (at(left, place) - at(right, place)).abs()).sum()
}

/// The copier's loss in every interval but the first: the distance of its weights from those of the interval before.
pub fn copier_losses(intervals: &[Vec<f64>]) -> Vec<f64> {
    intervals.windows(2).map(|two| distance(&two[0], &two[1])).collect()
}

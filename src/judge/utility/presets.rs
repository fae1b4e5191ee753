//! What the rules of every preset would have made of one recording.

use super::recording::Recording;
use super::responses::{responses, reward};
use super::rules::{NAMES, Rules};
use super::standing::Standing;
use crate::stats::ranks::kendall_tau;

/// Scores and weights by one preset. They have no interval, as those of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct PresetRow {
    /// Its name.
    pub name: &'static str,
    /// Final scores by number of the contender.
    pub scores: Vec<f64>,
    /// Weights by number of the contender; nothing where the scores add up to nothing.
    pub weights: Vec<Option<f64>>,
    /// Places by score, from 1; equal ones share the best.
    pub ranks: Vec<u64>,
    /// Kendall's τ-b of its order and the run's; nothing where one is no order.
    pub tau: Option<f64>,
    /// Sum of absolute differences of its weights from the run's; nothing where one has none.
    pub moved: Option<f64>,
}

/// Every preset, with the table of the run.
pub(super) fn presets(recording: &Recording, rules: &Rules, own: &Standing) -> Vec<PresetRow> {
    let of = |name: &str| Some(Rules { table: rules.table, timeout: rules.timeout, ..Rules::preset(name)? });
    // Presets differ in what their rewards are, not in what responses come to.
    let mut rows = of(NAMES[0]).map_or_else(Vec::new, |first| responses(recording, &first));
    let row = |name: &'static str| {
        let rules = of(name)?;
        reward(&mut rows, &rules);
        let found = Standing::of(recording, &rows, &rules);
        Some(PresetRow {
            name,
            tau: kendall_tau(&own.scores, &found.scores),
            moved: moved(&own.weights, &found.weights),
            scores: found.scores,
            weights: found.weights,
            ranks: found.ranks,
        })
    };
    NAMES.into_iter().filter_map(row).collect()
}

/// The sum of absolute differences of weights; `None` where one side has none.
pub(super) fn moved(one: &[Option<f64>], other: &[Option<f64>]) -> Option<f64> {
    let differences = one.iter().zip(other).map(|(one, other)| Some(((*one)? - (*other)?).abs()));
    differences.sum::<Option<f64>>().filter(|_| !one.is_empty()).map(|sum| sum + 0.0)
}

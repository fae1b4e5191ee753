//! The pull request's scenario: five nodes join one after another, a larger model of the same family appears in the last
//! period, and its metric is said to begin with half of its relative's.

use super::period::PeriodCounts;
use super::ranking::rank;
use super::recording::{Contender, Period, Recorded, Recording, Similarity};
use super::rules::Rules;

/// Periods, of an interval each.
const PERIODS: u32 = 5;
const RELATIVE: u32 = 0;
const NEW: u32 = 1;
/// How much of its relative's history counts for the new model.
const SIMILARITY: f64 = 0.5;
/// Requests that were made to each in the period that is running.
const REQUESTS: u64 = 100;
/// An interval in seconds.
const INTERVAL: f64 = 1.0;

/// A node of the scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScenarioRow {
    /// Its number, in the order of joining.
    pub node: u32,
    /// What its history with the relative is worth.
    pub relative: f64,
    /// What it is ranked by for the relative.
    pub relative_rank_value: f64,
    /// What it begins with for the new model.
    pub new: f64,
    /// What it is ranked by for that.
    pub new_rank_value: f64,
    /// What the pull request claims that it begins with: half of the relative's.
    pub claimed: f64,
}

/// The scenario under the preset's rules, by node.
pub fn scenario(preset: &Rules) -> Vec<ScenarioRow> {
    let rules = Rules { interval: INTERVAL, similarity_factor: 1.0, ..*preset };
    let now = f64::from(PERIODS);
    let period = |node: u32, task: u32, expired_at: Option<f64>| {
        Period::from(&Recorded {
            contender: Contender { hotkey: node - 1, task },
            node,
            expired_at,
            counts: PeriodCounts { capacity: 1.0, consumed: 1.0, requests: REQUESTS, n429: 0, n500: 0 },
            score: Some(1.0),
        })
    };
    let ended = (1..PERIODS).flat_map(|end| (1..=end).map(move |node| period(node, RELATIVE, Some(f64::from(end)))));
    let running = (1..=PERIODS).flat_map(|node| [period(node, RELATIVE, None), period(node, NEW, None)]);
    let hotkeys = (1..=PERIODS).map(|node| node.to_string().into()).collect();
    let tasks = vec!["CHAT_LLAMA_3_2_3B".into(), "CHAT_LLAMA_3_1_800B".into()];
    let similar = Similarity { left: NEW, right: RELATIVE, similarity: SIMILARITY };
    let recording = Recording::new(hotkeys, tasks, ended.chain(running).collect()).with_similarities(vec![similar]);
    let ranking = rank(&recording, &rules, now, &[]);
    let row = |pair: &[super::ranking::Ranked]| {
        let value = |one: &super::ranking::Ranked| one.standing.as_ref().map_or(f64::NAN, |one| one.rank_value);
        ScenarioRow {
            node: pair[0].node,
            relative: pair[0].global,
            relative_rank_value: value(&pair[0]),
            new: pair[1].global,
            new_rank_value: value(&pair[1]),
            claimed: SIMILARITY * pair[0].global,
        }
    };
    ranking.contenders.chunks_exact(2).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_field() {
        let found = scenario(&Rules::preset("nineteen").unwrap());
        let rows: Vec<_> = found
            .iter()
            .map(|row| (row.node, row.relative, row.relative_rank_value, row.new, row.new_rank_value))
            .collect();
        let expected = [
            (1, 0.9375, 53.125, 0.46875, 76.5625),
            (2, 0.875, 56.25, 0.4375, 78.125),
            (3, 0.75, 62.5, 0.375, 81.25),
            (4, 0.5, 75.0, 0.25, 87.5),
            (5, 0.0, 100.0, 0.0, 100.0),
        ];
        assert_eq!(rows, expected);
        assert!(found.iter().all(|row| row.new == row.claimed));
    }
}

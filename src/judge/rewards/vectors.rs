//! The original's own output, held against ours: rewards, scores and weights of 42 recordings, numeric correctness, rate
//! limits (tests/data/rewards; LogicNet at 603ab00 and 125e478). For tests only.

use std::collections::HashMap;

use serde_json::Value;

use super::ledger::{Ledger, standings, weights};
use super::rates::rates;
use super::rules::Rules;
use super::{Answer, numeric_correctness};

/// The lines of a file beside each other with those expected of it.
fn lines(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/rewards/logicnet-{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

fn close(found: f64, expected: &Value, relative: f64) -> bool {
    expected.as_f64().is_some_and(|expected| (found - expected).abs() <= relative * expected.abs().max(1e-300))
}

fn answer(row: &Value) -> Answer {
    Answer {
        miner: row["uid"].as_u64().unwrap() as usize,
        problem: 0,
        is_answered: row["status"] == 200,
        similarity: row["similarity"].as_f64(),
        correctness: row["correctness"].as_f64(),
        process_time: row["process_time"].as_f64(),
        timeout: row["timeout"].as_f64(),
        penalty: row["penalty"].as_f64(),
        epoch_volume: row["epoch_volume"].as_f64(),
    }
}

const PRESETS: [(&str, &str, &str); 2] =
    [("logicnet-pr99", "pr99", "pr99_scaled"), ("logicnet-single", "single", "single_scaled")];

fn rules(preset: &str, threshold: f64) -> Rules {
    Rules { threshold, ..Rules::preset(preset).unwrap() }
}

#[test]
fn rewards_are_the_original_s() {
    let thresholds: HashMap<String, f64> =
        lines("cases").iter().map(|case| (text(case, "case").into(), case["threshold"].as_f64().unwrap())).collect();
    let (mut compared, mut unscaled) = (0, 0);
    for (row, expected) in lines("responses").iter().zip(lines("responses.expected")) {
        for (preset, before, after) in PRESETS {
            let rules = rules(preset, thresholds[text(row, "case")]);
            let Some(_) = expected[after].as_f64() else {
                assert_eq!(row["rewarded"], false, "only what is not up for a reward has none: {row}");
                continue;
            };
            let full = Answer { epoch_volume: None, ..answer(row) };
            for (answer, name) in [(answer(row), after), (full, before)] {
                let reward = rules.appraise(&answer).unwrap().reward(rules.threshold);
                assert!(close(reward, &expected[name], 1e-12), "{preset} {row} {reward} {expected}");
            }
            compared += 1;
            unscaled += usize::from(expected[before] != expected[after]);
        }
    }
    assert!(compared > 1500 && unscaled > 300, "{compared} {unscaled}");
}

#[test]
fn scores_and_weights_are_the_original_s() {
    let (responses, expected) = (lines("responses"), lines("scores.expected"));
    for case in lines("cases") {
        let of_case = |row: &&Value| row["case"] == case["case"];
        let mine: Vec<&Value> = responses.iter().filter(of_case).collect();
        for (preset, name, _) in PRESETS {
            let rules = rules(preset, case["threshold"].as_f64().unwrap());
            let uids = 1 + mine.iter().map(|row| answer(row).miner).max().unwrap();
            let mut ledger = Ledger::new(uids, rules.kept);
            for number in 0..case["loops"].as_u64().unwrap() {
                let mut sums = vec![(0.0, 0_u32); uids];
                for row in mine.iter().filter(|row| row["loop"] == number && row["rewarded"] == true) {
                    let sum = &mut sums[answer(row).miner];
                    *sum = (sum.0 + rules.appraise(&answer(row)).unwrap().reward(rules.threshold), sum.1 + 1);
                }
                let means: Vec<_> =
                    sums.iter().map(|&(sum, count)| (count > 0).then(|| sum / f64::from(count))).collect();
                let standings = standings(&means);
                let scores = ledger.take(&standings);
                let weights = weights(&scores);
                for row in expected.iter().filter(|row| of_case(row) && row["loop"] == number) {
                    let (uid, expected) = (row["uid"].as_u64().unwrap() as usize, &row[name]);
                    let found = standings.iter().find(|standing| standing.miner == uid);
                    assert_eq!(found.is_some(), !expected["mean"].is_null(), "{row}");
                    if let Some(found) = found {
                        assert!(close(found.mean, &expected["mean"], 1e-12), "{row} {found:?}");
                        assert_eq!(found.rank, expected["rank"].as_u64().unwrap(), "{row}");
                        assert!(close(found.incentive, &expected["incentive"], 1e-12), "{row} {found:?}");
                    }
                    let kept: Vec<f64> =
                        expected["scores"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
                    let score = (kept.iter().sum::<f64>() / 5.0).clamp(0.0, 1.0);
                    assert!((scores[uid] - score).abs() < 1e-12, "{row} {}", scores[uid]);
                    assert!(close(weights[uid], &expected["weight"], 1e-6), "{row} {weights:?}");
                }
            }
        }
    }
}

#[test]
fn numeric_correctness_is_the_original_s() {
    for (row, expected) in lines("numeric").iter().zip(lines("numeric.expected")) {
        let found = numeric_correctness(text(row, "ground_truth"), text(row, "answer"));
        let same = match found {
            None => expected["correctness"].is_null(),
            Some(found) => close(found, &expected["correctness"], 1e-12),
        };
        assert!(same, "{row}: {found:?}, expected {expected}");
    }
}

#[test]
fn rate_limits_are_the_original_s() {
    for (row, expected) in lines("rates").iter().zip(lines("rates.expected")) {
        let stakes: Vec<f64> = row["stakes"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        let found = rates(row["epoch_volume"].as_f64().unwrap(), &stakes, row["min_stake"].as_f64().unwrap());
        let column =
            |name: &str| -> Vec<f64> { expected[name].as_array().unwrap().iter().filter_map(Value::as_f64).collect() };
        assert_eq!(found.iter().map(|rate| rate.limit as f64).collect::<Vec<_>>(), column("rate_limit"), "{row}");
        assert_eq!(found.iter().map(|rate| rate.synthetic as f64).collect::<Vec<_>>(), column("synthetic"), "{row}");
        assert_eq!(found.iter().map(|rate| rate.proxy as f64).collect::<Vec<_>>(), column("proxy"), "{row}");
    }
}

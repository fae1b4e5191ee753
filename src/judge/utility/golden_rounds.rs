//! What the original's own code gave: moving averages, volumes and spot checks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::average::{MovingAverage, Reward};
use super::error::UtilityError;
use super::fixtures::{count, lines, number, text};
use super::rules::{Averaging, VolumeEra};
use super::spot_check::{Asked, Attempt, Item, spot_check};
use super::spot_rates::false_alarm;
use super::volumes::Ledger;

/// Inputs by their case.
fn cases(name: &str) -> BTreeMap<String, Value> {
    lines(name).into_iter().map(|line| (text(&line, "case").to_owned(), line)).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value}"))
}

/// Single precision, to the last bit.
#[track_caller]
fn assert_scores(found: &[f32], expected: &Value, what: &Value) {
    let expected: Vec<f32> = array(expected).iter().map(|one| number(one) as f32).collect();
    assert_eq!(found, expected, "{what}");
}

#[test]
fn moving_averages_are_the_originals_in_both_eras() {
    let cases = cases("moving-average");
    let expected = lines("moving-average.expected");
    assert_eq!(expected.len(), 36);
    for line in expected {
        let case = &cases[text(&line, "case")];
        let averaging = match text(&line, "commit") {
            "e9b6968" => Averaging::E9b6968,
            "dd11191" => Averaging::Dd11191,
            other => panic!("{other}"),
        };
        let mut average = MovingAverage::new(number(&case["alpha"]), averaging, count(case, "n"));
        for (round, expected) in array(&case["rounds"]).iter().zip(array(&line["rounds"])) {
            let reward = |one: &Value| (one[0].as_u64().unwrap() as usize, number(&one[1]));
            let rewards: Vec<Reward> = array(round).iter().map(reward).collect();
            let found = average.round(&rewards);
            if expected.get("error").is_some() {
                assert_eq!(found, Err(UtilityError::EmptyRound), "{line}");
            } else {
                found.unwrap();
                assert_scores(average.scores(), expected, &line);
            }
        }
    }
}

#[test]
fn volumes_are_the_originals_in_both_eras() {
    let cases = cases("volumes");
    let (mut rounds, expected) = (0, lines("volumes.expected"));
    assert_eq!(expected.len(), 92);
    for line in expected {
        let case = &cases[text(&line, "case")];
        let era = match text(&line, "commit") {
            "e9b6968" => VolumeEra::E9b6968,
            "c0d6955" => VolumeEra::C0d6955,
            other => panic!("{other}"),
        };
        let table = count(case, "n");
        let mut ledger = Ledger::new(6);
        let mut average = MovingAverage::new(0.1, Averaging::E9b6968, table);
        for (round, expected) in array(&case["rounds"]).iter().zip(array(&line["rounds"])) {
            for one in array(round) {
                ledger.add(count(one, "tempo") as u64, count(one, "uid"), number(&one["volume"]));
            }
            let found = ledger.rewards(era, |uid| uid < table);
            let expected_rewards = expected["rewards"].as_object().unwrap();
            let rewards: Vec<Reward> = found.iter().filter_map(|one| Some((one.contender, one.reward?))).collect();
            assert_eq!(rewards.len(), expected_rewards.len(), "{line}");
            for one in found.iter().filter(|one| one.reward.is_some()) {
                let pair = &expected_rewards[&one.contender.to_string()];
                let [volume, reward] = [number(&pair[0]), number(&pair[1])];
                assert!((one.volume - volume).abs() <= 1e-12 * volume.abs(), "{one:?}: {line}");
                assert!((one.reward.unwrap() - reward).abs() <= 1e-12, "{one:?} {reward}: {line}");
            }
            if !rewards.is_empty() {
                average.round(&rewards).unwrap();
            }
            let scores: Vec<f64> = array(&expected["scores"]).iter().map(number).collect();
            assert_eq!(average.scores().len(), scores.len(), "{line}");
            for (&found, expected) in average.scores().iter().zip(scores) {
                assert!((f64::from(found) - expected).abs() <= 1e-6 * expected.max(1e-3), "{found}: {line}");
            }
            rounds += 1;
        }
    }
    assert_eq!(rounds, 218);
}

/// The item of a response; Python writes a null as None and a list with brackets.
fn item(value: &Value, attempts: &Value) -> Item {
    let tweet = &value["Tweet"];
    let written = |key: &str| match &tweet[key] {
        Value::String(text) => text.clone(),
        Value::Null => "None".into(),
        Value::Array(all) => format!("{:?}", all.iter().filter_map(Value::as_str).collect::<Vec<_>>()),
        other => other.to_string(),
    };
    let id = tweet["ID"].as_str();
    let attempt = |one: &Value| match one.as_str().unwrap() {
        "valid" | "invalid" => Attempt::Found,
        "404" => Attempt::NotFound,
        "error" => Attempt::Failed,
        other => panic!("{other}"),
    };
    Item {
        id: id.map(Into::into),
        text: ["Text", "Name", "Username", "Hashtags"].map(written).join(" ").into(),
        time: tweet["Timestamp"].as_i64(),
        attempts: id.and_then(|id| attempts.get(id)).map_or(Vec::new(), |all| array(all).iter().map(attempt).collect()),
    }
}

#[test]
fn spot_checks_are_the_originals() {
    let (cases, expected) = (lines("spot-check"), lines("spot-check.expected"));
    assert_eq!([cases.len(), expected.len()], [121, 121]);
    for (case, expected) in cases.iter().zip(expected) {
        assert_eq!(case["case"], expected["case"]);
        let items: Vec<Item> = array(&case["items"]).iter().map(|one| item(one, &case["attempts"])).collect();
        let picked: Vec<usize> = array(&case["picked"]).iter().map(|one| one.as_u64().unwrap() as usize).collect();
        let asked = Asked { query: text(case, "query"), now: case["now"].as_i64().unwrap() };
        let found = spot_check(&items, &picked, asked);
        assert_eq!(Value::from(found.is_passed), expected["passed"], "{case}");
        let fetched = found
            .fetched
            .iter()
            .map(|&(place, attempts)| (items[place].id.as_deref().unwrap().to_owned(), Value::from(attempts)));
        assert_eq!(Value::Object(fetched.collect()), expected["attempts"], "{case}");
    }
}

#[test]
fn rates_of_false_alarms_are_the_originals() {
    let expected = lines("spot-check-rates.expected");
    assert_eq!(expected.len(), 24);
    for line in expected {
        let found = false_alarm(number(&line["p"]), count(&line, "items"));
        assert!((found.item - number(&line["item_fails"])).abs() <= 1e-12, "{found:?}: {line}");
        assert!((found.batch - number(&line["batch_fails"])).abs() <= 1e-12, "{found:?}: {line}");
    }
}

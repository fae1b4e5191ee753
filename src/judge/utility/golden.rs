//! What the original's own code gave: valid fields, utility, and who is returned.

use serde_json::Value;

use super::error::UtilityError;
use super::fields::{Penalties, mean_of_items, valid_fields};
use super::fixtures::{count, issue, lines, number, recorded, text};
use super::order::{Candidate, best_first};
use super::responses::responses;
use super::returned::OrderBy;
use super::rules::{Rules, TimeTerm};

#[track_caller]
fn assert_close(found: f64, expected: f64, what: &Value) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} for {expected}: {what}");
}

fn expected() -> Vec<Value> {
    lines("responses.expected").into_iter().filter(|line| line.get("uid").is_some()).collect()
}

#[test]
fn valid_fields_are_the_originals() {
    let (recording, rules) = (recorded(), issue());
    let penalties = Penalties::new(&rules, &recording.kinds);
    let (mut wholes, mut means, mut without) = (0, 0, 0);
    for (response, expected) in recording.responses.iter().zip(expected()) {
        let Some(answer) = &response.answer else {
            assert!(expected.get("vf").is_none(), "{expected}");
            continue;
        };
        assert_close(valid_fields(answer, &penalties, &rules), number(&expected["vf"]), &expected);
        wholes += 1;
        let Some(mean) = expected.get("vf_mean") else { continue };
        match (mean_of_items(answer, |fault| penalties.of(fault)), mean.as_f64()) {
            (Some(found), Some(mean)) => assert_close(found, mean, &expected),
            (found, mean) => {
                assert_eq!(found, mean, "{expected}");
                without += 1;
            }
        }
        means += 1;
    }
    assert_eq!([wholes, means, without], [154, 67, 7]);
}

#[test]
fn utility_is_the_originals_by_every_time_term() {
    let (recording, mut compared) = (recorded(), 0);
    recording.check(false).unwrap();
    for time in [TimeTerm::Inverse, TimeTerm::Timeout, TimeTerm::Logistic, TimeTerm::Fastest] {
        for (row, expected) in responses(&recording, &Rules { time, ..issue() }).iter().zip(expected()) {
            assert_close(row.utility, number(&expected["u"][time.name()]), &expected);
            compared += 1;
        }
    }
    assert_eq!(compared, 644);
}

#[test]
fn scores_of_what_did_not_answer_are_the_originals() {
    let recording = recorded();
    for (row, expected) in responses(&recording, &issue()).iter().zip(expected()) {
        for (found, key) in [(row.missing_fields, "missing_fields"), (row.difference, "difference")] {
            // Where the original raised an error, its name stands there.
            assert_eq!(found, expected.get(key).and_then(Value::as_f64), "{expected}");
        }
    }
}

#[test]
fn responses_are_ordered_as_by_the_original() {
    let recording = recorded();
    let rows = responses(&recording, &issue());
    let mut compared = 0;
    for line in lines("responses.expected").iter().filter(|line| line.get("order").is_some()) {
        let by = match text(line, "order_by") {
            "missing_fields" => OrderBy::MissingFields,
            "difference" => OrderBy::Difference,
            other => panic!("{other}"),
        };
        let request = recording.requests.iter().position(|one| &*one.id == text(line, "request_id")).unwrap();
        let own: Vec<_> = rows.iter().filter(|row| row.request == request).copied().collect();
        let scored = own.iter().filter(|row| row.is_returnable);
        let scored: Vec<_> = scored.filter_map(|row| Some((by.value(row, &issue())?, row))).collect();
        let candidates: Vec<Candidate> =
            scored.iter().map(|&(score, row)| Candidate { score, latency: row.seconds }).collect();
        let order: Vec<u64> =
            best_first(&candidates).unwrap().iter().map(|&place| scored[place].1.contender as u64).collect();
        assert_eq!(Value::from(order.clone()), line["order"], "{line}");
        let returned = by.returned(&own, &issue()).map(|row| row.contender as u64);
        assert_eq!(returned, order.first().copied(), "{line}");
        compared += 1;
    }
    assert_eq!(compared, 69);
}

#[test]
fn made_up_responses_are_ordered_as_by_the_original() {
    let (cases, expected) = (lines("order"), lines("order.expected"));
    assert_eq!([cases.len(), expected.len()], [25, 25]);
    for (case, expected) in cases.iter().zip(expected) {
        let all = case["responses"].as_array().unwrap().iter().filter(|one| !one["payload"].is_null());
        let all: Vec<&Value> = all.collect();
        let candidate =
            |one: &&Value| Candidate { score: number(&one["score"]), latency: one["process_time_s"].as_f64() };
        let order = best_first(&all.iter().map(candidate).collect::<Vec<Candidate>>());
        if expected["order"] == "TypeError" {
            assert_eq!(order, Err(UtilityError::NoLatency), "{case}");
            continue;
        }
        let uids: Vec<usize> = order.unwrap().into_iter().map(|place| count(all[place], "uid")).collect();
        assert_eq!(Value::from(uids), expected["order"], "{case}");
    }
}

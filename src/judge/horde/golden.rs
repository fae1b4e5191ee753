//! The original's own output, held against ours: scores, bonuses, penalties, jobs and excuses of every case and preset, and
//! of a recording of five cycles (ComputeHorde at 5fed3487, 27102de1, ff1289f2, a2081d6c, 71fb3137, 10bf7641).

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::fixtures::{five_cycles, is, lines, recording, rows, rules, text};
use super::{BatchScores, HordeError, HordeFault, Judged, MinerScore, Outcome, Recording, Rules, judge, stake_flips};

fn close(found: f64, expected: &Value) -> bool {
    expected.as_f64().is_some_and(|expected| (found - expected).abs() <= 1e-12 * expected.abs())
}

/// The name of the error that the original raises where we have this one.
fn error_name(error: &HordeError) -> &'static str {
    match error {
        HordeError::UnknownClass { .. } => "ValueError",
        HordeError::Horde { fault: HordeFault::NegativeMean, .. } => "TypeError",
        HordeError::Horde { fault: HordeFault::TooGreat, .. } => "OverflowError",
        HordeError::Horde { .. } => "ZeroDivisionError",
        // One over a central size of 0.
        HordeError::Rules { field, .. } if field == "delta" => "ZeroDivisionError",
        _ => "another",
    }
}

fn batch<'a>(judged: &'a Judged, recording: &Recording, id: &str) -> &'a BatchScores {
    let has_id = |batch: &&BatchScores| recording.batches[batch.batch].id.to_string() == id;
    judged.batches.iter().find(has_id).unwrap()
}

/// One number of every miner of a batch, against those expected.
fn assert_miners(
    recording: &Recording,
    batch: &BatchScores,
    expected: &Value,
    what: &str,
    number: impl Fn(&MinerScore) -> f64,
) {
    let none = Map::new();
    let expected = expected.as_object().unwrap_or(&none);
    if what == "score" {
        assert_eq!(batch.miners.len(), expected.len(), "{what} {expected:?} {batch:?}");
    }
    for miner in &batch.miners {
        let name = recording.hotkeys.name(miner.hotkey);
        let one = json!(1.0);
        let expected = expected.get(name).unwrap_or(&one);
        assert!(close(number(miner), expected), "{what} of {name}: {} {expected}", number(miner));
    }
}

fn assert_batch(recording: &Recording, batch: &BatchScores, expected: &Value) {
    assert_miners(recording, batch, &expected["scores"], "score", |miner| miner.score);
    assert_miners(recording, batch, &expected["bonus"], "bonus", |miner| miner.bonus);
    assert_miners(recording, batch, &expected["penalty"], "penalty", |miner| miner.penalty);
}

fn assert_totals(recording: &Recording, judged: &Judged, scored: &[&str], expected: &Value) {
    let mut totals: HashMap<&str, f64> = HashMap::new();
    for id in scored {
        for miner in &batch(judged, recording, id).miners {
            *totals.entry(recording.hotkeys.name(miner.hotkey)).or_default() += miner.score;
        }
    }
    let expected = expected.as_object().unwrap();
    assert_eq!(totals.len(), expected.len());
    assert!(expected.iter().all(|(name, score)| close(totals[name.as_str()], score)), "{totals:?} {expected:?}");
}

fn assert_jobs(recording: &Recording, judged: &Judged, expected: &Value) {
    let mut compared = 0;
    for (job, found) in recording.jobs.iter().zip(&judged.jobs) {
        let Some(expected) = expected.get(recording.job_ids.name(job.id)) else { continue };
        assert!(close(found.score, &expected["score"]), "{found:?} {expected}");
        assert_eq!(found.outcome == Outcome::Passed, is(expected, "success"), "{found:?} {expected}");
        assert_eq!(found.outcome == Outcome::Excused, is(expected, "excused"), "{found:?} {expected}");
        if expected.get("multiplier").is_some() {
            assert_eq!(found.bonus, expected["multiplier"].as_f64().unwrap_or(1.0), "{found:?} {expected}");
        }
        compared += 1;
    }
    assert_eq!(compared, expected.as_object().unwrap().len());
}

/// What the validator would write down as online: jobs that passed or were excused.
fn assert_online(recording: &Recording, judged: &Judged, expected: &Value) {
    let mut online: HashMap<String, HashMap<String, u64>> = HashMap::new();
    for (job, found) in recording.jobs.iter().zip(&judged.jobs) {
        if job.batch == Some(2) && matches!(found.outcome, Outcome::Passed | Outcome::Excused) {
            let of_miner = online.entry(recording.hotkeys.name(job.hotkey).to_owned()).or_default();
            *of_miner.entry(recording.classes.name(job.class).to_owned()).or_default() += 1;
        }
    }
    assert_eq!(json!(online), *expected);
}

/// Judges every case of a file as every line of what is expected says.
fn for_each_line(name: &str, mut each: impl FnMut(&Recording, Result<Judged, HordeError>, &Value)) -> usize {
    let cases: HashMap<String, Value> =
        lines(name).into_iter().map(|case| (text(&case, "case").to_owned(), case)).collect();
    let expected = lines(&format!("{name}.expected"));
    for line in &expected {
        let case = &cases[text(line, "case")];
        let recording = recording(case);
        each(&recording, judge(&recording, &rules(text(line, "preset"), &case["params"])), line);
    }
    expected.len()
}

fn assert_line(recording: &Recording, judged: &Judged, line: &Value) {
    let batches = line["batches"].as_object().unwrap();
    for (id, expected) in batches {
        assert_batch(recording, batch(judged, recording, id), expected);
    }
    let scored: Vec<&str> = batches.keys().map(String::as_str).collect();
    assert_totals(recording, judged, &scored, &line["scores"]);
}

#[test]
fn batches_are_the_original_s() {
    let mut errors = 0;
    let compared = for_each_line("batches", |recording, judged, line| match judged {
        Ok(judged) => assert_line(recording, &judged, line),
        Err(error) => {
            assert_eq!(error_name(&error), line["error"], "{error} {line}");
            errors += 1;
        }
    });
    assert_eq!((compared, errors), (173, 9));
}

#[test]
fn checks_are_the_original_s() {
    let compared = for_each_line("checks", |recording, judged, line| {
        let judged = judged.unwrap();
        assert_line(recording, &judged, line);
        assert_jobs(recording, &judged, &line["jobs"]);
        assert_online(recording, &judged, &line["online"]);
    });
    assert_eq!(compared, 40);
}

fn ids(recording: &Recording, jobs: impl IntoIterator<Item = usize>) -> Vec<&str> {
    let mut ids: Vec<&str> = jobs.into_iter().map(|job| recording.job_ids.name(recording.jobs[job].id)).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn five_cycles_are_the_original_s() {
    let recording = five_cycles();
    let expected = lines("recording.expected");
    for line in &expected {
        let params = json!({
            "class_weights": line["class_weights"],
            "minimum_stake": line["minimum_stake"],
            "multiplier": line["multiplier"],
        });
        let judged = judge(&recording, &rules(text(line, "preset"), &params)).unwrap();
        let Some(id) = line["batch_id"].as_i64() else {
            assert_eq!(judged.totals.len(), line["scores"].as_object().unwrap().len());
            for total in &judged.totals {
                assert!(close(total.score, &line["scores"][recording.hotkeys.name(total.hotkey)]), "{total:?} {line}");
            }
            continue;
        };
        assert_batch(&recording, batch(&judged, &recording, &id.to_string()), line);
        let of_batch = |outcome: Outcome| {
            let of = recording.jobs.iter().zip(&judged.jobs).enumerate();
            let of = of.filter(move |(_, (job, found))| job.batch == Some(id) && found.outcome == outcome);
            of.map(|(place, _)| place)
        };
        assert_eq!(of_batch(Outcome::Passed).count() as u64, line["passed"].as_u64().unwrap(), "{line}");
        assert_eq!(json!(ids(&recording, of_batch(Outcome::Excused))), line["excused"]);
    }
    assert_eq!(expected.len(), 72);
}

#[test]
fn excuses_that_flip_are_those_of_one_expectation_and_not_of_the_other() {
    let recording = five_cycles();
    for preset in ["computehorde-2025-02", "computehorde-2025-02-once"] {
        let excused = |stake: f64| -> Vec<String> {
            let lines = lines("recording.expected");
            let of = lines.iter().filter(|line| line["preset"] == preset && line["minimum_stake"] == stake);
            let of = of.filter(|line| line["class_weights"].as_str().unwrap().ends_with("=35"));
            of.flat_map(|line| rows(line, "excused")).map(|id| id.as_str().unwrap().to_owned()).collect()
        };
        let (below, above) = (excused(30_000.0), excused(50_000.0));
        let mut expected: Vec<&str> = below.iter().filter(|id| !above.contains(id)).map(String::as_str).collect();
        expected.sort_unstable();
        let flips = stake_flips(&recording, &Rules::preset(preset).unwrap(), 30_000.0, 50_000.0).unwrap();
        assert_eq!(ids(&recording, flips), expected);
        assert!(!expected.is_empty());
    }
}

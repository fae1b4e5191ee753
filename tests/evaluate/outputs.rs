//! What a run writes and prints, and that equal runs write equal tables.

use std::collections::HashSet;

use serde_json::Value;

use crate::workbench::{Workbench, fixtures, root};

/// A run over the submissions that come with the program, on six samples.
fn evaluated(arguments: &[&str]) -> (Workbench, String, String) {
    let bench = Workbench::new();
    bench.write_samples(6);
    let fixtures = fixtures();
    let all = [&[fixtures.as_str()], &Workbench::PLACES[..], arguments].concat();
    let run = bench.run_plain(&all).succeeded();
    (bench, run.stdout(), run.stderr())
}

#[test]
fn the_defaults_evaluate_what_comes_with_the_program() {
    let bench = Workbench::new();
    let (out, store) = (bench.path("out").display().to_string(), bench.path("store").display().to_string());
    let mut command = bench.command(&["--out", &out, "--store", &store, "--samples-per-step", "4"]);
    let output = command.current_dir(root()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let record = bench.record("out");
    let paths: Vec<&str> = record["inputs"].as_array().unwrap().iter().map(|i| i["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["fixtures/submissions.jsonl", "datasets/samples.jsonl"]);
    assert_eq!(bench.table("losses").rows(), 8 * 8, "8 submissions, two steps of 4 samples");
    let warnings = record["warnings"].as_array().unwrap();
    let broken = warnings.iter().find_map(|warning| warning.as_str().filter(|text| text.contains("uid 70"))).unwrap();
    let reason = "uid 70 is skipped: fixtures/models/llama-broken/model.safetensors: tensor ";
    assert!(broken.starts_with(reason) && broken.ends_with("is missing"), "{broken}");
}

#[test]
fn every_file_is_there_and_holds_what_it_should() {
    let (bench, stdout, stderr) = evaluated(&[]);
    for name in ["losses", "wins", "weights"] {
        let svg = std::fs::read_to_string(bench.path("out").join(format!("{name}.svg"))).unwrap();
        assert!(svg.contains("<svg"), "{name}");
        let png = std::fs::read(bench.path("out").join(format!("{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
    let page = std::fs::read_to_string(bench.path("out/report.html")).unwrap();
    assert!(page.contains("llama-wide") && page.contains("same content as uid 12"));
    for part in ["rank", "llama-wide", "skipped: same content as uid 12 of block 5100000"] {
        assert!(stdout.contains(part), "{part} is missing in\n{stdout}");
    }
    assert!(!stdout.contains("tokens/s") && !stderr.contains("rank"), "{stderr}");
    assert!(stderr.ends_with("report in out\n"), "{stderr}");
}

#[test]
fn losses_hold_every_submission_and_sample_once() {
    let (bench, _, stderr) = evaluated(&[]);
    let losses = bench.table("losses");
    let pairs: HashSet<_> = losses.numbers("uid").into_iter().zip(losses.counts("sample_index")).collect();
    assert_eq!((losses.rows(), pairs.len()), (8 * 6, 8 * 6));
    assert!(losses.texts("status").iter().all(|status| status == "ok"));
    assert!(losses.floats("loss").iter().flatten().all(|loss| (0.0..10.0).contains(loss)));
    assert!(losses.numbers("scored_tokens").iter().all(|&tokens| tokens > 0));
    let skipped = |uid: u32| !losses.numbers("uid").contains(&uid) && stderr.contains(&format!("uid {uid} is skipped"));
    assert!(skipped(34) && skipped(70), "{stderr}");
    let evaluated = stderr.lines().filter(|line| line.contains(": 6 samples, mean loss ")).count();
    assert_eq!(evaluated, 8, "{stderr}");
}

#[test]
fn wins_hold_every_ordered_pair_of_a_step() {
    let (bench, _, _) = evaluated(&[]);
    let wins = bench.table("wins");
    assert_eq!(wins.rows(), 7 * 6 + 3 * 2, "seven submissions of l3, three of s1");
    let (a, b) = (wins.numbers("uid_a"), wins.numbers("uid_b"));
    let pairs: HashSet<_> = a.iter().zip(&b).collect();
    assert!(pairs.len() == wins.rows() && pairs.iter().all(|(a, b)| a != b));
    let skipped = |uid: u32| [34, 70].contains(&uid);
    for ((a, b), matches) in a.into_iter().zip(b).zip(wins.counts("matches")) {
        let expected = if skipped(a) || skipped(b) { 0 } else { 6 };
        assert_eq!(matches, Some(expected), "{a} against {b}");
    }
}

#[test]
fn formats_are_the_same_table_for_other_readers() {
    let (_, json, _) = evaluated(&["--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), 10);
    assert_eq!((&rows[0]["uid"], &rows[0]["rank"]), (&63.into(), &1.into()));
    let broken = rows.iter().find(|row| row["uid"] == 70).unwrap();
    assert_eq!(broken["status"], "skipped");
    assert!(broken["note"].as_str().unwrap().contains("llama-broken/model.safetensors: tensor `"), "{broken}");
    let (_, markdown, _) = evaluated(&["--format", "markdown"]);
    assert!(markdown.starts_with("| rank | uid | competition |"), "{markdown}");
    assert_eq!(markdown.lines().count(), 2 + 10);
}

#[test]
fn equal_runs_write_equal_tables() {
    let (first, first_stdout, _) = evaluated(&["--steps", "3"]);
    let (second, second_stdout, _) = evaluated(&["--steps", "3", "--batch-tokens", "100"]);
    assert!(first.tables("out") == second.tables("out"));
    assert_eq!(first_stdout, second_stdout);
}

#[test]
fn steps_draw_by_the_seed_and_measure_each_sample_once() {
    let drawn = |seed: &str| {
        let flags = ["--steps", "4", "--samples-per-step", "3", "--seed", seed, "--blocks-per-step", "10"];
        let (bench, _, _) = evaluated(&flags);
        let steps = bench.table("steps");
        assert_eq!(steps.rows(), 4 * 3);
        assert_eq!(steps.numbers("step"), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
        let samples: Vec<u64> = steps.counts("sample_index").into_iter().map(Option::unwrap).collect();
        let distinct: HashSet<_> = samples.iter().copied().collect();
        assert_eq!(bench.table("losses").rows(), 8 * distinct.len());
        assert_eq!(bench.record("out")["seed"], seed.parse::<u64>().unwrap());
        let blocks: HashSet<_> = bench.table("weights").counts("current_block").into_iter().flatten().collect();
        assert_eq!(blocks, HashSet::from([5_110_800, 5_110_810, 5_110_820, 5_110_830]));
        samples
    };
    assert_eq!(drawn("7"), drawn("7"));
    assert_ne!(drawn("7"), drawn("8"));
}

#[test]
fn every_preset_runs() {
    for (preset, winner) in [
        ("finetuning-doc", 133),
        ("finetuning-successor", 63),
        ("pretraining", 63),
        ("pretraining-batches", 63),
        ("coldint", 63),
    ] {
        let (bench, json, _) = evaluated(&["--preset", preset, "--format", "json"]);
        let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(rows[0]["uid"], winner, "{preset}: {json}");
        let weights = bench.table("weights");
        let share = |weight: &f64| (0.0..=1.0).contains(weight) && weight.is_sign_positive();
        assert!(weights.floats("weight").iter().flatten().all(share), "{preset}");
    }
}

#[test]
fn run_json_says_what_was_run() {
    let (bench, _, _) = evaluated(&["--date", "2024-02-29", "--epsilon", "0.02"]);
    let record = bench.record("out");
    assert_eq!((&record["command"], &record["device"]), (&"evaluate".into(), &"cpu".into()));
    let setting = |key: &str| record["settings"].as_array().unwrap().iter().find(|setting| setting["key"] == key);
    let epsilon = setting("epsilon").unwrap();
    assert_eq!((&epsilon["value"], &epsilon["source"]), (&"0.02".into(), &"flag".into()));
    assert_eq!(setting("date").unwrap()["value"], "2024-02-29");
    assert_eq!(record["inputs"][1]["rows"], 6);
    assert_eq!(record["models"].as_array().unwrap().len(), 10);
    let warnings: Vec<&str> = record["warnings"].as_array().unwrap().iter().filter_map(|text| text.as_str()).collect();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings[2].starts_with("a step draws its samples from 6 sources "), "{warnings:?}");
}

#[test]
fn quiet_says_warnings_only() {
    let (_, _, stderr) = evaluated(&["--quiet"]);
    assert!(stderr.lines().count() == 3 && stderr.lines().all(|line| line.starts_with("warning: ")), "{stderr}");
}

#[test]
fn samples_may_come_from_stdin() {
    let bench = Workbench::new();
    bench.write_samples(6);
    let text = std::fs::read(bench.path("samples.jsonl")).unwrap();
    let arguments = [&fixtures(), "--samples", "-", "--out", "out", "--store", "store", "--resamples", "1000"];
    let mut command = assert_cmd::Command::from_std(bench.command(&arguments));
    let output = command.write_stdin(text).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(bench.table("losses").rows(), 8 * 6);
}

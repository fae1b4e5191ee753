//! Recordings as tables have them: times of any kind, flags and ids of any type, other names, bad rows.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bench::{Bench, embedder, root, row, unlike};

/// Noon of 2024-05-01, in seconds since 1970.
const NOON: f64 = 1_714_564_800.0;
const LEAST: [&str; 2] = ["--attacks", "none"];

/// When the responses of the run were recorded.
fn times(bench: &Bench) -> Vec<Option<f64>> {
    bench.table("responses").floats("recorded_at")
}

fn recorded(time: &Value) -> Vec<Value> {
    let mut rows = unlike(4, 10);
    rows.iter_mut().for_each(|row| row["recorded_at"] = time.clone());
    rows
}

#[test]
fn times_are_read_as_databases_write_them() {
    for (time, zoneless) in [
        (json!("2024-05-01 12:00:00"), true),
        (json!("2024-05-01 12:00:00+00"), false),
        (json!("2024-05-01T12:00:00Z"), false),
        (json!(1_714_564_800_000_u64), false),
        (json!(NOON), false),
    ] {
        let bench = Bench::new();
        bench.record(&recorded(&time));
        let run = bench.run(&LEAST).succeeded();
        assert_eq!(times(&bench), [Some(NOON); 12], "{time}");
        let notices = run.stderr().matches("column `recorded_at` has times without a zone, taken as UTC").count();
        assert_eq!(notices, usize::from(zoneless), "{time}: {}", run.stderr());
    }
}

#[test]
fn a_time_outside_any_plausible_year_is_refused() {
    for time in [json!(171_456_480), json!("0024-05-01 12:00:00"), json!(17_145_648_000_000_u64)] {
        let bench = Bench::new();
        bench.record(&recorded(&time));
        let line = bench.run(&LEAST).refused(65);
        let expected =
            format!("recording.jsonl, line 1: column `recorded_at` is {time}; give a time from 2000 to 2099");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn the_reported_times_are_read() {
    let faults: PathBuf = root().join("../shared/data/faults/09-recorded-at");
    if !faults.is_dir() {
        return println!("skipped: there is no shared data");
    }
    for name in ["duckdb.jsonl", "pandas-epoch-ms.jsonl", "timestamp.parquet"] {
        let (bench, embedder, file) = (Bench::new(), embedder(), faults.join(name));
        let places = [file.to_str().unwrap(), "--embedder", &embedder, "--out", "out", "--store", "store"];
        bench.run_plain(&[&places[..], &LEAST, &["--resamples", "50"]].concat()).succeeded();
        let times = times(&bench);
        let near = |time: &Option<f64>| time.is_some_and(|time| (NOON..NOON + 2.0 * 86_400.0).contains(&time));
        assert!(times.len() == 120 && times[0] == Some(NOON) && times.iter().all(near), "{name}: {:?}", &times[..3]);
    }
}

#[test]
fn csv_gives_what_json_gives() {
    let bench = Bench::new();
    let rows = unlike(4, 10);
    bench.record(&rows);
    let expected = bench.run(&LEAST).succeeded().stdout();
    let text = |row: &Value, name: &str| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
    let line = |row: &Value| {
        format!("{},{},\"{}\",200.0,1,\n", text(row, "uid"), text(row, "request_id"), text(row, "reasoning"))
    };
    let csv = rows.iter().map(line).collect::<String>();
    bench.write("r.csv", format!("miner,request_id,reasoning,status,rewarded,copy_of\n{csv}"));
    let embedder = embedder();
    let places = ["r.csv", "--embedder", &embedder, "--out", "out", "--store", "store", "--resamples", "200"];
    let run = bench.run_plain(&[&places[..], &LEAST, &["--columns", "uid=miner"]].concat()).succeeded();
    assert_eq!(run.stdout(), expected);
}

#[test]
fn bad_rows_are_left_out_when_asked() {
    let bench = Bench::new();
    let mut rows = unlike(4, 10);
    rows.push(row("r3", 1, "again"));
    rows.push(json!({"request_id": "r3", "uid": 9, "reasoning": "x", "copy_of": 77}));
    bench.record(&rows);
    assert!(bench.run(&LEAST).refused(65).contains("line 13: column `uid` is 1, as on line 10"));
    let run = bench.run(&[&LEAST[..], &["--skip-bad-rows"]].concat()).succeeded();
    let warnings = run.warnings();
    assert_eq!(warnings.iter().filter(|warning| warning.ends_with("; the row is left out")).count(), 2, "{warnings:?}");
    let record: Value = serde_json::from_slice(&std::fs::read(bench.path("out/run.json")).unwrap()).unwrap();
    assert_eq!((&record["inputs"][0]["rows"], &record["inputs"][0]["skipped_rows"]), (&json!(12), &json!(2)));
}

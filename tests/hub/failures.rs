//! A hub that cannot be reached: exit code 75, what was done is kept, and the same command later comes to its end.

use std::net::TcpListener;

use serde_json::json;

use crate::bench::{Bench, names};
use crate::serve_hub::Action;

/// Three models of which the second cannot be had for now.
fn with_a_broken_one(pattern: &str) -> Bench {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-hasty"), ("ns/c", "stablelm-hasty")]);
    bench.fault(pattern, Action::Status(503, Some(0)));
    bench
}

/// Evaluates while `ns/b` cannot be had, and again when it can.
fn evaluated_later(pattern: &str) {
    let bench = with_a_broken_one(pattern);
    let run = bench.evaluate(&[]);
    assert_eq!((run.code(), run.stdout().as_str()), (75, ""), "{}", run.stderr());
    let said = "1 of the models could not be pulled, the first: uid 2, ";
    let error = run.stderr().lines().last().unwrap().to_owned();
    assert!(error.starts_with(&format!("error: {said}")) && error.ends_with("is kept, run again"), "{error}");
    assert!(error.contains("the hub answers 503, 5 times in a row"), "{error}");
    assert!(!bench.path("out/run.json").exists(), "a result without it would be another one");
    assert_eq!(names(&bench.path("store/losses")).len(), 2, "the losses of the others are kept");
    bench.mend();
    let run = bench.evaluate(&[]).succeeded();
    assert_eq!(run.stderr().matches("from the store").count(), 2, "{}", run.stderr());
    bench.run_command(bench.evaluate_into("undisturbed", "another", &[])).succeeded();
    assert!(bench.tables("out") == bench.tables("undisturbed"));
}

#[test]
fn a_repository_that_cannot_be_listed_is_evaluated_later() {
    evaluated_later("/api/models/ns/b/");
}

#[test]
fn weights_that_cannot_be_had_are_evaluated_later() {
    evaluated_later("/cdn/ns/b/* -");
}

#[test]
fn pull_keeps_what_came() {
    let bench = with_a_broken_one("/cdn/ns/b/* -");
    let rows = bench.pull_rows(&[], 75);
    let statuses: Vec<&str> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["pulled", "skipped", "pulled"]);
    bench.mend();
    let rows = bench.pull_rows(&[], 0);
    let statuses: Vec<&str> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["cached", "pulled", "cached"]);
}

#[test]
fn nobody_at_the_other_end() {
    let bench = Bench::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = crate::bench::root().join("fixtures/models/llama-hasty").display().to_string();
    bench.submit(&["ns/a@main", &folder, "ns/b"]);
    let run = bench.pull(&["--endpoint", &format!("http://{free}"), "--format", "json"]);
    assert_eq!(run.code(), 75, "{}", run.stderr());
    let rows: Vec<serde_json::Value> = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!(rows[1]["status"], json!("folder"));
    let note = |row: usize| rows[row]["note"].as_str().unwrap();
    assert!(
        note(0).starts_with("ns/a@main: ") && note(0).ends_with("5 times in a row; try again later"),
        "{}",
        note(0)
    );
    assert!(note(2).starts_with("ns/b@main: "), "{}", note(2));
}

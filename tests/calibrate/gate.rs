//! The gate's exit codes.

use crate::bench::{Bench, unlike};

/// `requests` requests of unlike answers; in the first `alike` of them two answers are the same by chance.
fn recording(requests: usize, alike: usize) -> Bench {
    let bench = Bench::new();
    let mut rows = unlike(requests, 20);
    for request in 0..alike {
        rows[request * 3 + 1]["reasoning"] = rows[request * 3]["reasoning"].clone();
    }
    bench.record(&rows);
    bench
}

fn code(bench: &Bench, flags: &[&str]) -> i32 {
    let gate = ["--attacks", "none", "--threshold", "0.95", "--max-fpr", "0.05"];
    let run = bench.run(&[&gate[..], flags].concat());
    assert!(run.code() == 0 || run.stdout().contains("Gate "), "{}", run.stdout());
    run.code()
}

#[test]
fn a_rate_shown_to_be_small_passes() {
    assert_eq!(code(&recording(100, 0), &[]), 0);
    assert_eq!(code(&recording(100, 0), &["--unit", "minibatch"]), 0);
}

#[test]
fn a_rate_that_may_be_too_large_decides_nothing() {
    let bench = recording(100, 4);
    assert_eq!(code(&bench, &["--unit", "minibatch"]), 0, "4 of 100 may well be more than 5 %, and less");
    assert_eq!(code(&bench, &["--unit", "minibatch", "--fail-on-inconclusive"]), 5);
    assert_eq!(code(&bench, &["--unit", "pair"]), 0, "4 of 300 are not");
    assert!(bench.path("out/rates.parquet").exists(), "the report is written whatever the gate says");
}

#[test]
fn a_plain_violation_fails_however_few_the_requests() {
    let bench = recording(20, 15);
    for unit in ["pair", "response", "minibatch"] {
        assert_eq!(code(&bench, &["--unit", unit]), 3, "{unit}");
        assert_eq!(code(&bench, &["--unit", unit, "--fail-on-inconclusive"]), 3, "{unit}");
    }
    let said = bench.run(&["--attacks", "none", "--threshold", "0.95", "--max-fpr", "0.05"]).stdout();
    assert!(said.contains("Gate failed: with 95 % confidence at least "), "{said}");
}

#[test]
fn one_event_is_judged_alike_as_responses_and_as_a_minibatch() {
    let bench = Bench::new();
    let mut rows = unlike(300, 20);
    for answer in 1..3 {
        rows[answer]["reasoning"] = rows[0]["reasoning"].clone();
    }
    bench.record(&rows);
    for unit in ["pair", "response", "minibatch"] {
        let gate = [
            "--attacks",
            "none",
            "--threshold",
            "0.95",
            "--max-fpr",
            "0.0125",
            "--unit",
            unit,
            "--fail-on-inconclusive",
        ];
        assert_eq!(bench.run(&gate).code(), 5, "{unit}: one of 300 may well be 1.57 %");
    }
}

#[test]
fn too_few_requests_decide_nothing() {
    let bench = recording(20, 0);
    assert_eq!(code(&bench, &[]), 0);
    assert_eq!(code(&bench, &["--fail-on-inconclusive"]), 5);
}

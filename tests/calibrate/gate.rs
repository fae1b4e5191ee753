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
fn a_rate_that_may_be_too_large_fails() {
    let bench = recording(100, 4);
    assert_eq!(code(&bench, &["--unit", "minibatch"]), 3, "4 of 100 may well be more than 5 %");
    assert_eq!(code(&bench, &["--unit", "pair"]), 0, "4 of 300 are not");
    assert!(bench.path("out/rates.parquet").exists(), "the report is written whatever the gate says");
}

#[test]
fn too_few_requests_decide_nothing() {
    let bench = recording(20, 0);
    assert_eq!(code(&bench, &[]), 0);
    assert_eq!(code(&bench, &["--fail-on-inconclusive"]), 5);
}

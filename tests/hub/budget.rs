//! `--disk-budget`: many models on a disk of two. Only what this program pulled is removed, and only when its losses are
//! stored.

use std::path::Path;

use crate::bench::{Bench, names, tree, wait_for};
use crate::repos::{WEIGHTS, blob_name, changed, fixture, padded};
use crate::run::Run;
use crate::serve_hub::Seen;

/// Each has weights of about 300 kB, and texts of 23 kB.
const MODELS: [(&str, &str); 5] = [
    ("ns/a", "llama-first"),
    ("ns/b", "llama-nudged"),
    ("ns/c", "llama-perturbed"),
    ("ns/d", "stablelm-first"),
    ("ns/e", "stablelm-wide"),
];
/// Enough for the texts of all and the weights of two.
const BUDGET: u64 = 800_000;

/// Bytes of all blobs in the cache, partial ones too.
fn held(bench: &Bench) -> u64 {
    let cache = bench.hub_home().join("hub");
    let size = |path: &String| std::fs::metadata(cache.join(path)).map_or(0, |found| found.len());
    // Other files may come and go while they are counted.
    let paths = std::panic::catch_unwind(|| tree(Path::new(&cache))).unwrap_or_default();
    paths.iter().filter(|path| path.contains("/blobs/")).map(size).sum()
}

fn weights_of(bench: &Bench, id: &str, name: &str) -> bool {
    bench.blobs(id).contains(&blob_name(WEIGHTS, &fixture(name)[WEIGHTS]))
}

#[test]
fn models_are_evaluated_by_several_processes_on_a_disk_of_two() {
    let bench = Bench::with(&MODELS);
    let mut command = bench.evaluate_command(&["--processes", "2", "--disk-budget", &BUDGET.to_string()]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    wait_for("the evaluation", || {
        most = held(&bench).max(most);
        child.try_wait().unwrap().is_some()
    });
    Run::new(child.wait_with_output().unwrap()).succeeded();
    assert!(most <= BUDGET, "{most} bytes were on the disk");
    for (id, _) in MODELS {
        assert_eq!(bench.downloads(id).len(), 1, "each once");
    }
    let mut one = bench.evaluate_into("one", "one-store", &[]);
    assert!(one.output().unwrap().status.success());
    assert!(bench.tables("out") == bench.tables("one"));
}

#[test]
fn models_are_evaluated_on_a_disk_of_two() {
    let bench = Bench::with(&MODELS);
    let mut command = bench.evaluate_command(&["--disk-budget", &BUDGET.to_string()]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let (mut most, mut came) = (0, false);
    wait_for("the evaluation", || {
        most = held(&bench).max(most);
        let (id, name) = MODELS[0];
        came |= weights_of(&bench, id, name);
        assert!(!came || weights_of(&bench, id, name) || !names(&bench.path("store/losses")).is_empty(), "too early");
        child.try_wait().unwrap().is_some()
    });
    Run::new(child.wait_with_output().unwrap()).succeeded();
    assert!(most <= BUDGET, "{most} bytes were on the disk");
    assert!(held(&bench) <= BUDGET);
    assert!(bench.table("losses").rows() == 5 * 6, "all are evaluated");
    let kept: Vec<bool> = MODELS.iter().map(|(id, name)| weights_of(&bench, id, name)).collect();
    assert_eq!(kept, [false, false, false, true, true], "the oldest went first");
    for (id, _) in MODELS {
        assert_eq!(bench.downloads(id).len(), 1, "each once");
    }
    let seen = bench.server.requests().len();
    let tables = bench.tables("out");
    bench.evaluate(&["--disk-budget", &BUDGET.to_string()]).succeeded();
    assert_eq!(bench.tokens(), 0);
    let again = |seen: &Seen| seen.path.starts_with("/cdn/") && seen.range.is_none();
    assert!(!bench.server.requests()[seen..].iter().any(again), "losses need no weights");
    assert!(bench.tables("out") == tables);
}

#[test]
fn what_was_there_before_is_never_removed() {
    let bench = Bench::with(&MODELS);
    bench.submit(&["ns/a"]);
    bench.pull(&[]).succeeded();
    // What another store wrote down is not this one's to remove.
    std::fs::rename(bench.path("store"), bench.path("elsewhere")).unwrap();
    bench.submit(&MODELS.map(|(id, _)| id));
    bench.evaluate(&["--disk-budget", &(BUDGET / 2 + 50_000).to_string()]).succeeded();
    assert_eq!(bench.table("losses").rows(), 5 * 6);
    assert_eq!(bench.downloads("ns/a").len(), 1);
    let kept: Vec<bool> = MODELS.iter().map(|(id, name)| weights_of(&bench, id, name)).collect();
    assert_eq!(kept, [true, false, false, false, true]);
}

#[test]
fn with_keep_what_does_not_fit_is_skipped() {
    let bench = Bench::with(&MODELS);
    let run = bench.evaluate(&["--keep", "--disk-budget", &BUDGET.to_string()]).succeeded();
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    let hint = " that stay, within --disk-budget 781.2 KiB, and nothing may be removed; raise the budget";
    for (uid, warning) in (3..).zip(&warnings) {
        assert!(warning.starts_with(&format!("uid {uid} is skipped: ns/")) && warning.ends_with(hint), "{warning}");
    }
    assert!(weights_of(&bench, "ns/a", "llama-first") && weights_of(&bench, "ns/b", "llama-nudged"));
    assert_eq!(bench.table("losses").rows(), 2 * 6);
}

#[test]
fn pull_skips_what_does_not_fit_and_says_so() {
    let bench = Bench::with(&MODELS);
    let rows = bench.pull_rows(&["--disk-budget", &BUDGET.to_string()], 0);
    let statuses: Vec<&str> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["pulled", "pulled", "skipped", "skipped", "skipped"]);
    assert!(held(&bench) <= BUDGET);
}

/// What was pulled for later, or is an embedder's, is not there to make place for others.
#[test]
fn only_what_was_evaluated_makes_place() {
    let bench = Bench::with(&MODELS);
    bench.submit(&["ns/d"]);
    bench.pull(&[]).succeeded();
    bench.submit(&["ns/a", "ns/b", "ns/c"]);
    bench.evaluate(&["--disk-budget", &BUDGET.to_string()]).succeeded();
    bench.submit(&["ns/d"]);
    let run = bench.pull(&["--offline"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
}

#[test]
fn a_model_that_is_larger_than_the_budget_is_skipped() {
    let bench = Bench::with(&MODELS);
    bench.publish("ns/large", padded("llama-hasty", 1_000_000));
    bench.submit(&["ns/a", "ns/large", "ns/b", "ns/c"]);
    let run = bench.evaluate(&["--disk-budget", &BUDGET.to_string()]).succeeded();
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("uid 2 is skipped: ns/large@"), "{warnings:?}");
    assert!(warnings[0].contains(" that stay, within --disk-budget 781.2 KiB; raise the budget, or"), "{warnings:?}");
    assert_eq!((bench.table("losses").rows(), bench.downloads("ns/large").len()), (3 * 6, 0));
}

/// A miner changed only a text: the weights are those of the commit before, which makes place for the next model.
#[test]
fn weights_that_a_later_commit_shares_are_not_removed_with_the_earlier() {
    let bench = Bench::with(&MODELS);
    bench.submit(&["ns/a", "ns/b"]);
    bench.evaluate(&[]).succeeded();
    bench.publish("ns/a", changed("llama-first", &[("README.md", b"new")]));
    bench.submit(&["ns/a", "ns/c", "ns/d"]);
    let budget = BUDGET.to_string();
    let run = bench.evaluate(&["--fresh", "--jobs", "2", "--disk-budget", &budget]).succeeded();
    assert!(run.warnings().is_empty(), "{:?}", run.warnings());
    assert_eq!(bench.table("losses").rows(), 3 * 6);
    assert_eq!(bench.downloads("ns/a").len(), 1, "its weights travelled once");
}

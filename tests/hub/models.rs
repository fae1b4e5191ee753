//! `weighhouse models list` and `remove`, and the words that they had before.

use serde_json::{Value, json};

use crate::bench::{Bench, names, tree};
use crate::repos::{WEIGHTS, blob_name, changed, fixture};
use crate::run::Run;

fn models(bench: &Bench, arguments: &[&str]) -> Run {
    bench.run_command(bench.command(&[&["models"], arguments, &["--store", "store"]].concat())).succeeded()
}

fn rows(bench: &Bench, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&models(bench, &[arguments, &["--format", "json"]].concat()).stdout()).unwrap()
}

fn evaluated() -> Bench {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-wide")]);
    bench.evaluate(&[]).succeeded();
    bench
}

#[test]
fn what_was_pulled_is_listed() {
    let bench = evaluated();
    let rows = rows(&bench, &["list"]);
    for (row, (id, name)) in rows.iter().zip([("ns/a", "llama-first"), ("ns/b", "llama-wide")]) {
        let files = fixture(name);
        let bytes: usize = files.values().map(Vec::len).sum();
        assert_eq!((&row["model"], &row["files"], &row["bytes"]), (&json!(id), &json!(files.len()), &json!(bytes)));
        assert_eq!(row["commit"], json!(bench.server.edit(|site| site.repo(id).branches["main"].clone())));
        assert!(row["pulled_at"].as_str() <= row["used_at"].as_str());
        assert_eq!(row["status"], "kept");
    }
    let run = models(&bench, &["list"]);
    assert!(run.stdout().contains("ns/b") && run.stderr().contains("2 models of "), "{}", run.stderr());
    assert!(models(&bench, &["list", "--format", "markdown"]).stdout().starts_with("| model |"));
}

#[test]
fn the_words_of_before_still_work() {
    let bench = evaluated();
    let by = |words: &[&str]| {
        let run = bench.run_command(bench.command(&[words, &["--store", "store", "--format", "json"]].concat()));
        serde_json::from_str::<Value>(&run.succeeded().stdout()).unwrap()
    };
    assert_eq!(by(&["store", "list"]), by(&["models", "list"]));
    let removed = by(&["store", "clean", "--older-than", "0s"]);
    assert!(removed.as_array().unwrap().iter().all(|row| row["status"] == "removed"), "{removed}");
    assert_eq!(by(&["models", "list"]), json!([]));
}

#[test]
fn nothing_pulled_is_an_empty_list() {
    let bench = Bench::new();
    assert_eq!(rows(&bench, &["list"]), Vec::<Value>::new());
    assert_eq!(rows(&bench, &["remove", "--older-than", "0s"]), Vec::<Value>::new());
    assert!(models(&bench, &["list"]).stderr().contains("0 models of 0 B kept"));
    assert_eq!(bench.server.connections(), 0);
}

#[test]
fn what_was_pulled_is_removed_and_all_else_is_kept() {
    let bench = evaluated();
    let losses = tree(&bench.path("store/losses"));
    let foreign = bench.cached("ns/a").join("blobs/foreign");
    std::fs::write(&foreign, "mine").unwrap();
    std::fs::create_dir_all(bench.cached("ns/mine").join("blobs")).unwrap();
    let removed = rows(&bench, &["remove", "--older-than", "0s"]);
    assert_eq!(removed.iter().map(|row| &row["status"]).collect::<Vec<_>>(), ["removed", "removed"]);
    assert_eq!(names(&bench.hub_home().join("hub")), [".locks", "models--ns--a", "models--ns--mine"]);
    assert_eq!(tree(&bench.cached("ns/a")), ["blobs/foreign"]);
    assert_eq!(rows(&bench, &["list"]), Vec::<Value>::new());
    assert_eq!(tree(&bench.path("store/losses")), losses);
    bench.evaluate(&[]).succeeded();
    assert_eq!(bench.tokens(), 0, "losses outlive their models");
    assert_eq!(bench.downloads("ns/a").len(), 1);
}

#[test]
fn files_that_were_there_before_are_kept() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let files = fixture("llama-first");
    let blobs = bench.cached("ns/a").join("blobs");
    std::fs::create_dir_all(&blobs).unwrap();
    let weights = blobs.join(blob_name(WEIGHTS, &files[WEIGHTS]));
    std::fs::write(&weights, &files[WEIGHTS]).unwrap();
    bench.pull(&[]).succeeded();
    let listed = rows(&bench, &["list"]);
    assert_eq!(listed[0]["files"], json!(files.len() - 1), "all but the weights");
    rows(&bench, &["remove", "--older-than", "0s"]);
    assert_eq!(std::fs::read(&weights).unwrap(), files[WEIGHTS]);
}

#[test]
fn what_was_used_lately_and_what_is_only_tried_is_kept() {
    let bench = evaluated();
    let before = tree(&bench.hub_home());
    assert!(rows(&bench, &["remove", "--older-than", "1h"]).iter().all(|row| row["status"] == "kept"));
    assert!(rows(&bench, &["remove"]).iter().all(|row| row["status"] == "kept"), "two hours without a word");
    let tried = rows(&bench, &["remove", "--older-than", "0s", "--dry-run"]);
    assert!(tried.iter().all(|row| row["status"] == "would-be-removed"));
    assert_eq!(tree(&bench.hub_home()), before);
    assert_eq!(rows(&bench, &["list"]).len(), 2);
}

#[test]
fn what_two_commits_share_is_removed_with_the_last() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.pull(&[]).succeeded();
    bench.publish("ns/a", changed("llama-first", &[("chat_template.jinja", b"{{ messages[0].content }}")]));
    bench.pull(&[]).succeeded();
    assert_eq!(rows(&bench, &["list"]).len(), 2);
    rows(&bench, &["remove", "--older-than", "0s"]);
    assert_eq!(names(&bench.hub_home().join("hub")), [".locks"]);
}

#[test]
fn an_entry_that_is_damaged_is_told_and_left_alone() {
    let bench = evaluated();
    let entry = names(&bench.path("store/pulled")).remove(0);
    bench.write(&format!("store/pulled/{entry}"), "{");
    let before = tree(&bench.cached("ns/a"));
    let run = models(&bench, &["remove", "--older-than", "0s"]);
    assert!(run.warnings()[0].contains(&entry) && run.warnings()[0].ends_with("is left alone"), "{}", run.stderr());
    assert_eq!(tree(&bench.cached("ns/a")), before);
}

//! What a reference stands for, and which files are needed of it.

use serde_json::json;

use crate::bench::{Bench, names};
use crate::repos::{WEIGHTS, changed, fixture};
use crate::serve_hub::Action;

/// What a repository holds beside a model that is read.
const NEVER_READ: [(&str, &[u8]); 9] = [
    (".gitattributes", b"*.safetensors filter=lfs"),
    ("README.md", b"hello"),
    ("consolidated.safetensors", b"never read"),
    ("flax_model.msgpack", b"never read"),
    ("onnx/model.onnx", b"never read"),
    ("original/config.json", b"{}"),
    ("pytorch_model.bin", b"never opened"),
    ("training_args.bin", b"never opened"),
    ("optimizer.pt", b"never opened"),
];

#[test]
fn a_branch_is_recorded_as_the_commit_that_it_stands_for() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "stablelm-first")]);
    bench.submit_rows(&[
        json!({"uid": 1, "model": "ns/a@main", "block": 1}),
        json!({"uid": 2, "model": "ns/b", "revision": "main", "block": 2}),
    ]);
    let commits = ["ns/a", "ns/b"].map(|id| bench.server.edit(|site| site.repo(id).branches["main"].clone()));
    bench.evaluate(&[]).succeeded();
    let record = bench.record();
    let recorded: Vec<&str> =
        record["models"].as_array().unwrap().iter().map(|m| m["commit"].as_str().unwrap()).collect();
    assert_eq!(recorded, commits);
    let weights = bench.table("weights");
    for (uid, commit) in weights.numbers("uid").into_iter().zip(weights.texts("commit")) {
        assert_eq!(commit, commits[uid as usize - 1]);
    }
}

#[test]
fn a_branch_that_moved_is_seen_anew() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.evaluate(&[]).succeeded();
    let (first, loss) = (bench.record(), bench.table("losses").floats("loss"));
    let moved = bench.publish("ns/a", fixture("llama-hasty"));
    bench.evaluate(&[]).succeeded();
    let second = bench.record();
    assert_eq!(second["models"][0]["commit"], moved);
    assert_ne!(first["models"][0]["content_hash"], second["models"][0]["content_hash"]);
    assert_ne!(bench.table("losses").floats("loss"), loss);
    assert_eq!(std::fs::read_to_string(bench.cached("ns/a").join("refs/main")).unwrap(), moved);
    assert_eq!(names(&bench.cached("ns/a").join("snapshots")).len(), 2, "the old commit is still there");
}

#[test]
fn a_commit_is_pulled_whatever_the_branches_do() {
    let bench = Bench::new();
    let old = bench.publish("ns/a", fixture("llama-first"));
    bench.publish("ns/a", fixture("llama-hasty"));
    bench.submit(&[&format!("ns/a@{old}")]);
    bench.evaluate(&[]).succeeded();
    assert_eq!(bench.record()["models"][0]["commit"], old);
    assert_eq!(names(&bench.cached("ns/a").join("snapshots")), [old]);
    assert!(!bench.cached("ns/a").join("refs").exists(), "no branch was looked up");
}

#[test]
fn a_revision_may_hold_a_slash() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let tagged = bench.server.edit(|site| site.repo("ns/a").branches["main"].clone());
    bench.publish("ns/a", fixture("llama-hasty"));
    bench.server.edit(|site| _ = site.repo("ns/a").branch("feature/x", &tagged).branch("refs/pr/3", &tagged));
    for revision in ["feature/x", "refs/pr/3"] {
        bench.submit(&[&format!("ns/a@{revision}")]);
        assert_eq!(bench.pull_rows(&[], 0)[0]["commit"], tagged);
        let known = bench.cached("ns/a").join("refs").join(revision);
        assert_eq!(std::fs::read_to_string(known).unwrap(), tagged);
    }
    assert!(bench.was_asked("/revision/feature%2Fx"));
}

#[test]
fn only_what_is_needed_is_fetched() {
    let bench = Bench::new();
    let commit = bench.publish("ns/a", changed("stablelm-first", &NEVER_READ));
    bench.submit(&["ns/a"]);
    bench.pull(&[]).succeeded();
    for (name, _) in NEVER_READ {
        assert!(!bench.was_asked(&format!("/resolve/{commit}/{name}")), "{name}");
    }
    let snapshot = bench.cached("ns/a").join("snapshots").join(commit);
    assert_eq!(names(&snapshot), fixture("stablelm-first").into_keys().collect::<Vec<_>>());
}

#[test]
fn a_repository_with_only_pickles_is_refused_by_name() {
    let bench = Bench::with(&[("ns/pickle", "llama-first"), ("ns/good", "llama-hasty")]);
    let mut files = changed("llama-first", &[("pytorch_model.bin", b"never opened")]);
    files.remove("model.safetensors");
    bench.publish("ns/pickle", files);
    let rows = bench.pull_rows(&[], 0);
    let note = rows[0]["note"].as_str().unwrap();
    assert!(
        note.starts_with("ns/pickle@") && note.contains("only pytorch_model.bin; a pickle is never opened"),
        "{note}"
    );
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("skipped"), &json!("pulled")));
    assert!(!bench.was_asked("/resolve/main") && !bench.was_asked("pytorch_model"));
}

#[test]
fn shards_are_pulled_as_their_index_names_them() {
    let bench = Bench::new();
    let commit = bench.publish("ns/wide", changed("llama-wide", &[("model-00003-of-00002.safetensors", b"not named")]));
    bench.submit(&["ns/wide"]);
    bench.evaluate(&[]).succeeded();
    let folder = bench.cached("ns/wide").join("snapshots").join(commit);
    assert_eq!(names(&folder), fixture("llama-wide").into_keys().collect::<Vec<_>>());
    let loss = bench.table("losses").floats("loss");
    let local = crate::bench::root().join("fixtures/models/llama-wide").display().to_string();
    bench.submit(&[&local]);
    bench.run_command(bench.evaluate_into("out", "another", &[])).succeeded();
    assert_eq!(bench.table("losses").floats("loss"), loss);
}

#[test]
fn small_files_that_are_redirected_and_trees_in_pages_are_read_too() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.server.edit(|site| (site.resolve_cache, site.page_size) = (true, 2));
    bench.pull(&[]).succeeded();
    assert!(bench.was_asked("/api/resolve-cache/") && bench.was_asked("cursor=2"));
}

#[test]
fn what_the_hub_does_not_know_is_skipped_with_the_reason() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.submit(&["ns/a", "ns/a@nowhere", "ns/none", "ns/none@main", "../none"]);
    let rows = bench.pull_rows(&[], 0);
    let note = |row: usize| rows[row]["note"].as_str().unwrap();
    assert_eq!(rows[0]["status"], "pulled");
    assert_eq!(note(1), "ns/a@nowhere: the hub knows no such revision");
    let hint = "ns/none@main: the hub knows no such repository; if it is private, give a token that may read it in \
                HF_TOKEN";
    assert_eq!(note(2), format!("there is no folder ns/none: {hint}"));
    assert_eq!(note(3), hint);
    assert!(note(4).contains("no such folder"), "{}", note(4));
}

#[test]
fn an_answer_that_is_a_page_for_people_is_no_listing() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-hasty")]);
    bench.fault("/api/models/ns/a/", Action::Html);
    let rows = bench.pull_rows(&[], 75);
    let note = rows[0]["note"].as_str().unwrap();
    assert!(note.contains("ns/a@main: the answer is not that of a hub"), "{note}");
    assert_eq!(rows[1]["status"], "pulled");
}

/// Git has them one after the other, or one as a tag; the cache has room for one of the two names.
#[test]
fn revisions_that_cannot_both_be_written_down_are_both_pulled() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let commit = bench.server.edit(|site| site.repo("ns/a").branches["main"].clone());
    bench.server.edit(|site| _ = site.repo("ns/a").branch("x", &commit).branch("x/y", &commit));
    for revision in ["x", "x/y"] {
        bench.submit(&[&format!("ns/a@{revision}")]);
        let run = bench.pull(&[]).succeeded();
        assert_eq!(run.warnings().len(), usize::from(revision == "x/y"), "{:?}", run.warnings());
    }
    bench.submit(&["ns/a@x"]);
    assert_eq!(bench.pull(&["--offline"]).code(), 0);
}

/// A model whose shards lie in a folder of the repository, named by its address.
#[test]
fn shards_below_and_addresses_are_followed() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let mut files = fixture("llama-first");
    let weights = files.remove(WEIGHTS).unwrap();
    files.insert("weights/all.safetensors".into(), weights);
    let index = json!({"weight_map": {"all": "weights/all.safetensors"}}).to_string();
    files.insert("model.safetensors.index.json".into(), index.into_bytes());
    bench.publish("ns/below", files);
    let address = format!("{}/ns/below/tree/main", bench.server.url());
    bench.submit_rows(&[
        json!({"uid": 1, "model": "ns/a", "block": 1}),
        json!({"uid": 2, "model": address, "block": 2}),
    ]);
    bench.evaluate(&[]).succeeded();
    let losses = bench.table("losses");
    let of = |uid: u32| {
        let rows = losses.numbers("uid").into_iter().zip(losses.floats("loss"));
        rows.filter(|(other, _)| *other == uid).map(|(_, loss)| loss).collect::<Vec<_>>()
    };
    assert_eq!(of(1), of(2));
    assert!(!of(1).is_empty());
}

//! `weighhouse calibrate` with an embedding model of the hub.

use serde_json::json;

use crate::bench::{Bench, names, root, tree};
use crate::repos::{changed, fixture};
use crate::run::Run;

/// A recording of a few requests with three answers each.
fn recorded() -> Bench {
    let bench = Bench::new();
    let text = std::fs::read_to_string(root().join("datasets/minibatches.jsonl")).unwrap();
    bench.write("recording.jsonl", text.split_inclusive('\n').take(40).collect::<String>());
    bench
}

fn calibrate(bench: &Bench, embedder: &str, out: &str, arguments: &[&str]) -> Run {
    let places = ["calibrate", "recording.jsonl", "--attacks", "none", "--resamples", "1000", "--threshold", "0.95"];
    let more = ["--embedder", embedder, "--out", out, "--store", &format!("store-{out}")];
    bench.run_command(bench.command(&[&places[..], &more, arguments].concat()))
}

fn tables(bench: &Bench, out: &str) -> Vec<Vec<u8>> {
    ["pairs", "responses", "rates"]
        .map(|name| std::fs::read(bench.path(&format!("{out}/{name}.parquet"))).unwrap())
        .into()
}

#[test]
fn an_embedder_is_pulled_with_its_folders_and_found_again_offline() {
    let bench = recorded();
    let commit = bench
        .publish("ns/embedder", changed("embedder", &[("pytorch_model.bin", b"never opened"), ("README.md", b"")]));
    calibrate(&bench, "ns/embedder", "online", &[]).succeeded();
    let snapshot = bench.cached("ns/embedder").join("snapshots").join(&commit);
    assert_eq!(tree(&snapshot), fixture("embedder").into_keys().collect::<Vec<_>>());
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bench.path("online/run.json")).unwrap()).unwrap();
    assert_eq!(record["models"][0]["commit"], json!(commit));
    let local = root().join("fixtures/models/embedder").display().to_string();
    calibrate(&bench, &local, "local", &[]).succeeded();
    let before = bench.server.connections();
    calibrate(&bench, "ns/embedder", "offline", &["--offline"]).succeeded();
    assert_eq!(bench.server.connections(), before);
    assert!(
        tables(&bench, "online") == tables(&bench, "offline") && tables(&bench, "online") == tables(&bench, "local")
    );
}

#[test]
fn an_embedder_that_cannot_be_had_ends_the_run() {
    let bench = recorded();
    let error = calibrate(&bench, "ns/embedder", "out", &["--quiet"]).refused(66);
    assert!(error.contains("ns/embedder@main: the hub knows no such repository"), "{error}");
    let error = calibrate(&bench, "ns/embedder", "out", &["--offline", "--quiet"]).refused(66);
    assert!(error.contains("offline, and not in the cache ") && error.contains("ns/embedder@main"), "{error}");
    bench.publish("ns/embedder", fixture("embedder"));
    bench.fault("/cdn/", crate::serve_hub::Action::Status(503, Some(0)));
    let error = calibrate(&bench, "ns/embedder", "out", &["--quiet"]).refused(75);
    assert!(error.contains("the hub answers 503, 5 times in a row"), "{error}");
    assert_eq!(names(&bench.path("out")), Vec::<String>::new());
}

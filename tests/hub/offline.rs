//! Offline: no socket is opened, and what is in the cache is enough.

use std::process::Command;

use crate::bench::Bench;
use crate::repos::{WEIGHTS, blob_name, fixture};
use crate::run::Run;

/// An address that no packet ever comes back from.
const NOWHERE: &str = "http://192.0.2.1";

/// Runs as offline as can be said, against an address that would keep it waiting.
fn offline(bench: &Bench, mut command: Command, by_variable: bool) -> Run {
    match by_variable {
        true => command.env("HF_HUB_OFFLINE", "1"),
        false => command.arg("--offline"),
    };
    command.env("HF_ENDPOINT", NOWHERE);
    bench.run_command(command)
}

#[test]
fn a_run_offline_writes_the_tables_of_the_run_online() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-wide"), ("ns/c", "stablelm-hasty")]);
    bench.submit(&["ns/a", "ns/b@main", "ns/c"]);
    bench.evaluate(&[]).succeeded();
    for (out, by_variable) in [("by-flag", false), ("by-variable", true)] {
        offline(&bench, bench.evaluate_into(out, &format!("store-{out}"), &[]), by_variable).succeeded();
        assert!(bench.tables(out) == bench.tables("out"), "{out}");
    }
}

#[test]
fn no_socket_is_opened() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-hasty")]);
    bench.submit(&["ns/a"]);
    bench.pull(&[]).succeeded();
    bench.publish("ns/a", fixture("llama-hasty"));
    let before = bench.server.connections();
    assert!(before > 0);
    bench.pull(&["--offline"]).succeeded();
    bench.evaluate(&["--offline"]).succeeded();
    let mut command = bench.pull_command(&[]);
    command.env("HF_HUB_OFFLINE", "1").env("HF_TOKEN", "hf_secret");
    bench.run_command(command).succeeded();
    bench.submit(&["ns/a", "ns/b"]);
    bench.evaluate(&["--offline"]).refused(66);
    assert_eq!(bench.server.connections(), before);
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-wide"), ("ns/c", "llama-hasty")]);
    bench.submit(&["ns/a", "ns/b"]);
    bench.pull(&[]).succeeded();
    let files = fixture("llama-wide");
    for name in ["model-00002-of-00002.safetensors", "tokenizer.json"] {
        std::fs::remove_file(bench.cached("ns/b").join("blobs").join(blob_name(name, &files[name]))).unwrap();
    }
    let commit = bench.server.edit(|site| site.repo("ns/a").branches["main"].clone());
    let gone = "0123456789abcdef0123456789abcdef01234567";
    let models = ["ns/a", &format!("ns/a@{commit}"), "ns/b", "ns/c", &format!("ns/a@{gone}"), "ns/a@v1"];
    bench.submit(&models);
    for command in [bench.pull_command(&[]), bench.evaluate_command(&[])] {
        let error = offline(&bench, command, false).refused(66);
        let cache = bench.hub_home().join("hub").display().to_string();
        assert!(error.starts_with(&format!("offline, and not in the cache {cache}: ")), "{error}");
        for part in [
            "ns/b@main (tokenizer.json, model-00002-of-00002.safetensors); ",
            "ns/c@main (its commit is not known here); ",
            &format!("ns/a@{gone} (nothing of commit {gone}); "),
            "ns/a@v1 (its commit is not known here); pull them on a machine with a network",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(!error.contains("ns/a@main") && !error.contains(&commit), "{error}");
    }
}

#[test]
fn weights_that_were_never_pulled_are_missing() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.fault("/cdn/ns/a/* -", crate::serve_hub::Action::Status(404, None));
    assert_eq!(bench.pull(&[]).code(), 4);
    let error = offline(&bench, bench.evaluate_command(&[]), false).refused(66);
    assert!(error.contains(&format!("ns/a@main ({WEIGHTS})")), "{error}");
}

#[test]
fn a_folder_needs_no_hub() {
    let bench = Bench::new();
    bench.submit(&[&crate::bench::root().join("fixtures/models/llama-hasty").display().to_string()]);
    offline(&bench, bench.evaluate_command(&[]), true).succeeded();
    bench.evaluate(&[]).succeeded();
    assert_eq!(bench.server.connections(), 0);
}

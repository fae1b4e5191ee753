//! What arrives is what was listed and what was submitted, or it is not used.

use serde_json::json;

use crate::bench::Bench;
use crate::repos::{WEIGHTS, blob_name, changed, fixture, folder_hash, salted};
use crate::serve_hub::{Action, Endless, File};

const WHOLE: &str = "GET /cdn/ns/bad/* -";

/// Pulls `ns/bad` and `ns/good`; gives why the first is skipped. The second is not troubled.
fn refused(bench: &Bench) -> String {
    bench.submit(&["ns/bad", "ns/good"]);
    let rows = bench.pull_rows(&["--jobs", "1"], 0);
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("skipped"), &json!("pulled")), "{rows:?}");
    rows[0]["note"].as_str().unwrap().to_owned()
}

#[test]
fn a_flipped_byte_is_told_with_both_hashes_and_what_was_good_stays() {
    let bench = Bench::with(&[("ns/bad", "llama-wide"), ("ns/good", "llama-first")]);
    let (first, second) = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
    bench.fault(&format!("GET /cdn/*{second} -"), Action::Flip(100_000));
    let reason = refused(&bench);
    let files = fixture("llama-wide");
    let (listed, mut flipped) = (blob_name(second, &files[second]), files[second].clone());
    flipped[100_000] = !flipped[100_000];
    let found = blob_name(second, &flipped);
    assert!(reason.starts_with("ns/bad@") && reason.contains(second), "{reason}");
    assert!(reason.contains(&format!("has the hash {found}, listed is {listed}; it is not used")), "{reason}");
    let blobs = bench.blobs("ns/bad");
    assert!(blobs.contains(&blob_name(first, &files[first])), "the other shard is kept");
    assert_eq!(blobs.len(), files.len() - 1, "what is wrong is not kept: {blobs:?}");
    bench.mend();
    let seen = bench.downloads("ns/bad").len();
    bench.evaluate(&[]).succeeded();
    assert_eq!(bench.downloads("ns/bad").len(), seen + 1, "only the one shard is fetched again");
}

#[test]
fn a_flipped_byte_in_a_small_file_is_told_too() {
    let bench = Bench::with(&[("ns/bad", "llama-first"), ("ns/good", "llama-hasty")]);
    bench.fault("ns/bad/*config.json", Action::Flip(3));
    let (reason, files) = (refused(&bench), fixture("llama-first"));
    assert!(reason.contains(&format!("listed is {}", blob_name("config.json", &files["config.json"]))), "{reason}");
}

#[test]
fn a_submission_s_hash_is_held_against_all_files() {
    let bench = Bench::new();
    let files = changed("llama-first", &[("README.md", b"hello"), ("tokenizer.model", b"\0")]);
    bench.publish("ns/a", files.clone());
    let (plain, hotkey) = (folder_hash(&files), "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UHjJM694ty");
    let wrong = folder_hash(&fixture("llama-first"));
    let row = |hash: &str| json!({"uid": 1, "model": "ns/a", "block": 1, "hotkey": hotkey, "hash": hash});
    for right in [&plain, &salted(&plain, hotkey)] {
        bench.submit_rows(&[row(right)]);
        assert_ne!(bench.pull_rows(&[], 0)[0]["status"], json!("skipped"), "{right}");
    }
    for wrong in [&wrong, &salted(&plain, "another key")] {
        bench.submit_rows(&[row(wrong)]);
        let note = bench.pull_rows(&[], 4)[0]["note"].as_str().unwrap().to_owned();
        assert!(note.contains(&format!("content hash {plain} is not the {wrong}")), "{note}");
    }
    assert!(bench.cached("ns/a").join("blobs").join(blob_name(WEIGHTS, &files[WEIGHTS])).exists(), "kept");
}

#[test]
fn a_wrong_hash_is_seen_before_weights_travel() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-hasty")]);
    let hash = folder_hash(&fixture("llama-hasty"));
    bench.submit_rows(&[
        json!({"uid": 1, "model": "ns/a", "block": 1, "hash": hash}),
        json!({"uid": 2, "model": "ns/b", "block": 2, "hash": hash}),
    ]);
    let run = bench.evaluate(&[]).succeeded();
    assert!(run.warnings()[0].starts_with("uid 1 is skipped: content hash "), "{}", run.stderr());
    assert_eq!((bench.downloads("ns/a").len(), bench.downloads("ns/b").len()), (0, 1));
}

#[test]
fn a_body_without_an_end_is_refused_and_takes_no_room() {
    for endless in [Endless::Raw, Endless::Chunked, Endless::Length] {
        let bench = Bench::with(&[("ns/bad", "llama-first"), ("ns/good", "llama-hasty")]);
        bench.fault(WHOLE, Action::Endless(endless));
        let reason = refused(&bench);
        assert!(reason.contains("the 304080 bytes that the hub lists"), "{reason}");
        assert_eq!(bench.blobs("ns/bad").len(), 3, "the texts only: {endless:?}");
        assert_eq!(bench.downloads("ns/bad").len(), 1, "it is not tried again");
    }
}

#[test]
fn a_listing_without_an_end_is_refused() {
    for endless in [Endless::Raw, Endless::Length] {
        let bench = Bench::with(&[("ns/bad", "llama-first"), ("ns/good", "llama-hasty")]);
        bench.fault("/api/models/ns/bad/tree", Action::Endless(endless));
        assert!(refused(&bench).contains("the hub's answer is longer than 16777216 bytes"));
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let shorter = |name: &str, by: u64| {
        let file = |(path, bytes): (String, Vec<u8>)| {
            let size = bytes.len() as u64;
            let file = File::from(bytes);
            if path == name { (path, file.listed_size(size - by)) } else { (path, file) }
        };
        fixture("llama-first").into_iter().map(file).collect::<Vec<_>>()
    };
    for (name, by) in [(WEIGHTS, 1), (WEIGHTS, 304_079), ("config.json", 1), ("tokenizer.json", 20_000)] {
        let bench = Bench::with(&[("ns/good", "llama-hasty")]);
        bench.publish("ns/bad", shorter(name, by));
        let reason = refused(&bench);
        assert!(reason.contains("refused, ") && reason.contains(name), "{reason}");
        assert!(!bench.blobs("ns/bad").iter().any(|blob| blob.ends_with(".incomplete")));
    }
}

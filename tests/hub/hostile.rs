//! Repositories that attack: refused with a clear reason, nothing written outside, memory bounded.

#[cfg(target_os = "linux")]
use std::process::Stdio;

use serde_json::{Map, Value, json};

use crate::bench::{Bench, names, tree};
use crate::repos::{Files, WEIGHTS, changed, fixture, padded};
use crate::serve_hub::{Content, File};

const SENTINEL: &str = "do not touch";

/// Pulls what was published as `ns/bad`, and a good one beside it; gives why the first is refused. Nothing was written
/// but to the store, the cache and `tmp`.
fn refused(bench: &Bench) -> String {
    for folder in ["", "work", "home"] {
        std::fs::write(bench.top().join(folder).join("x"), SENTINEL).unwrap();
    }
    bench.publish("ns/good", fixture("llama-hasty"));
    bench.submit(&["ns/bad", "ns/good"]);
    let rows = bench.pull_rows(&["--max-repo-bytes", "100TiB"], 0);
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("skipped"), &json!("pulled")), "{rows:?}");
    assert_eq!(names(bench.top()), ["home", "tmp", "work", "x"]);
    assert_eq!(names(&bench.top().join("work")), ["samples.jsonl", "store", "submissions.jsonl", "x"]);
    assert_eq!(names(&bench.top().join("home")), ["hf", "x"]);
    assert_eq!(names(&bench.hub_home()), ["hub"]);
    assert_eq!(names(&bench.path("store")), ["pulled"]);
    let strange = |name: &String| ![".locks", "models--ns--bad", "models--ns--good"].contains(&name.as_str());
    assert!(!names(&bench.hub_home().join("hub")).iter().any(strange));
    for folder in ["", "work", "home"] {
        assert_eq!(std::fs::read_to_string(bench.top().join(folder).join("x")).unwrap(), SENTINEL);
    }
    assert!(tree(&bench.top().join("tmp")).is_empty());
    rows[0]["note"].as_str().unwrap().to_owned()
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let long = "n".repeat(5000);
    let (deep, device) = ("d/".repeat(600) + "x", "C:/x".to_owned());
    let elsewhere = tempfile::tempdir().unwrap();
    let absolute = elsewhere.path().join("x").display().to_string();
    for (name, problem) in [
        ("../../../../../x", "has a part that is empty, `.` or `..`"),
        ("a/../../../../x", "has a part that is empty, `.` or `..`"),
        (absolute.as_str(), "is absolute"),
        (device.as_str(), "is absolute"),
        ("..\\..\\x", "holds a backslash"),
        ("nul\0.json", "holds a control character"),
        ("two\nlines", "holds a control character"),
        ("a//b", "has a part that is empty"),
        (long.as_str(), "is too long"),
        (deep.as_str(), "is too long"),
    ] {
        let bench = Bench::new();
        bench.publish("ns/bad", changed("llama-first", &[(name, b"hostile")]));
        let reason = refused(&bench);
        assert!(reason.starts_with("ns/bad@main: refused, the file name `") && reason.contains(problem), "{reason}");
        assert!(reason.len() < 300 && reason.lines().count() == 1, "{reason}");
        assert!(!bench.was_asked("ns/bad/resolve"), "no file of it is asked for");
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn an_index_that_names_files_elsewhere_is_refused() {
    for name in [
        "../x.safetensors",
        "/etc/x.safetensors",
        "sub/../../x.safetensors",
        "x.bin",
        "config.json",
        "a\\x.safetensors",
    ] {
        let bench = Bench::new();
        let mut files = fixture("llama-wide");
        let index = json!({"weight_map": {"a": "model-00001-of-00002.safetensors", "b": name}});
        files.insert("model.safetensors.index.json".into(), index.to_string().into_bytes());
        bench.publish("ns/bad", files);
        let reason = refused(&bench);
        assert!(reason.contains("model.safetensors.index.json: shard `"), "{reason}");
        assert_eq!(bench.downloads("ns/bad").len(), 0);
    }
}

#[test]
fn an_index_that_names_what_is_not_there_or_is_none_is_refused() {
    for (index, said) in [
        (r#"{"weight_map": {"a": "gone.safetensors"}}"#, "holds no gone.safetensors"),
        (r#"{"weight_map": {}}"#, "`weight_map` is missing or empty"),
        ("[", "no JSON"),
    ] {
        let bench = Bench::new();
        bench.publish("ns/bad", changed("llama-wide", &[("model.safetensors.index.json", index.as_bytes())]));
        let reason = refused(&bench);
        assert!(reason.contains(said), "{reason}");
    }
}

#[test]
fn listings_that_cannot_be_are_refused() {
    let bench = Bench::new();
    bench.publish("ns/bad", changed("llama-first", &[("config.json/x", b"both")]));
    assert!(refused(&bench).contains("a file is listed as a folder too"));
    for oid in ["../../../../x", "", "ABCD", &"g".repeat(64), &"a".repeat(40)] {
        let bench = Bench::new();
        let mut files: Vec<(String, File)> = as_files(fixture("llama-first"));
        files.retain(|(path, _)| path != WEIGHTS);
        files.push((WEIGHTS.into(), File::from(fixture("llama-first")[WEIGHTS].clone()).listed_oid(oid)));
        bench.publish("ns/bad", files);
        let reason = refused(&bench);
        assert!(reason.contains("the hash of model.safetensors is none"), "{oid}: {reason}");
    }
}

#[test]
fn what_git_keeps_as_a_link_is_only_a_text() {
    let bench = Bench::new();
    bench.publish("ns/bad", changed("llama-first", &[("config.json", b"/etc/passwd"), ("tokenizer.json", b"../../x")]));
    let reason = refused(&bench);
    assert!(reason.contains("config.json: ") && !reason.contains("root"), "{reason}");
}

#[test]
fn texts_are_not_fetched_beyond_all_measure() {
    let listed = |name: &str, size: u64| {
        let mut files = as_files(fixture("llama-first"));
        files.retain(|(path, _)| path != name);
        files.push((name.into(), File::from("{}").listed_size(size)));
        files
    };
    for (name, size, most) in [("config.json", 17 << 20, 16_777_216), ("tokenizer.json", 65 << 20, 67_108_864)] {
        let bench = Bench::new();
        bench.publish("ns/bad", listed(name, size));
        let reason = refused(&bench);
        assert!(reason.contains(&format!("{name} holds {size} bytes; at most {most} are read")), "{reason}");
    }
    let bench = Bench::new();
    bench.publish("ns/bad", listed("README.md", 300 << 20));
    let hash = "ldoA81M72vvYevtlOq28XnukrRnWL8FVRXjucEVdaSU=";
    bench.submit_rows(&[json!({"uid": 1, "model": "ns/bad", "block": 1, "hash": hash})]);
    let note = bench.pull_rows(&[], 4)[0]["note"].as_str().unwrap().to_owned();
    assert!(note.contains("at most 268435456 are fetched"), "{note}");
    assert!(!bench.was_asked("README.md"));
}

fn as_files(files: Files) -> Vec<(String, File)> {
    files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect()
}

/// A model whose weights begin with this and hold so many bytes.
fn beginning_with(start: Vec<u8>, len: u64) -> Vec<(String, File)> {
    let content = Content::lazy(len, move |at, out| {
        out.iter_mut().zip(at..).for_each(|(byte, at)| *byte = start.get(at as usize).copied().unwrap_or(b' '));
    });
    let mut files = as_files(fixture("llama-first"));
    files.retain(|(path, _)| path != WEIGHTS);
    files.push((WEIGHTS.into(), File::from(content).sha256(&"ab".repeat(32))));
    files
}

fn header_of(length: u64) -> Vec<u8> {
    length.to_le_bytes().to_vec()
}

#[test]
fn headers_that_lie_are_refused_before_the_weights_come() {
    let weights = fixture("llama-first")[WEIGHTS].clone();
    let cases = [
        (beginning_with(header_of(1 << 40), 1 << 41), "has a header of 1099511627776 bytes"),
        (beginning_with(header_of(u64::MAX - 3), 1 << 20), "has a header of 18446744073709551612 bytes"),
        (beginning_with(header_of(2000), 1000), "has a header of 2000 bytes"),
        (beginning_with(Vec::new(), 5), "is too short for a safetensors file"),
        (beginning_with(header_of(50), 1000), "damaged safetensors header"),
        (beginning_with(weights, 400_000), "its header speaks of another size than the 400000 bytes it has"),
    ];
    for (files, said) in cases {
        let bench = Bench::new();
        bench.publish("ns/bad", files);
        let reason = refused(&bench);
        assert!(reason.contains(said), "{said}: {reason}");
        assert_eq!(bench.downloads("ns/bad").len(), 0);
    }
}

/// Peak memory of a pull in bytes.
#[cfg(target_os = "linux")]
fn peak(bench: &Bench) -> u64 {
    crate::peak::of(bench.pull_command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// The weights are never in memory.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_follow_the_weights() {
    let bench = Bench::new();
    bench.publish("ns/bad", padded("llama-hasty", 200_000_000));
    bench.submit(&["ns/bad"]);
    let bytes = peak(&bench);
    assert!(bytes < 100_000_000, "{bytes} bytes for a file of 200 MB");
    assert_eq!(bench.blobs("ns/bad").len(), 4, "it was pulled");
}

/// The headers are, up to what the format allows for one.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_follow_the_headers() {
    let bench = Bench::new();
    let names: Vec<String> = (0..20).map(|shard| format!("{shard}.safetensors")).collect();
    let map: Map<String, Value> = names.iter().map(|name| (name.clone(), json!(name))).collect();
    let index = json!({"weight_map": map}).to_string().into_bytes();
    let mut files = as_files(changed("llama-first", &[("model.safetensors.index.json", &index)]));
    files.retain(|(path, _)| path != WEIGHTS);
    let shard = |name: String| (name, beginning_with(header_of(60_000_000), 100_000_000).pop().unwrap().1);
    files.extend(names.into_iter().map(shard));
    bench.publish("ns/bad", files);
    bench.submit(&["ns/bad"]);
    let bytes = peak(&bench);
    assert!(bytes < 400_000_000, "{bytes} bytes for 20 headers of 60 MB");
    let reason = refused(&bench);
    assert!(reason.ends_with("the headers of its weights hold more than 100000000 bytes"), "{reason}");
}

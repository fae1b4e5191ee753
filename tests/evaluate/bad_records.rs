//! Submissions and samples that cannot be read end the run before anything is measured: one line that names the file,
//! the place, the value and the remedy, and the code of missing or of bad input.

use crate::workbench::{Workbench, root};

const BAD: i32 = 65;
const MISSING: i32 = 66;

/// A good submission and a good sample.
fn bench() -> Workbench {
    Workbench::with_models(&[&root().join("fixtures/models/llama-hasty")])
}

/// What is said of `submissions.jsonl` with this content.
fn submissions(content: impl AsRef<[u8]>) -> String {
    let bench = bench();
    bench.write("submissions.jsonl", content);
    let line = bench.run(&[]).refused(BAD);
    assert!(!bench.path("out/run.json").exists());
    line
}

/// What is said of `samples.jsonl` with this content.
fn samples(content: impl AsRef<[u8]>) -> String {
    let bench = bench();
    bench.write("samples.jsonl", content);
    bench.run(&[]).refused(BAD)
}

const SUBMISSION: &str = r#"{"uid": 1, "model": "m", "block": 5}"#;
const SAMPLE: &str = r#"{"prompt": "a", "response": "b"}"#;

#[test]
fn missing_files_are_named() {
    let bench = bench();
    let line = bench.run_plain(&["none.jsonl", "--out", "out", "--store", "store"]).refused(MISSING);
    assert_eq!(line, "none.jsonl: no such file; check the path");
    let line = bench.run_plain(&["submissions.jsonl", "--samples", "none.parquet", "--out", "o", "--store", "s"]);
    assert_eq!(line.refused(MISSING), "none.parquet: no such file; check the path");
    let line = bench.run_plain(&["--out", "out", "--store", "store"]).refused(MISSING);
    assert_eq!(line, "fixtures/submissions.jsonl: no such file; check the path");
    let line = bench.run(&["--drop-phrases", "none.txt"]).refused(MISSING);
    assert_eq!(line, "none.txt: no such file; check the path");
    std::fs::create_dir(bench.path("folder.jsonl")).unwrap();
    let line = bench.run_plain(&["folder.jsonl", "--out", "out", "--store", "store"]).refused(MISSING);
    assert!(line.starts_with("folder.jsonl: cannot be read: is a directory; "), "{line}");
    let line = bench.run_plain(&["submissions.jsonl", "--samples", "store", "--out", "o", "--store", "store"]);
    let expected = "store: a folder without Parquet files; give a file, or a folder of *.parquet";
    assert_eq!(line.refused(MISSING), expected);
}

#[test]
fn a_file_of_unknown_kind_is_named() {
    let bench = bench();
    for name in ["samples.tsv", "samples"] {
        bench.write(name, SAMPLE);
        let line = bench.run_plain(&["submissions.jsonl", "--samples", name, "--out", "o", "--store", "s"]);
        let line = line.refused(BAD);
        assert!(line.starts_with(&format!("{name}: unknown kind of file; name it *.jsonl, ")), "{line}");
    }
}

#[test]
fn malformed_json_is_placed() {
    let line = submissions(format!("{SUBMISSION}\n{{\"uid\": 2,}}\n"));
    let expected = "submissions.jsonl, line 2, column 11: trailing comma; each line must hold one JSON object";
    assert_eq!(line, expected);
    let line = samples(format!("{SAMPLE}\n\n[1, 2]\n"));
    assert!(line.starts_with("samples.jsonl, line 3, column 1: ") && line.contains("expected an object"), "{line}");
    let line = samples("{\"prompt\": \"a\", \"respon");
    assert!(line.starts_with("samples.jsonl, line 1, column 23: EOF while parsing"), "{line}");
    let deep = format!("{{\"prompt\": {}", "[".repeat(100_000));
    assert!(samples(deep).contains("line 1, column 138: recursion limit exceeded"));
}

#[test]
fn values_are_placed_with_what_to_give() {
    for (row, expected) in [
        (r#"{"model": "m", "block": 5}"#, "column `uid` is missing; give a whole number"),
        (r#"{"uid": 2, "block": 5}"#, "column `model` is missing; give a model"),
        (r#"{"uid": 2, "model": "m"}"#, "column `block` is missing; give a whole block number"),
        (r#"{"uid": 2, "model": "m", "block": -1}"#, "column `block` is -1; give a whole block number of 0 or more"),
        (r#"{"uid": 2, "model": "m", "block": 1e99}"#, "column `block` is 1e+99; give"),
        (r#"{"uid": -2, "model": "m", "block": 1}"#, "column `uid` is -2; give a whole number"),
        (r#"{"uid": 2, "model": "", "block": 1}"#, "column `model` is \"\"; give a model"),
        (r#"{"uid": 2, "model": "m", "block": 1, "hash": " "}"#, "column `hash` is \" \"; give the content hash"),
        (r#"{"uid": 1, "model": "m", "block": 1}"#, "column `uid` is 1, as on line 1; give each line its own"),
    ] {
        let line = submissions(format!("{SUBMISSION}\n{row}\n"));
        assert!(line.starts_with(&format!("submissions.jsonl, line 2: {expected}")), "{line}");
    }
    for (row, expected) in [
        (r#"{"prompt": "a"}"#, "column `response` is missing; give the assistant's text, not blank"),
        (r#"{"prompt": " \n", "response": "b"}"#, "column `prompt` is \" \\n\"; give the user's text, not blank"),
        (r#"{"prompt": 3, "response": "b"}"#, "column `prompt` is 3; give"),
        (r#"{"prompt": "a", "response": null}"#, "column `response` is null; give"),
        (r#"{"sample_id": "sample-1", "prompt": "a", "response": "b"}"#, "column `sample_id` is \"sample-1\", as on"),
    ] {
        let line = samples(format!("{SAMPLE}\n{row}\n"));
        assert!(line.starts_with(&format!("samples.jsonl, line 2: {expected}")), "{line}");
    }
}

#[test]
fn what_is_no_text_is_placed() {
    let line = samples([SAMPLE.as_bytes(), b"\n{\"prompt\": \"\xff\"}"].concat());
    assert_eq!(line, "samples.jsonl, line 2, column 13: not UTF-8; save the file as UTF-8");
    let bench = bench();
    bench.write("phrases.txt", b"sorry\n\xff");
    let line = bench.run(&["--drop-phrases", "phrases.txt"]).refused(BAD);
    assert_eq!(line, "phrases.txt, line 2, column 1: not UTF-8; save the file as UTF-8");
}

#[test]
fn empty_files_are_named() {
    assert_eq!(submissions(""), "submissions.jsonl: holds no submission; give at least one");
    assert_eq!(samples("\n \n"), "samples.jsonl: holds no sample; give at least one");
    let bench = bench();
    bench.write("phrases.txt", " \nb\n");
    bench.write("samples.jsonl", SAMPLE);
    let line = bench.run(&["--drop-phrases", "phrases.txt"]).refused(BAD);
    assert_eq!(line, "samples.jsonl: all 1 samples hold a phrase to drop; give fewer phrases or other samples");
}

#[test]
fn parquet_that_is_none_is_named() {
    let bench = bench();
    for content in
        [&b""[..], b"PAR1", b"no parquet at all, but long enough", b"PAR1\xff\xff\xff\xff\xff\xff\xff\x7fPAR1"]
    {
        bench.write("samples.parquet", content);
        let run = bench.run_plain(&["submissions.jsonl", "--samples", "samples.parquet", "--out", "o", "--store", "s"]);
        let line = run.refused(BAD);
        assert!(line.starts_with("samples.parquet: not a readable Parquet file: "), "{line}");
    }
}

#[test]
fn both_inputs_cannot_be_stdin() {
    let line = bench().run_plain(&["-", "--samples", "-"]).refused(2);
    assert!(line.contains("cannot both come from stdin; give a file for one of them"), "{line}");
}

#[test]
fn repeated_samples_are_told_and_counted() {
    let bench = bench();
    bench.write("samples.jsonl", format!("{SAMPLE}\n{SAMPLE}\n{SAMPLE}\n"));
    let run = bench.run(&[]).succeeded();
    let warnings = run.warnings();
    assert!(warnings[0].starts_with("samples.jsonl: 2 samples repeat the texts of an earlier one; "), "{warnings:?}");
    let losses = bench.table("losses").floats("loss");
    assert!(losses.len() == 3 && losses.iter().all(|loss| *loss == losses[0]));
}

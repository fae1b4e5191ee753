//! Every bad input ends in one line and the documented exit code.

use serde_json::json;

use crate::bench::{Bench, embedder, row};

/// The error of calibrating on these lines.
fn refused(lines: &str) -> String {
    let bench = Bench::new();
    bench.write("recording.jsonl", lines);
    bench.run(&[]).refused(65)
}

#[test]
fn rows_are_checked_before_anything_is_measured() {
    let good = row("a", 1, "x");
    let cases = [
        (json!({"uid": 2, "reasoning": "x"}), "line 2: column `request_id` is missing"),
        (json!({"request_id": "a", "uid": 1, "reasoning": "x"}), "line 2: column `uid` is 1, as on line 1"),
        (json!({"request_id": "a", "uid": 2}), "line 2: column `reasoning` is missing"),
        (json!({"request_id": "a", "uid": -1, "reasoning": "x"}), "line 2: column `uid` is -1"),
        (json!({"request_id": "a", "uid": 2, "reasoning": "x", "copy_of": 9}), "line 2: request a has no uid 9"),
        (json!({"request_id": "a", "uid": 2, "reasoning": "x", "copy_of": 2}), "line 2: column `copy_of` is 2"),
        (json!({"request_id": "a", "uid": 2, "reasoning": "x", "status": "ok"}), "line 2: column `status` is \"ok\""),
        (
            json!({"request_id": "a", "uid": 2, "reasoning": "y".repeat(50_001)}),
            "line 2: column `reasoning` is a text of 50001",
        ),
    ];
    for (bad, expected) in cases {
        let error = refused(&format!("{good}\n{bad}\n"));
        assert!(error.contains(expected), "{error}");
    }
    let circle = |uid: u32, of: u32| json!({"request_id": "a", "uid": uid, "reasoning": "x", "copy_of": of});
    let error = refused(&format!("{good}\n{}\n{}\n", circle(2, 3), circle(3, 2)));
    assert!(error.contains("recording.jsonl, line 2: request a has uid 2 copy itself through others; give"), "{error}");
    let scattered = format!("{good}\n{}\n{}\n", row("b", 1, "x"), row("a", 2, "x"));
    assert!(refused(&scattered).contains("line 3: request a was there before"));
    assert!(refused("").contains("holds no response"));
    assert!(refused("{\"request_id\": \"a\",\n").contains("line 1, column"));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let bench = Bench::new();
    bench.write("recording.jsonl", b"{\"request_id\": \"a\", \"uid\": 1, \"reasoning\": \"\xff\"}\n");
    let error = bench.run(&[]).refused(65);
    assert!(error.contains("line 1, column") && error.contains("UTF-8"), "{error}");
}

#[test]
fn a_recording_or_an_embedder_that_is_not_there_is_missing_input() {
    let bench = Bench::new();
    assert!(bench.run(&[]).refused(66).contains("recording.jsonl: no such file"));
    bench.record(&[row("a", 1, "x")]);
    let run = bench.run_plain(&["recording.jsonl", "--embedder", "nowhere", "--store", "s", "--out", "o", "--quiet"]);
    assert!(run.refused(66).contains("nowhere"));
    bench.write("recording.jsonl", "no recording");
    let run = bench.run_plain(&["recording.jsonl", "--embedder", "nowhere", "--store", "s", "--out", "o", "--quiet"]);
    assert!(run.refused(66).contains("nowhere"), "noticed before the recording is read");
    let run = bench.run_plain(&["recording.tsv", "--embedder", &embedder(), "--store", "s", "--out", "o", "--quiet"]);
    let error = run.refused(65);
    assert!(error.contains("name it *.jsonl, ") && !error.contains("stdin"), "{error}");
}

#[test]
fn an_embedder_that_is_no_bert_is_refused_by_name() {
    let bench = Bench::new();
    bench.record(&[row("a", 1, "x")]);
    let folder = bench.path("other");
    let original = std::path::PathBuf::from(embedder());
    copy(&original, &folder);
    let config = std::fs::read_to_string(folder.join("config.json")).unwrap();
    std::fs::write(folder.join("config.json"), config.replace("\"bert\"", "\"roberta\"")).unwrap();
    let folder = folder.display().to_string();
    let run = bench.run_plain(&["recording.jsonl", "--embedder", &folder, "--store", "s", "--out", "o", "--quiet"]);
    let error = run.refused(65);
    assert!(error.contains("roberta") && error.contains("bert"), "{error}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn settings_out_of_range_are_usage_errors() {
    let bench = Bench::new();
    bench.record(&[row("a", 1, "x")]);
    for flags in [["--attacks", "typo"], ["--profile", "none"], ["--target-fpr", "2"], ["--unit", "x"]] {
        assert!(bench.run(&flags).refused(2).contains(flags[1]), "{flags:?}");
    }
    assert!(bench.run(&["--target-fpr", "0"]).refused(2).ends_with("expected a number above 0 and below 1"));
    for sizes in ["4294967295", "2,1025"] {
        let error = bench.run(&["--minibatch-size", sizes]).refused(2);
        assert!(error.ends_with("expected whole numbers from 1 to 1024, separated by commas"), "{error}");
    }
}

#[test]
fn a_recording_without_a_fair_answer_measures_nothing() {
    let bench = Bench::new();
    let mut failed = row("a", 1, "");
    failed["status"] = json!(503);
    bench.record(&[failed]);
    let run = bench.run(&["--attacks", "none"]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
    assert!(run.warnings().iter().any(|warning| warning.contains("nothing was measured")));
    assert!(run.stderr().contains("recording.jsonl: 1 response to 1 request\n"), "{}", run.stderr());
}

#[test]
fn a_recording_of_copies_has_no_false_positive_rate() {
    let bench = Bench::new();
    let mut copy = row("a", 2, "x");
    copy["copy_of"] = json!(1);
    bench.record(&[row("a", 1, "x"), copy]);
    let run = bench.run(&["--attacks", "none"]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
    let warnings = run.warnings();
    assert!(warnings.iter().any(|warning| warning.starts_with("no false-positive rate was measured")), "{warnings:?}");
    assert!(run.stdout().contains("1 of 1 recorded copies is flagged"), "they were measured: {}", run.stdout());
}

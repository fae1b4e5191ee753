//! What cannot be compared ends in one line that says what to do.

use crate::folder::Folder;
use crate::runs::judged;
use crate::workbench::{compared, recording, usual};

#[test]
fn rows_of_one_side_only_are_listed() {
    let all = recording(20, usual);
    let without = |what: &str| all.lines().filter(|line| !line.contains(what)).collect::<Vec<_>>().join("\n") + "\n";
    let (_, run) = compared(&all, &without("\"uid\": 5"), &[]);
    let line = run.refused(65);
    assert!(line.contains("step 0, uid 5 only in a.jsonl; compare runs of the same submissions"), "{line}");
    let (_, run) = compared(&without("\"s7\""), &all, &[]);
    let line = run.refused(65);
    assert!(line.contains("step 0, uid 3, sample s7 only in b.jsonl"), "{line}");
    let (_, run) = compared(&all, &recording(3, usual), &[]);
    let line = run.refused(65);
    assert!(line.contains("sample s3 only in a.jsonl") && line.contains("; and 31 more;"), "{line}");
}

#[test]
fn without_a_submission_in_common_there_is_nothing_to_compare() {
    let other = recording(20, usual).replace("\"uid\": ", "\"uid\": 10");
    let (_, run) = compared(&recording(20, usual), &other, &[]);
    assert!(run.refused(4).contains("a.jsonl and b.jsonl have no submission in common"));
}

#[test]
fn sources_that_contradict_each_other_are_refused() {
    let row = |source: &str| format!("{{\"uid\": 1, \"sample_id\": \"x\", \"source\": \"{source}\", \"loss\": 1}}\n");
    let (_, run) = compared(&row("here"), &row("there"), &[]);
    assert!(run.refused(65).contains("sample x is from here in the baseline and from there in the candidate"));
}

#[test]
fn what_is_no_run_is_named() {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", recording(2, usual));
    let refused = |baseline: &str, code| folder.run_plain(&[baseline, "a.jsonl"]).refused(code);
    assert!(refused("nowhere", 66).contains("nowhere: no such file or folder; give the folder of a report"));
    std::fs::create_dir(folder.path("empty")).unwrap();
    assert!(refused("empty", 66).contains("empty holds no finished run: there is no run.json"));
    folder.write("empty/run.json", "{\"schema_version\": 7}");
    assert!(
        refused("empty", 65).contains("empty/run.json has version 7 of the layout, and this program reads version 1")
    );
    folder.write("empty/run.json", "{}");
    assert!(refused("empty", 65).contains("is no record of a run: it has no `schema_version`"));
    folder.write("empty/run.json", "not json");
    assert!(refused("empty", 65).contains("is no record of a run: "));
    folder.write("losses.txt", "1");
    assert!(refused("losses.txt", 65).contains("losses.txt"));
}

#[test]
fn a_run_of_another_command_or_without_its_tables_is_refused() {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", recording(30, usual));
    folder.run_plain(&["a.jsonl", "a.jsonl", "--out", "own"]).succeeded();
    let line = folder.run_plain(&["own", "a.jsonl"]).refused(65);
    assert!(line.contains("own/run.json is of `compare`; runs of evaluate, calibrate and replay can be"), "{line}");
}

#[test]
fn recordings_have_no_speed() {
    let text = recording(30, usual);
    let (_, run) = compared(&text, &text, &["--max-slowdown", "1.1"]);
    assert!(run.refused(2).contains("a.jsonl is a recording of losses and says nothing of speed"));
}

#[test]
fn bad_rows_are_refused_as_everywhere() {
    let text = recording(2, usual);
    let (_, run) = compared(&text, &text.replacen("\"loss\": ", "\"loss\": -", 1), &[]);
    assert!(run.refused(65).contains("b.jsonl, line 1: column `loss` is -"));
}

#[test]
fn a_recording_and_a_run_without_losses_have_nothing_to_compare() {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", recording(30, usual));
    judged(&folder, "run", &[]);
    let line = folder.run_plain(&["a.jsonl", "run"]).refused(65);
    assert!(
        line.contains("a.jsonl is a recording of losses, and run is a run of `replay wins`, which keeps none"),
        "{line}"
    );
    assert!(folder.run_plain(&["run", "run", "--gate", "both"]).refused(2).contains("keeps no losses"));
}

#[test]
fn the_report_never_takes_the_place_of_what_is_compared() {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", recording(30, usual));
    judged(&folder, "run", &[]);
    let record = std::fs::read(folder.path("run/run.json")).unwrap();
    let line = folder.run_plain(&["run", "run", "--out", "./run"]).refused(2);
    assert!(line.contains("is one of the runs that are compared"), "{line}");
    assert_eq!(std::fs::read(folder.path("run/run.json")).unwrap(), record);
}

#[test]
fn a_comparison_that_fails_leaves_no_earlier_verdict() {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", recording(30, usual));
    folder.run_plain(&["a.jsonl", "a.jsonl", "--out", "out"]).succeeded();
    folder.run_plain(&["a.jsonl", "nowhere", "--out", "out"]).refused(66);
    for file in ["verdict.json", "verdict.md", "junit.xml", "run.json"] {
        assert!(!folder.path("out").join(file).exists(), "{file}");
    }
}

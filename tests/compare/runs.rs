//! Two finished runs: the exact gate, what has to be alike, speed and memory.

use crate::folder::{Folder, root};
use crate::run::Run;
use crate::workbench::{recording, usual};

/// Judges the recording `a.jsonl` into a folder.
pub fn judged(folder: &Folder, out: &str, more: &[&str]) {
    let mut command = folder.command(&[]);
    command = std::process::Command::new(command.get_program());
    command.env_clear().env("HOME", folder.path("")).current_dir(folder.path(""));
    command.args(["replay", "wins", "a.jsonl", "--quiet", "--out", out]).args(more);
    Run::new(command.output().unwrap()).succeeded();
}

fn workbench() -> Folder {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", recording(30, usual));
    folder
}

/// What an engineer's CI does: the fixtures, evaluated twice.
#[test]
fn evaluations_are_compared_by_their_losses_and_their_tables() {
    let folder = Folder::new("evaluate");
    let fixture = |name: &str| root().join(name).display().to_string();
    let samples = fixture("datasets/samples.jsonl");
    for (submissions, out) in [("fixtures/submissions.jsonl", "before"), ("fixtures/replaced.jsonl", "after")] {
        let submissions = fixture(submissions);
        let common = ["--samples", &samples, "--store", "store", "--samples-per-step", "60", "--out", out];
        folder.run_plain(&[&[submissions.as_str()], &common[..]].concat()).succeeded();
    }
    let compare = |arguments: &[&str]| {
        let mut command = std::process::Command::new(folder.command(&[]).get_program());
        command.env_clear().env("HOME", folder.path("")).current_dir(folder.path(""));
        Run::new(command.arg("compare").args(arguments).args(["--out", "out"]).output().unwrap())
    };
    let same = compare(&["before", "before"]).succeeded();
    assert!(same.stdout().contains("Gate exact: ok."), "{}", same.stdout());
    let run = compare(&["before", "after"]);
    assert_eq!((run.code(), run.warnings()), (3, vec![]), "{}", run.stderr());
    let table = folder.table("submissions");
    let worst = table.numbers("uid").iter().position(|uid| *uid == 63).unwrap();
    assert_eq!((table.rows(), worst, table.texts("verdict")[0].as_str()), (8, 0, "regressed"));
    assert!(table.floats("difference")[0].unwrap() > 0.1 && table.floats("win_rate_change")[0].unwrap() < -0.5);
    assert!(table.counts("sources")[0].unwrap() < table.counts("samples")[0].unwrap(), "samples name their sources");
    let gates = folder.table("gates");
    assert_eq!(gates.flags("rules"), [Some(false), Some(true), Some(false)]);
    for plot in ["differences", "intervals", "win-rates"] {
        assert!(folder.path("out").join(format!("{plot}.svg")).is_file(), "{plot}");
    }
}

#[test]
fn equal_runs_agree_in_every_cell() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    judged(&folder, "two", &[]);
    let run = folder.run_plain(&["one", "two", "--out", "out", "--format", "json"]).succeeded();
    let found: serde_json::Value = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!((&found["verdict"], &found["gates"][0]["gate"]), (&"ok".into(), &"exact".into()));
    assert_eq!(found["gates"][0]["rules"], true);
    assert!(found["cells"]["compared"].as_u64().unwrap() > 100);
    let cells = folder.table("cells");
    assert!(cells.texts("table").iter().any(|table| table == "weights"));
    assert!(!cells.texts("table").iter().any(|table| table == "timings"), "timings differ by nature");
    assert!(cells.counts("differing").iter().all(|count| *count == Some(0)));
}

#[test]
fn other_rules_are_refused_unless_allowed_and_then_seen() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    judged(&folder, "two", &["--epsilon", "0.2"]);
    let line = folder.run_plain(&["one", "two"]).refused(65);
    assert!(line.contains("`epsilon` is 0.01 in the baseline and 0.2 in the candidate"), "{line}");
    assert!(line.ends_with("--allow-mismatch preset"), "{line}");
    let run = folder.run_plain(&["one", "two", "--allow-mismatch", "preset", "--out", "out"]);
    assert_eq!(run.code(), 3, "{}", run.stderr());
    let stdout = run.stdout();
    assert!(stdout.contains("Allowed to differ (preset): `epsilon` is 0.01"), "{stdout}");
    assert!(folder.table("cells").texts("table").iter().any(|table| table == "weights"));
    assert!(stdout.contains("Gate exact: differs."), "{stdout}");
    let report = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    let markdown = std::fs::read_to_string(folder.path("out/verdict.md")).unwrap();
    assert!(report.contains("Allowed to differ (preset)") && markdown.contains("Allowed to differ (preset)"));
}

#[test]
fn other_losses_are_other_samples() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    folder.write("a.jsonl", recording(31, usual));
    judged(&folder, "two", &[]);
    let line = folder.run_plain(&["one", "two"]).refused(65);
    assert!(line.contains("the content of the samples is ") && line.ends_with("--allow-mismatch samples"), "{line}");
}

#[test]
fn rows_meet_by_their_names_whatever_their_order() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    // The uids in another order, and so the rows of every table.
    let text = recording(30, usual);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.split(',').next().unwrap().to_owned()));
    folder.write("a.jsonl", lines.join("\n") + "\n");
    judged(&folder, "two", &[]);
    let run = folder.run_plain(&["one", "two", "--allow-mismatch", "samples", "--out", "out"]).succeeded();
    assert!(run.stdout().contains("Gate exact: ok."), "{}", run.stdout());
    let junit = std::fs::read_to_string(folder.path("out/junit.xml")).unwrap();
    assert!(junit.contains("<property name=\"allowed mismatch 1\" value=\"Allowed to differ (samples)"), "{junit}");
}

#[test]
fn a_run_that_lost_a_table_is_refused() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    std::fs::remove_file(folder.path("one/weights.parquet")).unwrap();
    assert!(folder.run_plain(&["one", "one"]).refused(66).contains("one lacks weights.parquet"));
    std::fs::write(folder.path("one/weights.parquet"), "no table").unwrap();
    assert!(folder.run_plain(&["one", "one"]).refused(65).contains("cannot read the table one/weights.parquet"));
}

#[test]
fn memory_has_a_limit_of_its_own_and_speed_needs_tokens() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    assert_eq!(folder.run_plain(&["one", "one", "--max-memory", "1000"]).code(), 0);
    if cfg!(target_os = "linux") {
        assert_eq!(folder.run_plain(&["one", "one", "--max-memory", "0.001"]).code(), 3);
    }
    let run = folder.run_plain(&["one", "one", "--max-slowdown", "2", "--fail-on-inconclusive"]);
    assert_eq!(run.code(), 5, "nothing went through a model");
    assert!(run.stdout().contains("Gate speed: inconclusive."), "{}", run.stdout());
}

#[test]
fn a_run_without_losses_has_no_statistical_gate() {
    let folder = workbench();
    judged(&folder, "one", &[]);
    let line = folder.run_plain(&["one", "one", "--gate", "statistical"]).refused(2);
    assert!(line.contains("a run of `replay wins` keeps no losses"), "{line}");
}

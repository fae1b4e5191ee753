//! Baselines: made, compared with, replaced, and told.

use crate::folder::Folder;
use crate::run::Run;
use crate::runs::judged;
use crate::workbench::{recording, usual};

fn workbench() -> Folder {
    let folder = Folder::new("baseline");
    folder.write("a.jsonl", recording(30, usual));
    judged(&folder, "run", &[]);
    folder
}

fn compared(folder: &Folder, arguments: &[&str]) -> Run {
    let mut command = std::process::Command::new(folder.command(&[]).get_program());
    command.env_clear().env("HOME", folder.path("")).current_dir(folder.path(""));
    Run::new(command.arg("compare").args(arguments).output().unwrap())
}

#[test]
fn a_baseline_is_a_run_in_one_file() {
    let folder = workbench();
    let stdout = folder.run_plain(&["save", "run", "--by", "me"]).succeeded().stdout();
    assert!(stdout.contains("first baseline") && stdout.contains("me"), "{stdout}");
    let found = compared(&folder, &["baseline.parquet", "run", "--gate", "exact", "--out", "out"]).succeeded();
    assert!(found.stdout().trim_end().ends_with("ok: run against baseline.parquet"), "{}", found.stdout());
    assert!(folder.table("cells").texts("table").iter().any(|table| table == "wins"), "all tables are in it");
    judged(&folder, "other", &["--epsilon", "0.2"]);
    let found = compared(&folder, &["baseline.parquet", "other", "--allow-mismatch", "preset"]);
    assert_eq!(found.code(), 3, "{}", found.stderr());
}

#[test]
fn accepting_needs_a_reason_and_keeps_the_history() {
    let folder = workbench();
    let missing = folder.run_plain(&["accept", "run", "--why", "x", "--by", "me"]);
    assert!(missing.refused(66).contains("baseline.parquet: no such file"));
    folder.run_plain(&["save", "run", "--by", "me"]).succeeded();
    let again = folder.run_plain(&["save", "run", "--by", "me"]);
    assert!(again.refused(2).contains("`weighhouse baseline accept` replaces it"));
    assert!(folder.run_plain(&["accept", "run", "--by", "me"]).refused(2).contains("`why` has no value"));
    judged(&folder, "other", &["--epsilon", "0.2"]);
    folder.run_plain(&["accept", "other", "--by", "you", "--why", "another epsilon"]).succeeded();
    let told = folder.run_plain(&["show", "--format", "json"]).succeeded();
    let history: serde_json::Value = serde_json::from_str(&told.stdout()).unwrap();
    let of = |place: usize, key: &str| history[place][key].as_str().unwrap().to_owned();
    assert_eq!([of(0, "by"), of(1, "by"), of(1, "why")], ["me", "you", "another epsilon"]);
    assert_ne!(of(0, "sha256"), of(1, "sha256"));
    assert!(told.stderr().contains("baseline.parquet holds a run of replay wins on cpu in f64"), "{}", told.stderr());
    assert_eq!(compared(&folder, &["baseline.parquet", "other", "--gate", "exact"]).code(), 0);
}

#[test]
fn what_is_no_baseline_is_refused() {
    let folder = workbench();
    std::fs::create_dir(folder.path("folder.parquet")).unwrap();
    assert!(folder.run_plain(&["show", "folder.parquet"]).refused(66).contains("holds no finished run"));
    assert!(folder.run_plain(&["show", "run/weights.parquet"]).refused(65).contains("is no baseline"));
    assert!(folder.run_plain(&["save", "run", "b.jsonl", "--by", "me"]).refused(2).contains("call it *.parquet"));
    folder.run_plain(&["save", "run", "--by", "me"]).succeeded();
    let whole = std::fs::read(folder.path("baseline.parquet")).unwrap();
    std::fs::write(folder.path("cut.parquet"), &whole[..whole.len() / 2]).unwrap();
    assert!(compared(&folder, &["cut.parquet", "run"]).refused(65).contains("cannot read the table cut.parquet"));
    assert!(
        folder
            .run_plain(&["save", "nowhere", "new.parquet", "--by", "me"])
            .refused(66)
            .contains("nowhere holds no finished run")
    );
}

//! What is no recording of losses ends in one line with its place and a remedy.

use crate::folder::Folder;

fn refusal(text: &str, more: &[&str]) -> String {
    let folder = Folder::new("replay");
    folder.write("l.jsonl", text);
    let arguments = [&["wins", "l.jsonl", "--out", "out"], more].concat();
    folder.run_plain(&arguments).refused(65)
}

#[test]
fn bad_rows_name_their_place() {
    let row = |more: &str| format!("{{\"uid\": 1, \"block\": 1{more}}}\n");
    for (text, expected) in [
        (
            row(", \"losses\": [1, -2]"),
            "l.jsonl, line 1: column `losses` is [1,-2]; give a list of numbers of 0 or more",
        ),
        (row(", \"losses\": [1, null]"), "line 1: column `losses` is [1,null]"),
        (row(""), "line 1: column `losses` is missing"),
        (row(", \"loss\": null, \"status\": \"ok\""), "line 1: column `status` is \"ok\", and there is no loss"),
        (row(", \"loss\": 1, \"status\": \"failed\""), "line 1: column `status` is \"failed\"; give ok, nan"),
        (row(", \"loss\": 1, \"status\": \"error\""), "line 1: column `loss` is 1, beside a status of error"),
        (row(", \"loss\": 1, \"status\": \"skipped\""), "line 1: column `status` is skipped, beside a loss in the"),
        (row(", \"loss\": 1, \"losses\": [1]"), "line 1: column `loss` is 1, beside `losses` in the same row"),
        (
            row(", \"loss\": null"),
            "line 1: column `loss` is null; give a number of 0 or more, nan or inf; null goes with a",
        ),
        (row(", \"losses\": [1]").repeat(2), "line 2: column `uid` is 1, as on line 1"),
        (row(", \"loss\": 1, \"sample_id\": \"a\"").repeat(2), "line 2: column `sample_id` is a, as on line 1"),
        (
            row(", \"step\": 1, \"losses\": [1]")
                + &row(", \"step\": 2, \"losses\": [1]")
                + &row(", \"step\": 1, \"losses\": [1]"),
            "line 3: step 1 has rows further up",
        ),
        (
            row(", \"loss\": 1, \"sample_id\": \"a\"")
                + "{\"uid\": 2, \"block\": 1, \"loss\": 1, \"sample_id\": \"b\"}\n",
            "line 1: uid 1 has no loss on sample b of step 0, which others have",
        ),
        (
            row(", \"loss\": 1") + "{\"uid\": 1, \"block\": 2, \"loss\": 1}\n",
            "line 2: column `block` is 2, beside 1 further up for uid 1 of the step; give one of the two",
        ),
        (
            row(", \"loss\": 1, \"competition\": \"x\"") + &row(", \"loss\": 1, \"competition\": \"y\""),
            "line 2: column `competition` is y, beside x further up",
        ),
        (
            row(", \"losses\": [1], \"current_block\": 5") + &row(", \"losses\": [1], \"current_block\": 6"),
            "line 2: column `current_block` is 6, beside 5 further up for step 0",
        ),
        (row(", \"losses\": [NaN], \"competition\": NaN"), "line 1: column `competition` is NaN; give the id"),
        (String::new(), "l.jsonl: holds no loss; give at least one"),
    ] {
        let line = refusal(&text, &[]);
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn competitions_need_their_shares() {
    let row =
        |uid: u32, id: &str| format!("{{\"uid\": {uid}, \"block\": 1, \"competition\": \"{id}\", \"losses\": [1]}}\n");
    let two = row(1, "x") + &row(2, "y");
    let line = refusal(&two, &[]);
    assert!(
        line.contains("line 1: competition x is none of l3, s1; give its reward share") && line.contains("--shares"),
        "{line}"
    );
    let line = refusal(&(row(1, "l3") + "{\"uid\": 2, \"block\": 1, \"losses\": [1]}\n"), &[]);
    assert!(line.contains("line 2: column `competition` is missing"), "{line}");
    let line = refusal(&row(1, "z"), &["--shares", "l3=0.5,s1=0.5"]);
    assert!(line.contains("line 1: competition z is none of l3, s1"), "shares that were given count: {line}");
    let folder = Folder::new("replay");
    folder.write("l.jsonl", two);
    let shared = folder.run_plain(&["wins", "l.jsonl", "--out", "out", "--shares", "x=0.3,y=0.7", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&shared.succeeded().stdout()).unwrap();
    assert_eq!(found["submissions"][0]["uid"], 2, "the greater share pays more");
    let shared = folder.run_plain(&["wins", "l.jsonl", "--out", "out", "--shares", "x=0.3,y=0.5,z=0.2"]).succeeded();
    assert!(shared.stderr().contains("competition z with a reward share of 0.2 has no step"), "{}", shared.stderr());
}

#[test]
fn settings_that_do_not_fit_are_usage_errors() {
    let folder = Folder::new("replay");
    for (flag, expected) in [
        ("--shares=x=0.3", "expected ID=SHARE,… with shares that sum to 1"),
        ("--against=none", "expected one of finetuning-subnet"),
        ("--epsilon=exponential:0.1:2:9", "factor 2 of an exponential epsilon is out of range"),
        ("-", "cannot come from stdin"),
    ] {
        let line = folder.run_plain(&["wins", flag]).refused(2);
        assert!(line.contains(expected), "{line}");
    }
}

/// A table lacks a value in one row, not a column in all.
#[test]
fn bad_rows_of_a_table_are_left_out_one_by_one() {
    let folder = Folder::new("replay");
    let rows = "uid,block,loss,sample_id\n1,5,1.0,a\n1,5,,b\n2,6,2.0,a\n2,6,3.0,c\n3,7,1.5,a\n";
    folder.write("l.csv", rows);
    let skipped = ["wins", "l.csv", "--out", "out", "--resamples", "1000", "--skip-bad-rows"];
    let run = folder.run_plain(&skipped);
    assert_eq!(run.code(), 65);
    for told in [
        "warning: l.csv, row 2: column `loss` is null; give a number of 0 or more, nan or inf; null goes with a `status` that \
         says why; the row is left out",
        "error: l.csv, row 1: uid 1 has no loss on sample c of step 0",
    ] {
        assert!(run.stderr().contains(told), "{}", run.stderr());
    }
    folder.write("l.csv", rows.replace("2,6,3.0,c\n", ""));
    let run = folder.run_plain(&skipped).succeeded();
    assert_eq!(run.warnings().len(), 1, "{}", run.stderr());
}

#[test]
fn a_recording_of_which_nobody_was_measured_has_a_report_and_its_own_exit_code() {
    let folder = Folder::new("replay");
    let skipped = |uid: u32| format!("{{\"uid\": {uid}, \"block\": {uid}, \"losses\": []}}\n");
    folder.write("l.jsonl", skipped(1) + &skipped(2));
    for preset in ["finetuning-subnet", "pretraining", "coldint"] {
        let run = folder.run_plain(&["wins", "l.jsonl", "--out", "out", "--preset", preset]);
        assert_eq!(run.code(), 4, "{}", run.stderr());
        assert!(run.stderr().contains("in step 0 nobody of a competition has a loss"), "{}", run.stderr());
        assert_eq!(folder.table("steps").counts("samples"), [Some(0)]);
    }
}

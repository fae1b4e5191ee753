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
        (row(", \"loss\": null, \"status\": \"ok\""), "line 1: column `status` is \"ok\""),
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
    let folder = Folder::new("replay");
    folder.write("l.jsonl", two);
    let shared = folder.run_plain(&["wins", "l.jsonl", "--out", "out", "--shares", "x=0.3,y=0.7", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&shared.succeeded().stdout()).unwrap();
    assert_eq!(found["submissions"][0]["uid"], 2, "the greater share pays more");
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

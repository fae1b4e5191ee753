//! `weighhouse replay rewards` through the binary: every recording that the original was run on, penalties computed anew,
//! copies made, rates, and what is refused.

use serde_json::Value;

use crate::folder::{Folder, root};
use crate::refused_late;

/// Quick intervals, which these tests do not look at.
const QUICK: [&str; 4] = ["--confidence", "0.5", "--resamples", "100"];

fn lines(name: &str) -> Vec<Value> {
    let path = root().join(format!("tests/data/rewards/logicnet-{name}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn replay(folder: &Folder, arguments: &[&str]) -> crate::run::Run {
    folder.run_plain(&[&["rewards"], arguments, &["--out", "out"], &QUICK].concat())
}

fn close(found: Option<f64>, expected: &Value, relative: f64) -> bool {
    match (found, expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() <= relative * expected.abs().max(1e-300),
        (found, expected) => found == expected,
    }
}

/// Every case of the original, by both presets: rewards, means, ranks, incentives and weights.
#[test]
fn recordings_are_rewarded_as_the_original_did() {
    let (responses, expected) = (lines("responses"), lines("responses.expected"));
    let scores = lines("scores.expected");
    for case in lines("cases") {
        let of_case = |row: &Value| row["case"] == case["case"];
        let folder = Folder::new("replay");
        let rows: Vec<String> = responses.iter().filter(|row| of_case(row)).map(Value::to_string).collect();
        folder.write("r.jsonl", rows.join("\n"));
        let threshold = case["threshold"].to_string();
        for (preset, name) in [("logicnet-pr99", "pr99"), ("logicnet-single", "single")] {
            let run = replay(&folder, &["r.jsonl", "--preset", preset, "--threshold", &threshold]);
            // Case 11 rewards nothing: nothing is known of anybody.
            let nobody = rows.iter().all(|row| row.contains("\"rewarded\":false"));
            assert_eq!(run.code(), if nobody { 4 } else { 0 }, "{case} {}", run.stderr());
            let rewards = folder.table("responses").floats("reward");
            let wanted: Vec<&Value> =
                expected.iter().filter(|row| of_case(row)).map(|row| &row[format!("{name}_scaled")]).collect();
            let wanted: Vec<&&Value> = wanted.iter().filter(|value| !value.is_null()).collect();
            assert_eq!(rewards.len(), wanted.len(), "{case}");
            for (reward, wanted) in rewards.iter().zip(wanted) {
                assert!(close(*reward, wanted, 1e-12), "{case} {preset} {reward:?} {wanted}");
            }
            let table = folder.table("scores");
            let (loops, uids) = (table.counts("loop"), table.numbers("uid"));
            let place = |row: &Value| {
                let mut rows = loops.iter().zip(&uids);
                rows.position(|(number, uid)| {
                    *number == row["loop"].as_u64() && Some(u64::from(*uid)) == row["uid"].as_u64()
                })
            };
            for row in scores.iter().filter(|row| of_case(row)) {
                // A loop that nobody answered in leaves no row, and changes nothing.
                let Some(place) = place(row) else {
                    assert!(row[name]["mean"].is_null() && !loops.contains(&row["loop"].as_u64()), "{row}");
                    continue;
                };
                let wanted = &row[name];
                assert!(close(table.floats("mean")[place], &wanted["mean"], 1e-12), "{row}");
                assert_eq!(table.counts("rank")[place], wanted["rank"].as_u64(), "{row}");
                assert!(close(table.floats("incentive")[place], &wanted["incentive"], 1e-12), "{row}");
                assert!(close(table.floats("weight")[place], &wanted["weight"], 1e-6), "{row}");
            }
        }
    }
}

fn dataset() -> String {
    root().join("datasets/rewards.jsonl").display().to_string()
}

fn embedder() -> String {
    root().join("fixtures/models/embedder").display().to_string()
}

#[test]
fn penalties_computed_anew_are_those_of_the_recording() {
    let folder = Folder::new("replay");
    let recorded = replay(&folder, &[&dataset()]).succeeded();
    let before = folder.table("responses").floats("penalty");
    let run = replay(&folder, &[&dataset(), "--penalties", "recompute", "--embedder", &embedder()]).succeeded();
    assert!(
        run.stderr().contains("recorded penalties agree with the computed ones; the largest difference is 0.00"),
        "{}",
        run.stderr()
    );
    for (before, after) in before.iter().zip(folder.table("responses").floats("penalty")) {
        assert!(before.zip(after).is_none_or(|(before, after)| (before - after).abs() < 1e-5));
    }
    assert!(recorded.stdout().contains("Miners that copy, as the recording says"));
}

#[test]
fn components_add_up_to_the_mean() {
    let folder = Folder::new("replay");
    replay(&folder, &[&dataset()]).succeeded();
    let (parts, scores) = (folder.table("components"), folder.table("scores"));
    let keys = |table: &crate::table::Table, step: &str| -> Vec<(Option<u64>, u32)> {
        table.counts(step).into_iter().zip(table.numbers("uid")).collect()
    };
    let (of_parts, values) = (keys(&parts, "step"), parts.floats("value"));
    let mut compared = 0;
    for (key, mean) in keys(&scores, "loop").iter().zip(scores.floats("mean")) {
        let Some(mean) = mean else { continue };
        let sum: f64 = of_parts.iter().zip(&values).filter(|(of, _)| *of == key).filter_map(|(_, value)| *value).sum();
        assert!((sum - mean).abs() < 1e-12, "{key:?} {sum} {mean}");
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
    let emission: f64 = folder.table("miners").floats("emission").into_iter().flatten().sum();
    assert!((emission - 1.0).abs() < 1e-9, "{emission}");
}

#[test]
fn made_copies_are_flagged_where_they_are_exact_and_slip_through_where_they_are_not() {
    let folder = Folder::new("replay");
    let copiers = |attack: &str| {
        let common = ["--penalties", "recompute", "--copiers", "4", "--attack", attack];
        let (dataset, embedder) = (dataset(), embedder());
        let all = [&[dataset.as_str(), "--embedder", &embedder][..], &common].concat();
        let run = replay(&folder, &all).succeeded();
        assert!(
            run.stdout().contains(&format!("4 of them made to (attack {attack}), and 5 as the recording says")),
            "{}",
            run.stdout()
        );
        let miners = folder.table("miners");
        let mine = |flagged: bool| {
            let rows = miners.flags("copies").into_iter().zip(miners.counts("flagged"));
            rows.filter(|(is, _)| *is == Some(flagged)).filter_map(|(_, count)| count).sum::<u64>()
        };
        mine(true)
    };
    let (exact, edited) = (copiers("exact"), copiers("words:0.8"));
    assert!(exact > edited + 100, "{exact} {edited}: recorded copies are flagged in both");
    let all = [dataset(), embedder()];
    let run = replay(
        &folder,
        &[&all[0], "--embedder", &all[1], "--penalties", "recompute", "--attack", "exact", "--copiers", "9"],
    );
    let refused = refused_late(&run, 65);
    assert!(refused.contains("has 9 miners that do not copy; --copiers 9 leaves nobody"), "{refused}");
}

/// Runs can be held against each other, as every command's can.
#[test]
fn a_run_is_compared_with_another() {
    let folder = Folder::new("replay");
    for (out, threshold) in [("a", "0.95"), ("b", "0.95"), ("c", "0.85")] {
        let dataset = dataset();
        let all = [&["rewards", &dataset, "--out", out, "--threshold", threshold][..], &QUICK].concat();
        folder.run_plain(&all).succeeded();
    }
    let compared = |other: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_weighhouse"));
        command.env_clear().current_dir(folder.path("")).args(["compare", "a", other]);
        command.output().unwrap().status.code()
    };
    assert_eq!([compared("b"), compared("c")], [Some(0), Some(3)]);
}

#[test]
fn equal_runs_write_equal_tables() {
    let folder = Folder::new("replay");
    let written = || {
        replay(&folder, &[&dataset(), "--seed", "7"]).succeeded();
        ["responses", "scores", "components", "miners", "thresholds", "lost", "answers"]
            .map(|name| std::fs::read(folder.path(&format!("out/{name}.parquet"))).unwrap())
    };
    assert!(written() == written());
}

#[test]
fn rates_are_told_for_every_validator_or_one_and_held_against_a_record() {
    let folder = Folder::new("replay");
    let row = |uid: u32, volume: u32| {
        format!(
            "{{\"request_id\":\"r{uid}\",\"uid\":{uid},\"reasoning\":\"\",\"similarity\":1,\"correctness\":1,\
             \"process_time\":1,\"penalty\":0,\"epoch_volume\":{volume}}}\n"
        )
    };
    folder.write("r.jsonl", row(1, 100) + &row(2, 50));
    folder.write("s.jsonl", "{\"uid\":7,\"stake\":10000}\n{\"uid\":9,\"stake\":30000}\n");
    replay(&folder, &["r.jsonl", "--stakes", "s.jsonl"]).succeeded();
    let rates = folder.table("rates");
    assert_eq!(rates.counts("rate_limit"), [25, 35, 12, 35].map(Some));
    assert_eq!(rates.counts("synthetic"), [19, 27, 8, 27].map(Some));
    folder.write("l.jsonl", "{\"uid\":1,\"rate_limit\":25}\n{\"uid\":2,\"rate_limit\":13}\n");
    let run =
        replay(&folder, &["r.jsonl", "--stakes", "s.jsonl", "--validator", "7", "--rates", "l.jsonl"]).succeeded();
    assert!(
        run.stderr().contains(
            "1 of 2 recorded rate limits differ from the computed ones, the first for uid 2: 13 recorded, 12"
        )
    );
    assert_eq!(folder.table("rates").rows(), 2);
    let refused = refused_late(&replay(&folder, &["r.jsonl", "--stakes", "s.jsonl", "--validator", "8"]), 65);
    assert_eq!(refused, "s.jsonl: has no uid 8; give one that it has");
    folder.write("l.jsonl", "{\"uid\":1,\"rate_limit\":25}\n{\"uid\":3,\"rate_limit\":13}\n");
    let run = replay(&folder, &["r.jsonl", "--stakes", "s.jsonl", "--validator", "7", "--rates", "l.jsonl"]);
    let refused = refused_late(&run, 65);
    assert!(refused.starts_with("l.jsonl, line 2: uid 3 is none of the miners of r.jsonl"), "{refused}");
}

/// The warnings without the one that so small a recording always brings.
fn said(run: &crate::run::Run) -> Vec<String> {
    run.warnings().into_iter().filter(|warning| !warning.starts_with("a miner has ")).collect()
}

/// A row with one value changed.
fn row(column: &str, value: &str) -> String {
    let mut row = serde_json::json!({
        "request_id": "a", "uid": 1, "reasoning": "x", "loop": 0, "similarity": 0.5, "correctness": 1.0,
        "process_time": 1.0, "timeout": 64.0, "penalty": 0.1, "epoch_volume": 512,
    });
    row[column] = serde_json::from_str(value).unwrap();
    row.to_string()
}

#[test]
fn impossible_values_are_refused_with_their_place() {
    let cases = [
        ("process_time", "-1"),
        ("timeout", "0"),
        ("timeout", "-64"),
        ("correctness", "1.5"),
        ("correctness", "-2"),
        ("similarity", "1.01"),
        ("penalty", "-0.1"),
        ("penalty", "2"),
        ("loop", "-1"),
        ("uid", "-1"),
        ("epoch_volume", "\"much\""),
    ];
    for (column, value) in cases {
        let folder = Folder::new("replay");
        folder.write("r.jsonl", row("uid", "1") + "\n" + &row(column, value));
        let refused = replay(&folder, &["r.jsonl"]).refused(65);
        assert!(refused.starts_with(&format!("r.jsonl, line 2: column `{column}` is ")), "{refused}");
        assert!(refused.contains("; give "), "{refused}");
        let skipped = replay(&folder, &["r.jsonl", "--skip-bad-rows"]).succeeded();
        assert_eq!(said(&skipped).len(), 1, "{}", skipped.stderr());
    }
}

#[test]
fn a_loop_stands_together_and_a_request_is_of_one_loop() {
    let folder = Folder::new("replay");
    let of = |request: &str, number: u32| {
        let mut row: Value = serde_json::from_str(&row("loop", &number.to_string())).unwrap();
        row["request_id"] = request.into();
        row.to_string()
    };
    folder.write("r.jsonl", [of("a", 0), of("b", 1), of("c", 0)].join("\n"));
    let refused = replay(&folder, &["r.jsonl"]).refused(65);
    assert_eq!(refused, "r.jsonl, line 3: loop 0 has rows further up, with others between; sort the recording by loop");
    folder.write("r.jsonl", [of("a", 0), of("a", 1)].join("\n"));
    assert!(replay(&folder, &["r.jsonl"]).refused(65).starts_with("r.jsonl, line 2: column `loop` is 1"));
    folder.write("r.jsonl", [row("loop", "null"), of("b", 0)].join("\n"));
    let refused = refused_late(&replay(&folder, &["r.jsonl"]), 65);
    assert_eq!(refused, "r.jsonl: some rows name a `loop` and others do not; give all of them one, or none");
}

#[test]
fn what_is_not_known_is_empty_and_said() {
    let folder = Folder::new("replay");
    let lines = [
        row("uid", "1"),
        row("correctness", "null").replace("\"uid\":1", "\"uid\":2"),
        row("penalty", "null").replace("\"uid\":1", "\"uid\":3"),
    ];
    folder.write("r.jsonl", lines.join("\n"));
    let run = replay(&folder, &["r.jsonl"]).succeeded();
    let warnings = said(&run);
    assert!(
        warnings[0].starts_with("1 of 3 answers have no correctness") && warnings[1].contains("--penalties recompute"),
        "{warnings:?}"
    );
    assert_eq!(folder.table("responses").floats("reward")[1..], [None, None]);
    // Answer and ground truth stand for it where both hold one number.
    let known =
        row("correctness", "null").replace("\"uid\":1", "\"uid\":2,\"answer\":\"42\",\"ground_truth\":\"$42$\"");
    folder.write("r.jsonl", known);
    replay(&folder, &["r.jsonl"]).succeeded();
    assert_eq!(folder.table("responses").floats("correctness"), [Some(1.0)]);
    folder.write("r.jsonl", row("similarity", "null"));
    let run = replay(&folder, &["r.jsonl"]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
}

#[test]
fn mistakes_on_the_command_line_are_usage() {
    let folder = Folder::new("replay");
    let refused = |arguments: &[&str]| folder.run_plain(&[&["rewards"], arguments].concat()).refused(2);
    assert!(refused(&["--attack", "exact"]).contains("--penalties recompute"));
    assert!(refused(&["--copiers", "4"]).contains("--attack"));
    assert!(refused(&["--preset", "pretraining"]).contains("logicnet-pr99"));
    assert!(refused(&["--thresholds", "0.9:0.8:0.1"]).contains("an END that is not below START"));
    let missing = folder.run_plain(&["rewards", "none.jsonl"]).refused(66);
    assert_eq!(missing, "none.jsonl: no such file; check the path");
}

/// A point of a grid is what a run of its own gives.
#[test]
fn a_grid_is_as_many_runs_in_one() {
    let folder = Folder::new("replay");
    let of = |figure: &str, threshold: &str| {
        let grid = folder.table("grid");
        let (figures, values) = (grid.texts("figure"), grid.texts("value"));
        let at = (0..grid.rows()).find(|&at| figures[at] == figure && values[at] == threshold).unwrap();
        grid.floats("result")[at]
    };
    replay(&folder, &[&dataset(), "--grid", "threshold=0.85:0.95:0.05"]).succeeded();
    let found: Vec<[Option<f64>; 2]> =
        ["0.85", "0.9", "0.95"].iter().map(|at| [of("lost by independent", at), of("left to copiers", at)]).collect();
    assert_eq!([of("tau", "0.95"), of("ranks changed", "0.95")], [Some(1.0), Some(0.0)]);
    assert!(folder.path("out/grid.svg").exists());
    for (threshold, found) in ["0.85", "0.9", "0.95"].into_iter().zip(found) {
        replay(&folder, &[&dataset(), "--threshold", threshold]).succeeded();
        let table = folder.table("thresholds");
        let thresholds = table.floats("threshold");
        let at = thresholds.iter().position(|one| *one == threshold.parse().ok()).unwrap();
        assert_eq!([table.floats("lost")[at], table.floats("copiers")[at]], found, "{threshold}");
    }
    assert!(!folder.path("out/grid.svg").exists(), "the plot of an earlier run does not stay");
    assert_eq!(folder.table("grid").rows(), 0);
    let refused = folder.run_plain(&["rewards", "--grid", "top=1,2"]).refused(2);
    assert!(refused.contains("threshold") && refused.contains("kept-loops"), "{refused}");
}

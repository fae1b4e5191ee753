//! The ways in which losses are recorded: as a list, a row for each sample, with a file of submissions, as `evaluate`
//! wrote them. All judge alike.

use std::path::Path;

use serde_json::{Value, json};

use crate::folder::{Folder, root};
use crate::table::Table;

fn dataset() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("datasets/losses.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

/// What a run wrote that must be the same, byte for byte.
fn tables(folder: &Folder, out: &str) -> Vec<Vec<u8>> {
    let read = |name: &str| std::fs::read(folder.path(out).join(name)).unwrap();
    ["wins.parquet", "weights.parquet", "ranks.parquet", "weights.svg", "wins.svg"].map(read).into()
}

fn replay(folder: &Folder, out: &str, arguments: &[&str]) -> String {
    let all = [&["wins"], arguments, &["--out", out, "--resamples", "1000"]].concat();
    folder.run_plain(&all).succeeded().stdout()
}

/// The dataset with a row for each sample instead of a list.
fn by_sample() -> Vec<Value> {
    let mut rows = Vec::new();
    for row in dataset() {
        let losses = row["losses"].as_array().unwrap().clone();
        if losses.is_empty() {
            let mut skipped = row;
            skipped.as_object_mut().unwrap().remove("losses");
            skipped["status"] = json!("skipped");
            rows.push(skipped);
            continue;
        }
        for (sample, loss) in losses.into_iter().enumerate() {
            let mut single = row.clone();
            single.as_object_mut().unwrap().remove("losses");
            single["loss"] = loss;
            single["sample_id"] = json!(format!("s{sample}"));
            rows.push(single);
        }
    }
    rows
}

#[test]
fn a_row_for_each_sample_is_as_good_as_a_list() {
    let folder = Folder::new("replay");
    folder.write("lists.jsonl", lines(dataset()));
    folder.write("samples.jsonl", lines(by_sample()));
    let said = replay(&folder, "one", &["lists.jsonl", "--against", "coldint"]);
    assert_eq!(replay(&folder, "two", &["samples.jsonl", "--against", "coldint"]), said);
    assert_eq!(tables(&folder, "one"), tables(&folder, "two"));
    assert!(said.contains("Against preset coldint: 12 of 14 ranks differ"), "{said}");
}

#[test]
fn what_the_losses_lack_comes_from_the_submissions() {
    let folder = Folder::new("replay");
    let mut seen = std::collections::BTreeMap::new();
    let bare = dataset().into_iter().map(|mut row| {
        let fields = row.as_object_mut().unwrap();
        let (block, competition) = (fields.remove("block").unwrap(), fields.remove("competition").unwrap());
        let model = format!("models/{}", fields["uid"]);
        seen.insert(
            fields["uid"].as_u64(),
            json!({"uid": fields["uid"], "model": model, "block": block, "competition": competition}),
        );
        row
    });
    folder.write("bare.jsonl", lines(bare.collect::<Vec<_>>()));
    folder.write("submissions.jsonl", lines(seen.into_values()));
    folder.write("whole.jsonl", lines(dataset()));
    replay(&folder, "one", &["whole.jsonl"]);
    replay(&folder, "two", &["bare.jsonl", "--submissions", "submissions.jsonl"]);
    let wins = |out: &str| std::fs::read(folder.path(out).join("wins.parquet")).unwrap();
    assert_eq!(wins("one"), wins("two"));
    let weights = folder.table_of("two", "weights");
    assert!(weights.texts("model").contains(&"models/12".to_owned()));
    let run = folder.run_plain(&["wins", "bare.jsonl"]);
    let line = run.refused(65);
    assert!(line.contains("bare.jsonl, line 1: column `block` is missing") && line.contains("--submissions"), "{line}");
}

/// The same numbers as `evaluate` itself reports after judging every sample once, but for what the skipped get: a table of
/// losses does not hold them, and each takes a trifle of the softmax.
#[test]
fn the_losses_that_evaluate_wrote_are_judged_alike() {
    let folder = Folder::new("evaluate");
    let of_root = |path: &str| root().join(path).display().to_string();
    let (submissions, samples) = (of_root("fixtures/submissions.jsonl"), of_root("datasets/samples.jsonl"));
    let evaluate =
        [submissions.as_str(), "--samples", &samples, "--out", "out", "--store", "store", "--resamples=1000"];
    folder.run_plain(&evaluate).succeeded();
    let losses = folder.path("out/losses.parquet").display().to_string();
    let again = Folder::new("replay");
    replay(&again, "out", &[&losses]);
    let last = |path: &Path| {
        let weights = Table::read(path);
        let (uids, weight, rate) = (weights.numbers("uid"), weights.floats("weight"), weights.floats("win_rate"));
        let rated: Vec<_> = uids.iter().zip(rate).filter_map(|(uid, rate)| Some((*uid, rate?))).collect();
        let all: Vec<_> = uids.into_iter().zip(weight).collect();
        (all, rated)
    };
    let (evaluated, rates) = last(&folder.path("out/weights.parquet"));
    let (replayed, rates_again) = last(&again.path("out/weights.parquet"));
    let at_end = |all: &[(u32, Option<f64>)], uid: u32| all.iter().rev().find(|row| row.0 == uid).and_then(|row| row.1);
    assert!(!replayed.is_empty());
    for &(uid, _) in &replayed {
        let (found, expected) = (at_end(&replayed, uid).unwrap(), at_end(&evaluated, uid).unwrap());
        assert!((found / expected - 1.0).abs() < 2e-5, "uid {uid}: {found} {expected}");
    }
    assert!(rates_again.iter().all(|row| rates.contains(row)), "{rates_again:?} {rates:?}");
}

#[test]
fn one_score_a_step_has_no_intervals() {
    let folder = Folder::new("replay");
    let scores = dataset().into_iter().map(|mut row| {
        row["losses"].as_array_mut().unwrap().truncate(1);
        row
    });
    folder.write("scores.jsonl", lines(scores));
    let run = folder.run_plain(&["wins", "scores.jsonl", "--out", "out", "--preset", "pretraining"]).succeeded();
    assert!(run.stderr().contains("nothing to make intervals from"), "{}", run.stderr());
    assert!(run.warnings().is_empty());
    let weights = folder.table("weights");
    assert!(
        ["win_rate_low", "weight_low", "step_weight_high"]
            .iter()
            .all(|name| { weights.floats(name).iter().all(Option::is_none) })
    );
    assert!(weights.floats("win_rate").iter().flatten().any(|rate| *rate == 1.0));
}

/// What is judged and yet looks wrong is said, and kept in the record.
#[test]
fn odd_recordings_are_judged_with_a_warning() {
    let folder = Folder::new("replay");
    let row = |step: u64, uid: u32, block: u64, losses: Value| json!({"step": step, "uid": uid, "block": 1, "current_block": block, "losses": losses});
    let steps =
        [row(2, 1, 100, json!([1, 2])), row(2, 2, 100, json!([1])), row(1, 1, 50, json!([])), row(1, 2, 50, json!([]))];
    folder.write("odd.jsonl", lines(steps));
    let run = folder.run_plain(&["wins", "odd.jsonl", "--out", "out", "--resamples", "1000"]).succeeded();
    for expected in [
        "in step 2 participants have different numbers",
        "in step 1 nobody of a competition has a loss",
        "step 1 is at an earlier block",
        "a step has 2 samples",
    ] {
        assert!(run.stderr().contains(expected), "{expected}: {}", run.stderr());
    }
    let record: Value = serde_json::from_slice(&std::fs::read(folder.path("out/run.json")).unwrap()).unwrap();
    assert_eq!(record["warnings"].as_array().unwrap().len(), 4);
}

/// Parquet has its own NaN and infinity, which are no missing numbers where losses are meant.
#[test]
fn losses_that_are_no_numbers_are_what_they_are_in_any_format() {
    let folder = Folder::new("replay");
    folder.write("losses.csv", "uid,block,loss\n1,5,nan\n1,5,1.5\n2,6,inf\n2,6,2.5\n3,7,1.0\n3,7,inf\n");
    let row = |uid: u32, block: u64, losses: Value| json!({"uid": uid, "block": block, "losses": losses});
    folder.write(
        "losses.jsonl",
        lines([row(1, 5, json!(["nan", 1.5])), row(2, 6, json!(["inf", 2.5])), row(3, 7, json!([1.0, "inf"]))]),
    );
    folder.write(
        "python.jsonl",
        std::fs::read_to_string(folder.path("losses.jsonl"))
            .unwrap()
            .replace("\"nan\"", "NaN")
            .replace("\"inf\"", "Infinity"),
    );
    replay(&folder, "python", &["python.jsonl"]);
    replay(&folder, "csv", &["losses.csv"]);
    replay(&folder, "json", &["losses.jsonl"]);
    assert_eq!(tables(&folder, "csv"), tables(&folder, "json"));
    assert_eq!(tables(&folder, "python"), tables(&folder, "json"));
    let wins = folder.table_of("csv", "weights").counts("win_total");
    assert_eq!(wins, [Some(2), Some(1), Some(1)], "NaN meets nobody; 1.5 beats both; 2.5 and 1.0 beat infinity");
}

/// What one competition of a step comes to is its own affair: the samples of another one in the same step are not its.
#[test]
fn competitions_of_one_step_keep_to_their_own_samples() {
    let folder = Folder::new("replay");
    let losses = |uid: u64, samples: u64| (0..samples).map(move |sample| (sample, (uid * 7 + sample * 5) % 11 + 1));
    let row = |uid: u64, competition: &str| json!({"step": 1, "uid": uid, "block": uid, "competition": competition, "current_block": 9});
    let of = |competition: &'static str, uids: std::ops::Range<u64>, samples: u64, listed: bool| {
        uids.flat_map(move |uid| {
            let mut all = row(uid, competition);
            if listed {
                all["losses"] = json!(losses(uid, samples).map(|(_, loss)| loss).collect::<Vec<_>>());
                return vec![all];
            }
            let single = |(sample, loss)| {
                let mut row = all.clone();
                row["sample_id"] = json!(format!("{competition}{sample}"));
                row["loss"] = json!(loss);
                row
            };
            losses(uid, samples).map(single).collect()
        })
    };
    folder.write("alone.jsonl", lines(of("x", 1..4, 30, true)));
    folder.write("lists.jsonl", lines(of("x", 1..4, 30, true).chain(of("y", 4..6, 3, true))));
    folder.write("samples.jsonl", lines(of("x", 1..4, 30, false).chain(of("y", 4..6, 3, false))));
    let shares = |out: &str, file: &str| {
        replay(&folder, out, &[file, "--shares", "x=0.5,y=0.5"]);
        let weights = folder.table_of(out, "weights");
        let rates = ["win_rate", "win_rate_low", "win_rate_high"].map(|name| weights.floats(name));
        (folder.table_of(out, "steps").counts("samples"), rates)
    };
    let (samples, of_lists) = shares("lists", "lists.jsonl");
    assert_eq!(samples, [Some(30), Some(3)]);
    assert_eq!(shares("samples", "samples.jsonl"), (samples, of_lists.clone()));
    let (_, alone) = shares("alone", "alone.jsonl");
    assert!(alone[1].iter().zip(&of_lists[1]).take(3).all(|(one, other)| one.is_some() && one == other));
    // Three samples leave a rate open almost wholly; thirty of another competition say nothing about it.
    let ends = |row: usize| (of_lists[1][row].unwrap(), of_lists[2][row].unwrap());
    assert!(
        (0..of_lists[0].len()).any(|row| of_lists[0][row].is_some() && ends(row).1 - ends(row).0 > 0.6),
        "{of_lists:?}"
    );
}

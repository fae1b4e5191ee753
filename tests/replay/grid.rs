//! What other values of one rule would change: each is what a run by that rule comes to.

use serde_json::Value;

use crate::folder::{Folder, root};
use crate::table::Table;

/// Replays the dataset into `out` and gives the JSON on stdout.
fn replay(folder: &Folder, out: &str, arguments: &[&str]) -> Value {
    let losses = root().join("datasets/losses.jsonl").display().to_string();
    let all = [&["wins", &losses, "--out", out, "--resamples", "1000", "--format", "json"], arguments].concat();
    serde_json::from_str(&folder.run_plain(&all).succeeded().stdout()).unwrap()
}

/// What the table of a grid says of a figure, value by value.
fn results(table: &Table, figure: &str) -> Vec<Option<f64>> {
    let (figures, results) = (table.texts("figure"), table.floats("result"));
    figures.iter().zip(results).filter(|(name, _)| *name == figure).map(|(_, result)| result).collect()
}

/// The figures of a run that is held against the one that has the grid, as the grid has them.
fn expected(folder: &Folder, out: &str, said: &Value, own_leader: u32) -> [Option<f64>; 7] {
    let (ranks, weights) = (folder.table_of(out, "ranks"), folder.table_of(out, "weights"));
    let (uids, weight) = (ranks.numbers("uid"), ranks.floats("weight"));
    let (here, there) = (ranks.counts("rank"), ranks.counts("rank_against"));
    let own = uids.iter().position(|uid| *uid == own_leader).unwrap();
    // Two competitions take turns, so the last steps of both are the last two.
    let steps = weights.numbers("step");
    let last = steps.iter().max().unwrap() - 1;
    let kept = steps.iter().zip(weights.flags("kept")).filter(|(step, kept)| **step >= last && *kept == Some(true));
    [
        Some(f64::from(uids[0])),
        weight[0],
        weight[own],
        said["against"]["kendall_tau"].as_f64(),
        Some(here.iter().zip(there).filter(|(one, other)| **one != *other).count() as f64),
        Some(weight.iter().flatten().filter(|weight| **weight > 0.0).count() as f64),
        Some(kept.count() as f64),
    ]
}

const FIGURES: [&str; 7] = ["leader", "leader's weight", "own leader's weight", "tau", "ranks changed", "paid", "kept"];

fn assert_same(table: &Table, place: usize, expected: [Option<f64>; 7], value: &str) {
    for (figure, expected) in FIGURES.into_iter().zip(expected) {
        let found = results(table, figure)[place];
        // JSON is not read to the last bit.
        let is_same = match figure {
            "tau" => found.zip(expected).is_some_and(|(found, expected)| (found - expected).abs() < 1e-15),
            _ => found.map(f64::to_bits) == expected.map(f64::to_bits),
        };
        assert!(is_same, "{value}: {figure} is {found:?} and not {expected:?}");
    }
}

#[test]
fn a_point_is_what_a_run_with_that_value_comes_to() {
    let folder = Folder::new("replay");
    let said = replay(&folder, "out", &["--grid", "epsilon=0:0.06:0.02"]);
    let table = folder.table("grid");
    assert_eq!(table.rows(), 4 * FIGURES.len());
    assert_eq!(said["grid"].as_array().unwrap().len(), table.rows());
    let own = said["submissions"][0]["uid"].as_u64().unwrap() as u32;
    for (place, value) in ["0", "0.02", "0.04", "0.06"].into_iter().enumerate() {
        let row = place * FIGURES.len();
        assert_eq!((table.texts("key")[row].as_str(), table.texts("value")[row].as_str()), ("epsilon", value));
        assert_eq!(table.floats("number")[row], value.parse().ok());
        let said = replay(&folder, value, &["--epsilon", value, "--against", "finetuning-subnet"]);
        assert_same(&table, place, expected(&folder, value, &said, own), value);
    }
    assert!(table.floats("result_low").iter().all(Option::is_none), "a grid has no intervals");
}

#[test]
fn what_follows_from_a_preset_follows_in_a_grid() {
    let folder = Folder::new("replay");
    let said = replay(&folder, "out", &["--alpha=0.8", "--grid=preset=finetuning-subnet,coldint", "--against=coldint"]);
    let (table, ranks) = (folder.table("grid"), folder.table("ranks"));
    let own = said["submissions"][0]["uid"].as_u64().unwrap() as u32;
    for (place, preset) in ["finetuning-subnet", "coldint"].into_iter().enumerate() {
        let flags = ["--alpha=0.8", "--preset", preset, "--against=finetuning-subnet"];
        let said = replay(&folder, preset, &flags);
        let [leader, weight, own_weight, _, _, paid, kept] = expected(&folder, preset, &said, own);
        // That run is held against the preset, whose alpha is another.
        let of_pair = ["tau", "ranks changed"].map(|figure| results(&table, figure)[place]);
        assert_same(&table, place, [leader, weight, own_weight, of_pair[0], of_pair[1], paid, kept], preset);
    }
    assert_eq!((results(&table, "tau")[0], results(&table, "ranks changed")[0]), (Some(1.0), Some(0.0)), "itself");
    assert!(table.floats("number").iter().all(Option::is_none));
    // What the run is held against is judged beside the grid and not mixed up with it: it has the preset's own alpha.
    let coldint = replay(&folder, "against", &["--preset=coldint", "--against=finetuning-subnet"]);
    let mut against: Vec<Option<f64>> = ranks.floats("weight_against");
    against.sort_by(|one, other| other.partial_cmp(one).unwrap());
    assert_eq!(against, folder.table_of("against", "ranks").floats("weight"), "{coldint}");
    assert!(folder.path("out/grid.svg").exists());
}

#[test]
fn people_see_a_table_a_sentence_and_a_plot() {
    let folder = Folder::new("replay");
    let losses = root().join("datasets/losses.jsonl").display().to_string();
    let arguments = ["wins", &losses, "--out=out", "--resamples=1000", "--format=markdown"];
    let run = |more: &[&str]| folder.run_plain(&[&arguments[..], more].concat()).succeeded().stdout();
    let said = run(&["--grid", "epsilon=0:0.3:0.1"]);
    assert!(said.contains("| epsilon | leader | leader's weight |") && said.contains("\n| 0.3 | "), "{said}");
    assert!(said.contains("Over epsilon from 0 to 0.3 the leader changes at "), "{said}");
    let plots = ["out/grid.svg", "out/grid.png"].map(|name| folder.path(name));
    let page = || std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(plots.iter().all(|plot| plot.exists()) && page().contains("Over epsilon from 0 to 0.3"));
    let said = run(&["--grid", "sample-min=1:3:1"]);
    assert!(said.contains("Over sample-min from 1 to 3 uid 80 leads throughout."), "{said}");
    let said = run(&[]);
    assert!(!said.contains("Over "), "{said}");
    assert!(plots.iter().all(|plot| !plot.exists()), "of the run before");
    assert_eq!(folder.table("grid").rows(), 0);
}

#[test]
fn a_grid_comes_from_everywhere_and_is_recorded_once() {
    let folder = Folder::new("replay");
    folder.write("weighhouse.toml", "grid = 'sample_min=1,2'\nepsilon = 0.02");
    let mut command = folder.command(&["wins", "--show-settings", "--format=markdown"]);
    let shown = |command: &mut std::process::Command| String::from_utf8(command.output().unwrap().stdout).unwrap();
    let text = shown(&mut command);
    let rows = |text: &str, key: &str| text.lines().filter(|line| line.starts_with(&format!("| {key} "))).count();
    assert!(text.contains("sample_min=1,2") && text.contains("file weighhouse.toml"), "{text}");
    let text = shown(command.env("WEIGHHOUSE_GRID", "epsilon=0.1,0.2"));
    assert!(text.contains("epsilon=0.1,0.2") && text.contains("environment WEIGHHOUSE_GRID"), "{text}");
    for key in ["grid", "epsilon", "preset", "competitions.l3"] {
        assert_eq!(rows(&text, key), 1, "{key}: {text}");
    }
    assert!(text.lines().any(|line| line.starts_with("| epsilon ") && line.contains(" 0.02 ")), "{text}");
}

#[test]
fn what_is_no_grid_is_a_usage_error() {
    let folder = Folder::new("replay");
    for (grid, expected) in [
        ("alpha", "invalid value `alpha` for --grid: expected KEY=VALUE,VALUE,… or KEY=START:END:STEP"),
        ("alpha=", "expected VALUE,VALUE,…"),
        ("alpha=0:1:0", "for --grid: expected a STEP above 0"),
        ("alpha=1:0:0.1", "for --grid: expected an END that is not below START"),
        ("alpha=0:1:1e-9", "for --grid: expected at most 1000 values"),
        (
            "seed=1,2",
            "invalid value `seed` for the KEY of --grid: expected one of preset, epsilon, temperature, skew, ",
        ),
        ("alpha=0.5,2", "--grid alpha=2: invalid value `2` for --alpha: expected a number from 0 to 1"),
        ("sample-min=1:2:0.5", "--grid sample-min=1.5: invalid value `1.5` for --sample-min: expected a whole number"),
        ("skew=1,2", "--grid skew=1: skew 1 has no meaning in preset finetuning-subnet, which has a softmax"),
    ] {
        let line = folder.run_plain(&["wins", "--grid", grid]).refused(2);
        assert!(line.contains(expected), "{line}");
    }
    let line = folder.run_plain(&["wins", "--temperature=1", "--grid=preset=finetuning-subnet,coldint"]).refused(2);
    assert!(line.starts_with("--grid preset=coldint: temperature 1 has no meaning in preset coldint"), "{line}");
}

//! `weighhouse replay contenders` through the binary: the original's metrics, orders and weights, the default data, and what
//! is refused.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::folder::{Folder, root};
use crate::run::Run;
use crate::table::Table;

/// Quick intervals, which these tests do not look at.
const QUICK: [&str; 4] = ["--confidence", "0.5", "--resamples", "100"];

fn lines(name: &str) -> Vec<Value> {
    let path = root().join(format!("tests/data/contenders/{name}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_case<'a>(rows: &'a [Value], case: &'a Value) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| row["case"] == case["case"])
}

fn written<'a>(rows: impl Iterator<Item = &'a Value>) -> String {
    rows.map(|row| format!("{row}\n")).collect()
}

fn folder() -> Folder {
    Folder::new("replay")
}

/// A folder with the data sets beside it, as the defaults name them.
fn with_data() -> Folder {
    let folder = folder();
    std::fs::create_dir_all(folder.path("datasets/contenders")).unwrap();
    for entry in std::fs::read_dir(root().join("datasets/contenders")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        std::fs::copy(&path, folder.path("datasets/contenders").join(name)).unwrap();
    }
    folder
}

fn replay(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run_plain(&[&["contenders"], arguments, &["--out", "out"], &QUICK].concat())
}

#[track_caller]
fn assert_close(found: Option<f64>, expected: &Value, what: &str) {
    let is_close = match (found, expected.as_f64()) {
        (None, None) => true,
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        _ => false,
    };
    assert!(is_close, "{what}: {found:?} for {expected}");
}

/// The rows of a table by two of its columns.
fn by(table: &Table, first: &str, second: &str) -> BTreeMap<[String; 2], usize> {
    let pairs = table.texts(first).into_iter().zip(table.texts(second));
    pairs.enumerate().map(|(row, (first, second))| ([first, second], row)).collect()
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap().to_owned()
}

#[test]
fn metrics_and_orders_are_the_original_s() {
    let folder = folder();
    let (periods, similarities) = (lines("select-periods"), lines("select-similarity"));
    let expected = lines("select.expected");
    for case in lines("select-cases").iter().step_by(3) {
        folder.write("p.jsonl", written(of_case(&periods, case)));
        let (now, interval) = (case["now"].to_string(), case["interval"].to_string());
        let mut arguments = vec!["p.jsonl", "--now", &now, "--interval-seconds", &interval];
        let similar = written(of_case(&similarities, case));
        if !similar.is_empty() {
            folder.write("s.jsonl", similar);
            arguments.extend(["--similarity", "s.jsonl"]);
        }
        replay(&folder, &arguments).succeeded();
        let table = folder.table("contenders");
        let rows = by(&table, "task", "hotkey");
        for row in of_case(&expected, case) {
            let what = format!("{} {} {}", row["case"], row["task"], row["hotkey"]);
            let at = rows[&[text(row, "task"), text(row, "hotkey")]];
            for (column, key) in [("own", "own"), ("global", "global"), ("rank_value", "rank_value")] {
                assert_close(table.floats(column)[at], &row[key], &what);
            }
            // Equal ones share a place here, and stand in the order of their ids there.
            let place = table.counts("place")[at];
            assert_eq!(place.is_some(), row["position"].is_u64(), "{what}");
            assert!(place <= row["position"].as_u64(), "{what}: {place:?}");
        }
    }
}

#[test]
fn weights_are_the_original_s() {
    let folder = folder();
    let (periods, requests, tasks) = (lines("weights-periods"), lines("weights-requests"), lines("weights-tasks"));
    let expected = lines("weights.expected");
    for case in lines("weights-cases").iter().step_by(2) {
        let mut served: Vec<&Value> = of_case(&requests, case).collect();
        if served.is_empty() || of_case(&periods, case).all(|row| row["capacity"].as_f64() == Some(0.0)) {
            continue;
        }
        served.sort_by(|one, other| one["time"].as_f64().unwrap().total_cmp(&other["time"].as_f64().unwrap()));
        folder.write("p.jsonl", written(of_case(&periods, case)));
        folder.write("r.jsonl", written(served.into_iter()));
        folder.write("t.jsonl", written(of_case(&tasks, case)));
        let now = case["now"].to_string();
        for rows in ["topped-up", "own-task"] {
            let files = ["p.jsonl", "--requests", "r.jsonl", "--tasks", "t.jsonl", "--now", &now, "--rows", rows];
            let run = replay(&folder, &files);
            assert!([0, 4].contains(&run.code()), "weights need nobody that serves at the moment: {}", run.stderr());
            let table = folder.table("weights");
            let found: BTreeMap<String, Option<f64>> =
                table.texts("hotkey").into_iter().zip(table.floats("weight")).collect();
            let expected: Vec<&Value> = of_case(&expected, case).filter(|row| row["rows"] == rows).collect();
            for row in &expected {
                let weight = found.get(&text(row, "hotkey")).copied().flatten().or(Some(0.0));
                assert_close(weight, &row["weight"], &format!("{} {rows} {}", row["case"], row["hotkey"]));
            }
            assert!(found.keys().all(|hotkey| expected.iter().any(|row| row["hotkey"] == **hotkey)));
        }
    }
}

#[test]
fn the_default_data_tells_the_story() {
    let folder = with_data();
    let run = replay(&folder, &[]).succeeded();
    assert_eq!(run.warnings(), [""; 0]);
    let policies = folder.table("policies");
    assert_eq!(policies.texts("policy"), ["load-balance", "nineteen-pr75", "net-score", "softmax", "weighted-top"],);
    let success = policies.floats("weighted_success");
    assert!(success[1] > success[0], "picking by history finds those that answer: {success:?}");
    let gini = policies.floats("gini");
    assert!(gini[0] < gini[1], "and it shares out less equally: {gini:?}");
    assert_eq!(folder.table("picks").rows(), 5 * 8603);
    let scenario = folder.table("scenario");
    assert_eq!(scenario.floats("relative"), [0.9375, 0.875, 0.75, 0.5, 0.0].map(Some));
    assert_eq!(scenario.floats("new"), scenario.floats("claimed"));
    for name in ["success", "shares", "weights", "similarity"] {
        assert!(folder.path(&format!("out/{name}.svg")).exists(), "{name}");
    }
    let page = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(page.contains("The pull request&#x27;s scenario") || page.contains("The pull request's scenario"));
}

/// What the data set was made with: chat skills are shared by chat tasks, and not by those of images.
#[test]
fn the_history_tells_which_tasks_are_alike() {
    let folder = with_data();
    replay(&folder, &[]).succeeded();
    let table = folder.table("similarities");
    let rows = by(&table, "left_task", "right_task");
    let correlation =
        |left: &str, right: &str| table.floats("correlation")[rows[&[left.into(), right.into()]]].unwrap();
    assert!(correlation("chat-new", "chat-large") > 0.8 && correlation("image-fast", "image-slow") > 0.6);
    assert!(correlation("chat-large", "image-fast").abs() < 0.6);
    let at = rows[&["chat-new".into(), "chat-large".into()]];
    let ends = [table.floats("similarity_low")[at], table.floats("similarity_high")[at]];
    assert!(ends[0] < table.floats("similarity")[at] && table.floats("similarity")[at] < ends[1], "{ends:?}");
    assert_eq!(table.floats("registered")[at], Some(0.5));
}

#[test]
fn components_add_up() {
    let folder = with_data();
    replay(&folder, &[]).succeeded();
    let table = folder.table("components");
    let mut sums: BTreeMap<[String; 2], f64> = BTreeMap::new();
    let keys = table.texts("subject").into_iter().zip(table.texts("score"));
    for ((subject, score), value) in keys.zip(table.floats("value")) {
        *sums.entry([score, subject]).or_default() += value.unwrap();
    }
    let contenders = folder.table("contenders");
    let ids = contenders.texts("hotkey").into_iter().zip(contenders.texts("task"));
    for ((hotkey, task), value) in ids.zip(contenders.floats("rank_value")) {
        let sum = sums[&["rank_value".to_owned(), format!("{hotkey}-{task}")]];
        assert!((sum - value.unwrap()).abs() < 1e-9, "{hotkey} {task}");
    }
    let weights = folder.table("weights");
    for (hotkey, weight) in weights.texts("hotkey").into_iter().zip(weights.floats("weight")) {
        assert!((sums[&["weight".to_owned(), hotkey]] - weight.unwrap()).abs() < 1e-12);
    }
}

#[test]
fn a_point_of_a_grid_is_a_run_of_its_own() {
    let folder = with_data();
    for (key, value) in
        [("history-weight", "5"), ("drop-off", "1.5"), ("interval-seconds", "900"), ("similarity-factor", "2")]
    {
        replay(&folder, &["--grid", &format!("{key}={value},{value}0")]).succeeded();
        let grid = folder.table("grid");
        let (figures, values) = (grid.texts("figure"), grid.texts("value"));
        let of = |figure: &str| {
            let at = (0..grid.rows()).find(|&at| figures[at] == figure && values[at] == value).unwrap();
            grid.floats("result")[at]
        };
        replay(&folder, &[&format!("--{key}"), value]).succeeded();
        let policies = folder.table("policies");
        let at = policies.texts("policy").iter().position(|policy| policy == "nineteen-pr75").unwrap();
        for (figure, column) in
            [("overlap", "overlap"), ("tau", "kendall_tau"), ("success", "weighted_success"), ("gini", "gini")]
        {
            assert_eq!(of(figure), policies.floats(column)[at], "{key} {figure}");
        }
    }
}

#[test]
fn without_history_every_order_is_that_by_requests() {
    let folder = folder();
    let period = |hotkey: &str, requests: u64| {
        format!(
            "{{\"expired_at\": null, \"node_id\": 1, \"hotkey\": \"{hotkey}\", \"task\": \"t\", \"capacity\": 5, \
             \"consumed\": 0, \"requests\": {requests}, \"n429\": 0, \"n500\": 0}}\n"
        )
    };
    folder.write(
        "p.jsonl",
        ["a", "b", "c"].into_iter().zip([7, 3, 5]).map(|(key, count)| period(key, count)).collect::<String>(),
    );
    let run = replay(&folder, &["p.jsonl"]).succeeded();
    let table = folder.table("contenders");
    assert_eq!(table.texts("hotkey"), ["a", "b", "c"]);
    assert_eq!((table.counts("place"), table.floats("own")), (vec![Some(3), Some(1), Some(2)], vec![Some(0.0); 3]));
    assert_eq!(table.counts("place_by_requests"), table.counts("place"));
    assert_eq!(table.floats("wait"), [6.0, 0.0, 2.0].map(Some));
    assert!(run.stdout().ends_with("3 contenders of 1 task ranked by nineteen-pr75.\n"), "{}", run.stdout());
    assert_eq!(folder.table("policies").floats("coverage"), [None; 5]);
}

/// The validator balanced by requests, so a replay by the recorded ones finds whom it asked.
#[test]
fn what_was_known_then_is_what_the_validator_went_by() {
    let folder = with_data();
    replay(&folder, &["--balance", "recorded"]).succeeded();
    let coverage = folder.table("policies").floats("coverage")[0].unwrap();
    assert!(
        (0.69..0.74).contains(&coverage),
        "it drew .7 of the requests and met the least asked by chance: {coverage}"
    );
}

#[test]
fn equal_runs_write_equal_tables() {
    let folder = with_data();
    let written = |seed: &str| {
        replay(&folder, &["--seed", seed]).succeeded();
        ["contenders", "policies", "picks", "weights", "similarities"]
            .map(|name| std::fs::read(folder.path(&format!("out/{name}.parquet"))).unwrap())
    };
    let first = written("1");
    assert!(first == written("1") && first[2] != written("2")[2]);
}

#[test]
fn impossible_input_is_refused_with_its_place() {
    let folder = folder();
    let period = "{\"expired_at\": 1793491200, \"node_id\": 1, \"hotkey\": \"a\", \"task\": \"t\", \"capacity\": 5, \
                  \"consumed\": 0, \"requests\": 3, \"n429\": 0, \"n500\": 0}\n";
    let refused = |name: &str, content: &str, arguments: &[&str]| {
        folder.write("p.jsonl", period);
        folder.write(name, content);
        replay(&folder, &[&["p.jsonl"], arguments].concat()).refused(65)
    };
    let told = refused("p.jsonl", &period.replace("\"n429\": 0", "\"n429\": -1"), &[]);
    assert_eq!(told, "p.jsonl, line 1: column `n429` is -1; give a whole number from 0 to the row's requests");
    let told = refused("p.jsonl", &period.replace("\"n500\": 0", "\"n500\": 4"), &[]);
    assert_eq!(told, "p.jsonl, line 1: column `n500` is 4; give a whole number from 0 to the row's requests");
    let told = refused("p.jsonl", &period.repeat(2), &[]);
    assert_eq!(
        told,
        "p.jsonl, line 2: column `expired_at` is 1793491200 of one hotkey and task, as on line 1; give each line its own"
    );
    let told = refused("p.jsonl", &period.replace("1793491200", "7"), &[]);
    assert!(told.starts_with("p.jsonl, line 1: column `expired_at` is 7; give a time from 2000 to 2099"), "{told}");
    let pair = |left: &str, similarity: &str| {
        format!("{{\"left_task\": \"{left}\", \"right_task\": \"u\", \"similarity\": {similarity}}}\n")
    };
    let similar = |content: String| refused("s.jsonl", &content, &["--similarity", "s.jsonl"]);
    let told = similar(pair("t", "1.5"));
    assert_eq!(told, "s.jsonl, line 1: column `similarity` is 1.5; give a number from 0 to 1");
    let told = similar(pair("u", "0.5"));
    assert!(told.starts_with("s.jsonl, line 1: column `right_task` is u; give the name of another task"), "{told}");
    let told = similar(pair("t", "0.5").repeat(2));
    assert!(told.starts_with("s.jsonl, line 2: column `right_task` is u of t, as on line 1"), "{told}");
    let request = |time: u64, kind: &str| {
        format!("{{\"time\": {time}, \"task\": \"t\", \"kind\": \"{kind}\", \"node_id\": 1, \"hotkey\": \"a\"}}\n")
    };
    let served = |content: String| refused("r.jsonl", &content, &["--requests", "r.jsonl"]);
    let told = served(request(1793490000, "organic") + &request(1793489999, "organic"));
    assert!(told.starts_with("r.jsonl, line 2: column `time` is 1793489999; give a time from 2000 to 2099"), "{told}");
    assert!(told.ends_with("not before that of the row before"), "{told}");
    let rare = request(1793490000, "organic").replace("\"a\"}", "\"a\", \"propensity\": 1e-300}");
    let told = served(rare);
    assert!(told.ends_with("give a probability from 0.000001 to 1, or null"), "{told}");
    let told = served(request(1793490000, "other"));
    assert_eq!(told, "r.jsonl, line 1: column `kind` is other; give organic or synthetic");
    let told = refused("t.jsonl", "{\"task\": \"t\", \"weight\": -1}\n", &["--tasks", "t.jsonl"]);
    assert_eq!(told, "t.jsonl, line 1: column `weight` is -1; give a number from 0 to 1000000000");
    folder.write("p.jsonl", period);
    let told = replay(&folder, &["p.jsonl", "--now", "2026-10-01T00:00:00Z"]).refused(2);
    assert!(
        told.starts_with("--now 2026-10-01T00:00:00Z lies before the last time that is recorded, 2026-11-01"),
        "{told}"
    );
}

#[test]
fn more_periods_than_can_be_looked_at_are_refused() {
    let folder = with_data();
    let told = replay(&folder, &["--period-seconds", "0.5"]).refused(2);
    assert!(told.contains("--period-seconds 0.5 makes 17") && told.ends_with("give more"), "{told}");
}

#[test]
fn nobody_that_serves_is_said() {
    let folder = folder();
    folder.write(
        "p.jsonl",
        "{\"expired_at\": 1793491200, \"node_id\": 1, \"hotkey\": \"a\", \"task\": \"t\", \"capacity\": 5, \"consumed\": 0, \
         \"requests\": 3, \"n429\": 0, \"n500\": 0}\n",
    );
    let run = replay(&folder, &["p.jsonl"]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
    assert!(run.warnings()[0].starts_with("no contender serves anything: of 1 period none is running"));
}

#[test]
fn a_task_that_no_period_has_is_said() {
    let folder = with_data();
    folder.write("s.jsonl", "{\"left_task\": \"chat-nwe\", \"right_task\": \"chat-large\", \"similarity\": 0.5}\n");
    let run = replay(&folder, &["--similarity", "s.jsonl"]).succeeded();
    assert_eq!(run.warnings(), ["no period is of the task chat-nwe, which other files name"]);
}

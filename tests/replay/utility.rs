//! `weighhouse replay utility` through the binary: the original's valid fields, scores and order, the default data, payloads
//! beyond all bounds, and what is refused.

use std::collections::HashMap;

use serde_json::Value;

use crate::folder::{Folder, root};
use crate::refused_late;
use crate::run::Run;
use crate::table::Table;

/// Quick intervals, which these tests do not look at.
const QUICK: [&str; 6] = ["--confidence", "0.5", "--resamples", "100", "--successions", "20"];
/// The schemas of the original's endpoints.
const SCHEMAS: &str = "profile=schema-profile.json,followers=schema-followers.json,tweets=schema-tweets.json";

fn data(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/data/utility").join(name)).unwrap()
}

fn lines(name: &str) -> Vec<Value> {
    let text = String::from_utf8(data(&format!("{name}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder with the original's rows and schemas.
fn golden() -> Folder {
    let folder = Folder::new("replay");
    for name in ["responses.jsonl", "truth.jsonl"] {
        folder.write(name, data(name));
    }
    for name in ["profile", "followers", "tweets", "issue"] {
        folder.write(&format!("schema-{name}.json"), data(&format!("schema-{name}.json")));
    }
    folder
}

/// A folder with the data set beside it, as the defaults name it.
fn with_data() -> Folder {
    let folder = Folder::new("replay");
    std::fs::create_dir_all(folder.path("datasets/utility")).unwrap();
    for entry in std::fs::read_dir(root().join("datasets/utility")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path("datasets/utility").join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn replay_into(folder: &Folder, out: &str, arguments: &[&str]) -> Run {
    folder.run_plain(&[&["utility"], arguments, &["--out", out], &QUICK].concat())
}

fn replay(folder: &Folder, arguments: &[&str]) -> Run {
    replay_into(folder, "out", arguments)
}

/// One row; `more` replaces what it says of a key.
fn row(request: &str, uid: u32, payload: &str) -> String {
    let payload = Value::from(payload);
    format!(
        "{{\"request_id\":\"{request}\",\"endpoint\":\"e\",\"uid\":{uid},\"status\":\"ok\",\"process_time_s\":1.5,\
         \"timeout_s\":10,\"payload\":{payload}}}\n"
    )
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

/// The rows of a table by request and uid.
fn by_reply(table: &Table) -> HashMap<(String, u64), usize> {
    let keys = table.texts("request_id").into_iter().zip(table.numbers("uid"));
    keys.enumerate().map(|(row, (request, uid))| ((request, u64::from(uid)), row)).collect()
}

fn key(line: &Value) -> Option<(String, u64)> {
    Some((line["request_id"].as_str()?.to_owned(), line["uid"].as_u64()?))
}

#[test]
fn answers_are_worth_what_the_original_says() {
    let folder = golden();
    let golden_rows = ["responses.jsonl", "--schema", SCHEMAS, "--truth", "truth.jsonl"];
    for time in ["inverse", "timeout", "fastest", "logistic"] {
        replay(&folder, &[&golden_rows[..], &["--time-term", time]].concat()).succeeded();
        let table = folder.table("replies");
        let rows = by_reply(&table);
        assert_eq!(table.rows(), 161);
        for line in lines("responses.expected") {
            let Some(key) = key(&line) else { continue };
            let at = rows[&key];
            let null = Value::Null;
            let of = |name: &str| line.get(name).unwrap_or(&null);
            assert_close(table.floats("valid_fields")[at], of("vf"), &format!("{line} valid fields"));
            assert_close(table.floats("missing_fields")[at], of("missing_fields"), &format!("{line} missing fields"));
            assert_close(table.floats("difference")[at], of("difference"), &format!("{line} difference"));
            assert_close(table.floats("utility")[at], &line["u"][time], &format!("{line} utility by {time}"));
        }
    }
    replay(&folder, &[&golden_rows[..], &["--items", "mean"]].concat()).succeeded();
    let table = folder.table("replies");
    let rows = by_reply(&table);
    for line in lines("responses.expected").iter().filter(|line| line["vf_mean"].is_number()) {
        assert_close(table.floats("valid_fields")[rows[&key(line).unwrap()]], &line["vf_mean"], &line.to_string());
    }
}

#[test]
fn faults_stand_with_their_kinds_and_places() {
    let folder = golden();
    replay(&folder, &["responses.jsonl", "--schema", SCHEMAS]);
    let table = folder.table("faults");
    let (kinds, paths) = (table.texts("kind"), table.texts("path"));
    let keys: Vec<(String, u32)> = table.texts("request_id").into_iter().zip(table.numbers("uid")).collect();
    let mut count = 0;
    for line in lines("responses.expected") {
        let (Some((request, uid)), Some(errors)) = (key(&line), line["errors"].as_array()) else { continue };
        let own: Vec<usize> =
            (0..table.rows()).filter(|&at| keys[at] == (request.clone(), u32::try_from(uid).unwrap())).collect();
        assert_eq!(own.len(), errors.len(), "{line}");
        for (at, error) in own.into_iter().zip(errors) {
            assert_eq!(kinds[at], error["type"].as_str().unwrap(), "{line}");
            let steps = error["loc"].as_array().unwrap().iter();
            let mut path = String::new();
            for step in steps {
                match step.as_str() {
                    Some(key) if path.is_empty() => path.push_str(key),
                    Some(key) => path.push_str(&format!(".{key}")),
                    None => path.push_str(&format!("[{step}]")),
                }
            }
            assert_eq!(paths[at], path, "{line}");
            count += 1;
        }
    }
    assert_eq!(count, table.rows());
}

#[test]
fn the_issue_s_example_has_its_two_faults() {
    let folder = golden();
    folder.write("r.jsonl", row("a", 1, r#"{"id": "not-int"}"#));
    replay(&folder, &["r.jsonl", "--schema", "schema-issue.json"]).succeeded();
    let table = folder.table("faults");
    assert_eq!(
        (table.texts("kind"), table.texts("path")),
        (vec!["int_parsing".to_owned(), "missing".to_owned()], vec!["id".to_owned(), "followers".to_owned()])
    );
}

#[test]
fn the_default_data_tells_the_story() {
    let folder = with_data();
    let run = replay(&folder, &[]).succeeded();
    assert_eq!(run.warnings(), [""; 0]);
    assert_eq!(folder.table("replies").rows(), 120 * 16);
    let returned = folder.table("returned");
    let (by, quality) = (returned.texts("by"), returned.texts("quality"));
    let of = |order: &str| {
        let at = (0..returned.rows()).find(|&at| by[at] == order && quality[at] == "difference").unwrap();
        returned.floats("returned")[at].unwrap()
    };
    assert!(of("difference") > of("utility, inverse"), "literal 1 / seconds returns the fastest, not the best");
    let wins = folder.table("fast_wins");
    let junk = wins.texts("junk");
    let (terms, above) = (wins.texts("time_term"), wins.floats("above_of_one"));
    let first = (0..wins.rows()).find(|&at| junk[at] == "no valid field" && terms[at] == "inverse").unwrap();
    assert!(above[first].is_some_and(|above| above > 0.0 && above < 0.8), "{:?}", above[first]);
    for name in ["front", "utility_grid", "returned", "kinds", "dethroning"] {
        assert!(folder.path(&format!("out/{name}.svg")).exists(), "{name}");
    }
}

#[test]
fn components_add_up() {
    let folder = with_data();
    replay(&folder, &["--size-weight", "0.3", "--null-penalty", "0.05", "--items", "mean", "--empty", "zero"])
        .succeeded();
    let (components, replies) = (folder.table("components"), folder.table("replies"));
    let mut sums: HashMap<(String, u32), f64> = HashMap::new();
    let keys = components.texts("request_id").into_iter().zip(components.numbers("uid"));
    for (key, value) in keys.zip(components.floats("value")) {
        *sums.entry(key).or_default() += value.unwrap();
    }
    let keys = replies.texts("request_id").into_iter().zip(replies.numbers("uid"));
    for (key, utility) in keys.zip(replies.floats("utility")) {
        let sum = sums.get(&key).copied().unwrap_or(0.0);
        assert!((sum - utility.unwrap()).abs() < 1e-9, "{key:?}: {sum} {utility:?}");
    }
}

#[test]
fn a_point_of_a_grid_is_a_run_of_its_own() {
    let folder = with_data();
    replay(&folder, &["--grid", "speed-weight=0,0.5 time-term=rank,logistic"]).succeeded();
    let grid = folder.table("grid");
    let (figures, values, others) = (grid.texts("figure"), grid.texts("value"), grid.texts("other_value"));
    let of = |figure: &str| {
        let is = |&at: &usize| figures[at] == figure && values[at] == "0.5" && others[at] == "logistic";
        grid.floats("result")[(0..grid.rows()).find(is).unwrap()]
    };
    let (leader, weight) = (of("leader"), of("leader's weight"));
    replay(&folder, &["--speed-weight", "0.5", "--time-term", "logistic"]).succeeded();
    let miners = folder.table("miners");
    assert_eq!(Some(f64::from(miners.numbers("uid")[0])), leader);
    assert_eq!(miners.floats("weight")[0], weight);
}

#[test]
fn equal_runs_write_equal_tables_and_compare_as_equal() {
    let folder = with_data();
    let written = |out: &str, seed: &str| {
        replay_into(&folder, out, &["--seed", seed]).succeeded();
        ["replies", "faults", "miners", "utility_grid", "returned", "challengers"]
            .map(|name| std::fs::read(folder.path(&format!("{out}/{name}.parquet"))).unwrap())
    };
    let first = written("out", "1");
    assert!(first == written("again", "1"));
    assert!(first[5] != written("other", "2")[5]);
    let mut compare = std::process::Command::new(env!("CARGO_BIN_EXE_weighhouse"));
    compare.env_clear().env("HOME", folder.path("")).current_dir(folder.path(""));
    let compared = compare.args(["compare", "out", "again", "--gate", "exact", "--out", "compared"]).output().unwrap();
    assert_eq!(compared.status.code(), Some(0), "{}", String::from_utf8_lossy(&compared.stderr));
}

#[test]
fn rows_of_a_request_need_not_stand_together() {
    let folder = golden();
    let rows = [row("a", 1, "{}"), row("b", 1, "[]"), row("a", 2, "{\"id\": 1, \"followers\": 2}")];
    folder.write("r.jsonl", rows.concat());
    replay(&folder, &["r.jsonl", "--schema", "schema-issue.json"]).succeeded();
    let table = folder.table("replies");
    assert_eq!(table.texts("request_id"), ["a", "a", "b"]);
    assert_eq!(table.floats("valid_fields")[1], Some(1.0));
    assert_eq!(folder.table("faults").texts("request_id"), ["a", "a", "b"]);
}

#[test]
fn payloads_beyond_all_bounds_are_broken_and_the_other_rows_go_on() {
    let folder = golden();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let huge = format!("[{}]", "1,".repeat(50 << 20));
    let rows =
        [row("a", 1, &deep), row("a", 2, &huge), row("a", 3, "{\"id\": 1, \"followers\": 2}"), row("b", 2, &huge)];
    folder.write("r.jsonl", rows.concat());
    drop(rows);
    let run = replay(&folder, &["r.jsonl", "--schema", "schema-issue.json", "--broken", "zero"]).succeeded();
    let long: Vec<String> = run.warnings().into_iter().filter(|line| line.contains("counted as broken")).collect();
    assert_eq!(long, ["r.jsonl: 2 payloads of more than 1048576 bytes counted as broken, the first at line 2"]);
    let table = folder.table("replies");
    assert_eq!(table.floats("valid_fields"), [0.0, 0.0, 1.0, 0.0].map(Some));
    assert_eq!(folder.table("faults").texts("kind"), ["json_invalid"; 3]);
}

#[test]
fn an_examination_without_an_end_is_given_up() {
    let folder = golden();
    let schema = r##"{"anyOf": [{"properties": {"c": {"$ref": "#"}}, "required": ["a"]},
        {"properties": {"c": {"$ref": "#"}}, "required": ["b"]}]}"##;
    folder.write("s.json", schema);
    let deep = format!("{}{{}}{}", "{\"c\":".repeat(150), "}".repeat(150));
    folder.write("r.jsonl", row("a", 1, &deep) + &row("a", 2, "{\"a\": 1}"));
    replay(&folder, &["r.jsonl", "--schema", "s.json"]).succeeded();
    assert_eq!(folder.table("replies").floats("valid_fields"), [0.0, 1.0].map(Some));
    assert_eq!(folder.table("faults").texts("kind"), ["json_invalid"]);
}

#[test]
fn what_goes_back_in_time_is_said() {
    let folder = golden();
    let timed = |request: &str, time: u32| row(request, 1, "{}").replacen('{', &format!("{{\"time\":{time},"), 1);
    folder.write("r.jsonl", timed("a", 1_793_491_220) + &timed("b", 1_793_491_210));
    let volume = |tempo: u32| format!("{{\"tempo\":{tempo},\"uid\":1,\"volume\":5}}\n");
    folder.write("v.jsonl", [5, 1, 5].map(volume).concat());
    let warnings = replay(&folder, &["r.jsonl", "--volumes", "v.jsonl"]).succeeded().warnings();
    assert!(
        warnings.iter().any(|line| line.starts_with("r.jsonl: requests are not in the order of time")),
        "{warnings:?}"
    );
    let told = "v.jsonl, line 2: tempo 1 comes after 5; ";
    assert!(warnings.iter().any(|line| line.starts_with(told)), "{warnings:?}");
}

#[test]
fn what_is_not_known_is_said_once() {
    let folder = golden();
    let run = replay(&folder, &["responses.jsonl", "--schema", "profile=schema-profile.json,x=schema-issue.json"]);
    let run = run.succeeded();
    let warnings = run.warnings();
    assert!(
        warnings.iter().any(|line| line.starts_with("no schema for the endpoint followers and 1 more")),
        "{warnings:?}"
    );
    assert!(warnings.iter().any(|line| line.starts_with("no request is to the endpoint x,")), "{warnings:?}");
    assert!(warnings.iter().any(|line| line.starts_with("no truth: ")), "{warnings:?}");
    let table = folder.table("replies");
    let unknown = table.texts("endpoint").into_iter().zip(table.floats("valid_fields"));
    assert!(unknown.filter(|(endpoint, _)| endpoint == "tweets").all(|(_, fields)| fields.is_none()));
    let run = replay(&folder, &["responses.jsonl", "--schema", SCHEMAS, "--preset", "masa-volume"]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
    assert!(run.warnings().iter().any(|line| line.starts_with("these rules reward volumes, and there are none")));
    assert!(run.warnings().iter().any(|line| line.starts_with("nobody has a score: none of 161 responses")));
}

#[test]
fn what_is_no_schema_is_refused() {
    let folder = golden();
    folder.write("r.jsonl", row("a", 1, "{}"));
    let refused = |content: &str| {
        folder.write("s.json", content);
        replay(&folder, &["r.jsonl", "--schema", "s.json"]).refused(65)
    };
    for (content, told) in [
        ("{", "s.json: the schema is no JSON: "),
        ("{\"type\": 7}", "s.json: at `/type` the schema is none: "),
        (
            "{\"$ref\": \"https://example.com/s.json\"}",
            "s.json: at `/$ref` the schema refers to `https://example.com/s.json`",
        ),
        ("{\"$ref\": \"#\"}", "s.json: at its top the schema refers to itself"),
        ("{\"$schema\": \"https://example.com/draft\"}", "s.json: `$schema` is `https://example.com/draft`"),
    ] {
        let line = refused(content);
        assert!(line.starts_with(told), "{line}");
    }
    let long = refused(&format!("{{\"title\": \"{}\"}}", "é".repeat(1 << 20)));
    assert!(long.starts_with("s.json: the schema has 1048577 bytes, more than 1048576"), "{long}");
    let told = replay(&folder, &["r.jsonl", "--schema", "none.json"]).refused(66);
    assert!(told.starts_with("none.json: no such file"), "{told}");
}

#[test]
fn impossible_input_is_refused_with_its_place() {
    let folder = golden();
    let good = row("a", 1, "{}");
    let refused = |content: String| {
        folder.write("r.jsonl", content);
        replay(&folder, &["r.jsonl"]).refused(65)
    };
    let told = refused(good.replace("1.5", "0"));
    assert_eq!(
        told,
        "r.jsonl, line 1: column `process_time_s` is 0; give seconds from 0.000000001 to 1000000000, or null where the status \
         is not ok"
    );
    let told = refused(good.replace("\"ok\"", "\"late\""));
    assert_eq!(told, "r.jsonl, line 1: column `status` is late; give ok, timeout or error");
    let told = refused(good.repeat(2));
    assert_eq!(told, "r.jsonl, line 2: column `uid` is 1 in the request, as on line 1; give each line its own");
    let told = refused(good.clone() + &row("a", 2, "{}").replace("\"e\"", "\"f\""));
    assert!(
        told.starts_with("r.jsonl, line 2: column `endpoint` is f; give the name of the endpoint, the same"),
        "{told}"
    );
    let told = refused(good.replace("\"{}\"", "{}"));
    assert!(told.starts_with("r.jsonl, line 1: column `payload` is {}; give the JSON text of the answer"), "{told}");
    folder.write("r.jsonl", &good);
    folder.write("t.jsonl", "{\"request_id\": \"a\", \"payload\": \"{\"}\n");
    let told = replay(&folder, &["r.jsonl", "--truth", "t.jsonl"]).refused(65);
    assert!(told.starts_with("t.jsonl, line 1: column `payload` is {; give a JSON text"), "{told}");
    folder.write("v.jsonl", "{\"tempo\": 1, \"uid\": 1, \"volume\": -1}\n");
    let told = replay(&folder, &["r.jsonl", "--volumes", "v.jsonl"]).refused(65);
    assert_eq!(told, "v.jsonl, line 1: column `volume` is -1; give a number from 0 to 1000000000000000");
    let told = refused_late(&replay(&folder, &["r.jsonl", "--size-weight", "1"]), 65);
    assert!(told.starts_with("r.jsonl, line 1: column `size_bytes` is empty"), "{told}");
    let told = replay(&folder, &["r.jsonl", "--kind-penalties", "mising=0.2"]).refused(2);
    assert!(told.contains("kinds of json_invalid, missing, extra_forbidden"), "{told}");
}

//! `weighhouse replay horde` through the binary: the original's scores of a recording of five cycles, the default data, what
//! other values of a rule change, and what is refused.

mod refused;

use std::collections::HashMap;

use serde_json::Value;

use crate::folder::{Folder, root};
use crate::run::Run;

/// Quick intervals, which these tests do not look at.
const QUICK: [&str; 4] = ["--confidence", "0.5", "--resamples", "100"];
const LLM: &str = "always_on.llm.a6000";

const BATCHES: &str = "{\"batch_id\": 1, \"block\": 720, \"cycle_start\": 708, \"cycle_stop\": 1430}\n";
const MANIFESTS: &str =
    "{\"batch_id\": 1, \"hotkey\": \"m\", \"class\": \"always_on.llm.a6000\", \"executors\": 2, \"online\": 2}\n";

fn lines(name: &str) -> Vec<Value> {
    let path = root().join(format!("tests/data/horde/{name}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

/// A folder with the original's recording in `recording`.
fn recorded() -> Folder {
    let folder = Folder::new("replay");
    std::fs::create_dir(folder.path("recording")).unwrap();
    for name in ["batches", "manifests", "jobs", "receipts", "validators"] {
        let from = root().join(format!("tests/data/horde/recording-{name}.jsonl"));
        std::fs::copy(from, folder.path(&format!("recording/{name}.jsonl"))).unwrap();
    }
    folder
}

/// A folder with a job of one miner in `recording`.
fn small() -> Folder {
    let folder = Folder::new("replay");
    std::fs::create_dir(folder.path("recording")).unwrap();
    folder.write("recording/batches.jsonl", BATCHES);
    folder.write("recording/manifests.jsonl", MANIFESTS);
    folder.write("recording/jobs.jsonl", job("a", ""));
    folder
}

/// A job that passes, with other columns behind.
fn job(id: &str, more: &str) -> String {
    format!(
        "{{\"job_uuid\": \"{id}\", \"batch_id\": 1, \"kind\": \"synthetic\", \"hotkey\": \"m\", \"class\": \"{LLM}\", \
         \"status\": \"completed\", \"seconds\": 20, \"correct\": true{more}}}\n"
    )
}

fn replay_into(folder: &Folder, out: &str, arguments: &[&str]) -> Run {
    folder.run_plain(&[&["horde", "recording"], arguments, &["--out", out], &QUICK].concat())
}

fn replay(folder: &Folder, arguments: &[&str]) -> Run {
    replay_into(folder, "out", arguments)
}

/// The scores by batch and hotkey, as `scores.parquet` has them.
fn scores(folder: &Folder) -> HashMap<String, f64> {
    let table = folder.table("scores");
    let (batches, hotkeys, scores) = (table.counts("batch_id"), table.texts("hotkey"), table.floats("score"));
    let key = |row: usize| format!("{} {}", batches[row].unwrap(), hotkeys[row]);
    (0..table.rows()).map(|row| (key(row), scores[row].unwrap())).collect()
}

/// What `miners.parquet` says of every hotkey in a column.
fn miners(folder: &Folder, out: &str, column: &str) -> HashMap<String, f64> {
    let table = folder.table_of(out, "miners");
    table.texts("hotkey").into_iter().zip(table.floats(column)).map(|(name, value)| (name, value.unwrap())).collect()
}

fn assert_close(found: f64, expected: &Value, at: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{at}: {found} {expected}");
}

/// The settings of a line of what the original came to.
fn settings(line: &Value) -> Vec<String> {
    let mut settings = vec![
        format!("--preset={}", text(line, "preset")),
        format!("--class-weights={}", text(line, "class_weights")),
        format!("--dancing-bonus={}", line["multiplier"]),
    ];
    if text(line, "preset").starts_with("computehorde-2025-02") {
        settings.push(format!("--stake-minimum={}", line["minimum_stake"]));
    }
    settings
}

#[test]
fn scores_are_the_original_s() {
    let folder = recorded();
    let mut runs: HashMap<Vec<String>, Vec<Value>> = HashMap::new();
    for line in lines("recording.expected") {
        runs.entry(settings(&line)).or_default().push(line);
    }
    let mut compared = 0;
    for (settings, expected) in runs {
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        replay(&folder, &settings).succeeded();
        let (scores, totals) = (scores(&folder), miners(&folder, "out", "score"));
        for line in &expected {
            for (hotkey, score) in line["scores"].as_object().unwrap() {
                let at = format!("{settings:?} {} {hotkey}", line["batch_id"]);
                match line["batch_id"].as_u64() {
                    Some(batch) => assert_close(scores[&format!("{batch} {hotkey}")], score, &at),
                    None => assert_close(totals[hotkey], score, &at),
                }
                compared += 1;
            }
        }
    }
    assert!(compared == 468, "{compared}");
}

#[test]
fn the_default_recording_answers_the_questions() {
    let folder = Folder::new("replay");
    std::fs::create_dir_all(folder.path("datasets/horde")).unwrap();
    for entry in std::fs::read_dir(root().join("datasets/horde")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        std::fs::copy(entry.path(), folder.path(&format!("datasets/horde/{name}"))).unwrap();
    }
    let run = folder.run_plain(&[&["horde", "--out", "out"], &QUICK[..]].concat()).succeeded();
    let said = run.stdout();
    for part in ["turn between 30000 and 50000 of stake", "The bonus for a changed size makes", "A copier's weights"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for name in ["weights", "timeouts", "trajectory", "checks", "copier"] {
        assert!(folder.path(&format!("out/{name}.svg")).exists(), "{name}");
    }
    assert_eq!(folder.table("presets").rows(), 7);
    let weights = miners(&folder, "out", "weight");
    assert!((weights.values().sum::<f64>() - 1.0).abs() < 1e-9);
    // Excused by a validator between both minima; one without receipts is not.
    let excuses = folder.table("excuses");
    let (hotkeys, excused, flips) = (excuses.texts("hotkey"), excuses.flags("excused"), excuses.flags("flips"));
    let count = |hotkey: &str, flags: &[Option<bool>]| {
        (0..excuses.rows()).filter(|&row| hotkeys[row] == hotkey && flags[row] == Some(true)).count()
    };
    assert!(count("m07-excused", &flips) > 20);
    assert_eq!(count("m07-excused", &flips), count("m07-excused", &excused));
    assert_eq!([count("m08-declines", &excused), count("m09-organic", &flips)], [0, 0]);
    assert!(count("m09-organic", &excused) > 20);
    // More timeouts never pass fewer.
    let rates = folder.table("pass_rates");
    let (classes, passed) = (rates.texts("class"), rates.counts("passed"));
    assert!((1..rates.rows()).all(|row| classes[row] != classes[row - 1] || passed[row] >= passed[row - 1]));
}

#[test]
fn components_add_up_to_scores() {
    let folder = recorded();
    replay(&folder, &["--class-weights", "65/35"]).succeeded();
    let table = folder.table("components");
    let mut sums: HashMap<String, f64> = HashMap::new();
    for (hotkey, value) in table.texts("subject").into_iter().zip(table.floats("value")) {
        *sums.entry(hotkey).or_default() += value.unwrap();
    }
    for (hotkey, score) in miners(&folder, "out", "score") {
        assert!((sums[&hotkey] - score).abs() < 1e-9, "{hotkey}: {} {score}", sums[&hotkey]);
    }
}

#[test]
fn a_point_of_a_grid_is_what_a_run_by_it_comes_to() {
    let folder = recorded();
    replay(&folder, &["--grid", "class-weights=99/1,25/75"]).succeeded();
    let grid = folder.table("grid");
    let (figures, values, results) = (grid.texts("figure"), grid.texts("value"), grid.floats("result"));
    let of = |figure: &str, value: &str| {
        results[(0..grid.rows()).find(|&row| figures[row] == figure && values[row] == value).unwrap()].unwrap()
    };
    let own = miners(&folder, "out", "weight");
    replay_into(&folder, "other", &["--class-weights", "25/75"]).succeeded();
    let other = miners(&folder, "other", "weight");
    let distance: f64 = own.iter().map(|(hotkey, weight)| (weight - other[hotkey]).abs()).sum();
    assert!((of("distance", "25/75") - distance).abs() < 1e-12);
    assert_eq!(of("distance", "99/1"), 0.0);
    let greatest = other.values().copied().fold(0.0, f64::max);
    assert_eq!(of("greatest weight", "25/75"), greatest);
    assert!(folder.path("out/grid.png").exists());
}

#[test]
fn equal_runs_write_equal_tables() {
    let folder = recorded();
    let written = |out: &str| {
        replay_into(&folder, out, &[]).succeeded();
        [
            "miners",
            "preset_weights",
            "scores",
            "jobs",
            "excuses",
            "receipts",
            "pass_rates",
            "trajectory",
            "copier",
            "components",
        ]
        .map(|name| std::fs::read(folder.path(&format!("{out}/{name}.parquet"))).unwrap())
    };
    assert!(written("out") == written("again"));
}

#[test]
fn a_recording_may_lack_receipts_and_validators_and_have_other_formats() {
    let folder = small();
    std::fs::remove_file(folder.path("recording/batches.jsonl")).unwrap();
    folder.write("recording/batches.csv", "batch_id,block,cycle_start,cycle_stop\n1,720,708,1430\n");
    let run = replay(&folder, &["--class-weights", "0/100"]).succeeded();
    assert!(run.stdout().contains("There are no intervals"), "{}", run.stdout());
    assert_eq!(miners(&folder, "out", "weight")["m"], 1.0);
}

#[test]
fn what_earns_nothing_is_said() {
    let folder = small();
    folder.write("recording/jobs.jsonl", job("a", "").replace("completed", "failed"));
    let run = replay(&folder, &[]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
    assert_eq!(run.warnings(), ["nobody has a score: of 1 job none earns anything in a batch that counts"]);
    folder.write("recording/jobs.jsonl", job("a", "") + &job("b", "").replace(LLM, "tpu"));
    let run = replay(&folder, &[]).succeeded();
    assert!(run.warnings()[0].contains("which has no weight and earns nothing"), "{:?}", run.warnings());
}

#[test]
fn a_run_compared_with_itself_is_the_same() {
    let folder = recorded();
    replay(&folder, &[]).succeeded();
    let compare = Folder::new("compare");
    let out = folder.path("out").display().to_string();
    let run = compare.run_plain(&[&out, &out, "--gate", "exact", "--out", "compared"]).succeeded();
    assert!(compare.path("compared/verdict.json").exists(), "{}", run.stdout());
}

/// Answers that differ in a word from the trusted one: equality rejects them all, a similarity does not.
#[test]
fn a_similarity_lets_honest_answers_pass_that_equality_rejects() {
    let folder = small();
    let words = ["red", "green", "blue", "round", "square", "small", "large", "warm", "cold", "old"];
    let answer = |prompt: usize, seed: usize| {
        let word = |place: usize| words[(prompt * 7 + place * (3 + prompt % 5)) % words.len()];
        let told: Vec<&str> = (0..12).map(word).collect();
        format!("Prompt {prompt} is about {} and {}", told.join(", "), words[(prompt + seed) % words.len()])
    };
    let row = |prompt: usize, uid: usize| {
        format!("{{\"request_id\": {prompt}, \"uid\": {uid}, \"reasoning\": \"{}\"}}\n", answer(prompt, uid))
    };
    folder.write("a.jsonl", (0..140).flat_map(|prompt| [row(prompt, 0), row(prompt, 1)]).collect::<String>());
    let embedder = root().join("fixtures/models/embedder").display().to_string();
    let arguments = ["--answers", "a.jsonl", "--embedder", &embedder, "--cheats", "truncate:0.5", "--store", "store"];
    let run = replay(&folder, &arguments).succeeded();
    let table = folder.table("answers");
    let (tests, answers) = (table.texts("test"), table.texts("answers"));
    let rejected = |test: &str, kind: &str| {
        let at = (0..table.rows()).find(|&at| tests[at] == test && answers[at] == kind).unwrap();
        table.floats("rejected")[at].unwrap()
    };
    assert_eq!(table.rows(), 9);
    assert_eq!(rejected("equality", "an honest miner's"), 1.0);
    assert!(rejected("partial ratio", "an honest miner's") < 0.15);
    assert!(rejected("partial ratio", "another prompt's answer") > 0.9);
    assert!(run.stdout().contains("Equality rejects 100 % of an honest miner's answers"), "{}", run.stdout());
    folder.write("a.jsonl", (0..20).flat_map(|prompt| [row(prompt, 0), row(prompt, 1)]).collect::<String>());
    let run = replay(&folder, &arguments).succeeded();
    assert!(run.warnings().iter().any(|warning| warning.contains("are too few to choose a similarity by")));
}

/// The field's vector: scores 70, 70 and 100 of uids 0, 3 and 4, nine tenths burnt, nine tenths of that by the main burner.
#[test]
fn what_is_burnt_and_capped_is_what_is_committed() {
    let folder = small();
    let jobs = |hotkey: &str, count: usize| -> String {
        (0..count)
            .map(|number| job(&format!("{hotkey}{number}"), "").replace("\"m\"", &format!("\"{hotkey}\"")))
            .collect()
    };
    folder.write("recording/jobs.jsonl", [jobs("uid-0", 70), jobs("uid-3", 70), jobs("uid-4", 100)].concat());
    let committed = |arguments: &[&str]| {
        replay(&folder, &[&["--dancing-bonus", "1"], arguments].concat()).succeeded();
        let table = folder.table("miners");
        let mut found: Vec<_> = table.texts("hotkey").into_iter().zip(table.counts("integer")).collect();
        found.sort();
        found.into_iter().map(|(hotkey, integer)| format!("{hotkey} {}", integer.unwrap())).collect::<Vec<_>>()
    };
    let burnt = ["--burn-rate", "0.9", "--burners", "uid-2,uid-1"];
    assert_eq!(committed(&burnt), ["uid-0 2360", "uid-1 7282", "uid-2 65535", "uid-3 2360", "uid-4 3371"]);
    assert_eq!(committed(&[]), ["uid-0 45874", "uid-3 45874", "uid-4 65535"]);
    assert_eq!(committed(&["--max-weight", "0.34"]), ["uid-0 63608", "uid-3 63608", "uid-4 65535"]);
    let told = folder.run_plain(&["horde", "recording", "--burn-rate", "0.5"]).refused(2);
    assert!(told.contains("--burners"), "{told}");
}

//! Recordings for tests: from the original's cases as they are written in JSON, and made up row by row.

use serde_json::Value;

use super::class_weights::ClassWeights;
use super::epochs::Span;
use super::recording::{Batch, Job, Kind, ManifestRow, Receipt, Recording, Status, Validator, Wrong};
use super::rules::{HashScore, Rules};
use super::run::judge;

pub const HASH: &str = "spin_up-4min.gpu-24gb";
pub const LLM: &str = "always_on.llm.a6000";
pub const GOLDEN_DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/horde");

/// The lines of a golden file.
pub fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{GOLDEN_DIR}/{name}.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn rows(case: &Value, table: &str) -> Vec<Value> {
    case[table].as_array().cloned().unwrap_or_default()
}

pub fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap()
}

pub fn is(row: &Value, column: &str) -> bool {
    row[column].as_bool().unwrap_or(false)
}

fn whole(row: &Value, column: &str) -> u32 {
    row[column].as_u64().unwrap() as u32
}

/// The tables of a case.
pub fn recording(case: &Value) -> Recording {
    let mut found = Recording::default();
    for name in ["self", "operator"] {
        let own = found.hotkeys.number(name);
        found.own.push(own);
    }
    for row in rows(case, "batches") {
        found.batches.push(batch(&row));
    }
    for row in rows(case, "manifests") {
        let manifest = ManifestRow {
            batch: row["batch_id"].as_i64().unwrap(),
            hotkey: found.hotkeys.number(text(&row, "hotkey")),
            class: found.classes.number(text(&row, "class")),
            executors: whole(&row, "executors"),
            online: whole(&row, "online"),
        };
        found.manifests.push(manifest);
    }
    for row in rows(case, "jobs") {
        let job = job(&row, &mut found);
        found.jobs.push(job);
    }
    for row in rows(case, "receipts") {
        let receipt = receipt(&row, &mut found);
        found.receipts.push(receipt);
    }
    for row in rows(case, "validators") {
        let hotkey = found.hotkeys.number(text(&row, "hotkey"));
        found.validators.push(Validator { hotkey, stake: row["stake"].as_f64().unwrap() });
    }
    found
}

fn batch(row: &Value) -> Batch {
    let cycle = row["cycle_start"].as_i64().zip(row["cycle_stop"].as_i64());
    Batch {
        id: row["batch_id"].as_i64().unwrap(),
        block: row["block"].as_i64().unwrap(),
        cycle: cycle.map(|(start, stop)| Span { start, stop }),
        should_be_scored: row["should_be_scored"].as_bool().unwrap_or(true),
    }
}

fn job(row: &Value, recording: &mut Recording) -> Job {
    let kind = if row["kind"] == "organic" { Kind::Organic } else { Kind::Synthetic };
    let wrong = match row["wrong"].as_str() {
        Some("hash" | "no hash") => Some(Wrong::Hash),
        Some(_) => Some(Wrong::Answer),
        None => None,
    };
    Job {
        id: recording.job_ids.number(text(row, "job_uuid")),
        batch: row["batch_id"].as_i64(),
        block: row["block"].as_i64(),
        kind,
        hotkey: recording.hotkeys.number(text(row, "hotkey")),
        class: recording.classes.number(text(row, "class")),
        status: match text(row, "status") {
            "completed" => Status::Completed,
            "failed" => Status::Failed,
            "excused" => Status::Excused,
            _ => Status::Declined,
        },
        seconds: row["seconds"].as_f64(),
        timeout: row["timeout"].as_f64(),
        correct: row["correct"].as_bool(),
        wrong,
        is_cheated: is(row, "cheated"),
        is_on_trusted_miner: is(row, "on_trusted_miner"),
        is_accepted: is(row, "accepted"),
        is_busy: row["decline_reason"] == "busy",
        time: row["time"].as_f64(),
        is_streaming: is(row, "streaming"),
        processing_seconds: row["processing_seconds"].as_f64(),
        score: row["score"].as_f64(),
    }
}

fn receipt(row: &Value, recording: &mut Recording) -> Receipt {
    Receipt {
        presented_for: recording.job_ids.number(text(row, "presented_for")),
        job: recording.job_ids.number(text(row, "job_uuid")),
        hotkey: recording.hotkeys.number(text(row, "hotkey")),
        validator: recording.hotkeys.number(text(row, "validator")),
        class: recording.classes.number(text(row, "class")),
        is_organic: is(row, "organic"),
        is_acceptance: row["kind"] == "accepted",
        timestamp: row["timestamp"].as_f64().unwrap(),
        ttl: row["ttl"].as_f64().unwrap(),
        is_signed: is(row, "signature_ok"),
    }
}

/// The original's recording of five cycles.
pub fn five_cycles() -> Recording {
    let mut tables = serde_json::Map::new();
    for table in ["batches", "manifests", "jobs", "receipts", "validators"] {
        tables.insert(table.to_owned(), serde_json::json!(lines(&format!("recording-{table}"))));
    }
    recording(&Value::Object(tables))
}

/// The rules of a preset with the parameters of a case, or else with the original's defaults.
pub fn rules(preset: &str, params: &Value) -> Rules {
    let path = format!("{GOLDEN_DIR}/defaults.json");
    let defaults: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let get = |name: &str| params.get(name).unwrap_or(&defaults[name]).clone();
    let number = |name: &str| get(name).as_f64().unwrap();
    let mut rules = Rules::preset(preset).unwrap();
    rules.class_weights = ClassWeights::parse(get("class_weights").as_str().unwrap(), &rules.known_classes);
    rules.ratio = number("threshold");
    rules.organic_score = number("organic_score");
    rules.excused_score = number("excused_score");
    rules.organic_limit = u32::try_from(get("organic_limit").as_i64().unwrap()).ok();
    rules.shape.alpha = number("alpha");
    rules.shape.beta = number("beta");
    rules.shape.delta = 1.0 / number("central");
    rules.netuid = get("netuid").as_i64().unwrap();
    rules.penalty = number("penalty");
    rules.least_share = number("min_ratio");
    rules.minimum_stake = rules.minimum_stake.map(|_| number("minimum_stake"));
    let version = get("weights_version").as_u64().unwrap();
    rules.bonus = if version < 2 { 1.0 } else { number("multiplier") };
    if preset == "computehorde-2024-12" {
        let scores = [HashScore::Linear, HashScore::Inverse, HashScore::Inverse];
        rules.hash_score = scores.get(version as usize).copied().unwrap_or(HashScore::One);
        rules.hash_timeout = rules.hash_timeout.filter(|_| version > 0);
    }
    rules
}

pub fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} {expected}");
}

/// Batches that begin at these blocks of cycles, numbered from 1.
pub fn with_batches(starts: &[i64]) -> Recording {
    let batch = |(place, &start): (usize, &i64)| Batch {
        id: place as i64 + 1,
        block: start + 5,
        cycle: Some(Span { start, stop: start + 722 }),
        should_be_scored: true,
    };
    Recording { batches: starts.iter().enumerate().map(batch).collect(), ..Recording::default() }
}

pub fn scored(recording: &mut Recording, batch: i64, hotkey: &str, class: &str, score: f64) {
    let (hotkey, class) = (recording.hotkeys.number(hotkey), recording.classes.number(class));
    recording.jobs.push(Job { score: Some(score), ..Job::synthetic(batch, hotkey, class) });
}

pub fn online(recording: &mut Recording, batch: i64, hotkey: &str, class: &str, count: Option<u32>) {
    let Some(online) = count else { return };
    let (hotkey, class) = (recording.hotkeys.number(hotkey), recording.classes.number(class));
    recording.manifests.push(ManifestRow { batch, hotkey, class, executors: online, online });
}

/// What the score of one miner of `hotkey` is in the last batch.
pub fn last(recording: &Recording, rules: &Rules, hotkey: &str) -> f64 {
    let judged = judge(recording, rules).unwrap();
    let miners = &judged.batches.last().unwrap().miners;
    let hotkey = recording.hotkeys.find(hotkey).unwrap();
    miners.iter().find(|miner| miner.hotkey == hotkey).unwrap().score
}

pub fn preset(name: &str) -> Rules {
    Rules::preset(&format!("computehorde-{name}")).unwrap()
}

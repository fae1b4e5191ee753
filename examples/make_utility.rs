//! Makes `datasets/utility/`: what 16 miners answered to a validator's requests for profiles, followers and tweets, with the
//! right answers, delivered volumes and the endpoints' schemas.
//!
//!     cargo run --example make_utility -- --seed 1 --out datasets/utility
//!
//! A right answer has a value for every key of its schema: an integer below 10⁶, two words, a flag, a list of one word, an
//! object of one key; one in twenty is null where the schema allows it. Lists have one or two items. Every miner has a skill s,
//! a median of seconds m and a habit; seconds are lognormal with σ = 0.35, by 1.5 longer for tweets. Uids 0 to 7 are *careful*:
//! s from 0.5 to 1, m = 0.4 + 4 s². Of their keys a share of 0.12 (1 − s) is missing, as much null, and half as much of another
//! type. Uids 8 to 11 are *hasty*: m = 0.3, and 0.45 of the keys are missing. Uid 12 answers *nothing* (`{}` or `[]`) in 0.2 s,
//! uid 13 half a text, *broken*, in 0.15 s, uid 14 writes whole numbers as texts (*lax*, valid by pydantic, m = 1.5), and uid 15
//! has other values than are right (*wrong*, m = 0.8). Three answers in a hundred are timeouts, one an error; 0.7 of the
//! requests may take 10 s, the others 40 s. Volumes: in each of 12 tempos a miner delivers with probability 0.9 a number of
//! items around 40 (1 + s), of which hasty miners deliver twice as many.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use flate2::{Compression, GzBuilder};
use serde_json::{Map, Value, json};
use weighhouse::stats::Draws;
use weighhouse::stats::normal::probit;

/// 2026-11-01T00:00:00Z.
const START: u64 = 1_793_491_200;
const REQUESTS: usize = 120;
const MINERS: usize = 16;
const FIRST_BLOCK: u64 = 4_400_000;
/// Blocks of a tempo.
const TEMPO: u64 = 360;
const TEMPOS: u64 = 12;

const WORDS: [&str; 12] =
    ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "inlet", "juniper", "kelp", "lagoon"];

/// An endpoint: its name, its schema and how much longer its answers take.
struct Endpoint {
    name: &'static str,
    schema: &'static str,
    slowness: f64,
}

const ENDPOINTS: [Endpoint; 3] = [
    Endpoint { name: "profile", schema: include_str!("../tests/data/utility/schema-profile.json"), slowness: 1.0 },
    Endpoint { name: "followers", schema: include_str!("../tests/data/utility/schema-followers.json"), slowness: 1.0 },
    Endpoint { name: "tweets", schema: include_str!("../tests/data/utility/schema-tweets.json"), slowness: 1.5 },
];

/// Make answers, truth and volumes.
#[derive(Parser)]
struct Arguments {
    /// Fixes all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to.
    #[arg(long, default_value = "datasets/utility")]
    out: PathBuf,
}

/// How a miner answers.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    Careful,
    Hasty,
    Nothing,
    Broken,
    Lax,
    Wrong,
}

#[derive(Clone, Copy)]
struct Miner {
    skill: f64,
    median: f64,
    habit: Habit,
}

fn main() -> Result<()> {
    let Arguments { seed, out } = Arguments::parse();
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let miners: Vec<Miner> = (0..MINERS).map(miner).collect();
    let (mut replies, mut truths) = (Vec::new(), Vec::new());
    for request in 0..REQUESTS {
        let mut draws = Draws::new(seed, b"mkutilty", request as u64);
        let endpoint = &ENDPOINTS[request % ENDPOINTS.len()];
        let schema: Value = serde_json::from_str(endpoint.schema).context("a schema")?;
        let query = format!("{}{request}", word(&mut draws));
        let truth = right(&schema, &query, &mut draws);
        let timeout = if draws.chance(0.7) { 10.0 } else { 40.0 };
        let id = format!("r{request:03}");
        truths.push(json!({ "request_id": id, "payload": truth.to_string() }));
        for (uid, miner) in miners.iter().enumerate() {
            let answer = answer(miner, &schema, &truth, &mut draws);
            let normal = probit(draws.unit().max(f64::MIN_POSITIVE));
            let seconds = rounded(miner.median * endpoint.slowness * (0.35 * normal).exp()).max(1e-3);
            let outcome = draws.unit();
            let status = if outcome < 0.03 {
                "timeout"
            } else if outcome < 0.04 {
                "error"
            } else {
                "ok"
            };
            let is_ok = status == "ok";
            replies.push(json!({
                "request_id": id,
                "time": START + 60 * request as u64,
                "block": FIRST_BLOCK + 5 * request as u64,
                "endpoint": endpoint.name,
                "query": query,
                "uid": uid,
                "hotkey": format!("hotkey-{uid:02}"),
                "status": status,
                "process_time_s": if is_ok { seconds } else { timeout },
                "timeout_s": timeout,
                "size_bytes": if is_ok { answer.len() } else { 0 },
                "payload": is_ok.then_some(answer),
            }));
        }
    }
    write_packed(&out.join("responses.jsonl.gz"), &replies)?;
    write_packed(&out.join("truth.jsonl.gz"), &truths)?;
    write(&out.join("volumes.jsonl"), &lines(&volumes(&miners, seed)))?;
    ENDPOINTS.iter().try_for_each(|one| write(&out.join(format!("schema-{}.json", one.name)), one.schema))
}

fn miner(uid: usize) -> Miner {
    let of = |skill, median, habit| Miner { skill, median, habit };
    match uid {
        0..=7 => {
            let skill = 0.5 + 0.5 * uid as f64 / 7.0;
            of(skill, 0.4 + 4.0 * skill * skill, Habit::Careful)
        }
        8..=11 => of(0.4, 0.3, Habit::Hasty),
        12 => of(0.0, 0.2, Habit::Nothing),
        13 => of(0.0, 0.15, Habit::Broken),
        14 => of(1.0, 1.5, Habit::Lax),
        _ => of(1.0, 0.8, Habit::Wrong),
    }
}

/// Properties of the objects that a schema is about.
fn properties(schema: &Value) -> Map<String, Value> {
    let object = if schema["type"] == "array" { &schema["items"] } else { schema };
    object["properties"].as_object().cloned().unwrap_or_default()
}

/// The types of a property, null last.
fn types(property: &Value) -> Vec<String> {
    let text = |one: &Value| one.as_str().unwrap_or("string").to_owned();
    match &property["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        only => vec![text(only)],
    }
}

fn right(schema: &Value, query: &str, draws: &mut Draws) -> Value {
    let mut object = || {
        let keys = properties(schema);
        let value = |(key, property): (&String, &Value)| (key.clone(), value(property, draws));
        let mut object: Map<String, Value> = keys.iter().map(value).collect();
        if let Some(name) = object.get_mut("Username") {
            *name = query.into();
        }
        Value::Object(object)
    };
    if schema["type"] != "array" {
        return object();
    }
    let first = object();
    let second = object();
    let is_two = second.to_string().len() % 2 == 0;
    Value::Array(if is_two { vec![first, second] } else { vec![first] })
}

fn value(property: &Value, draws: &mut Draws) -> Value {
    let types = types(property);
    if types.iter().any(|one| one == "null") && draws.chance(0.05) {
        return Value::Null;
    }
    match types[0].as_str() {
        "integer" => draws.below(1_000_000).into(),
        "number" => draws.unit().into(),
        "boolean" => draws.chance(0.5).into(),
        "array" => json!([word(draws)]),
        "object" => json!({ "text": word(draws) }),
        _ => format!("{} {}", word(draws), word(draws)).into(),
    }
}

fn word(draws: &mut Draws) -> &'static str {
    WORDS[draws.below(WORDS.len())]
}

/// The text that a miner sends.
fn answer(miner: &Miner, schema: &Value, truth: &Value, draws: &mut Draws) -> String {
    let is_list = schema["type"] == "array";
    match miner.habit {
        Habit::Nothing => return if is_list { "[]".into() } else { "{}".into() },
        Habit::Broken => {
            let text = truth.to_string();
            return text.chars().take(text.chars().count() / 2).collect();
        }
        _ => {}
    }
    let mut item = |item: &Value| {
        let fields = item.as_object().into_iter().flatten();
        Value::Object(fields.filter_map(|(key, value)| field(miner, key, value, draws)).collect())
    };
    match truth {
        Value::Array(items) => Value::Array(items.iter().map(item).collect()).to_string(),
        object => item(object).to_string(),
    }
}

/// A key and its value as a miner sends them.
fn field(miner: &Miner, key: &str, right: &Value, draws: &mut Draws) -> Option<(String, Value)> {
    let (missing, null, other) = match miner.habit {
        Habit::Careful => {
            let share = 0.12 * (1.0 - miner.skill);
            (share, share, share / 2.0)
        }
        Habit::Hasty => (0.45, 0.0, 0.0),
        _ => (0.0, 0.0, 0.0),
    };
    let drawn = draws.unit();
    if drawn < missing {
        return None;
    }
    let sent = match right {
        _ if drawn < missing + null => Value::Null,
        Value::String(_) if drawn < missing + null + other => 7.into(),
        _ if drawn < missing + null + other => "n/a".into(),
        Value::Number(number) if miner.habit == Habit::Lax => number.to_string().into(),
        Value::Number(_) if miner.habit == Habit::Wrong => draws.below(1_000_000).into(),
        Value::String(_) if miner.habit == Habit::Wrong && key != "Username" => word(draws).into(),
        as_it_is => as_it_is.clone(),
    };
    Some((key.to_owned(), sent))
}

fn volumes(miners: &[Miner], seed: u64) -> Vec<Value> {
    let mut draws = Draws::new(seed, b"mkutilty", REQUESTS as u64);
    let mut rows = Vec::new();
    for tempo in 0..TEMPOS {
        for (uid, miner) in miners.iter().enumerate() {
            let factor = if miner.habit == Habit::Hasty { 2.0 } else { 1.0 };
            let volume = (40.0 * (1.0 + miner.skill) * factor * (0.7 + 0.6 * draws.unit())).round();
            if draws.chance(0.9) {
                rows.push(json!({ "tempo": FIRST_BLOCK / TEMPO + tempo, "uid": uid, "volume": volume }));
            }
        }
    }
    rows
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Packed without a time, so that the same rows give the same bytes.
fn write_packed(path: &Path, rows: &[Value]) -> Result<()> {
    let file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    let mut packed = GzBuilder::new().mtime(0).write(file, Compression::best());
    packed
        .write_all(lines(rows).as_bytes())
        .and_then(|()| packed.finish()?.flush())
        .with_context(|| path.display().to_string())
}

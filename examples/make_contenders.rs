//! Makes `datasets/contenders/`: a day of a validator that sends requests to 24 nodes which serve up to five tasks, as
//! periods, requests, similarities of tasks and their weights.
//!
//!     cargo run --example make_contenders -- --seed 1 --out datasets/contenders
//!
//! Every node has a skill for chat and another one for images, from 0 to 1; a task's own part is a tenth of it. A request
//! is refused (429) with probability .3 · (1 − skill)², fails (500) with .12 · (1 − skill)², and takes lognormal seconds
//! with a median of 8 · (1.5 − skill). Nodes take as much as 20 requests a period on average; two of them join after a
//! third of the day, and the task `chat-new` begins after two thirds, served by those that serve `chat-large`. The validator
//! sends a request to whom it asked least in the period with probability .7, and to any other alike else: so the probability
//! with which each was sent is known. A third of the requests are the validator's own, and only these are scored.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use weighhouse::stats::Draws;
use weighhouse::stats::normal::probit;

/// 2026-11-01T00:00:00Z.
const START: f64 = 1_793_491_200.0;
const PERIOD: f64 = 1800.0;
const PERIODS: usize = 48;
const NODES: usize = 24;
/// Probability that a request goes to whom was asked least.
const LEAST: f64 = 0.7;
/// Share of the requests that are the validator's own.
const SYNTHETIC: f64 = 0.35;
/// Mean volume of an answer.
const VOLUME: f64 = 300.0;

/// A task: its name, its family, its weight, the period that it begins with, and its requests per period.
struct Task {
    name: &'static str,
    is_chat: bool,
    weight: f64,
    begins: usize,
    requests: usize,
}

const TASKS: [Task; 5] = [
    Task { name: "chat-small", is_chat: true, weight: 0.2, begins: 0, requests: 60 },
    Task { name: "chat-large", is_chat: true, weight: 0.3, begins: 0, requests: 45 },
    Task { name: "chat-new", is_chat: true, weight: 0.2, begins: 32, requests: 30 },
    Task { name: "image-fast", is_chat: false, weight: 0.2, begins: 0, requests: 40 },
    Task { name: "image-slow", is_chat: false, weight: 0.1, begins: 0, requests: 20 },
];

/// What an administrator would register.
const SIMILAR: [(&str, &str, f64); 5] = [
    ("chat-new", "chat-large", 0.5),
    ("chat-large", "chat-small", 0.5),
    ("chat-small", "chat-large", 0.5),
    ("image-slow", "image-fast", 0.6),
    ("image-fast", "image-slow", 0.6),
];

/// Make periods and requests.
#[derive(Parser)]
struct Arguments {
    /// Fixes all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to.
    #[arg(long, default_value = "datasets/contenders")]
    out: PathBuf,
}

/// A node that serves a task.
struct Contender {
    node: usize,
    task: usize,
    /// From 0 to 1.
    skill: f64,
    /// The period that it joins with.
    joins: usize,
    capacity: f64,
    counts: Counts,
}

/// What it was asked for in the period.
#[derive(Clone, Copy, Default)]
struct Counts {
    requests: u64,
    n429: u64,
    n500: u64,
    consumed: f64,
}

/// A request that is due.
struct Due {
    time: f64,
    task: usize,
}

fn main() -> Result<()> {
    let Arguments { seed, out } = Arguments::parse();
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let mut contenders = contenders(&mut Draws::new(seed, b"mkcontnd", 0));
    let (mut periods, mut requests) = (Vec::new(), Vec::new());
    for period in 0..=PERIODS {
        let mut draws = Draws::new(seed, b"mkcontnd", 1 + period as u64);
        // The last period is still running: a half of it is recorded.
        let length = if period == PERIODS { PERIOD / 2.0 } else { PERIOD };
        for due in due(period, length, &mut draws) {
            requests.push(request(&due, period, &mut contenders, &mut draws));
        }
        let end = START + (period + 1) as f64 * PERIOD;
        for contender in contenders.iter_mut().filter(|one| one.joins <= period) {
            periods.push(row(contender, (period < PERIODS).then_some(end)));
            contender.counts = Counts::default();
        }
    }
    write_packed(&out.join("periods.jsonl.gz"), &periods)?;
    write_packed(&out.join("requests.jsonl.gz"), &requests)?;
    let similar = |&(left, right, similarity): &(&str, &str, f64)| json!({ "left_task": left, "right_task": right, "similarity": similarity });
    write(&out.join("similarity.jsonl"), &SIMILAR.iter().map(similar).collect::<Vec<_>>())?;
    let weight = |task: &Task| json!({ "task": task.name, "weight": task.weight });
    write(&out.join("tasks.jsonl"), &TASKS.iter().map(weight).collect::<Vec<_>>())
}

fn contenders(draws: &mut Draws) -> Vec<Contender> {
    let mut all = Vec::new();
    for node in 0..NODES {
        let families = [draws.unit().sqrt(), draws.unit().sqrt()];
        let late = if node >= NODES - 2 { PERIODS / 3 } else { 0 };
        let serves: Vec<bool> = TASKS.iter().map(|_| draws.chance(0.75)).collect();
        for (index, task) in TASKS.iter().enumerate() {
            let own = draws.unit();
            // The new task is served by those that serve its relative.
            let is_served = if task.begins > 0 { serves[1] } else { serves[index] };
            if is_served {
                let skill = 0.9 * families[usize::from(!task.is_chat)] + 0.1 * own;
                let capacity = VOLUME * (10.0 + 20.0 * draws.unit()).round();
                let joins = late.max(task.begins);
                all.push(Contender { node, task: index, skill, joins, capacity, counts: Counts::default() });
            }
        }
    }
    all
}

/// The requests of a period in the order of time.
fn due(period: usize, length: f64, draws: &mut Draws) -> Vec<Due> {
    let start = START + period as f64 * PERIOD;
    let mut all = Vec::new();
    for (task, of) in TASKS.iter().enumerate().filter(|(_, of)| of.begins <= period) {
        let expected = of.requests as f64 * length / PERIOD;
        let count = draws.binomial(2 * expected as u32, 0.5);
        all.extend((0..count).map(|_| Due { time: start + rounded(draws.unit() * length, 1e3), task }));
    }
    all.sort_by(|one, other| one.time.total_cmp(&other.time));
    all
}

/// Sends a request and tells what came back.
fn request(due: &Due, period: usize, contenders: &mut [Contender], draws: &mut Draws) -> Value {
    let serving: Vec<usize> = (0..contenders.len())
        .filter(|&one| contenders[one].task == due.task && contenders[one].joins <= period)
        .collect();
    let least = (0..serving.len()).min_by_key(|&one| contenders[serving[one]].counts.requests).unwrap_or(0);
    let drawn = if draws.chance(LEAST) { least } else { draws.below(serving.len()) };
    let propensity = (1.0 - LEAST) / serving.len() as f64 + if drawn == least { LEAST } else { 0.0 };
    let sent_to = &mut contenders[serving[drawn]];
    let weakness = (1.0 - sent_to.skill).powi(2);
    let outcome = draws.unit();
    let (busy, failed) = (0.3 * weakness, 0.12 * weakness);
    let status = if outcome < busy {
        429
    } else if outcome < busy + failed {
        500
    } else {
        200
    };
    let seconds = 8.0 * (1.5 - sent_to.skill) * (0.4 * probit(draws.unit().max(f64::MIN_POSITIVE))).exp();
    let volume = (VOLUME * (0.5 + draws.unit())).round();
    let quality = (1.0 - 0.5 * (1.0 - sent_to.skill) * draws.unit()).clamp(0.0, 1.0);
    let is_synthetic = draws.chance(SYNTHETIC);
    sent_to.counts.requests += 1;
    sent_to.counts.n429 += u64::from(status == 429);
    sent_to.counts.n500 += u64::from(status == 500);
    sent_to.counts.consumed += if status == 200 { volume } else { 0.0 };
    let answered = |value: f64| (status == 200).then_some(value);
    json!({
        "time": due.time,
        "task": TASKS[due.task].name,
        "kind": if is_synthetic { "synthetic" } else { "organic" },
        "node_id": sent_to.node,
        "hotkey": hotkey(sent_to.node),
        "status": status,
        "response_time": answered(rounded(seconds, 1e3)),
        "volume": answered(volume),
        "quality": answered(rounded(quality, 1e4)).filter(|_| is_synthetic),
        "propensity": propensity,
    })
}

fn row(contender: &Contender, expired_at: Option<f64>) -> Value {
    let Counts { requests, n429, n500, consumed } = contender.counts;
    json!({
        "expired_at": expired_at,
        "node_id": contender.node,
        "hotkey": hotkey(contender.node),
        "task": TASKS[contender.task].name,
        "capacity": contender.capacity,
        "consumed": consumed,
        "requests": requests,
        "n429": n429,
        "n500": n500,
    })
}

fn hotkey(node: usize) -> String {
    format!("hotkey-{node:02}")
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn write(path: &Path, rows: &[Value]) -> Result<()> {
    fs::write(path, lines(rows)).with_context(|| path.display().to_string())
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

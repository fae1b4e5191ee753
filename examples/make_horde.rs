//! Makes `datasets/horde`: forty cycles of a compute network with twelve miners, as one validator records them.
//!
//!     cargo run --example make_horde -- --seed 1 --out datasets/horde
//!
//! A batch in every cycle from a peak on, so that cycles 0, 10, 20 and 30 are peaks. A miner gets a job for each of its
//! executors. Hash jobs take a lognormal time with a median of 30 s (σ .35), language model jobs 55 s (σ .35), those of one
//! slow miner 1.9 times as long; 3 of 100 fail and 1 of 100 is wrong. Two miners move executors between them, one switches
//! some of its own off in turn, by 1.4 in both cases; one shows hash executors at peaks only. One answers every tenth check
//! wrong. One declines two jobs a batch with receipts of a validator with a stake of 40 000, of which some are too old and
//! some the same one twice; one declines two without a receipt; one serves organic jobs and excuses itself with them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use weighhouse::stats::Draws;
use weighhouse::stats::normal::probit;

const CYCLES: u64 = 40;
/// First block of the first cycle, which is a peak.
const START: u64 = 708;
const CYCLE: u64 = 722;
const PEAK_EVERY: u64 = 10;
const BLOCK_SECONDS: u64 = 12;
/// How long a receipt holds.
const TTL: u64 = 300;

const HASH: Class = Class { name: "spin_up-4min.gpu-24gb", median: 30.0, timeout: 53.0 };
const LLM: Class = Class { name: "always_on.llm.a6000", median: 55.0, timeout: 150.0 };
/// A class without a weight.
const PLAIN: Class = Class { name: "always_on.gpu-24gb", median: 30.0, timeout: 53.0 };

const VALIDATORS: [Validator; 5] = [
    Validator { hotkey: "v0", stake: 60_000 },
    Validator { hotkey: "v1", stake: 50_000 },
    Validator { hotkey: "v2", stake: 40_000 },
    Validator { hotkey: "v3", stake: 29_000 },
    Validator { hotkey: "v4", stake: 1_500 },
];

const MINERS: [Miner; 12] = [
    Miner::steady("m00-small", 6, 0),
    Miner::steady("m01-large", 8, 6),
    Miner::steady("m02-language", 0, 8),
    Miner { habit: Habit::Dances { is_second: false }, ..Miner::steady("m03-dancer", 7, 7) },
    Miner { habit: Habit::Dances { is_second: true }, ..Miner::steady("m04-dancer", 7, 7) },
    Miner { habit: Habit::Toggles, ..Miner::steady("m05-toggler", 7, 7) },
    Miner { habit: Habit::Cheats, ..Miner::steady("m06-cheat", 5, 5) },
    Miner { habit: Habit::Declines { validator: Some("v2") }, ..Miner::steady("m07-excused", 0, 5) },
    Miner { habit: Habit::Declines { validator: None }, ..Miner::steady("m08-declines", 3, 6) },
    Miner { habit: Habit::ServesOrganic, ..Miner::steady("m09-organic", 0, 6) },
    Miner { habit: Habit::Slow, ..Miner::steady("m10-slow", 2, 5) },
    Miner { habit: Habit::ShowsAtPeaks, ..Miner::steady("m11-peaks", 10, 2) },
];

#[derive(Clone, Copy)]
struct Class {
    name: &'static str,
    /// Median seconds of a job.
    median: f64,
    /// Seconds that a job may take.
    timeout: f64,
}

struct Validator {
    hotkey: &'static str,
    stake: u64,
}

#[derive(Clone, Copy)]
struct Miner {
    hotkey: &'static str,
    hash: u64,
    llm: u64,
    habit: Habit,
}

#[derive(Clone, Copy, PartialEq)]
enum Habit {
    Steady,
    Dances { is_second: bool },
    Toggles,
    Cheats,
    Declines { validator: Option<&'static str> },
    ServesOrganic,
    Slow,
    ShowsAtPeaks,
}

impl Miner {
    const fn steady(hotkey: &'static str, hash: u64, llm: u64) -> Self {
        Self { hotkey, hash, llm, habit: Habit::Steady }
    }

    /// Executors of a class in a cycle.
    fn executors(&self, class: &Class, cycle: u64) -> u64 {
        let all = match class.name {
            name if name == HASH.name => self.hash,
            name if name == LLM.name => self.llm,
            _ => u64::from(self.habit == Habit::ShowsAtPeaks) * 2,
        };
        // In turn from cycle to cycle, and from peak to peak.
        let is_odd = (cycle + cycle / PEAK_EVERY) % 2 == 1;
        match self.habit {
            Habit::Dances { is_second } if is_odd != is_second => all * 5 / 7,
            Habit::Toggles if is_odd => all * 5 / 7,
            Habit::ShowsAtPeaks if class.name == HASH.name && !cycle.is_multiple_of(PEAK_EVERY) => 0,
            _ => all,
        }
    }

    /// Jobs of a class that it declines.
    fn declined(&self, class: &Class) -> u64 {
        match self.habit {
            Habit::Declines { .. } if class.name == LLM.name => 2,
            Habit::ServesOrganic => 1,
            _ => 0,
        }
    }
}

/// Make a recording of a compute network.
#[derive(Parser)]
struct Arguments {
    /// Fixes all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to.
    #[arg(long, default_value = "datasets/horde")]
    out: PathBuf,
}

/// The rows of all files.
#[derive(Default)]
struct Rows {
    batches: Vec<Value>,
    manifests: Vec<Value>,
    jobs: Vec<Value>,
    receipts: Vec<Value>,
}

/// A batch that is sent.
struct Batch {
    number: u64,
    block: u64,
    /// Seconds at which its jobs are offered.
    time: u64,
}

/// The jobs of a miner and class in a batch.
struct Round<'a> {
    batch: &'a Batch,
    miner: &'a Miner,
    class: &'a Class,
    executors: u64,
}

fn main() -> Result<()> {
    let Arguments { seed, out } = Arguments::parse();
    let mut rows = Rows::default();
    for cycle in 0..CYCLES {
        rows.add_cycle(seed, cycle);
    }
    let validators: Vec<Value> =
        VALIDATORS.iter().map(|one| json!({ "hotkey": one.hotkey, "stake": one.stake })).collect();
    std::fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    write(&out.join("batches.jsonl"), &rows.batches)?;
    write(&out.join("manifests.jsonl"), &rows.manifests)?;
    write_packed(&out.join("jobs.jsonl.gz"), &rows.jobs)?;
    write(&out.join("receipts.jsonl"), &rows.receipts)?;
    write(&out.join("validators.jsonl"), &validators)
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn write(path: &Path, rows: &[Value]) -> Result<()> {
    std::fs::write(path, lines(rows)).with_context(|| path.display().to_string())
}

fn write_packed(path: &Path, rows: &[Value]) -> Result<()> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    let mut packed = GzEncoder::new(file, Compression::best());
    packed.write_all(lines(rows).as_bytes())?;
    packed.finish()?;
    Ok(())
}

impl Rows {
    fn add_cycle(&mut self, seed: u64, cycle: u64) {
        let mut draws = Draws::new(seed, b"mkhordeb", cycle);
        let start = START + CYCLE * cycle;
        let block = start + 20 + draws.below(40) as u64;
        let batch = Batch { number: cycle + 1, block, time: block * BLOCK_SECONDS };
        self.batches.push(json!({
            "batch_id": batch.number, "block": block, "cycle_start": start, "cycle_stop": start + CYCLE,
        }));
        for (number, miner) in (0..).zip(&MINERS) {
            let mut draws = Draws::new(seed, b"mkhordem", 100 * cycle + number);
            for class in [&HASH, &LLM, &PLAIN] {
                let executors = miner.executors(class, cycle);
                let round = Round { batch: &batch, miner, class, executors };
                if executors > 0 {
                    self.add_round(&round, &mut draws);
                }
            }
            if miner.habit == Habit::ServesOrganic {
                self.add_organic(&batch, miner, &mut draws);
            }
        }
    }

    /// A job for each executor, and what of them the validator writes down as online.
    fn add_round(&mut self, round: &Round<'_>, draws: &mut Draws) {
        let declined = round.miner.declined(round.class);
        let mut online = 0;
        for _ in declined..round.executors {
            online += u64::from(self.add_job(round, draws));
        }
        for _ in 0..declined {
            online += u64::from(self.decline(round, declined, draws));
        }
        self.manifests.push(json!({
            "batch_id": round.batch.number, "hotkey": round.miner.hotkey, "class": round.class.name,
            "executors": round.executors, "online": online,
        }));
    }

    /// A job that is taken on; whether it passes.
    fn add_job(&mut self, round: &Round<'_>, draws: &mut Draws) -> bool {
        let slowness = if round.miner.habit == Habit::Slow { 1.9 } else { 1.0 };
        let wrong = if round.miner.habit == Habit::Cheats { 0.1 } else { 0.01 };
        let seconds = slowness * round.class.median * (0.35 * normal(draws)).exp();
        let seconds = (seconds * 1000.0).round() / 1000.0;
        let has_failed = draws.chance(0.03);
        let is_right = !draws.chance(wrong);
        self.push(
            round,
            json!({
                "status": if has_failed { "failed" } else { "completed" },
                "seconds": seconds,
                "correct": if has_failed { Value::Null } else { is_right.into() },
                "wrong": if has_failed || is_right { Value::Null } else { "answer".into() },
                "accepted": true,
                "decline_reason": null,
            }),
        );
        !has_failed && is_right && seconds <= round.class.timeout
    }

    /// A job that is declined, with as many receipts as jobs are declined, if any; whether it is excused.
    fn decline(&mut self, round: &Round<'_>, declined: u64, draws: &mut Draws) -> bool {
        let id = self.push(
            round,
            json!({
                "status": "declined", "seconds": null, "correct": null, "wrong": null, "accepted": false,
                "decline_reason": "busy",
            }),
        );
        let validator = match round.miner.habit {
            Habit::Declines { validator: Some(validator) } => validator,
            Habit::ServesOrganic => "v0",
            _ => return false,
        };
        let is_old = draws.chance(0.1);
        let is_repeated = draws.chance(0.2);
        for number in 0..declined {
            let receipt = if is_repeated { 0 } else { number };
            let age = if is_old { TTL + 60 } else { 10 + (37 * receipt + 11 * round.batch.number) % 200 };
            self.receipts.push(json!({
                "presented_for": id, "job_uuid": format!("x{}-{receipt}", round.batch.number),
                "hotkey": round.miner.hotkey, "validator": validator, "class": round.class.name, "organic": true,
                "timestamp": round.batch.time - age, "ttl": TTL, "signature_ok": true,
            }));
        }
        !is_old && (!is_repeated || declined == 1)
    }

    /// Customers' jobs in the cycle of a batch.
    fn add_organic(&mut self, batch: &Batch, miner: &Miner, draws: &mut Draws) {
        for number in 0..4 + draws.below(9) {
            self.jobs.push(json!({
                "job_uuid": format!("o{}-{number}", batch.number), "batch_id": null,
                "block": batch.block + draws.below(600) as u64, "kind": "organic", "hotkey": miner.hotkey,
                "class": LLM.name, "status": if draws.chance(0.05) { "failed" } else { "completed" },
                "cheated": draws.chance(0.02), "on_trusted_miner": draws.chance(0.1),
            }));
        }
    }

    /// Adds a synthetic job that ended so; its id.
    fn push(&mut self, round: &Round<'_>, ended: Value) -> String {
        let id = format!("s{}", self.jobs.len());
        let mut job = json!({
            "job_uuid": id, "batch_id": round.batch.number, "kind": "synthetic", "hotkey": round.miner.hotkey,
            "class": round.class.name, "timeout": round.class.timeout, "time": round.batch.time,
        });
        if let (Some(job), Value::Object(ended)) = (job.as_object_mut(), ended) {
            job.extend(ended);
        }
        self.jobs.push(job);
        id
    }
}

/// A number of the standard normal distribution.
fn normal(draws: &mut Draws) -> f64 {
    probit(draws.unit().max(f64::MIN_POSITIVE))
}

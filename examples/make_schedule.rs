//! Makes `datasets/batches.jsonl`, `datasets/rates.jsonl` and `datasets/rates-63.jsonl`: how long a validator was busy with
//! each of 400 batches, and what 256 miners take; in the last one so much that a loop asks each of them 63 times, as the
//! pull request had it.
//!
//!     cargo run --example make_schedule -- --seed 1 --out datasets
//!
//! A batch of 32 queries is eight minibatches, one after another. A minibatch takes as long as its slowest miner, at most
//! the timeout of 64 s, and a judge's time beside it: miners are lognormal with a median of 12 s, each minibatch's judge
//! gamma-like with a mean of 12 s. So batches take about 200 to 550 s, as the field says. Rate limits: three miners of four
//! take all that a validator may send, 35, one of ten serves nothing, the others take 2 to 34.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use weighhouse::stats::Draws;
use weighhouse::stats::normal::probit;

const BATCHES: u64 = 400;
const MINIBATCHES: usize = 8;
const MINERS_OF_A_MINIBATCH: usize = 4;
const TIMEOUT: f64 = 64.0;
const MINERS: u64 = 256;
/// Of which 61 are synthetic, beside the two ahead of them.
const LIMIT_OF_63: u64 = 78;

/// Make service times and rate limits.
#[derive(Parser)]
struct Arguments {
    /// Fixes all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to.
    #[arg(long, default_value = "datasets")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let Arguments { seed, out } = Arguments::parse();
    let batches = (0..BATCHES).map(|number| json!({ "seconds": seconds(&mut Draws::new(seed, b"mkbatchs", number)) }));
    write(&out.join("batches.jsonl"), batches)?;
    let rate = |uid| json!({ "uid": uid, "rate_limit": rate_limit(&mut Draws::new(seed, b"mkrates\0", uid)) });
    write(&out.join("rates.jsonl"), (0..MINERS).map(rate))?;
    write(&out.join("rates-63.jsonl"), (0..MINERS).map(|uid| json!({ "uid": uid, "rate_limit": LIMIT_OF_63 })))
}

fn write(path: &Path, rows: impl Iterator<Item = serde_json::Value>) -> Result<()> {
    let lines: String = rows.map(|row| format!("{row}\n")).collect();
    std::fs::write(path, lines).with_context(|| path.display().to_string())
}

/// Seconds that a batch takes.
fn seconds(draws: &mut Draws) -> f64 {
    let total: f64 = (0..MINIBATCHES).map(|_| slowest(draws) + judging(draws)).sum();
    (total * 100.0).round() / 100.0
}

/// The slowest of a minibatch's miners.
fn slowest(draws: &mut Draws) -> f64 {
    let time = |draws: &mut Draws| 12.0 * (0.7 * probit(draws.unit().max(f64::MIN_POSITIVE))).exp();
    (0..MINERS_OF_A_MINIBATCH).map(|_| time(draws).min(TIMEOUT)).fold(0.0, f64::max)
}

/// What the judging of a minibatch takes: two exponential times of 6 s.
fn judging(draws: &mut Draws) -> f64 {
    (0..2).map(|_| -6.0 * (1.0 - draws.unit()).ln()).sum()
}

/// What a miner takes per loop; nothing of one that serves nothing.
fn rate_limit(draws: &mut Draws) -> Option<u64> {
    match draws.unit() {
        share if share < 0.1 => None,
        share if share < 0.25 => Some(2 + draws.below(33) as u64),
        _ => Some(35),
    }
}

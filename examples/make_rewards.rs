//! Makes `datasets/rewards.jsonl`: the recorded minibatches of the fixtures as ten loops of a validator that rewards them.
//!
//!     cargo run --example make_rewards -- --seed 1 --out datasets/rewards.jsonl
//!
//! Texts, answers and copies are those of `datasets/minibatches.jsonl`, penalties those of the fixtures' embedder. What
//! else a reward rests on is drawn from the seed: a similarity to the reference that is higher for right answers and for
//! better miners, times from a lognormal distribution, each miner's own median, a volume for each miner, and one miner that
//! cheats in a third of its answers and is found out. A correctness that answer and ground truth show is left out.

use std::path::PathBuf;

use anyhow::{Context, Result};
use candle_core::{DType, Device};
use clap::Parser;
use serde_json::{Map, Value, json};
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::embedder::{Embedder, Embedding};
use weighhouse::judge::rewards::numeric_correctness;
use weighhouse::similarity::{Likeness, Matcher, Pairs, Text, penalties};
use weighhouse::stats::Draws;
use weighhouse::stats::normal::probit;

/// Requests of a loop.
const PER_LOOP: usize = 30;
const TIMEOUT: f64 = 64.0;
/// The miner that cheats, and how often.
const CHEAT: u64 = 57;
const CHEATS: f64 = 1.0 / 3.0;
/// Volumes that miners offer; most offer all.
const VOLUMES: [u64; 4] = [512, 512, 256, 64];

/// Make a recording of rewarded answers.
#[derive(Parser)]
struct Arguments {
    /// Fixes all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The recorded minibatches.
    #[arg(long, default_value = "datasets/minibatches.jsonl")]
    minibatches: PathBuf,
    /// The embedding model.
    #[arg(long, default_value = "fixtures/models/embedder")]
    embedder: PathBuf,
    /// File to write.
    #[arg(long, default_value = "datasets/rewards.jsonl")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let Arguments { seed, minibatches, embedder, out } = Arguments::parse();
    let text = std::fs::read_to_string(&minibatches).with_context(|| minibatches.display().to_string())?;
    let rows: Vec<Map<String, Value>> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let embedder = BertEmbedder::load(&embedder, &Device::Cpu, DType::F32)?;
    let mut lines = String::new();
    for (number, request) in rows.chunk_by(|one, other| one["request_id"] == other["request_id"]).enumerate() {
        let penalties = penalties_of(request, &embedder)?;
        for (place, (row, penalty)) in request.iter().zip(penalties).enumerate() {
            let mut draws = Draws::new(seed, b"mkreward", (number * 16 + place) as u64);
            lines += &(serde_json::to_string(&rewarded(row, penalty, seed, number, &mut draws))? + "\n");
        }
    }
    std::fs::write(&out, lines).with_context(|| out.display().to_string())
}

/// The row with what its reward rests on.
fn rewarded(row: &Map<String, Value>, penalty: Option<f32>, seed: u64, number: usize, draws: &mut Draws) -> Value {
    let uid = row["uid"].as_u64().unwrap_or_default();
    let mut own = Draws::new(seed, b"mkminers", uid);
    let (median, skill, volume) = (4.0 + 20.0 * own.unit(), 0.2 * own.unit(), VOLUMES[own.below(VOLUMES.len())]);
    let is_right = row["correctness"] == 1.0;
    let cheats = uid == CHEAT && draws.chance(CHEATS);
    let level = if is_right { 0.7 } else { 0.45 } + skill;
    let similarity = if cheats { 0.1 } else { (level + 0.1 * normal(draws)).clamp(-1.0, 1.0) };
    let time = median * (0.5 * normal(draws)).exp();
    // Where answer and ground truth show it, nobody needs to say it.
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let shown = numeric_correctness(text("ground_truth"), text("answer")).is_some();
    let correctness = match (cheats, shown) {
        (true, _) => json!(-1.0),
        (false, true) => Value::Null,
        (false, false) => row["correctness"].clone(),
    };
    let answered = row["status"] == 200;
    json!({
        "loop": number / PER_LOOP,
        "request_id": row["request_id"],
        "uid": uid,
        "source": row["source"],
        "ground_truth": row["ground_truth"],
        "reasoning": row["reasoning"],
        "answer": row["answer"],
        "status": row["status"],
        "rewarded": row["rewarded"],
        "copy_of": row.get("copy_of"),
        "similarity": answered.then(|| rounded(similarity)),
        "correctness": answered.then_some(correctness),
        "process_time": answered.then(|| rounded(time.min(TIMEOUT))),
        "timeout": TIMEOUT,
        "penalty": penalty,
        "epoch_volume": volume,
        "recorded_at": row["recorded_at"],
    })
}

fn normal(draws: &mut Draws) -> f64 {
    probit(draws.unit().max(f64::MIN_POSITIVE))
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The penalty of every response of a request; none of those that failed.
fn penalties_of(request: &[Map<String, Value>], embedder: &BertEmbedder) -> Result<Vec<Option<f32>>> {
    let answered: Vec<&Map<String, Value>> = request.iter().filter(|row| row["status"] == 200).collect();
    let texts: Vec<&str> = answered.iter().map(|row| row["reasoning"].as_str().unwrap_or_default()).collect();
    let embeddings = embedder.embed(&texts)?;
    let prepared: Vec<Text> = texts.iter().map(|text| Text::new(text)).collect();
    let mut matcher = Matcher::new();
    let pairs: Vec<Likeness> = Pairs::numbered(texts.len())
        .map(|(one, other)| Likeness {
            cosine: cosine(&embeddings[one], &embeddings[other]),
            partial_ratio: (matcher.partial_ratio(&prepared[one], &prepared[other]) / 100.0) as f32,
        })
        .collect();
    let empty: Vec<bool> = prepared.iter().map(Text::is_empty).collect();
    let members: Vec<usize> = (0..texts.len()).collect();
    let pairs = Pairs::new(&pairs, texts.len()).context("as many pairs as there are")?;
    let mut found = penalties(Default::default(), pairs, &empty, &members).into_iter().map(|penalty| penalty.total);
    Ok(request.iter().map(|row| if row["status"] == 200 { found.next() } else { None }).collect())
}

fn cosine(one: &Embedding, other: &Embedding) -> f32 {
    let dot =
        |a: &Embedding, b: &Embedding| a.iter().zip(b.iter()).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    (dot(one, other) / (dot(one, one).sqrt() * dot(other, other).sqrt()).max(f64::MIN_POSITIVE)) as f32
}

//! Makes `datasets/minibatches.jsonl`: recorded minibatches, sampled from the language models of `fixtures/`. Each
//! problem, which no model has seen, goes to four miners; some operators with two of them return a cached answer.
//!
//!     cargo run --example make_minibatches -- --seed 1 --fixtures fixtures --out datasets/minibatches.jsonl
//!
//! Every choice is drawn from the seed, and every response from a stream of its own. Two runs on one machine give the
//! same file, byte for byte; on another kind of processor a probability that is rounded otherwise may change a token,
//! and with it the rest of that response.

#[expect(dead_code, reason = "only problems outside the corpus itself are asked")]
#[path = "../make_fixtures/corpus/mod.rs"]
mod corpus;
mod edit;
mod miners;
mod record;
mod sampler;
mod schedule;
mod summary;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use weighhouse::stats::random::Draws;

use corpus::{Conversation, PARTS};
use miners::Miner;
use record::Record;
use sampler::{Ask, Sampler};
use schedule::{Deed, Query};

const REQUESTS: usize = 300;

/// Make recorded minibatches: answers of the fixture models, with some copies among them.
#[derive(Parser)]
struct Arguments {
    /// Fixes the problems, who gets them, every sampled token and the copies. The problems are new to the fixture
    /// models if these were made with the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder in which `models/` lies.
    #[arg(long, default_value = "fixtures")]
    fixtures: PathBuf,
    /// File to write.
    #[arg(long, default_value = "datasets/minibatches.jsonl")]
    out: PathBuf,
}

/// Sampled texts by number of the request and uid.
type Texts = BTreeMap<(usize, u32), String>;

fn main() -> Result<()> {
    let Arguments { seed, fixtures, out } = Arguments::parse();
    let problems: Vec<Conversation> = corpus::problems(seed).skip(PARTS.iter().sum()).take(REQUESTS).collect();
    let minibatches = schedule::draw(seed, problems.len());
    let texts = sample_all(seed, &fixtures.join("models"), &problems, &minibatches)?;
    let requests = problems.iter().zip(&minibatches).enumerate();
    let records: Vec<Record> =
        requests.flat_map(|(request, (problem, queries))| write_up(seed, request, problem, queries, &texts)).collect();
    let lines: serde_json::Result<String> = records.iter().map(|r| Ok(serde_json::to_string(r)? + "\n")).collect();
    fs::write(&out, lines?).with_context(|| format!("{}: cannot be written", out.display()))?;
    print!("{}", summary::text(&records));
    Ok(())
}

/// Has every model answer all that its miners are asked, one model after the other.
fn sample_all(seed: u64, models: &Path, problems: &[Conversation], minibatches: &[Vec<Query>]) -> Result<Texts> {
    let mut texts = Texts::new();
    for model in miners::models() {
        let start = Instant::now();
        let jobs = jobs(model, minibatches);
        let asks = jobs.iter().map(|&(request, miner)| Ask {
            question: &problems[request].prompt,
            temperature: miner.temperature,
            draws: Draws::new(seed, b"sampling", stream(request, miner.uid)),
        });
        let sampler = Sampler::open(&models.join(model)).with_context(|| format!("{model} cannot be sampled"))?;
        let answers = sampler.answer(asks.collect())?;
        println!("{model:<16} {:>4} answers in {:>5.1} s", jobs.len(), start.elapsed().as_secs_f64());
        texts.extend(jobs.iter().map(|&(request, miner)| (request, miner.uid)).zip(answers));
    }
    Ok(texts)
}

/// The requests that `model` answers itself, and for which miner.
fn jobs(model: &str, minibatches: &[Vec<Query>]) -> Vec<(usize, &'static Miner)> {
    let queries = (0..).zip(minibatches).flat_map(|(request, queries)| queries.iter().map(move |q| (request, q)));
    let own = queries.filter(|(_, query)| query.deed == Deed::Answers && query.miner.model == model);
    own.map(|(request, query)| (request, query.miner)).collect()
}

/// The records of one request.
fn write_up<'a>(
    seed: u64,
    request: usize,
    problem: &'a Conversation,
    queries: &'a [Query],
    texts: &Texts,
) -> Vec<Record<'a>> {
    let text = |query: &Query| match query.deed {
        Deed::Fails => String::new(),
        Deed::Answers => texts[&(request, query.miner.uid)].clone(),
        Deed::Copies { of, edit } => {
            let draws = Draws::new(seed, b"editing_", stream(request, query.miner.uid));
            edit.apply(&texts[&(request, of)], draws)
        }
    };
    queries.iter().map(|query| Record::new(request, problem, query, text(query))).collect()
}

/// A number of its own for each response.
fn stream(request: usize, uid: u32) -> u64 {
    ((request as u64) << 32) | u64::from(uid)
}

//! Makes `fixtures/` and `datasets/samples.jsonl` from one seed: a corpus of word problems, a tokenizer, and tiny
//! submissions trained to different quality.
//!
//!     cargo run --release --example make_fixtures -- --seed 1 --out .
//!
//! It takes three minutes of processor time, about two minutes on two idle cores. Two runs on one machine give the
//! same files, byte for byte; on another kind of processor the weights, and with them the content hash and the losses in
//! the README, agree up to rounding.

mod corpus;
mod folder;
mod nursery;
mod plan;
mod readme;
mod shape;
mod submissions;
mod tokenizer;
mod train;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use serde::Serialize;

use corpus::{Conversation, Corpus};
use submissions::Workshop;

/// Make the fixtures: a corpus, a tokenizer and tiny trained submissions.
#[derive(Parser)]
struct Arguments {
    /// Fixes the problems, the fresh weights and the order of training.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder in which `fixtures/` and `datasets/` are written.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

/// A line of `samples.jsonl`.
#[derive(Serialize)]
struct Sample<'a> {
    sample_id: String,
    prompt: &'a str,
    response: &'a str,
    source: String,
}

fn main() -> Result<()> {
    use_one_thread_per_model();
    let Arguments { seed, out } = Arguments::parse();
    let start = Instant::now();
    let fixtures = out.join("fixtures");
    fs::create_dir_all(&fixtures).with_context(|| format!("{}: cannot be made", fixtures.display()))?;
    let corpus = Corpus::generate(seed);
    write_samples(&out.join("datasets"), &corpus.held_out)?;
    let tokenizer = tokenizer::train(&corpus.train)?;
    println!("corpus and tokenizer {:.1} s", start.elapsed().as_secs_f64());
    let made = Workshop::open(fixtures.clone(), seed, &tokenizer, &corpus)?.make_all()?;
    fs::write(fixtures.join("README.md"), readme::text(seed, &made))?;
    println!("all {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Keeps candle from splitting tiny operations over threads that then wait for each other: here whole models are
/// trained side by side, one thread each, and the sums of each are the same on any number of cores.
fn use_one_thread_per_model() {
    for key in ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"] {
        // SAFETY: nothing else runs yet, so nobody reads the environment meanwhile.
        unsafe { std::env::set_var(key, "1") };
    }
}

fn write_samples(folder: &Path, conversations: &[Conversation]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let lines: serde_json::Result<String> =
        (1..).zip(conversations).map(|(n, c)| Ok(serde_json::to_string(&sample(n, c))? + "\n")).collect();
    Ok(fs::write(folder.join("samples.jsonl"), lines?)?)
}

fn sample(number: usize, Conversation { prompt, response, kind }: &Conversation) -> Sample<'_> {
    Sample { sample_id: format!("held-out-{number:03}"), prompt, response, source: format!("word-problems/{kind}") }
}

//! Makes `fixtures/models/embedder/` from one seed: a WordPiece tokenizer and a tiny BERT, trained on the corpus of
//! `make_fixtures` so that edited copies of a solution are near each other and different solutions are not.
//!
//!     cargo run --release --example make_embedder -- --seed 1 --out .
//!
//! It takes about a minute on one core. Two runs on one machine give the same files, byte for byte; on another kind of
//! processor the weights agree up to rounding.

#[path = "../make_fixtures/corpus/mod.rs"]
mod corpus;
mod edits;
mod folder;
mod model;
mod tokenizer;
mod train;
mod variables;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use candle_core::{DType, Device};
use clap::Parser;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::embedder::{Embedder, Embedding};

use corpus::{Conversation, Corpus};
use train::Recipe;

/// Make the fixture embedder: a tokenizer and a tiny BERT for sentence embeddings.
#[derive(Parser)]
struct Arguments {
    /// Fixes the problems, the fresh weights and the edits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Optimiser steps.
    #[arg(long, default_value_t = 400)]
    steps: usize,
    /// Folder in which `fixtures/models/embedder/` is written.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

fn main() -> Result<()> {
    use_one_thread();
    let Arguments { seed, steps, out } = Arguments::parse();
    let start = Instant::now();
    let Corpus { train, validation, held_out } = Corpus::generate(seed);
    let tokenizer = tokenizer::train(&train)?;
    let weights = train::train(&tokenizer, &train, Recipe { steps, rate: 3e-3, seed })?;
    let target = out.join("fixtures/models/embedder");
    folder::write(&target, &tokenizer, &weights)?;
    println!("made {} in {:.0} s", target.display(), start.elapsed().as_secs_f64());
    report(&target, &[validation, held_out].concat(), seed)
}

/// Keeps the sums of the training the same on any number of cores.
fn use_one_thread() {
    for key in ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"] {
        // SAFETY: nothing else runs yet, so nobody reads the environment meanwhile.
        unsafe { std::env::set_var(key, "1") };
    }
}

/// Prints how well edited copies of solutions that training never saw are told from the other solutions.
fn report(folder: &Path, unseen: &[Conversation], seed: u64) -> Result<()> {
    let embedder = BertEmbedder::load(folder, &Device::Cpu, DType::F32)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 1);
    let solutions: Vec<&str> = unseen.iter().map(|conversation| conversation.response.as_str()).collect();
    let copies: Vec<String> = solutions.iter().map(|text| edits::edited(text, &mut rng)).collect();
    let originals = embedder.embed(&solutions)?;
    let copies = embedder.embed(&copies.iter().map(String::as_str).collect::<Vec<_>>())?;
    let cosine = |a: &Embedding, b: &Embedding| a.iter().zip(b.iter()).map(|(a, b)| a * b).sum::<f32>();
    let (mut found, mut to_copy, mut to_nearest) = (0, 0.0, 0.0);
    for (index, copy) in copies.iter().enumerate() {
        let own = cosine(copy, &originals[index]);
        let others = originals.iter().enumerate().filter(|(other, _)| *other != index);
        let nearest = others.map(|(_, other)| cosine(copy, other)).fold(-1.0, f32::max);
        found += usize::from(own > nearest);
        to_copy += own;
        to_nearest += nearest;
    }
    let count = copies.len();
    println!("{found} of {count} edited copies are nearest to their original");
    println!(
        "mean cosine to the original {:.3}, to the nearest other {:.3}",
        to_copy / count as f32,
        to_nearest / count as f32
    );
    Ok(())
}

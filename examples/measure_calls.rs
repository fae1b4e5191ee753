//! Measures the memory that simultaneous calls of an embedder need and prints it as a recording: how `datasets/calls.jsonl`
//! was made, of all-MiniLM-L6-v2.
//!
//! `cargo build --release && cargo run --release --example measure_calls -- MODEL_FOLDER > datasets/calls.jsonl`

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use weighhouse::engine::request::{DeviceRequest, DtypeRequest};
use weighhouse::measure::calls::{CallPlan, measure_calls};
use weighhouse::report::call_line;
use weighhouse::reporter::Reporter;

#[derive(Parser)]
struct Options {
    /// Folder of a sentence-transformers BERT.
    model: PathBuf,
    /// Numbers of calls at once.
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32")]
    concurrency: Vec<u32>,
    /// Numbers of texts per call.
    #[arg(long, value_delimiter = ',', default_value = "4,32")]
    texts: Vec<u32>,
    /// Tokens of each text [default: the longest that the model reads].
    #[arg(long)]
    tokens: Option<u32>,
    /// How often each is measured.
    #[arg(long, default_value_t = 3)]
    repetitions: u32,
    /// The device whose memory is measured.
    #[arg(long, default_value = "cpu")]
    device: DeviceRequest,
    /// The number type that is computed in.
    #[arg(long, default_value = "auto")]
    dtype: DtypeRequest,
    /// The program [default: the one that was built beside this example].
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Tells warnings and nothing else.
struct Warnings;

impl Reporter for Warnings {
    fn info(&self, _: &str) {}
    fn warn(&self, warning: &str) {
        eprintln!("warning: {warning}");
    }
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// The program in the folder above that of the examples.
fn beside() -> Result<PathBuf> {
    let example = current_exe()?;
    let folder = example.parent().and_then(|examples| examples.parent()).context("this example is in no folder")?;
    Ok(folder.join(format!("weighhouse{EXE_SUFFIX}")))
}

fn main() -> Result<()> {
    let options = Options::parse();
    let program = options.program.map_or_else(beside, Ok)?;
    let plan = CallPlan {
        folder: options.model,
        device: options.device,
        dtype: options.dtype,
        concurrencies: options.concurrency,
        texts: options.texts,
        tokens: options.tokens,
        repetitions: options.repetitions,
    };
    measure_calls(&program, &plan, &Warnings, |call| writeln!(io::stdout(), "{}", call_line(&call)))?;
    Ok(())
}

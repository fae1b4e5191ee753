//! Texts per second and per CPU second of the embedder on a recording, request by request or in larger calls: the
//! counterpart of the embedding phase of the stack that validators run, so that the two can be run in turns.
//!
//! `cargo run --release --example time_embed -- MODEL_FOLDER RECORDING.jsonl [--call 256] [--batch-tokens 512]
//! [--dtype bf16]`

use std::path::PathBuf;
use std::time::Instant;

use candle_core::Device;
use clap::Parser;
use serde_json::Value;
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::device::embedding_dtype;
use weighhouse::engine::embedder::Embedder;
use weighhouse::engine::request::DtypeRequest;

#[derive(Parser)]
struct Arguments {
    /// Folder of a sentence-transformers BERT.
    model: PathBuf,
    /// Recording with a `reasoning` per line.
    recording: PathBuf,
    /// Texts per call.
    #[arg(long, default_value_t = 256)]
    call: usize,
    /// Tokens per batch [default: the embedder's own].
    #[arg(long)]
    batch_tokens: Option<usize>,
    /// Texts to embed at most.
    #[arg(long, default_value_t = usize::MAX)]
    limit: usize,
    /// Number type: f32, or bf16 on a processor that has it.
    #[arg(long, default_value = "f32")]
    dtype: DtypeRequest,
    /// Compute by candle's own operators, as on other devices than the CPU, in f32.
    #[arg(long, conflicts_with = "dtype")]
    portable: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let start = Instant::now();
    let mut embedder = match arguments.portable {
        true => BertEmbedder::load_portable(&arguments.model, &Device::Cpu)?,
        false => {
            let dtype = embedding_dtype(arguments.dtype, &Device::Cpu)?;
            BertEmbedder::load(&arguments.model, &Device::Cpu, dtype)?
        }
    };
    if let Some(tokens) = arguments.batch_tokens {
        embedder = embedder.with_batch_tokens(tokens);
    }
    let loaded = start.elapsed().as_secs_f64();
    let recording = std::fs::read_to_string(&arguments.recording)?;
    let texts: Vec<String> = recording.lines().take(arguments.limit).map(reasoning).collect::<Result<_, _>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut sum = 0.0;
    for call in texts.chunks(arguments.call) {
        sum += embedder.embed(call)?.iter().map(|embedding| f64::from(embedding[0])).sum::<f64>();
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let count = texts.len() as f64;
    println!(
        "{count} texts: {:.1} texts/s, {:.1} texts/CPU-s; loaded in {loaded:.2} s, checksum {sum:.4}",
        count / wall,
        count / cpu
    );
    Ok(())
}

fn reasoning(line: &str) -> Result<String, serde_json::Error> {
    Ok(serde_json::from_str::<Value>(line)?["reasoning"].as_str().unwrap_or_default().to_owned())
}

/// Seconds of user and system time of this process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

//! Loss, tokens per second and memory of the decoder on windows of a text: the counterpart of what transformers
//! measures on the same windows, so that the two can be run in turns.
//!
//! `cargo run --release --example time_loss -- MODEL_FOLDER TEXT_FILE [--seq 512] [--n 4] [--batch 1] [--dtype f32]`

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use weighhouse::engine::batch::Sequence;
use weighhouse::engine::causal_lm::{self, LossEngine};
use weighhouse::engine::device::{compute_dtype, open_device};
use weighhouse::engine::kernels::Kernels;
use weighhouse::engine::request::{DeviceRequest, DtypeRequest, TokenizerRules};
use weighhouse::engine::tokenizer::ModelTokenizer;
use weighhouse::reporter::Silent;

#[derive(Parser)]
struct Arguments {
    /// Model folder in Hugging Face layout.
    model: PathBuf,
    /// Text to cut into windows.
    text: PathBuf,
    /// Predicted tokens per window.
    #[arg(long, default_value_t = 512)]
    seq: usize,
    /// Windows per batch.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Batches to time, after one to warm up.
    #[arg(long, default_value_t = 4)]
    n: usize,
    /// Number type of the computation.
    #[arg(long, default_value = "auto")]
    dtype: DtypeRequest,
    /// Device.
    #[arg(long, default_value = "cpu")]
    device: DeviceRequest,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let device = open_device(arguments.device, &Silent)?;
    let dtype = compute_dtype(arguments.dtype, Kernels::Fused, &device)?;
    let ids = ids(&arguments)?;
    let model = causal_lm::load(&arguments.model, dtype, &device)?;
    let window = arguments.seq + 1;
    let batches: Vec<Vec<Sequence>> = ids
        .chunks_exact(window * arguments.batch)
        .map(|batch| batch.chunks_exact(window).map(|ids| Sequence { ids, scored_from: 0 }).collect())
        .take(arguments.n + 1)
        .collect();
    let (timed, warm_up) = batches.split_at(arguments.n);
    model.decoder.losses(&warm_up[0])?;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut losses = Vec::new();
    for batch in timed {
        losses.extend(LossEngine::losses(&model.decoder, batch)?);
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let tokens = (arguments.n * arguments.batch * arguments.seq) as f64;
    println!(
        "weighhouse {} batch {} seq {}: loss {:.6}, {:.1} tok/s, {:.1} tok/CPU-s, peak {:.0} MB",
        dtype.as_str(),
        arguments.batch,
        arguments.seq,
        losses.iter().sum::<f64>() / losses.len() as f64,
        tokens / wall,
        tokens / cpu,
        peak_megabytes()
    );
    Ok(())
}

/// The text's tokens, over and over until they fill every window.
fn ids(arguments: &Arguments) -> Result<Vec<u32>, Box<dyn std::error::Error>> {
    let tokenizer = ModelTokenizer::load(&arguments.model, TokenizerRules::default())?;
    let once = tokenizer.encode(&std::fs::read_to_string(&arguments.text)?, false)?;
    let needed = (arguments.n + 1) * arguments.batch * (arguments.seq + 1);
    Ok(once.iter().copied().cycle().take(needed).collect())
}

/// Seconds of user and system time of this process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// Largest resident memory so far; 0 where the system does not tell.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

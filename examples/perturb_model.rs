//! Copies a model and moves each of its weights at random: a model that is a little worse, to try comparisons on. Seeded.
//!
//!     cargo run --release --example perturb_model -- MODEL_FOLDER COPY_FOLDER [--share 0.02] [--seed 1]

use std::path::PathBuf;

use anyhow::{Context, Result};
use candle_core::{DType, Device, Tensor};
use clap::Parser;
use weighhouse::stats::{Draws, normal};

#[derive(Parser)]
#[command(about = "Copies a model with each weight moved at random")]
struct Options {
    /// Folder of the model, its weights in one file.
    model: PathBuf,
    /// Folder of the copy, which is made.
    copy: PathBuf,
    /// Standard deviation of a move, as a share of that of the tensor's weights.
    #[arg(long, default_value_t = 0.02)]
    share: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<()> {
    let Options { model, copy, share, seed } = Options::parse();
    std::fs::create_dir_all(&copy).with_context(|| format!("cannot make {}", copy.display()))?;
    for entry in std::fs::read_dir(&model).with_context(|| format!("cannot read {}", model.display()))? {
        let entry = entry?;
        if entry.file_name() != "model.safetensors" && entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), copy.join(entry.file_name()))?;
        }
    }
    let weights = candle_core::safetensors::load(model.join("model.safetensors"), &Device::Cpu)?;
    let mut names: Vec<&String> = weights.keys().collect();
    names.sort();
    let mut moved = std::collections::HashMap::new();
    for (number, name) in names.into_iter().enumerate() {
        moved.insert(name.clone(), perturbed(&weights[name], share, Draws::new(seed, b"perturb ", number as u64))?);
    }
    candle_core::safetensors::save(&moved, copy.join("model.safetensors"))?;
    Ok(())
}

/// The tensor with each weight moved, in its own type.
fn perturbed(tensor: &Tensor, share: f64, mut draws: Draws) -> Result<Tensor> {
    let values: Vec<f32> = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let size = share * variance.sqrt();
    let mut chance = || normal::probit((draws.below(1 << 32) as f64 + 0.5) / (1_u64 << 32) as f64);
    let moved: Vec<f32> = values.iter().map(|value| value + (size * chance()) as f32).collect();
    Ok(Tensor::from_vec(moved, tensor.shape(), &Device::Cpu)?.to_dtype(tensor.dtype())?)
}

//! A causal language model in a folder: what its files say before it is loaded, and the loaded model behind
//! [`LossEngine`], the only face that measuring sees.

use std::path::Path;

use candle_core::{DType, Device};

use super::batch::Sequence;
use super::cpu::keep_freed_results;
use super::decoder::{Decoder, Kernels, ModelConfig, read_config};
use super::device::blamed;
use super::error::Result;
use super::kernels::Way;
use super::weights::{Safetensors, WeightSummary};

/// Version of the numerics; it grows with every change that may move a loss, so that stored losses of another version
/// are measured again.
const VERSION: &str = "3";

/// Version of the numerics where these kernels compute, as stored losses are keyed by it: on a device that has no others,
/// plain operators are kept as plain operators, whatever was asked for.
pub fn version(way: Way) -> String {
    match way {
        Way::Portable => format!("{VERSION} {}", Kernels::Portable),
        _ => VERSION.to_owned(),
    }
}

/// Something that can tell the loss of tokenised texts.
pub trait LossEngine {
    /// Mean −ln p in nats over the targets of each sequence, in order. Every sequence must have a target, ids below
    /// [`LossEngine::vocabulary`] and at most [`LossEngine::longest`] tokens.
    ///
    /// # Errors
    /// [`EngineError::Fault`](super::EngineError::Fault) where the device failed, for example for lack of memory; any
    /// other error is about the model and would come again.
    fn losses(&self, sequences: &[Sequence]) -> Result<Vec<f64>>;
    /// Number of token ids.
    fn vocabulary(&self) -> usize;
    /// Longest text in tokens, where the architecture has a limit of its own.
    fn longest(&self) -> Option<usize>;
    /// Whether neighbours with the same prompt cost it only once.
    fn shares_prompts(&self) -> bool;
}

impl LossEngine for Decoder {
    fn losses(&self, sequences: &[Sequence]) -> Result<Vec<f64>> {
        Decoder::losses(self, sequences).map_err(|error| blamed(error, self.device()))
    }

    fn vocabulary(&self) -> usize {
        self.description().vocab_size
    }

    fn longest(&self) -> Option<usize> {
        // The last token is only a target here, but transformers embeds it too, and fails beyond the table.
        self.description().learned_positions
    }

    fn shares_prompts(&self) -> bool {
        Decoder::shares_prompts(self)
    }
}

/// What a model's files say without loading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCard {
    /// Class name.
    pub architecture: &'static str,
    /// Number of parameters, by the headers of the weight files.
    pub parameters: u64,
    /// Dtypes of the stored weights, joined by `+`.
    pub weight_dtype: String,
    /// Keys of config.json that change nothing for this architecture and were passed over.
    pub unread_keys: Vec<String>,
}

/// Reads the card of a model that is here.
///
/// # Errors
/// config.json or the headers of the weight files are absent or damaged, or the architecture is not known.
pub fn read_card(folder: &Path) -> Result<ModelCard> {
    let config = read_config(&folder.join("config.json"))?;
    let weights = Safetensors::open(folder, DType::F32, &Device::Cpu)?;
    Ok(card(config, &weights.summary()))
}

/// The card of a model by its configuration and what its weight files hold.
pub fn card(config: ModelConfig, weights: &WeightSummary) -> ModelCard {
    ModelCard {
        architecture: config.description.architecture,
        parameters: weights.parameters,
        weight_dtype: weights.dtypes(),
        unread_keys: config.unread,
    }
}

/// A loaded model.
pub struct CausalLm {
    /// The decoder.
    pub decoder: Decoder,
    /// Tensors in the weight files that the decoder has no use for.
    pub left_over: Vec<String>,
}

/// Loads the model in `folder` to compute in `dtype` on `device`, with the fastest kernels there.
///
/// # Errors
/// Its files are damaged, or a tensor is missing or misshaped; or the device failed.
pub fn load(folder: &Path, dtype: DType, device: &Device) -> Result<CausalLm> {
    load_with(folder, dtype, device, Kernels::Fused)
}

/// Loads the model in `folder` to compute in `dtype` on `device` with these kernels.
///
/// # Errors
/// As [`load`].
pub fn load_with(folder: &Path, dtype: DType, device: &Device, kernels: Kernels) -> Result<CausalLm> {
    load_on(folder, dtype, device, kernels).map_err(|error| blamed(error, device))
}

fn load_on(folder: &Path, dtype: DType, device: &Device, kernels: Kernels) -> Result<CausalLm> {
    if device.is_cpu() {
        keep_freed_results();
    }
    let config = read_config(&folder.join("config.json"))?;
    let weights = Safetensors::open(folder, dtype, device)?;
    let decoder = Decoder::new(config.description, &weights, kernels)?;
    Ok(CausalLm { decoder, left_over: weights.left_over() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_losses_of_the_fastest_kernels_keep_their_key_and_others_have_their_own() {
        assert_eq!([Way::Cpu, Way::Portable].map(version), ["3", "3 portable"]);
    }
}

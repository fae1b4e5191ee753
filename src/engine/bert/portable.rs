//! candle's BERT, for any device: padded batches with a mask. On the CPU it is the twin that the fused encoder is tested
//! against.

use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;

use super::config::BertConfig;
use super::pooling::Pooling;
use super::tensors::Tensors;
use crate::engine::error::Result;

/// The model, and where it computes.
pub(super) struct PortableEncoder {
    model: BertModel,
    device: Device,
}

impl PortableEncoder {
    pub(super) fn new(config: &BertConfig, tensors: &Tensors, device: &Device) -> Result<Self> {
        let variables = VarBuilder::from_tensors(tensors.all(config)?, DType::F32, device);
        Ok(Self { model: BertModel::load(variables, &config.for_candle())?, device: device.clone() })
    }

    /// The pooled states of texts, given as ids, each with at least one.
    pub(super) fn pooled(&self, texts: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let longest = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let padded = texts.iter().flat_map(|ids| ids.iter().copied().chain(std::iter::repeat(0)).take(longest));
        let mask = texts.iter().flat_map(|ids| (0..longest).map(|at| if at < ids.len() { 1f32 } else { 0.0 }));
        let shape = (texts.len(), longest);
        let ids = Tensor::from_vec(padded.collect::<Vec<_>>(), shape, &self.device)?;
        let mask = Tensor::from_vec(mask.collect::<Vec<_>>(), shape, &self.device)?;
        let states = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let pooled = match pooling {
            Pooling::Cls => states.i((.., 0))?,
            Pooling::Mean => {
                let sums = mask.unsqueeze(1)?.matmul(&states)?.squeeze(1)?;
                sums.broadcast_div(&mask.sum_keepdim(1)?)?
            }
        };
        Ok(pooled.to_vec2()?)
    }
}

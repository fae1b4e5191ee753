//! Weight matrices in the form that multiplies fastest where they are: packed for the CPU kernel, or as the tensor
//! they were loaded as.

use std::sync::Arc;

use candle_core::{DType, Device, Storage, Tensor};

use super::cpu::{PackedLinear, PackedWeights};
use super::error::Result;
use super::traffic::operators as op;

/// A matrix `[outputs × inputs]`, cheap to clone.
#[derive(Clone)]
pub enum Matrix {
    /// As loaded: any device and dtype, differentiable.
    Plain(Tensor),
    /// For the CPU's own f32 kernel.
    Packed(Arc<PackedWeights>),
}

impl Matrix {
    /// Packs the matrix if the CPU's kernel can use it.
    pub fn fastest(weights: Tensor) -> Result<Self> {
        let fits = matches!(weights.device(), Device::Cpu) && weights.dtype() == DType::F32;
        if !fits || !PackedWeights::supported() {
            return Ok(Self::Plain(weights));
        }
        let inputs = weights.dim(1)?;
        let packed = with_values(&weights, |values| PackedWeights::new(values, inputs))?;
        Ok(Self::Packed(Arc::new(packed)))
    }

    /// x · Wᵀ + b of `[rows × inputs]`, as `[rows × outputs]`.
    pub fn product(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        match self {
            Self::Plain(weights) => {
                let product = op::matmul(x, &weights.t()?)?;
                match bias {
                    Some(bias) => op::add(&product, bias),
                    None => Ok(product),
                }
            }
            Self::Packed(weights) => {
                let bias = bias.map(|bias| with_values(bias, <[f32]>::to_vec)).transpose()?;
                Ok(op::contiguous(x)?.apply_op1_no_bwd(&PackedLinear { weights, bias: bias.as_deref() })?)
            }
        }
    }

    /// base + x · Wᵀ + b, in one pass where the matrix is packed.
    pub fn product_onto(&self, x: &Tensor, bias: Option<&Tensor>, base: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(_) => op::add(base, &self.product(x, bias)?),
            Self::Packed(weights) => {
                let bias = bias.map(|bias| with_values(bias, <[f32]>::to_vec)).transpose()?;
                let op = PackedLinear { weights, bias: bias.as_deref() };
                Ok(op::contiguous(x)?.apply_op2_no_bwd(&op::contiguous(base)?, &op)?)
            }
        }
    }

    /// The weights of the given outputs, `[ids × inputs]`: an embedding's rows.
    pub fn rows(&self, ids: &[u32], device: &Device) -> Result<Tensor> {
        match self {
            Self::Plain(weights) => op::select(weights, &op::upload(ids.to_vec(), ids.len(), device)?),
            Self::Packed(weights) => {
                let mut rows = vec![0.0; ids.len() * weights.inputs()];
                let targets = rows.chunks_exact_mut(weights.inputs());
                ids.iter().zip(targets).for_each(|(id, target)| weights.copy_row(*id as usize, target));
                op::upload(rows, (ids.len(), weights.inputs()), device)
            }
        }
    }
}

/// Looks at the values of an f32 tensor on the CPU in row-major order.
pub fn with_values<T>(tensor: &Tensor, look: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = op::contiguous(tensor)?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(look(&storage.as_slice::<f32>()?[layout.start_offset()..][..tensor.elem_count()])),
        _ => Err(candle_core::Error::Msg("the values are not on the CPU".into()).into()),
    }
}

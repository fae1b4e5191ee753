//! Weight matrices in the form that multiplies fastest where they are: packed for the CPU kernel, or as the tensor
//! they were loaded as. On the CPU all but the weights is f32, whatever they are.

use std::sync::Arc;

use candle_core::{DType, Device, Storage, Tensor, WithDType};
use half::bf16;

use super::cpu::{Number, PackedLinear, PackedWeights};
use super::error::Result;
use super::kernels::{Kernels, Way};
use super::traffic::operators as op;

/// A matrix `[outputs × inputs]`, cheap to clone.
#[derive(Clone)]
pub enum Matrix {
    /// As loaded: any device and dtype, differentiable.
    Plain(Tensor),
    /// For the CPU's own kernel, in f32 or bf16.
    Packed(Arc<PackedWeights>),
}

impl Matrix {
    /// The matrix as these kernels multiply with it where it is.
    ///
    /// # Errors
    /// It is no matrix.
    pub fn new(weights: Tensor, kernels: Kernels) -> Result<Self> {
        match Way::of(kernels, weights.device()) {
            Way::Cpu => Self::fastest(weights),
            // Candle has the products of a device from the device's own library.
            _ => Ok(Self::Plain(weights)),
        }
    }

    /// Packs the matrix if the CPU's kernel can use it.
    pub fn fastest(weights: Tensor) -> Result<Self> {
        let packed = match (weights.device(), weights.dtype()) {
            (Device::Cpu, DType::F32) => packed::<f32>(&weights)?,
            (Device::Cpu, DType::BF16) => packed::<bf16>(&weights)?,
            _ => None,
        };
        Ok(packed.map_or(Self::Plain(weights), |packed| Self::Packed(Arc::new(packed))))
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
                let x = op::contiguous(x)?;
                with_bias(bias, |bias| Ok(x.apply_op1_no_bwd(&PackedLinear { weights, bias })?))
            }
        }
    }

    /// base + x · Wᵀ + b, in one pass where the matrix is packed.
    pub fn product_onto(&self, x: &Tensor, bias: Option<&Tensor>, base: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(_) => op::add(base, &self.product(x, bias)?),
            Self::Packed(weights) => {
                let (x, base) = (op::contiguous(x)?, op::contiguous(base)?);
                with_bias(bias, |bias| Ok(x.apply_op2_no_bwd(&base, &PackedLinear { weights, bias })?))
            }
        }
    }

    /// The weights of the given outputs, `[ids × inputs]`: an embedding's rows, in the dtype of [`beside`].
    pub fn rows(&self, ids: &[u32], device: &Device) -> Result<Tensor> {
        match self {
            Self::Plain(weights) => {
                let rows = op::select(weights, &op::upload(ids.to_vec(), ids.len(), device)?)?;
                op::cast(&rows, beside(rows.dtype(), device))
            }
            Self::Packed(weights) => {
                let mut rows = vec![0.0; ids.len() * weights.inputs()];
                let targets = rows.chunks_exact_mut(weights.inputs());
                ids.iter().zip(targets).for_each(|(id, target)| weights.copy_row(*id as usize, target));
                op::upload(rows, (ids.len(), weights.inputs()), device)
            }
        }
    }
}

/// The dtype of all that goes with matrices of `weights`: on the CPU, where only products are in half precision, f32.
pub fn beside(weights: DType, device: &Device) -> DType {
    if device.is_cpu() { DType::F32 } else { weights }
}

/// The matrix for the CPU's kernel, if the processor has it for these numbers.
fn packed<N: Number + WithDType>(weights: &Tensor) -> Result<Option<PackedWeights>> {
    let inputs = weights.dim(1)?;
    let pack = |values: &[N]| PackedWeights::new(values, inputs);
    N::ELEMENT.supported().then(|| with_values(weights, pack)).transpose()
}

/// Works with the values of a bias on the CPU, if there is one.
pub fn with_bias<T>(bias: Option<&Tensor>, work: impl FnOnce(Option<&[f32]>) -> Result<T>) -> Result<T> {
    match bias {
        Some(bias) => with_values(bias, |values| work(Some(values)))?,
        None => work(None),
    }
}

/// Looks at the values of a tensor of such numbers on the CPU in row-major order.
pub fn with_values<N: WithDType, T>(tensor: &Tensor, look: impl FnOnce(&[N]) -> T) -> Result<T> {
    let tensor = op::contiguous(tensor)?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(look(&storage.as_slice::<N>()?[layout.start_offset()..][..tensor.elem_count()])),
        _ => Err(candle_core::Error::Msg("the values are not on the CPU".into()).into()),
    }
}

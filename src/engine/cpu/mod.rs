//! Fused kernels for the CPU: what candle's element-wise operators would do in many passes over memory, one thread each,
//! is done here in one, on all threads. All of it is f32, but that weights may be bf16, and then so are the rows that
//! they are multiplied with. Every kernel has a portable twin built from candle operators that tests compare it with.

mod attention;
mod element;
mod full_attention;
mod gating;
mod head;
mod kernel;
mod linear;
mod memory;
mod norm;
mod packed;
mod product;
mod serial;
mod vector;

pub use attention::FusedAttention;
pub(crate) use element::{Element, Number};
pub(crate) use full_attention::{Heads, attend_to_all};
pub(crate) use gating::FusedGate;
pub(crate) use head::HeadWeights;
pub use head::negative_log_likelihoods;
pub(crate) use linear::PackedLinear;
pub(crate) use memory::keep_freed_results;
pub(crate) use norm::FusedLayerNorm;
pub(crate) use packed::{PackedWeights, SerialMemory};
pub(crate) use serial::SerialLinear;
pub use vector::{gelu, relu};
pub(crate) use vector::{gelu_tanh, layer_norm};

use candle_core::{CpuStorage, Layout, Result};

/// A rank-2 f32 tensor's storage: rows of `width` contiguous values, `stride` apart.
#[derive(Clone, Copy)]
struct Rows<'a> {
    data: &'a [f32],
    rows: usize,
    width: usize,
    stride: usize,
}

impl<'a> Rows<'a> {
    fn of(storage: &'a CpuStorage, layout: &Layout) -> Result<Self> {
        let (rows, width) = layout.shape().dims2()?;
        let stride = layout.stride();
        if width > 1 && stride[1] != 1 {
            candle_core::bail!("a fused kernel was given rows that are not contiguous");
        }
        let data = &storage.as_slice::<f32>()?[layout.start_offset()..];
        Ok(Self { data, rows, width, stride: stride[0] })
    }

    fn row(&self, index: usize) -> &'a [f32] {
        &self.data[index * self.stride..][..self.width]
    }
}

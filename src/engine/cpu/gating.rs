//! act(gate) · up of a gated feed-forward block in one pass over rows that hold both halves side by side.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape};
use rayon::prelude::*;

use super::{Rows, vector};
use crate::engine::decoder::description::Activation;

/// Rows [gate | up] of width 2n → act(gate) · up of width n.
pub struct FusedGate(pub Activation);

impl FusedGate {
    /// Whether this activation has a fused kernel.
    pub fn knows(activation: Activation) -> bool {
        matches!(activation, Activation::Silu | Activation::GeluTanh)
    }
}

impl CustomOp1 for FusedGate {
    fn name(&self) -> &'static str {
        "fused-gate"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let rows = Rows::of(storage, layout)?;
        let width = rows.width / 2;
        let combine = match self.0 {
            Activation::Silu => vector::silu_times,
            Activation::GeluTanh => vector::gelu_tanh_times,
            other => candle_core::bail!("{other:?} has no fused kernel"),
        };
        let length = rows.rows * width;
        let mut output = Vec::with_capacity(length);
        output.spare_capacity_mut()[..length].par_chunks_mut(width).enumerate().for_each(|(index, target)| {
            let (gate, up) = rows.row(index).split_at(width);
            combine(target, gate, up);
        });
        // SAFETY: the rows cover the whole length, and both activations write every element.
        unsafe { output.set_len(length) };
        Ok((CpuStorage::F32(output), Shape::from((rows.rows, width))))
    }
}

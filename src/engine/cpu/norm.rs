//! LayerNorm as a candle operator: every row by [`layer_norm`], the same as the embedder's.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape};
use rayon::prelude::*;

use super::vector::layer_norm;

/// Rows `[… × width]` → (x − mean) / √(variance + ε) · scale + shift.
pub struct FusedLayerNorm<'a> {
    /// `[width]`, or `[heads × width]` for rows that are heads, in turn.
    pub scale: &'a [f32],
    /// `[width]`
    pub shift: Option<&'a [f32]>,
    /// ε
    pub epsilon: f32,
}

impl CustomOp1 for FusedLayerNorm<'_> {
    fn name(&self) -> &'static str {
        "fused-layer-norm"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = layout.dims().last().copied().unwrap_or(0);
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a norm was given rows that are not contiguous")
        };
        if width == 0 || !self.scale.len().is_multiple_of(width) || self.shift.is_some_and(|x| x.len() != width) {
            candle_core::bail!("a norm of {} weights was given rows of {width}", self.scale.len());
        }
        let none = vec![0.0; width];
        let shift = self.shift.unwrap_or(&none);
        let heads = self.scale.len() / width;
        let mut output = storage.as_slice::<f32>()?[start..end].to_vec();
        output.par_chunks_mut(width).enumerate().for_each(|(index, row)| {
            layer_norm(row, &self.scale[index % heads * width..][..width], shift, self.epsilon);
        });
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }
}

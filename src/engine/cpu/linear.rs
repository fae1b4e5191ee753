//! x · Wᵀ + b with packed weights as a candle operator.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape};

use super::packed::PackedWeights;

/// Rows `[rows × inputs]` → `[rows × outputs]`.
pub struct PackedLinear<'a> {
    /// W.
    pub weights: &'a PackedWeights,
    /// b.
    pub bias: Option<&'a [f32]>,
}

impl CustomOp1 for PackedLinear<'_> {
    fn name(&self) -> &'static str {
        "packed-linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = layout.shape().dims2()?;
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a packed product was given rows that are not contiguous")
        };
        if width != self.weights.inputs() {
            candle_core::bail!("a packed product of {} inputs was given rows of {width}", self.weights.inputs());
        }
        let output = self.weights.multiply(&storage.as_slice::<f32>()?[start..end], self.bias);
        Ok((CpuStorage::F32(output), Shape::from((rows, self.weights.outputs()))))
    }
}

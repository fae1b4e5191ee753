//! x · Wᵀ + b with packed weights as a candle operator.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape};

use super::packed::PackedWeights;

/// Rows `[rows × inputs]` → `[rows × outputs]`.
pub struct PackedLinear<'a> {
    /// W.
    pub weights: &'a PackedWeights,
    /// b.
    pub bias: Option<&'a [f32]>,
}

impl PackedLinear<'_> {
    fn run(&self, storage: &CpuStorage, layout: &Layout, base: Option<&[f32]>) -> Result<(CpuStorage, Shape)> {
        let (rows, width) = layout.shape().dims2()?;
        if width != self.weights.inputs() {
            candle_core::bail!("a packed product of {} inputs was given rows of {width}", self.weights.inputs());
        }
        let output = self.weights.multiply(values(storage, layout)?, self.bias, base);
        Ok((CpuStorage::F32(output), Shape::from((rows, self.weights.outputs()))))
    }
}

fn values<'s>(storage: &'s CpuStorage, layout: &Layout) -> Result<&'s [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("a packed product was given values that are not contiguous"),
    }
}

impl CustomOp1 for PackedLinear<'_> {
    fn name(&self) -> &'static str {
        "packed-linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.run(storage, layout, None)
    }
}

/// The product is added to the second operand, `[rows × outputs]`.
impl CustomOp2 for PackedLinear<'_> {
    fn name(&self) -> &'static str {
        "packed-linear-onto"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
        base: &CpuStorage,
        base_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if base_layout.shape().dims2()? != (layout.shape().dims2()?.0, self.weights.outputs()) {
            candle_core::bail!("a packed product cannot be added to {:?}", base_layout.shape());
        }
        self.run(storage, layout, Some(values(base, base_layout)?))
    }
}

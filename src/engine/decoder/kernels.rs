//! Which implementation of the decoder's operations runs.

/// Which implementation of attention, norms and gating runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// The fastest the device has.
    Fused,
    /// Plain candle operators: slower, differentiable, the same on every device.
    Portable,
}

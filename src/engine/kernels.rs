//! Which implementation of the engine's operations runs.

/// Which implementation of products, attention, norms, gating and the head runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernels {
    /// The fastest the device has.
    #[default]
    Fused,
    /// Plain candle operators: slower, differentiable, the same on every device.
    Portable,
}

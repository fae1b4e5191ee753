//! Kernels for NVIDIA GPUs of compute capability 8.0 and later: attention, rotary embedding, gating and the log-sum-exp
//! of the head, each in one pass. Their sources are the `.cu` files; `shim.h` stands in for a GPU, so that tests run
//! the same sources on a CPU. Each has a portable twin of candle operators.
//!
//! What the host prepares is in `catalogue`, `gemm`, `shape` and `target` and needs no GPU; the rest is behind the feature
//! `cuda`.

#[cfg(feature = "cuda")]
mod attention;
pub mod catalogue;
#[cfg(feature = "cuda")]
mod examined;
#[cfg(feature = "cuda")]
mod gate;
pub mod gemm;
#[cfg(feature = "cuda")]
mod launch;
#[cfg(feature = "cuda")]
mod log_sum_exp;
#[cfg(feature = "cuda")]
mod product;
#[cfg(feature = "cuda")]
mod rotary;
pub mod shape;
pub mod target;

#[cfg(feature = "cuda")]
pub use attention::{DeviceAttention, DeviceTiles};
#[cfg(feature = "cuda")]
pub use examined::{break_device, loaded};
#[cfg(feature = "cuda")]
pub use gate::DeviceGate;
#[cfg(feature = "cuda")]
pub use launch::misfit;
#[cfg(feature = "cuda")]
pub use log_sum_exp::DeviceSums;
#[cfg(feature = "cuda")]
pub use product::WideProduct;
#[cfg(feature = "cuda")]
pub use rotary::DeviceRotary;

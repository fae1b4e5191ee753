//! Which implementation of the engine's operations runs: `fused` or `portable`, and what that is on a device.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

/// Which implementation of products, attention, layer norms, gating and the head runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernels {
    /// The fastest the device has.
    #[default]
    Fused,
    /// Plain candle operators: slower, differentiable, the same on every device.
    Portable,
}

/// A name of kernels that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected fused or portable")]
pub struct KernelsError;

impl FromStr for Kernels {
    type Err = KernelsError;

    fn from_str(text: &str) -> Result<Self, KernelsError> {
        match text {
            "fused" => Ok(Self::Fused),
            "portable" => Ok(Self::Portable),
            _ => Err(KernelsError),
        }
    }
}

impl fmt::Display for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fused => "fused",
            Self::Portable => "portable",
        })
    }
}

/// Whose kernels compute: what products, attention, layer norms, gating and the head ask before they take one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The processor's own, of [`cpu`](super::cpu).
    Cpu,
    /// Those for CUDA devices, of [`cuda`](super::cuda).
    #[cfg(feature = "cuda")]
    Cuda,
    /// Plain candle operators.
    Portable,
}

impl Way {
    /// What these kernels are on a device; fused ones are portable where there are no others.
    pub fn of(kernels: Kernels, device: &Device) -> Self {
        match (kernels, device) {
            (Kernels::Fused, Device::Cpu) => Self::Cpu,
            #[cfg(feature = "cuda")]
            (Kernels::Fused, Device::Cuda(_)) => Self::Cuda,
            _ => Self::Portable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_has_kernels_of_its_own_by_choice() {
        assert_eq!(Way::of(Kernels::Fused, &Device::Cpu), Way::Cpu);
        assert_eq!(Way::of(Kernels::Portable, &Device::Cpu), Way::Portable);
    }

    #[test]
    fn kernels_are_read_and_shown() {
        for text in ["fused", "portable"] {
            assert_eq!(text.parse::<Kernels>().map(|kernels| kernels.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("plain".parse::<Kernels>(), Err(KernelsError));
    }
}

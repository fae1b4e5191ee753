//! Which implementation of the engine's operations runs: `fused` or `portable`.

use std::fmt;
use std::str::FromStr;

/// Which implementation of products, attention, norms, gating and the head runs.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_read_and_shown() {
        for text in ["fused", "portable"] {
            assert_eq!(text.parse::<Kernels>().map(|kernels| kernels.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("plain".parse::<Kernels>(), Err(KernelsError));
    }
}

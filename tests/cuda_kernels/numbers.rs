//! Number formats of the kernels, and random numbers in them.

use half::{bf16, f16};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a kernel reads and writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Format {
    Bf16,
    F16,
    F32,
}

pub const FORMATS: [Format; 3] = [Format::Bf16, Format::F16, Format::F32];

impl Format {
    /// As the harness calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
            Self::F32 => "f32",
        }
    }

    /// Largest relative error of rounding to it.
    pub fn unit(self) -> f64 {
        match self {
            Self::Bf16 => 2f64.powi(-8),
            Self::F16 => 2f64.powi(-11),
            Self::F32 => 2f64.powi(-24),
        }
    }

    pub fn encode(self, values: &[f32]) -> Vec<u8> {
        let bytes = values.iter().map(|&value| match self {
            Self::Bf16 => bf16::from_f32(value).to_ne_bytes().to_vec(),
            Self::F16 => f16::from_f32(value).to_ne_bytes().to_vec(),
            Self::F32 => value.to_ne_bytes().to_vec(),
        });
        bytes.flatten().collect()
    }

    pub fn decode(self, bytes: &[u8]) -> Vec<f64> {
        let pair = |chunk: &[u8]| [chunk[0], chunk[1]];
        match self {
            Self::Bf16 => bytes.chunks_exact(2).map(|c| bf16::from_ne_bytes(pair(c)).to_f64()).collect(),
            Self::F16 => bytes.chunks_exact(2).map(|c| f16::from_ne_bytes(pair(c)).to_f64()).collect(),
            Self::F32 => floats(bytes).into_iter().map(f64::from).collect(),
        }
    }
}

/// The bytes of f32.
pub fn bytes_of_floats(values: &[f32]) -> Vec<u8> {
    Format::F32.encode(values)
}

/// The bytes of 32-bit integers.
pub fn bytes_of_integers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

/// The f32 of bytes.
pub fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|chunk| f32::from_ne_bytes(chunk.try_into().expect("four bytes"))).collect()
}

/// The f64 of bytes.
pub fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(8).map(|chunk| f64::from_ne_bytes(chunk.try_into().expect("eight bytes"))).collect()
}

/// Random numbers from −size to size.
pub fn random(count: usize, size: f32, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-size..size)).collect()
}

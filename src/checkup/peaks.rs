//! The fastest matrix products of a device: those that were measured, and those that its maker states.

use candle_core::DType;

/// Matrix products in bf16 with sums in f32 that makers state for dense matrices, in operations per second: NVIDIA's data
/// sheets, by what the driver calls the device.
const NOMINAL: [(&str, f64); 8] = [
    ("H200", 989e12),
    ("H100 PCIe", 756e12),
    ("H100 NVL", 835e12),
    ("H100", 989e12),
    ("A100", 312e12),
    ("L40S", 362e12),
    ("L4", 121e12),
    ("A10", 125e12),
];

/// Operations per second that matrix products reached, by dtype.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Peaks(Vec<(DType, f64)>);

impl Peaks {
    /// Adds what was reached.
    pub fn add(&mut self, dtype: DType, rate: f64) {
        self.0.push((dtype, rate));
    }

    /// The highest that was reached in a dtype.
    pub fn of(&self, dtype: DType) -> Option<f64> {
        self.0.iter().filter(|(known, _)| *known == dtype).map(|(_, rate)| *rate).reduce(f64::max)
    }
}

/// What the maker states of a device of this name, where that is known.
pub fn nominal(name: &str, dtype: DType) -> Option<f64> {
    let words = format!(" {} ", name.replace('-', " "));
    let is_word = |part: &str| words.contains(&format!(" {part} "));
    NOMINAL.iter().find(|(part, _)| dtype == DType::BF16 && is_word(part)).map(|(_, rate)| *rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_by_a_word_of_its_name() {
        let stated = |name| nominal(name, DType::BF16);
        assert_eq!(stated("NVIDIA H100 80GB HBM3"), Some(989e12));
        assert_eq!(stated("NVIDIA H100 PCIe"), Some(756e12));
        assert_eq!(stated("NVIDIA A100-SXM4-80GB"), Some(312e12));
        assert_eq!(stated("NVIDIA L40S"), Some(362e12));
        assert_eq!((stated("NVIDIA L40"), nominal("NVIDIA H200", DType::F32)), (None, None));
    }

    #[test]
    fn the_highest_of_a_dtype_counts() {
        let mut peaks = Peaks::default();
        for (dtype, rate) in [(DType::F32, 1.0), (DType::F32, 3.0), (DType::BF16, 9.0)] {
            peaks.add(dtype, rate);
        }
        assert_eq!((peaks.of(DType::F32), peaks.of(DType::F16)), (Some(3.0), None));
    }
}

//! Half precision, as tests of the parts hold it.

use candle_core::{DType, Device, Tensor};

/// A tensor in half precision.
pub fn bf16(values: &[f32]) -> Tensor {
    Tensor::new(values, &Device::Cpu).and_then(|t| t.to_dtype(DType::BF16)).unwrap()
}

/// Its numbers.
pub fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1()).unwrap()
}

/// What a half-precision result may be off by that was rounded once: half a unit in the last of 8 places.
pub fn assert_rounded_once(found: &[f32], exact: &[f64]) {
    for (found, exact) in found.iter().map(|&x| f64::from(x)).zip(exact) {
        assert!((found - exact).abs() <= exact.abs() / 256.0 + 1e-30, "{found} is no rounding of {exact}");
    }
}

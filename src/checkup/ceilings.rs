//! The most that the device computes and copies: matrix products as large as they need be, and memory from here to
//! there.

use std::time::Instant;

use candle_core::{DType, Device, Tensor};

use super::environment::accelerator_name;
use super::error::CheckupError;
use super::examination::{Examination, Question};
use super::values::Values;
use crate::check::Section;
use crate::engine::Result;
use crate::engine::matrix::Matrix;

/// Rows and columns of the smallest product, and of the largest on the CPU and elsewhere.
const SMALLEST: usize = 256;
const LARGEST_ON_CPU: usize = 2048;
const LARGEST: usize = 8192;
/// A product that takes so long is large enough, in seconds.
const LONG: f64 = 0.05;
/// How long products are timed, in seconds, and how many at most.
const TIMED: f64 = 0.3;
const MOST: usize = 64;
/// Numbers of four bytes that are copied.
const COPIED: usize = 1 << 24;
const GIGA: f64 = 1e9;

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
pub struct Ceilings(Vec<(DType, f64)>);

impl Ceilings {
    fn raise(&mut self, dtype: DType, rate: f64) {
        self.0.push((dtype, rate));
    }

    /// The highest that was reached in a dtype.
    pub fn of(&self, dtype: DType) -> Option<f64> {
        self.0.iter().filter(|(known, _)| *known == dtype).map(|(_, rate)| *rate).reduce(f64::max)
    }
}

/// What the maker states of a device, where that is known.
pub fn nominal(device: &Device, dtype: DType) -> Option<f64> {
    let name = accelerator_name(device).filter(|_| dtype == DType::BF16)?;
    stated(&name)
}

fn stated(name: &str) -> Option<f64> {
    let is_word = |part: &str| format!(" {name} ").contains(&format!(" {part} "));
    NOMINAL.iter().find(|(part, _)| is_word(part)).map(|(_, rate)| *rate)
}

/// Measures products and copies.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn measure(examination: &mut Examination) -> Result<(), CheckupError> {
    for dtype in examination.dtypes() {
        if examination.has_plain_products(dtype) {
            measure_products(examination, "matrix product", dtype, |weights| Ok(Matrix::Plain(weights)))?;
        }
        if examination.has_packed_products(dtype)? {
            measure_products(examination, "packed matrix product", dtype, Matrix::fastest)?;
        }
    }
    examination.find(question("copy on the device, bytes read and written", None, "GB/s"), |device| {
        let source = Tensor::zeros(COPIED, DType::F32, device)?;
        Ok(2.0 * (4 * COPIED) as f64 / seconds_of(device, || Ok(drop(source.copy()?)))? / GIGA)
    })?;
    if !examination.device.is_cpu() {
        examination.find(question("copy from the host to the device", None, "GB/s"), |device| {
            let source = Tensor::zeros(COPIED, DType::F32, &Device::Cpu)?;
            Ok((4 * COPIED) as f64 / seconds_of(device, || Ok(drop(source.to_device(device)?)))? / GIGA)
        })?;
    }
    Ok(())
}

fn measure_products(
    examination: &mut Examination,
    what: &str,
    dtype: DType,
    form: impl Fn(Tensor) -> Result<Matrix>,
) -> Result<(), CheckupError> {
    let largest = if examination.device.is_cpu() { LARGEST_ON_CPU } else { LARGEST };
    let sizes = || std::iter::successors(Some(SMALLEST), |size| Some(2 * size)).take_while(|size| *size <= largest);
    let mut best = 0.0;
    let question =
        question(&format!("{what}, {}", dtype.as_str()), Some(format!("up to {largest} × {largest}")), "GFLOP/s");
    examination.find(question, |device| {
        for size in sizes() {
            let mut values = Values::new(size as u64);
            let mut draw = || values.operand(&[size, size], [0.0, 1.0], dtype, device);
            let (x, weights) = (draw()?.tensor, form(draw()?.tensor)?);
            let seconds = seconds_of(device, || Ok(drop(weights.product(&x, None)?)))?;
            best = f64::max(best, 2.0 * (size as f64).powi(3) / seconds);
            if seconds > LONG {
                break;
            }
        }
        Ok(best / GIGA)
    })?;
    examination.ceilings.raise(dtype, best);
    Ok(())
}

fn question(what: &str, case: Option<String>, unit: &'static str) -> Question {
    Question { section: Section::Ceilings, what: what.to_owned(), case, limit: None, unit }
}

/// Seconds that one piece of work takes among several in a row, after one to warm up.
fn seconds_of(device: &Device, work: impl Fn() -> Result<()>) -> Result<f64> {
    let timed = |times: usize| -> Result<f64> {
        let start = Instant::now();
        (0..times).try_for_each(|_| work())?;
        device.synchronize()?;
        Ok(start.elapsed().as_secs_f64() / times as f64)
    };
    timed(1)?;
    let once = timed(1)?;
    timed(((TIMED / once) as usize).clamp(1, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_by_a_word_of_its_name() {
        assert_eq!(stated("NVIDIA H100 80GB HBM3"), Some(989e12));
        assert_eq!(stated("NVIDIA H100 PCIe"), Some(756e12));
        assert_eq!(stated("NVIDIA L40S"), Some(362e12));
        assert_eq!(stated("NVIDIA L40"), None);
    }

    #[test]
    fn the_highest_of_a_dtype_counts() {
        let mut ceilings = Ceilings::default();
        for (dtype, rate) in [(DType::F32, 1.0), (DType::F32, 3.0), (DType::BF16, 9.0)] {
            ceilings.raise(dtype, rate);
        }
        assert_eq!((ceilings.of(DType::F32), ceilings.of(DType::F16)), (Some(3.0), None));
    }
}

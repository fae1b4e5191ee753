//! The most that the device computes and copies: matrix products as large as they need be, and memory from here to
//! there.

use std::time::Instant;

use candle_core::{DType, Device, Tensor};

use super::error::CheckupError;
use super::examination::{Examination, Question};
use crate::check::Section;
use crate::engine::Result;
use crate::engine::matrix::{Matrix, beside};

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
        Ok(2.0 * (4 * COPIED) as f64 / seconds_of(device, || Ok(source.copy()?))? / GIGA)
    })?;
    if !examination.device.is_cpu() {
        examination.find(question("copy from the host to the device", None, "GB/s"), |device| {
            let source = Tensor::zeros(COPIED, DType::F32, &Device::Cpu)?;
            Ok((4 * COPIED) as f64 / seconds_of(device, || Ok(source.to_device(device)?))? / GIGA)
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
            // Zeros would be faster than numbers on some devices.
            let draw = || Tensor::rand(-1_f32, 1_f32, (size, size), device)?.to_dtype(dtype);
            let (x, weights) = (draw()?.to_dtype(beside(dtype, device))?, form(draw()?)?);
            let seconds = seconds_of(device, || weights.product(&x, None))?;
            best = f64::max(best, 2.0 * (size as f64).powi(3) / seconds);
            if seconds > LONG {
                break;
            }
        }
        Ok(best / GIGA)
    })?;
    if best > 0.0 {
        examination.peaks.add(dtype, best);
    }
    Ok(())
}

fn question(what: &str, case: Option<String>, unit: &'static str) -> Question {
    Question { section: Section::Ceilings, what: what.to_owned(), case, limit: None, unit }
}

/// Seconds that one piece of work takes among several in a row, after one to warm up.
fn seconds_of(device: &Device, work: impl Fn() -> Result<Tensor>) -> Result<f64> {
    let timed = |times: usize| -> Result<f64> {
        let start = Instant::now();
        (0..times).try_for_each(|_| work().map(drop))?;
        device.synchronize()?;
        Ok(start.elapsed().as_secs_f64() / times as f64)
    };
    timed(1)?;
    let once = timed(1)?;
    timed(((TIMED / once) as usize).clamp(1, MOST))
}

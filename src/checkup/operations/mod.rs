//! Every operation of the loss on ragged and one-row shapes, in every dtype that the device is asked for, against
//! [`reference`](super::reference).

mod attention;
mod gates;
mod head;
mod norms;
mod products;

use candle_core::{DType, Device};

use super::error::CheckupError;
use super::examination::{Examination, Question};
use crate::check::Section;
use crate::engine::decoder::Kernels;
use crate::engine::matrix::beside;

/// What the errors of operations are shares of: the largest result.
const UNIT: &str = "of the largest";

/// Checks them all.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check_all(examination: &mut Examination) -> Result<(), CheckupError> {
    for dtype in examination.dtypes() {
        products::check(examination, dtype)?;
        norms::check(examination, dtype)?;
        gates::check(examination, dtype)?;
        attention::check(examination, dtype)?;
        head::check(examination, dtype)?;
    }
    Ok(())
}

/// Largest error of one operation, as a share of the largest result: that of sums in f32, or of some roundings in half
/// precision. On the CPU results are f32, and products of bf16 are held against those of the same rounded numbers.
fn limit(dtype: DType, device: &Device) -> f64 {
    match beside(dtype, device) {
        DType::BF16 => 2e-2,
        DType::F16 => 4e-3,
        _ => 1e-5,
    }
}

fn question(what: &str, dtype: DType, device: &Device, case: String) -> Question {
    let what = format!("{what}, {}", dtype.as_str());
    Question { section: Section::Operations, what, case: Some(case), limit: Some(limit(dtype, device)), unit: UNIT }
}

/// `1 row`, `2 rows`.
fn rows_of(count: usize) -> String {
    format!("{count} row{}", if count == 1 { "" } else { "s" })
}

/// The kernels that a device has in a dtype, each with its name: the plain operators know no half precision on the CPU.
fn kernels(device: &Device, dtype: DType) -> Vec<(Kernels, &'static str)> {
    let both = [(Kernels::Fused, "fused"), (Kernels::Portable, "portable")];
    let is_there = |kernels: Kernels| kernels == Kernels::Fused || !device.is_cpu() || dtype == DType::F32;
    both.into_iter().filter(|(kernels, _)| is_there(*kernels)).collect()
}

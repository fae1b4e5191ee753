//! Activations, and the gates that they make.

use candle_core::{DType, Device};

use super::{kernels, question};
use crate::checkup::error::CheckupError;
use crate::checkup::examination::{Examination, Question};
use crate::checkup::reference;
use crate::checkup::values::{Values, doubles, largest_share};
use crate::engine::Result;
use crate::engine::decoder::description::Activation;
use crate::engine::decoder::{Kernels, gated};

/// Rows, and the width of the gate.
const SHAPES: [[usize; 2]; 5] = [[1, 1], [1, 7], [3, 64], [17, 129], [5, 1536]];
/// From both tails of every activation.
const RANGE: [f32; 2] = [0.0, 8.0];

/// Errors are shares of each result, or of this where it is smaller: 1 + tanh leaves no more of tails.
const FLOOR: f64 = 0.05;

const ACTIVATIONS: [(Activation, &str); 4] = [
    (Activation::Silu, "silu"),
    (Activation::Gelu, "gelu"),
    (Activation::GeluTanh, "gelu by tanh"),
    (Activation::Relu, "relu"),
];

/// Checks activations and gates.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check(examination: &mut Examination, dtype: DType) -> Result<(), CheckupError> {
    for (activation, name) in ACTIVATIONS {
        for [rows, width] in SHAPES {
            let case = format!("{rows} × {width}");
            examination.find(of_each(name, dtype, &examination.device, case), |device| {
                error(activation, [rows, width], dtype, device)
            })?;
            for (kernels, kind) in kernels(&examination.device, dtype) {
                let case = format!("{rows} × {width}, {kind}");
                examination.find(of_each(&format!("gate by {name}"), dtype, &examination.device, case), |device| {
                    error_of_gate(activation, [rows, width], kernels, dtype, device)
                })?;
            }
        }
    }
    Ok(())
}

fn of_each(what: &str, dtype: DType, device: &Device, case: String) -> Question {
    Question { unit: "of each result", ..question(what, dtype, device, case) }
}

fn error(activation: Activation, [rows, width]: [usize; 2], dtype: DType, device: &Device) -> Result<f64> {
    let x = Values::new((rows * 101 + width) as u64).operand_beside(&[rows, width], RANGE, dtype, device)?;
    let exact: Vec<f64> = x.exact.iter().map(|x| reference::activation(activation, *x)).collect();
    Ok(largest_share(&doubles(&activation.apply(&x.tensor)?)?, &exact, &vec![FLOOR; exact.len()]))
}

fn error_of_gate(
    activation: Activation,
    [rows, width]: [usize; 2],
    kernels: Kernels,
    dtype: DType,
    device: &Device,
) -> Result<f64> {
    let x = Values::new((rows * 103 + width) as u64).operand_beside(&[rows, 2 * width], RANGE, dtype, device)?;
    let found = gated(activation, &x.tensor, kernels)?;
    let floors: Vec<f64> =
        x.exact.chunks_exact(2 * width).flat_map(|row| row[width..].iter().map(|up| FLOOR * up.abs())).collect();
    Ok(largest_share(&doubles(&found)?, &reference::gated(activation, &x.exact, width), &floors))
}

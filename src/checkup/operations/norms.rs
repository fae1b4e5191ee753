//! Norms of every kind, over the residual stream and over heads.

use candle_core::{DType, Device};

use super::{kernels, question, rows_of};
use crate::checkup::error::CheckupError;
use crate::checkup::examination::Examination;
use crate::checkup::reference;
use crate::checkup::values::{Values, doubles, largest_error};
use crate::engine::Result;
use crate::engine::decoder::NormLayer;
use crate::engine::decoder::description::{Norm, NormKind};
use crate::engine::kernels::Kernels;

/// Rows, heads and the width of each head; where there is one head the rows are those of the residual stream.
const SHAPES: [[usize; 3]; 6] = [[1, 1, 1], [1, 1, 7], [3, 1, 64], [17, 1, 576], [5, 9, 64], [1, 3, 12]];
const EPS: f64 = 1e-5;

/// A kind of norm, and what it carries.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    kind: NormKind,
    has_bias: bool,
    /// Each head has a weight of its own.
    is_own: bool,
}

const KINDS: [Kind; 5] = [
    Kind { name: "RMS norm", kind: NormKind::Rms, has_bias: false, is_own: false },
    Kind { name: "RMS norm of 1 + w", kind: NormKind::RmsPlusOne, has_bias: false, is_own: false },
    Kind { name: "layer norm", kind: NormKind::Layer, has_bias: true, is_own: false },
    Kind { name: "layer norm without bias", kind: NormKind::Layer, has_bias: false, is_own: false },
    Kind { name: "layer norm with weights of each head", kind: NormKind::Layer, has_bias: false, is_own: true },
];

/// Checks norms.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check(examination: &mut Examination, dtype: DType) -> Result<(), CheckupError> {
    for kind in KINDS {
        for shape @ [rows, heads, width] in SHAPES {
            for (kernels, of_kernels) in kernels(&examination.device, dtype) {
                let case = format!("{} of {heads} × {width}, {of_kernels}", rows_of(rows));
                examination.find(question(kind.name, dtype, &examination.device, case), |device| {
                    error(kind, shape, kernels, dtype, device)
                })?;
            }
        }
    }
    Ok(())
}

fn error(kind: Kind, [rows, heads, width]: [usize; 3], kernels: Kernels, dtype: DType, device: &Device) -> Result<f64> {
    let mut values = Values::new((rows * 10_007 + heads * 101 + width) as u64);
    let shape = if heads == 1 { vec![rows, width] } else { vec![rows, heads, width] };
    let x = values.operand_beside(&shape, [0.5, 2.0], dtype, device)?;
    let weight_shape = if kind.is_own { vec![heads, width] } else { vec![width] };
    // As the decoder has it: the one of 1 + w is added in f32.
    let weight_dtype = if kind.kind == NormKind::RmsPlusOne { DType::F32 } else { dtype };
    let weight = values.operand_beside(&weight_shape, [1.0, 0.5], weight_dtype, device)?;
    let bias = kind.has_bias.then(|| values.operand_beside(&[width], [0.0, 0.5], dtype, device)).transpose()?;
    let layer = NormLayer {
        weight: weight.tensor,
        bias: bias.as_ref().map(|bias| bias.tensor.clone()),
        norm: Norm { kind: kind.kind, eps: EPS },
    };
    let found = layer.forward(&x.tensor, kernels)?;
    let bias = bias.as_ref().map(|bias| bias.exact.as_slice());
    let exact = reference::norm(&x.exact, width, &weight.exact, bias, kind.kind, EPS);
    Ok(largest_error(&doubles(&found)?, &exact))
}

//! Matrix products as projections need them, and the rows of an embedding.

use candle_core::{DType, Device, Tensor};

use super::{question, rows_of};
use crate::check::{Check, Section};
use crate::checkup::error::CheckupError;
use crate::checkup::examination::{Examination, Question};
use crate::checkup::reference;
use crate::checkup::values::{Operand, Values, doubles, largest_difference, largest_error};
use crate::engine::Result;
use crate::engine::matrix::Matrix;

/// Rows, inputs and outputs: one of each, one row, and shapes that no block, strip or panel of a kernel divides.
const SHAPES: [[usize; 3]; 8] =
    [[1, 1, 1], [1, 7, 5], [1, 576, 192], [3, 300, 50], [17, 129, 47], [33, 576, 49], [130, 400, 100], [257, 64, 33]];

/// A matrix in one of its forms.
type Form = fn(Tensor) -> Result<Matrix>;

/// Checks products and rows.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check(examination: &mut Examination, dtype: DType) -> Result<(), CheckupError> {
    let plain: Form = |weights| Ok(Matrix::Plain(weights));
    if examination.has_plain_products(dtype) {
        check_form(examination, dtype, "matrix product", plain)?;
    }
    if examination.has_packed_products(dtype)? {
        check_form(examination, dtype, "packed matrix product", Matrix::fastest)?;
    } else if examination.device.is_cpu() {
        let why = "this processor has no instructions for it; the portable product is used";
        examination.note(Check::skipped(Section::Operations, "packed matrix product", why));
    }
    Ok(())
}

fn check_form(examination: &mut Examination, dtype: DType, what: &str, form: Form) -> Result<(), CheckupError> {
    for [rows, inputs, outputs] in SHAPES {
        let case = |how: &str| format!("{} of {inputs} to {outputs}{how}", rows_of(rows));
        let operands = |device: &Device| Operands::new([rows, inputs, outputs], dtype, device);
        examination.find(question(what, dtype, &examination.device, case("")), |device| {
            operands(device)?.error(form, false, false)
        })?;
        examination.find(question(what, dtype, &examination.device, case(" with bias")), |device| {
            operands(device)?.error(form, true, false)
        })?;
        examination.find(question(what, dtype, &examination.device, case(" with bias onto a base")), |device| {
            operands(device)?.error(form, true, true)
        })?;
        let looked_up = Question {
            limit: Some(0.0),
            what: format!("embedding rows of a {what}, {}", dtype.as_str()),
            ..question("", dtype, &examination.device, format!("{outputs} × {inputs}"))
        };
        examination.find(looked_up, |device| operands(device)?.error_of_rows(form, device))?;
    }
    Ok(())
}

struct Operands {
    x: Operand,
    weights: Operand,
    bias: Operand,
    base: Operand,
    inputs: usize,
}

impl Operands {
    fn new([rows, inputs, outputs]: [usize; 3], dtype: DType, device: &Device) -> Result<Self> {
        let mut values = Values::new((rows * 1_000_003 + inputs * 1009 + outputs) as u64);
        let weights = values.operand(&[outputs, inputs], [0.0, 1.0], dtype, device)?;
        let mut draw = |shape: &[usize]| values.operand_beside(shape, [0.0, 1.0], dtype, device);
        Ok(Self { x: draw(&[rows, inputs])?, weights, bias: draw(&[outputs])?, base: draw(&[rows, outputs])?, inputs })
    }

    fn error(&self, form: Form, has_bias: bool, has_base: bool) -> Result<f64> {
        let matrix = form(self.weights.tensor.clone())?;
        let bias = has_bias.then_some(&self.bias);
        let tensor = bias.map(|bias| &bias.tensor);
        let found = match has_base {
            true => matrix.product_onto(&self.x.tensor, tensor, &self.base.tensor)?,
            false => matrix.product(&self.x.tensor, tensor)?,
        };
        let bias = bias.map(|bias| bias.exact.as_slice());
        let mut exact = reference::product(&self.x.exact, &self.weights.exact, self.inputs, bias);
        if has_base {
            exact.iter_mut().zip(&self.base.exact).for_each(|(sum, base)| *sum += base);
        }
        Ok(largest_error(&doubles(&found)?, &exact))
    }

    /// The last row, the first, and the last again.
    fn error_of_rows(&self, form: Form, device: &Device) -> Result<f64> {
        let last = self.weights.exact.len() / self.inputs - 1;
        let ids = [last, 0, last];
        let found = form(self.weights.tensor.clone())?.rows(&ids.map(|id| id as u32), device)?;
        let exact: Vec<f64> =
            ids.iter().flat_map(|id| self.weights.exact[id * self.inputs..][..self.inputs].to_vec()).collect();
        Ok(largest_difference(&doubles(&found)?, &exact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_is_slightly_wrong_is_far_beyond_the_limit() {
        let operands = Operands::new([5, 40, 7], DType::F32, &Device::Cpu).unwrap();
        let limit = super::super::limit(DType::F32, &Device::Cpu);
        assert!(operands.error(|weights| Ok(Matrix::Plain(weights)), true, true).unwrap() < limit);
        let wrong: Form = |weights| Ok(Matrix::Plain((weights * 1.001)?));
        for [has_bias, has_base] in [[false, false], [true, false], [true, true]] {
            assert!(operands.error(wrong, has_bias, has_base).unwrap() > 10.0 * limit);
        }
        assert!(operands.error_of_rows(wrong, &Device::Cpu).unwrap() > 0.0);
    }
}

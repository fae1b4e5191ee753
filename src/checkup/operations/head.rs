//! The head: from hidden states to −ln p of targets.

use candle_core::{DType, Device, Tensor};

use super::{question, rows_of};
use crate::checkup::error::CheckupError;
use crate::checkup::examination::Examination;
use crate::checkup::reference;
use crate::checkup::values::{Values, largest_error};
use crate::engine::Result;
use crate::engine::batch::Target;
use crate::engine::head::{Head, LogitRules};
use crate::engine::kernels::Kernels;
use crate::engine::matrix::Matrix;

/// Rows, width and vocabulary: one row, and one entry more than a block of the vocabulary on an accelerator.
const SHAPES: [[usize; 3]; 4] = [[1, 16, 5], [1, 24, 97], [37, 40, 331], [5, 16, 8193]];
const RULES: [(&str, LogitRules); 3] = [
    ("plain", LogitRules { divisor: 1.0, softcap: None }),
    ("divided by 2.5", LogitRules { divisor: 2.5, softcap: None }),
    ("divided by 2, capped at 3", LogitRules { divisor: 2.0, softcap: Some(3.0) }),
];

/// Checks heads.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check(examination: &mut Examination, dtype: DType) -> Result<(), CheckupError> {
    let is_plain_there = examination.has_plain_products(dtype);
    for shape @ [rows, width, vocabulary] in SHAPES {
        for (rule, rules) in RULES {
            for has_bias in [false, true] {
                let bias = if has_bias { " with bias" } else { "" };
                let case = format!("{} of {width} to {vocabulary}{bias}, {rule}", rows_of(rows));
                let mut check = |what: &str, form: fn(Tensor) -> Result<Matrix>, kernels: Kernels| {
                    examination.find(question(what, dtype, &examination.device, case.clone()), |device| {
                        Subject::new(shape, has_bias, rules, dtype, device)?.error(form, kernels)
                    })
                };
                check("head", Matrix::fastest, Kernels::Fused)?;
                if is_plain_there {
                    check("head of a plain matrix", |weights| Ok(Matrix::Plain(weights)), Kernels::Fused)?;
                    check("head by plain operators", |weights| Ok(Matrix::Plain(weights)), Kernels::Portable)?;
                }
            }
        }
    }
    Ok(())
}

struct Subject {
    hidden: Tensor,
    weights: Tensor,
    bias: Option<Tensor>,
    rules: LogitRules,
    targets: Vec<Target>,
    exact: Vec<f64>,
}

impl Subject {
    fn new(
        [rows, width, vocabulary]: [usize; 3],
        has_bias: bool,
        rules: LogitRules,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        let mut values = Values::new((rows * 1_000_003 + width * 1009 + vocabulary) as u64);
        let hidden = values.operand_beside(&[rows, width], [0.0, 1.0], dtype, device)?;
        let weights = values.operand(&[vocabulary, width], [0.0, 1.0], dtype, device)?;
        let bias = has_bias.then(|| values.operand_beside(&[vocabulary], [0.0, 1.0], dtype, device)).transpose()?;
        // Every row has a target, the last two; rows come in no order.
        let pairs: Vec<(usize, u32)> =
            (0..rows).rev().chain([rows - 1]).map(|row| (row, values.below(vocabulary as u32))).collect();
        let known = bias.as_ref().map(|bias| bias.exact.as_slice());
        let logits = reference::product(&hidden.exact, &weights.exact, width, known);
        let exact = reference::negative_log_likelihoods(&logits, vocabulary, &pairs, rules.divisor, rules.softcap);
        let targets = pairs.iter().map(|&(row, id)| Target { row, id, sequence: 0 }).collect();
        Ok(Self {
            hidden: hidden.tensor,
            weights: weights.tensor,
            bias: bias.map(|bias| bias.tensor),
            rules,
            targets,
            exact,
        })
    }

    fn error(self, form: fn(Tensor) -> Result<Matrix>, kernels: Kernels) -> Result<f64> {
        let head = Head { weights: form(self.weights)?, bias: self.bias, rules: self.rules, kernels };
        Ok(largest_error(&head.negative_log_likelihoods(|| Ok(self.hidden), &self.targets)?, &self.exact))
    }
}

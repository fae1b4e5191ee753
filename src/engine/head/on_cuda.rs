//! The head by the kernel for CUDA devices: each block of the vocabulary is seen once, and all that is kept of it are
//! the rows' log-sum-exps and the targets' logits, on the device until the end.

use candle_core::{DType, Tensor};

use super::Head;
use super::on_device::{Chunk, rows};
use crate::engine::cuda::{DeviceSums, WideProduct};
use crate::engine::error::Result;
use crate::engine::traffic::operators as op;

/// Products of a block of the vocabulary with all rows, at most: 128 MiB in f32.
const PRODUCTS: usize = 1 << 25;

/// Vocabulary entries of a block are a multiple of so many, which products of matrices are fastest with.
const STEP: usize = 64;

/// −ln p of the targets of each chunk, given the head's weights as one tensor and what computes hidden states of all rows.
pub fn losses(
    head: &Head,
    weights: &Tensor,
    hidden: impl FnOnce() -> Result<Tensor>,
    chunks: &[Chunk],
) -> Result<Vec<Vec<f64>>> {
    let selected = rows(chunks, weights.device())?;
    let (rows, vocabulary) = (selected.dim(0)?, weights.dim(0)?);
    let mut sums = DeviceSums::new(rows, &targets(chunks), head.rules, weights.device())?;
    let scored = op::select(&hidden()?, &selected)?;
    let bias = head.bias.as_ref().map(|bias| op::cast(bias, DType::F32)).transpose()?;
    let block = columns(rows);
    for first in (0..vocabulary).step_by(block) {
        let columns = block.min(vocabulary - first);
        let bias = bias.as_ref().map(|bias| bias.narrow(0, first, columns)).transpose()?;
        let products = products(&scored, &weights.narrow(0, first, columns)?)?;
        sums.merge(&products, bias.as_ref(), first)?;
    }
    let mut found = sums.negative_log_likelihoods()?.into_iter();
    Ok(chunks.iter().map(|chunk| found.by_ref().take(chunk.targets.len()).collect()).collect())
}

/// Hidden states times some of the head's rows, in f32; in half precision the sums are not rounded to it.
fn products(hidden: &Tensor, weights: &Tensor) -> Result<Tensor> {
    match hidden.dtype() {
        DType::BF16 | DType::F16 => Ok(hidden.apply_op2_no_bwd(weights, &WideProduct)?),
        _ => op::cast(&op::matmul(hidden, &weights.t()?)?, DType::F32),
    }
}

/// Targets of all chunks as (row of those that are scored, id), by row.
fn targets(chunks: &[Chunk]) -> Vec<(usize, u32)> {
    let mut first_row = 0;
    let mut targets = Vec::new();
    for chunk in chunks {
        targets.extend(chunk.targets.iter().map(|&(row, id)| (first_row + row, id)));
        first_row += chunk.rows.len();
    }
    targets
}

/// Vocabulary entries per block for so many rows.
fn columns(rows: usize) -> usize {
    (PRODUCTS / rows.max(1) / STEP).max(1) * STEP
}

//! The head and its cross-entropy in one go: logits of a block of the vocabulary at a time, folded into a running
//! log-sum-exp, so that the full logits never exist.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::packed::{PackedRows, PackedWeights};
use super::product::{Shape, View, multiply};
use super::vector;
use crate::engine::head::{LogitRules, RunningLogSumExp};

/// Vocabulary entries per block: a multiple of the panel of packed weights, few enough that a block's logits stay in
/// the second-level cache.
const VOCABULARY_BLOCK: usize = 384;

/// A head `[vocabulary × width]` in memory.
pub enum HeadWeights<'a> {
    /// Row-major.
    Rows {
        /// All weights.
        weights: &'a [f32],
        /// Width of a row.
        width: usize,
    },
    /// In panels.
    Packed(&'a PackedWeights),
}

/// Hidden states in the form that the weights multiply with.
enum Hidden<'a> {
    Rows(&'a [f32]),
    Packed(PackedRows),
}

/// One call's operands, shared by all threads.
struct Fold<'a> {
    head: &'a HeadWeights<'a>,
    bias: Option<&'a [f32]>,
    hidden: Hidden<'a>,
    rows: usize,
    targets: &'a [(usize, u32)],
    rules: LogitRules,
}

/// −ln p of `targets[i] = (row, id)` given hidden states `[rows × width]` and a bias per vocabulary entry.
pub fn negative_log_likelihoods(
    head: &HeadWeights,
    bias: Option<&[f32]>,
    hidden: &[f32],
    targets: &[(usize, u32)],
    rules: LogitRules,
) -> Vec<f64> {
    let (vocabulary, width) = head.shape();
    let fold = Fold { head, bias, hidden: head.lay_out(hidden), rows: hidden.len() / width, targets, rules };
    let blocks: Vec<usize> = (0..vocabulary).step_by(VOCABULARY_BLOCK).collect();
    let block = |start: usize| start..(start + VOCABULARY_BLOCK).min(vocabulary);
    let folded: Vec<BlockResult> =
        blocks.par_iter().map_init(Vec::new, |logits, &start| fold.block(block(start), logits)).collect();
    // Blocks are merged in vocabulary order, so the sum does not depend on which thread was first.
    let mut sums = vec![RunningLogSumExp::default(); fold.rows];
    let mut logits = vec![f64::NAN; targets.len()];
    for block in folded {
        sums.iter_mut().zip(&block.sums).for_each(|(total, part)| total.merge(*part));
        block.target_logits.iter().for_each(|&(index, logit)| logits[index] = logit);
    }
    targets.iter().zip(logits).map(|(&(row, _), logit)| sums[row].value() - logit).collect()
}

impl HeadWeights<'_> {
    /// Vocabulary and width.
    fn shape(&self) -> (usize, usize) {
        match self {
            Self::Rows { weights, width } => (weights.len() / width, *width),
            Self::Packed(weights) => (weights.outputs(), weights.inputs()),
        }
    }

    fn lay_out<'h>(&self, hidden: &'h [f32]) -> Hidden<'h> {
        match self {
            Self::Rows { .. } => Hidden::Rows(hidden),
            Self::Packed(weights) => {
                let mut rows = PackedRows::default();
                rows.pack(hidden, weights.inputs());
                Hidden::Packed(rows)
            }
        }
    }
}

/// What one block of the vocabulary adds.
struct BlockResult {
    /// Per row.
    sums: Vec<RunningLogSumExp>,
    /// Logits of the targets that lie in the block, by index of the target.
    target_logits: Vec<(usize, f64)>,
}

impl Fold<'_> {
    fn block(&self, block: Range<usize>, logits: &mut Vec<f32>) -> BlockResult {
        let columns = block.len();
        logits.resize(self.rows * columns, 0.0);
        self.product(block.clone(), logits);
        let bias = self.bias.map(|bias| &bias[block.clone()]);
        let sums = logits.chunks_exact_mut(columns).map(|row| fold_row(row, bias, self.rules)).collect();
        let inside = |&(_, &(_, id)): &(usize, &(usize, u32))| block.contains(&(id as usize));
        let logit = |(index, &(row, id)): (usize, &(usize, u32))| {
            (index, f64::from(logits[row * columns + id as usize - block.start]))
        };
        let target_logits = self.targets.iter().enumerate().filter(inside).map(logit).collect();
        BlockResult { sums, target_logits }
    }

    fn product(&self, block: Range<usize>, logits: &mut [f32]) {
        match (self.head, &self.hidden) {
            (HeadWeights::Packed(weights), Hidden::Packed(rows)) => {
                // SAFETY: the product replaces what is there, and writes values only.
                unsafe { weights.multiply_panels(rows, block, as_uninitialised(logits), false) }
            }
            (HeadWeights::Rows { weights, width }, Hidden::Rows(hidden)) => {
                let shape = Shape { m: self.rows, n: block.len(), k: *width };
                let weights = View::transposed(&weights[block.start * width..], *width);
                multiply(shape, logits, block.len(), View::rows(hidden, *width), weights, false);
            }
            _ => unreachable!("hidden states are laid out as the weights are"),
        }
    }
}

/// The same memory, seen as if it held no values.
///
/// # Safety
/// Only values may be written through the result.
unsafe fn as_uninitialised(values: &mut [f32]) -> &mut [MaybeUninit<f32>] {
    // SAFETY: the types have one layout; the caller keeps the values valid.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), values.len()) }
}

fn fold_row(row: &mut [f32], bias: Option<&[f32]>, rules: LogitRules) -> RunningLogSumExp {
    if let Some(bias) = bias {
        row.iter_mut().zip(bias).for_each(|(logit, b)| *logit += b);
    }
    if rules.divisor != 1.0 {
        vector::scale(row, (1.0 / rules.divisor) as f32);
    }
    if let Some(cap) = rules.softcap {
        vector::softcap(row, cap as f32);
    }
    let largest = vector::max(row);
    RunningLogSumExp { largest: f64::from(largest), sum: f64::from(vector::sum_exp(row, largest)) }
}

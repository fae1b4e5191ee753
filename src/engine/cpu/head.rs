//! The head and its cross-entropy in one go: logits of a block of the vocabulary at a time, folded into a running
//! log-sum-exp, so that the full logits never exist.

use rayon::prelude::*;

use super::product::{Shape, View, multiply};
use super::vector;
use crate::engine::head::{LogitRules, RunningLogSumExp};

/// Rows of the vocabulary per block.
const VOCABULARY_BLOCK: usize = 512;

/// A head `[vocabulary × width]` in memory.
pub struct HeadWeights<'a> {
    /// Row-major.
    pub weights: &'a [f32],
    /// One per vocabulary entry, if the head has a bias.
    pub bias: Option<&'a [f32]>,
    /// Width of a row.
    pub width: usize,
}

/// −ln p of `targets[i] = (row, id)` given hidden states `[rows × width]`.
pub fn negative_log_likelihoods(
    head: &HeadWeights,
    hidden: &[f32],
    targets: &[(usize, u32)],
    rules: LogitRules,
) -> Vec<f64> {
    let rows = hidden.len() / head.width;
    let vocabulary = head.weights.len() / head.width;
    let blocks: Vec<usize> = (0..vocabulary).step_by(VOCABULARY_BLOCK).collect();
    let folded: Vec<BlockResult> = blocks
        .par_iter()
        .map_init(Vec::new, |logits, &start| {
            let end = (start + VOCABULARY_BLOCK).min(vocabulary);
            fold_block(head, hidden, rows, start..end, targets, rules, logits)
        })
        .collect();
    // Blocks are merged in vocabulary order, so the sum does not depend on which thread was first.
    let mut sums = vec![RunningLogSumExp::default(); rows];
    let mut logits = vec![f64::NAN; targets.len()];
    for block in folded {
        sums.iter_mut().zip(&block.sums).for_each(|(total, part)| total.merge(*part));
        block.target_logits.iter().for_each(|&(index, logit)| logits[index] = logit);
    }
    targets.iter().zip(logits).map(|(&(row, _), logit)| sums[row].value() - logit).collect()
}

/// What one block of the vocabulary adds.
struct BlockResult {
    /// Per row.
    sums: Vec<RunningLogSumExp>,
    /// Logits of the targets that lie in the block, by index of the target.
    target_logits: Vec<(usize, f64)>,
}

fn fold_block(
    head: &HeadWeights,
    hidden: &[f32],
    rows: usize,
    block: std::ops::Range<usize>,
    targets: &[(usize, u32)],
    rules: LogitRules,
    logits: &mut Vec<f32>,
) -> BlockResult {
    let (width, columns) = (head.width, block.len());
    logits.resize(rows * columns, 0.0);
    let weights = View::transposed(&head.weights[block.start * width..], width);
    multiply(Shape { m: rows, n: columns, k: width }, logits, columns, View::rows(hidden, width), weights, false);
    let bias = head.bias.map(|bias| &bias[block.clone()]);
    let sums = logits.chunks_exact_mut(columns).map(|row| fold_row(row, bias, rules)).collect();
    let inside = |&(_, &(_, id)): &(usize, &(usize, u32))| block.contains(&(id as usize));
    let target_logits = targets.iter().enumerate().filter(inside);
    let target_logits =
        target_logits.map(|(i, &(row, id))| (i, f64::from(logits[row * columns + id as usize - block.start])));
    BlockResult { sums, target_logits: target_logits.collect() }
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

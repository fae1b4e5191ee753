//! The head and its cross-entropy in one go: logits of a block of the vocabulary at a time, folded into a running
//! log-sum-exp, so that the full logits never exist.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::packed::{Addends, PackedRows, PackedWeights, ROW_BLOCK, Scratch};
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

/// Consecutive hidden states in the form that the weights multiply with.
enum Hidden<'a> {
    Rows(&'a [f32]),
    Packed(PackedRows),
}

/// Memory that one thread reuses from block to block.
#[derive(Default)]
struct Memory {
    logits: Vec<f32>,
    scratch: Scratch,
}

/// One call's operands, shared by all threads.
struct Fold<'a> {
    head: &'a HeadWeights<'a>,
    bias: Option<&'a [f32]>,
    /// Groups of rows that are multiplied together, and how many rows each but the last has.
    hidden: Vec<Hidden<'a>>,
    group: usize,
    rows: usize,
    targets: &'a [(usize, u32)],
    rules: LogitRules,
}

/// −ln p of `targets[i] = (row, id)`, in order of their rows, given hidden states `[rows × width]` and a bias per
/// vocabulary entry.
pub fn negative_log_likelihoods(
    head: &HeadWeights,
    bias: Option<&[f32]>,
    hidden: &[f32],
    targets: &[(usize, u32)],
    rules: LogitRules,
) -> Vec<f64> {
    let (vocabulary, width) = head.shape();
    debug_assert!(targets.is_sorted_by_key(|target| target.0));
    let rows = hidden.len() / width;
    let group = head.rows_together().unwrap_or(rows);
    let hidden = hidden.par_chunks(group * width).map(|rows| head.lay_out(rows)).collect();
    let fold = Fold { head, bias, hidden, group, rows, targets, rules };
    let blocks: Vec<usize> = (0..vocabulary).step_by(VOCABULARY_BLOCK).collect();
    let block = |start: usize| start..(start + VOCABULARY_BLOCK).min(vocabulary);
    let folded: Vec<BlockResult> =
        blocks.par_iter().map_init(Memory::default, |memory, &start| fold.block(block(start), memory)).collect();
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

    /// Rows of hidden states that are best multiplied together, if not all.
    fn rows_together(&self) -> Option<usize> {
        match self {
            Self::Rows { .. } => None,
            Self::Packed(_) => Some(ROW_BLOCK),
        }
    }

    fn lay_out<'h>(&self, hidden: &'h [f32]) -> Hidden<'h> {
        match self {
            Self::Rows { .. } => Hidden::Rows(hidden),
            Self::Packed(weights) => {
                let mut rows = PackedRows::default();
                weights.pack_rows(hidden, &mut rows);
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
    fn block(&self, block: Range<usize>, memory: &mut Memory) -> BlockResult {
        let mut result = BlockResult { sums: Vec::with_capacity(self.rows), target_logits: Vec::new() };
        for (index, hidden) in self.hidden.iter().enumerate() {
            let first = index * self.group;
            let rows = first..self.rows.min(first + self.group);
            self.fold_rows(rows, hidden, block.clone(), memory, &mut result);
        }
        result
    }

    fn fold_rows(
        &self,
        rows: Range<usize>,
        hidden: &Hidden,
        block: Range<usize>,
        memory: &mut Memory,
        result: &mut BlockResult,
    ) {
        let columns = block.len();
        memory.logits.resize(rows.len() * columns, 0.0);
        self.product(hidden, rows.len(), block.clone(), memory);
        let logits = &mut memory.logits;
        let bias = self.bias.map(|bias| &bias[block.clone()]);
        result.sums.extend(logits.chunks_exact_mut(columns).map(|row| fold_row(row, bias, self.rules)));
        let of_rows = self.targets.partition_point(|target| target.0 < rows.start)
            ..self.targets.partition_point(|target| target.0 < rows.end);
        for index in of_rows {
            let (row, id) = (self.targets[index].0 - rows.start, self.targets[index].1 as usize);
            if block.contains(&id) {
                result.target_logits.push((index, f64::from(logits[row * columns + id - block.start])));
            }
        }
    }

    fn product(&self, hidden: &Hidden, rows: usize, block: Range<usize>, memory: &mut Memory) {
        match (self.head, hidden) {
            (HeadWeights::Packed(weights), Hidden::Packed(hidden)) => {
                // SAFETY: the product replaces what is there, and writes values only.
                let logits = unsafe { as_uninitialised(&mut memory.logits) };
                weights.multiply_panels(hidden, block, logits, Addends::default(), &mut memory.scratch);
            }
            (HeadWeights::Rows { weights, width }, Hidden::Rows(hidden)) => {
                let shape = Shape { m: rows, n: block.len(), k: *width };
                let weights = View::transposed(&weights[block.start * width..], *width);
                multiply(shape, &mut memory.logits, block.len(), View::rows(hidden, *width), weights, false);
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

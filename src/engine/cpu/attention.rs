//! Causal attention over packed sequences in one operator: rotary embedding, scores, soft cap, mask, softmax and the
//! weighted sum, block by block of queries, so that no more than a block's scores ever exist.

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape};
use rayon::prelude::*;

use super::product::{self, View, multiply};
use super::{Rows, vector};
use crate::engine::batch::Segment;

/// Queries of one block. With the query heads that share a key head they form the rows of one matrix product.
const BLOCK: usize = 32;

/// Attention over rows `[tokens × heads·width]` of queries and `[tokens × kv_heads·width]` of keys and values.
pub struct FusedAttention<'a> {
    /// All rows of the batch.
    pub segments: &'a [Segment],
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Cosines and sines per row, `[tokens × rotated/2]` each, for a layer that rotates.
    pub rotary: Option<(&'a [f32], &'a [f32])>,
    /// Factor on the scores.
    pub scale: f32,
    /// c of c·tanh(score / c).
    pub softcap: Option<f32>,
    /// Keys that a query sees, itself included.
    pub window: Option<usize>,
}

/// Consecutive queries of one segment, and their part of the output.
struct Block<'s, 'o> {
    segment: &'s Segment,
    /// First and last query, counted from the segment's first row.
    queries: Range<usize>,
    output: &'o mut [f32],
}

/// Memory that one thread reuses from block to block.
#[derive(Default)]
struct Scratch {
    queries: Vec<f32>,
    scores: Vec<f32>,
    sums: Vec<f32>,
    context: Vec<f32>,
}

/// Keys of all tokens, rotated, one head after another; and the values as they came.
struct KeysValues<'a> {
    keys: Vec<f32>,
    values: Rows<'a>,
    tokens: usize,
    width: usize,
}

impl FusedAttention<'_> {
    fn width(&self, queries: &Rows) -> usize {
        queries.width / self.heads
    }

    /// Copies one head of one row, rotated and scaled.
    fn rotate_into(&self, target: &mut [f32], source: &[f32], row: usize, factor: f32) {
        let Some((cos, sin)) = self.rotary else {
            target.iter_mut().zip(source).for_each(|(t, s)| *t = s * factor);
            return;
        };
        let half = cos.len() / self.segments.last().map_or(1, |s| s.rows.end);
        let angles = [&cos[row * half..][..half], &sin[row * half..][..half]];
        let (rotated, rest) = target.split_at_mut(2 * half);
        let (first, second) = rotated.split_at_mut(half);
        vector::rotate([first, second], [&source[..half], &source[half..2 * half]], angles, factor);
        rest.iter_mut().zip(&source[2 * half..]).for_each(|(t, s)| *t = s * factor);
    }

    fn rotate_keys<'v>(&self, keys: &Rows, values: Rows<'v>) -> KeysValues<'v> {
        let (tokens, width) = (keys.rows, keys.width / self.kv_heads);
        let mut rotated = vec![0.0f32; tokens * keys.width];
        rotated.par_chunks_mut(width).enumerate().for_each(|(index, target)| {
            let (head, row) = (index / tokens, index % tokens);
            self.rotate_into(target, &keys.row(row)[head * width..][..width], row, 1.0);
        });
        KeysValues { keys: rotated, values, tokens, width }
    }

    /// Cuts the output into blocks of queries, longest contexts first so that threads end together.
    fn blocks<'o>(&self, mut output: &'o mut [f32], row_width: usize) -> Vec<Block<'_, 'o>> {
        let mut blocks = Vec::new();
        for segment in self.segments {
            for start in (0..segment.rows.len()).step_by(BLOCK) {
                let queries = start..(start + BLOCK).min(segment.rows.len());
                let (mine, rest) = output.split_at_mut(queries.len() * row_width);
                blocks.push(Block { segment, queries, output: mine });
                output = rest;
            }
        }
        blocks.sort_by_key(|b| std::cmp::Reverse(b.segment.prefix.len() + b.queries.end));
        blocks
    }

    fn attend(&self, block: Block, queries: &Rows, kv: &KeysValues, scratch: &mut Scratch) {
        for kv_head in 0..self.kv_heads {
            self.attend_head(&block, queries, kv, kv_head, scratch);
            self.write_out(block.output, block.queries.len(), kv.width, kv_head, scratch);
        }
    }

    /// Query heads that share a key head.
    fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    fn attend_head(&self, block: &Block, queries: &Rows, kv: &KeysValues, kv_head: usize, scratch: &mut Scratch) {
        let width = kv.width;
        let rows = block.queries.len() * self.group();
        self.pack_queries(block, queries, kv_head, width, &mut scratch.queries);
        let seen = self.seen(block);
        scratch.scores.resize(rows * seen.len(), 0.0);
        scratch.context.resize(rows * width, 0.0);
        let pieces = key_pieces(block.segment, &seen);
        for piece in &pieces {
            let keys = View::transposed(&kv.keys[(kv_head * kv.tokens + piece.rows.start) * width..], width);
            let shape = product::Shape { m: rows, n: piece.rows.len(), k: width };
            let target = &mut scratch.scores[piece.column..];
            multiply(shape, target, seen.len(), View::rows(&scratch.queries, width), keys, false);
        }
        self.softmax(block, &seen, scratch);
        for (index, piece) in pieces.iter().enumerate() {
            let first = piece.rows.start * kv.values.stride + kv_head * width;
            let values = View::rows(&kv.values.data[first..], kv.values.stride);
            let shape = product::Shape { m: rows, n: width, k: piece.rows.len() };
            let weights = View::rows(&scratch.scores[piece.column..], seen.len());
            multiply(shape, &mut scratch.context, width, weights, values, index > 0);
        }
    }

    /// Rows (query, head of the group) of the block, rotated and scaled.
    fn pack_queries(&self, block: &Block, queries: &Rows, kv_head: usize, width: usize, packed: &mut Vec<f32>) {
        let group = self.group();
        packed.resize(block.queries.len() * group * width, 0.0);
        let mut targets = packed.chunks_exact_mut(width);
        for query in block.queries.clone() {
            let row = block.segment.rows.start + query;
            for (head, target) in (kv_head * group..(kv_head + 1) * group).zip(&mut targets) {
                self.rotate_into(target, &queries.row(row)[head * width..][..width], row, self.scale);
            }
        }
    }

    /// Text positions of the keys that some query of the block sees.
    fn seen(&self, block: &Block) -> Range<usize> {
        let offset = block.segment.prefix.len();
        self.first_seen(offset + block.queries.start)..offset + block.queries.end
    }

    fn first_seen(&self, position: usize) -> usize {
        self.window.map_or(0, |window| (position + 1).saturating_sub(window))
    }

    /// Turns each row of scores into unnormalised weights, zero where the query must not look, and keeps the sums.
    fn softmax(&self, block: &Block, seen: &Range<usize>, scratch: &mut Scratch) {
        let group = self.group();
        scratch.sums.clear();
        for (index, row) in scratch.scores.chunks_exact_mut(seen.len()).enumerate() {
            let position = block.segment.prefix.len() + block.queries.start + index / group;
            let from = self.first_seen(position) - seen.start;
            let to = position + 1 - seen.start;
            row[..from].fill(0.0);
            row[to..].fill(0.0);
            let visible = &mut row[from..to];
            if let Some(cap) = self.softcap {
                vector::softcap(visible, cap);
            }
            let largest = vector::max(visible);
            scratch.sums.push(vector::exp_in_place(visible, largest));
        }
    }

    /// Divides by the sums and puts the group's heads in their place.
    fn write_out(&self, output: &mut [f32], queries: usize, width: usize, kv_head: usize, scratch: &Scratch) {
        let group = self.group();
        let row_width = self.heads * width;
        let rows = scratch.context.chunks_exact(width).zip(&scratch.sums).take(queries * group);
        for (index, (context, sum)) in rows.enumerate() {
            let start = index / group * row_width + (kv_head * group + index % group) * width;
            let target = &mut output[start..][..width];
            let factor = 1.0 / sum;
            target.iter_mut().zip(context).for_each(|(t, c)| *t = c * factor);
        }
    }
}

/// Consecutive rows of keys, and the first column of the scores that they fill.
struct KeyPiece {
    rows: Range<usize>,
    column: usize,
}

/// Where the keys at text positions `seen` lie: in the prefix, in the segment itself, or in both.
fn key_pieces(segment: &Segment, seen: &Range<usize>) -> Vec<KeyPiece> {
    let shared = segment.prefix.len();
    let in_prefix = seen.start.min(shared)..seen.end.min(shared);
    let in_rows = seen.start.max(shared)..seen.end.max(shared);
    let prefix =
        KeyPiece { rows: segment.prefix.start + in_prefix.start..segment.prefix.start + in_prefix.end, column: 0 };
    let own = KeyPiece {
        rows: segment.rows.start + in_rows.start - shared..segment.rows.start + in_rows.end - shared,
        column: in_prefix.len(),
    };
    [prefix, own].into_iter().filter(|piece| !piece.rows.is_empty()).collect()
}

impl CustomOp3 for FusedAttention<'_> {
    fn name(&self) -> &'static str {
        "fused-attention"
    }

    fn cpu_fwd(
        &self,
        queries: &CpuStorage,
        queries_layout: &Layout,
        keys: &CpuStorage,
        keys_layout: &Layout,
        values: &CpuStorage,
        values_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let queries = Rows::of(queries, queries_layout)?;
        let width = self.width(&queries);
        let kv = self.rotate_keys(&Rows::of(keys, keys_layout)?, Rows::of(values, values_layout)?);
        debug_assert_eq!(width, kv.width);
        let mut output = vec![0.0f32; queries.rows * queries.width];
        self.blocks(&mut output, queries.width)
            .into_par_iter()
            .with_max_len(1)
            .for_each_init(Scratch::default, |scratch, block| self.attend(block, &queries, &kv, scratch));
        Ok((CpuStorage::F32(output), Shape::from((queries.rows, queries.width))))
    }
}

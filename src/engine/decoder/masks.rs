//! Which keys a block of queries sees, for the attention that runs on every device. One mask per window is made on the
//! device for a whole batch: what a block adds to its scores is a part of it, since only the distance between a query
//! and a key decides.

use candle_core::{DType, Device, Error, Tensor};

use crate::engine::batch::{Batch, Segment};
use crate::engine::error::Result;
use crate::engine::traffic::operators as op;

/// Queries of one block at most.
const BLOCK: usize = 512;

/// Scores of one block at most: 512 MiB in f32, of which there are a few at a time. Candle's softmax on CUDA counts them
/// with 32 bits.
const SCORES: usize = 1 << 27;

/// Queries of one block where each sees so many keys at most: scores take `heads × queries × keys` values at a time.
fn queries_of_block(heads: usize, keys: usize) -> usize {
    Ord::clamp(SCORES / (heads * keys).max(1), 1, BLOCK)
}

/// Queries of a segment that are computed together, and the keys that any of them sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// First query, counted from the segment's first row.
    pub start: usize,
    /// Number of queries.
    pub queries: usize,
    /// First key, counted from the beginning of the text.
    pub first_key: usize,
    /// Keys before the first query's own.
    pub before: usize,
}

impl Block {
    /// Number of keys: those before the queries, and each query's own.
    pub fn keys(&self) -> usize {
        self.before + self.queries
    }
}

/// The blocks of a segment whose queries, of so many heads, see `window` keys, or all of the past.
pub fn blocks(segment: &Segment, window: Option<usize>, heads: usize) -> impl Iterator<Item = Block> {
    let (rows, prefix) = (segment.rows.len(), segment.prefix.len());
    let keys = window.map_or(usize::MAX, |window| window.saturating_add(BLOCK)).min(prefix + rows);
    let queries = queries_of_block(heads, keys);
    (0..rows).step_by(queries).map(move |start| {
        let position = prefix + start;
        let first_key = window.map_or(0, |window| (position + 1).saturating_sub(window));
        Block { start, queries: queries.min(rows - start), first_key, before: position - first_key }
    })
}

/// The masks of one batch.
pub struct Masks(Vec<Mask>);

struct Mask {
    window: Option<usize>,
    /// Keys before the first query's own.
    before: usize,
    /// 0 where a query sees a key, −∞ elsewhere: `[queries × before + queries]` f32.
    values: Tensor,
}

impl Masks {
    /// Makes a mask for each of the windows, large enough for every block of the batch, whose queries have so many heads.
    ///
    /// # Errors
    /// The device failed.
    pub fn new(batch: &Batch, windows: &[Option<usize>], heads: usize, device: &Device) -> Result<Self> {
        let largest = |window, side: fn(&Block) -> usize| {
            batch.segments.iter().flat_map(|segment| blocks(segment, window, heads)).map(|block| side(&block)).max()
        };
        let mask = |&window: &Option<usize>| {
            let before = largest(window, |block| block.before).unwrap_or(0);
            let queries = largest(window, |block| block.queries).unwrap_or(0);
            Ok(Mask { window, before, values: visible(queries, before, window, device)? })
        };
        Ok(Self(windows.iter().map(mask).collect::<Result<_>>()?))
    }

    /// What is added to a block's scores, `[queries × keys]`.
    ///
    /// # Errors
    /// No mask was made for the window.
    pub fn of(&self, block: &Block, window: Option<usize>) -> Result<Tensor> {
        let made = self.0.iter().find(|mask| mask.window == window);
        let mask = made.ok_or_else(|| Error::Msg(format!("no mask was made for the window {window:?}")))?;
        let queries = mask.values.narrow(0, 0, block.queries)?;
        Ok(queries.narrow(1, mask.before - block.before, block.keys())?)
    }
}

/// ln 1 where a query sees a key and ln 0 elsewhere. All that the host sends are the keys' places, counted from the first
/// query's.
fn visible(queries: usize, before: usize, window: Option<usize>, device: &Device) -> Result<Tensor> {
    let places: Vec<f32> = (0..before + queries).map(|key| key as f32 - before as f32).collect();
    let places = op::upload(places, before + queries, device)?;
    let (keys, queries) = (places.unsqueeze(0)?, places.narrow(0, before, queries)?.unsqueeze(1)?);
    let past = op::at_most(&keys, &queries)?;
    let seen = match window {
        Some(window) => op::multiply(&past, &op::above(&keys, &op::shift(&queries, -(window as f64))?)?)?,
        None => past,
    };
    op::log(&op::cast(&seen, DType::F32)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of 1 300 tokens, and one of 7 behind the first 600 of it.
    fn batch() -> Batch {
        let text = Segment { rows: 0..1300, prefix: 0..0, length: 1300 };
        Batch { segments: vec![text, Segment { rows: 1300..1307, prefix: 0..600, length: 607 }], ..Batch::default() }
    }

    #[test]
    fn a_block_holds_no_more_scores_than_a_softmax_counts() {
        assert_eq!([(32, 8192), (1, 1), (4, 0)].map(|(heads, keys)| queries_of_block(heads, keys)), [BLOCK; 3]);
        assert_eq!(queries_of_block(64, 65_536), 32);
        assert_eq!(queries_of_block(1 << 20, 1 << 20), 1);
        for (length, window) in [(65_536, None), (65_536, Some(40_000)), (100_000, Some(512)), (3, None)] {
            let text = Segment { rows: 0..length, prefix: 0..0, length };
            let cut: Vec<Block> = blocks(&text, window, 64).collect();
            assert!(cut.iter().all(|block| 64 * block.queries * block.keys() <= SCORES), "{length} {window:?}");
            assert!(cut.windows(2).all(|pair| pair[0].start + pair[0].queries == pair[1].start));
            assert_eq!(cut.last().map(|block| block.start + block.queries), Some(length));
        }
    }

    #[test]
    fn every_block_sees_the_past_within_its_window() {
        let windows = [None, Some(1), Some(40), Some(700), Some(5000)];
        // The second number of heads is so large that blocks are small.
        for heads in [1, 1 << 10] {
            let masks = Masks::new(&batch(), &windows, heads, &Device::Cpu).unwrap();
            windows.iter().for_each(|&window| check_masks(&masks, window, heads));
        }
    }

    fn check_masks(masks: &Masks, window: Option<usize>, heads: usize) {
        for segment in &batch().segments {
            for block in blocks(segment, window, heads) {
                let mask = masks.of(&block, window).unwrap().to_vec2::<f32>().unwrap();
                for (i, row) in mask.iter().enumerate() {
                    let query = segment.prefix.len() + block.start + i;
                    let sees = |key: usize| key <= query && window.is_none_or(|window| query - key < window);
                    let expected = |key: usize| if sees(key) { 0.0 } else { f32::NEG_INFINITY };
                    let keys = block.first_key..block.first_key + block.keys();
                    assert!(!(0..keys.start).any(sees) && !(keys.end..1300).any(sees), "{block:?}");
                    assert!(keys.map(expected).eq(row.iter().copied()), "{window:?}, query {query} of {block:?}");
                }
            }
        }
    }

    #[test]
    fn a_window_without_a_mask_is_an_error() {
        let masks = Masks::new(&batch(), &[None], 1, &Device::Cpu).unwrap();
        assert!(masks.of(&blocks(&batch().segments[0], None, 1).next().unwrap(), Some(3)).is_err());
    }
}

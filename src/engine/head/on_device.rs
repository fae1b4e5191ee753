//! The head on a device: logits by blocks of rows and of the vocabulary, whose log-sum-exps and targets' logits are
//! gathered there and waited for once.

use candle_core::{Device, Tensor};

use super::{Head, RunningLogSumExp};
use crate::engine::error::Result;
use crate::engine::traffic::operators as op;

/// Vocabulary entries per block.
const VOCABULARY_BLOCK: usize = 8192;

/// Rows that the head looks at together, and the targets among them.
pub struct Chunk {
    /// Numbers of the distinct rows.
    pub rows: Vec<u32>,
    /// Targets as (index into the rows, id).
    pub targets: Vec<(usize, u32)>,
}

/// A block of the vocabulary before a chunk of rows.
struct Tile<'a> {
    chunk: &'a Chunk,
    /// Row of the chunk's first row among those of all chunks.
    first_row: usize,
    /// The vocabulary's entries.
    start: usize,
    columns: usize,
    /// Targets of the chunk that lie in the block.
    inside: Vec<usize>,
}

impl Tile<'_> {
    /// Where the targets' logits stand among the tile's.
    fn places(&self) -> impl Iterator<Item = u32> {
        let place = |&i: &usize| {
            let (row, id) = self.chunk.targets[i];
            (row * self.columns + id as usize - self.start) as u32
        };
        self.inside.iter().map(place)
    }
}

/// Every chunk with every block, in order.
fn tiles(chunks: &[Chunk], vocabulary: usize) -> Vec<Tile<'_>> {
    let mut tiles = Vec::new();
    let mut first_row = 0;
    for chunk in chunks {
        for start in (0..vocabulary).step_by(VOCABULARY_BLOCK) {
            let columns = VOCABULARY_BLOCK.min(vocabulary - start);
            let is_inside = |i: &usize| (start..start + columns).contains(&(chunk.targets[*i].1 as usize));
            let inside = (0..chunk.targets.len()).filter(is_inside).collect();
            tiles.push(Tile { chunk, first_row, start, columns, inside });
        }
        first_row += chunk.rows.len();
    }
    tiles
}

/// −ln p of the targets of each chunk, given the head's weights as one tensor and what computes hidden states of all rows.
pub fn losses(
    head: &Head,
    weights: &Tensor,
    hidden: impl FnOnce() -> Result<Tensor>,
    chunks: &[Chunk],
) -> Result<Vec<Vec<f64>>> {
    let tiles = tiles(chunks, weights.dim(0)?);
    let places: Vec<u32> = tiles.iter().flat_map(Tile::places).collect();
    let count = places.len();
    let places = op::upload(places, count, weights.device())?;
    let rows = rows(chunks, weights.device())?;
    let scored = op::select(&hidden()?, &rows)?;
    let mut found = Vec::with_capacity(3 * tiles.len());
    let mut used = 0;
    for tile in &tiles {
        let places = places.narrow(0, used, tile.inside.len())?;
        used += tile.inside.len();
        found.extend(head.look(weights, &scored, tile, &places)?);
    }
    Ok(gathered(&op::download(&op::cat(&found, 0)?)?, &tiles, chunks))
}

/// Numbers of the rows of all chunks, one after another.
pub fn rows(chunks: &[Chunk], device: &Device) -> Result<Tensor> {
    let rows: Vec<u32> = chunks.iter().flat_map(|chunk| chunk.rows.iter().copied()).collect();
    let count = rows.len();
    op::upload(rows, count, device)
}

impl Head {
    /// Of each row of a tile the largest logit, Σ exp(logit − largest), and the logits at `places`.
    fn look(&self, weights: &Tensor, scored: &Tensor, tile: &Tile, places: &Tensor) -> Result<Vec<Tensor>> {
        let rows = scored.narrow(0, tile.first_row, tile.chunk.rows.len())?;
        let bias = self.bias.as_ref().map(|bias| bias.narrow(0, tile.start, tile.columns)).transpose()?;
        let logits = op::matmul(&rows, &weights.narrow(0, tile.start, tile.columns)?.t()?)?;
        let logits = self.finish_logits(&logits, bias.as_ref())?;
        let largest = op::largest(&logits)?;
        let sum = op::sum(&op::exp(&op::subtract(&logits, &largest)?)?)?;
        let mut found = vec![largest.squeeze(1)?, sum.squeeze(1)?];
        if !tile.inside.is_empty() {
            found.push(op::select(&op::reshape(&logits, logits.elem_count())?, places)?);
        }
        Ok(found)
    }
}

/// The losses behind what the tiles found, merged in f64.
fn gathered(found: &[f32], tiles: &[Tile], chunks: &[Chunk]) -> Vec<Vec<f64>> {
    let rows: usize = chunks.iter().map(|chunk| chunk.rows.len()).sum();
    let mut sums = vec![RunningLogSumExp::default(); rows];
    let mut losses: Vec<Vec<f64>> = chunks.iter().map(|chunk| vec![f64::NAN; chunk.targets.len()]).collect();
    let mut rest = found;
    let mut take = |count: usize| {
        let (taken, after) = rest.split_at(count);
        rest = after;
        taken
    };
    let blocks = tiles.len() / chunks.len().max(1);
    for (index, tile) in tiles.iter().enumerate() {
        let count = tile.chunk.rows.len();
        let (largest, sum) = (take(count), take(count));
        for (row, (&largest, &sum)) in largest.iter().zip(sum).enumerate() {
            sums[tile.first_row + row].merge(RunningLogSumExp { largest: largest.into(), sum: sum.into() });
        }
        for (&i, &logit) in tile.inside.iter().zip(take(tile.inside.len())) {
            losses[index / blocks][i] = logit.into();
        }
    }
    let mut first_row = 0;
    for (chunk, losses) in chunks.iter().zip(&mut losses) {
        for (&(row, _), loss) in chunk.targets.iter().zip(losses) {
            *loss = sums[first_row + row].value() - *loss;
        }
        first_row += chunk.rows.len();
    }
    losses
}

//! Causal attention over packed sequences: the fused kernels of the CPU and of CUDA devices, and a twin of plain candle
//! operators by blocks of queries for every other device, for training and for tests.

#[cfg(feature = "cuda")]
mod on_cuda;

use candle_core::{D, DType, Storage, Tensor};

use super::description::{Description, LayerAttention};
use super::masks::{Block, Masks, blocks};
use super::rotary::Angles;
use crate::engine::batch::{Batch, Segment};
use crate::engine::cpu::FusedAttention;
use crate::engine::error::Result;
use crate::engine::kernels::{Kernels, Way};
use crate::engine::traffic::operators as op;

/// What all layers share while one batch passes through.
pub struct AttentionInputs<'a> {
    /// The model.
    pub description: &'a Description,
    /// The packed sequences.
    pub batch: &'a Batch,
    /// Which kernels to use.
    pub kernels: Kernels,
    /// Angles of each row, by rotary embedding.
    rotary: Vec<Angles>,
    prepared: Prepared,
}

/// Whose kernel computes, with what it needs for a batch.
enum Prepared {
    Cpu,
    #[cfg(feature = "cuda")]
    Cuda(on_cuda::DeviceTiles),
    Portable(Masks),
}

impl<'a> AttentionInputs<'a> {
    /// Prepares the attention of all layers over a batch whose rows, `[rows × hidden]`, have the number type and the
    /// device of `embedded`.
    ///
    /// # Errors
    /// The device failed.
    pub fn new(
        description: &'a Description,
        batch: &'a Batch,
        kernels: Kernels,
        rotary: Vec<Angles>,
        embedded: &Tensor,
    ) -> Result<Self> {
        let prepared = Prepared::new(description, batch, kernels, embedded)?;
        Ok(Self { description, batch, kernels, rotary, prepared })
    }

    fn rotary(&self, layer: LayerAttention) -> Option<&Angles> {
        layer.rope.map(|index| &self.rotary[index])
    }
}

impl Prepared {
    fn new(description: &Description, batch: &Batch, kernels: Kernels, embedded: &Tensor) -> Result<Self> {
        match Way::of(kernels, embedded.device()) {
            Way::Cpu => return Ok(Self::Cpu),
            #[cfg(feature = "cuda")]
            Way::Cuda => {
                if let Some(tiles) = on_cuda::tiles(description, batch, embedded)? {
                    return Ok(Self::Cuda(tiles));
                }
            }
            Way::Portable => {}
        }
        let mut windows: Vec<_> = description.layers.iter().map(|layer| layer.window).collect();
        windows.sort_unstable();
        windows.dedup();
        Ok(Self::Portable(Masks::new(batch, &windows, description.heads, embedded.device())?))
    }
}

/// Attention of queries `[rows × heads·width]` over keys and values `[rows × kv_heads·width]`; `[rows × heads·width]`.
pub fn attend(q: &Tensor, k: &Tensor, v: &Tensor, layer: LayerAttention, shared: &AttentionInputs) -> Result<Tensor> {
    match &shared.prepared {
        Prepared::Cpu => fused(q, k, v, layer, shared),
        #[cfg(feature = "cuda")]
        Prepared::Cuda(tiles) => on_cuda::attend([q, k, v], layer, tiles, shared),
        Prepared::Portable(masks) => portable([q, k, v], layer, masks, shared),
    }
}

fn fused(q: &Tensor, k: &Tensor, v: &Tensor, layer: LayerAttention, shared: &AttentionInputs) -> Result<Tensor> {
    let description = shared.description;
    let run = |rotary: Option<(&[f32], &[f32])>| {
        let op = FusedAttention {
            segments: &shared.batch.segments,
            heads: description.heads,
            kv_heads: description.kv_heads,
            rotary,
            scale: layer.scale as f32,
            softcap: description.attention_softcap.map(|cap| cap as f32),
            window: layer.window,
        };
        Ok(q.apply_op3_no_bwd(k, v, &op)?)
    };
    let Some((cos, sin)) = shared.rotary(layer) else { return run(None) };
    let (cos, sin) = (cos.storage_and_layout().0, sin.storage_and_layout().0);
    match (&*cos, &*sin) {
        (Storage::Cpu(cos), Storage::Cpu(sin)) => run(Some((cos.as_slice()?, sin.as_slice()?))),
        _ => Err(candle_core::Error::Msg("rotary tables are not on the CPU".into()).into()),
    }
}

fn portable([q, k, v]: [&Tensor; 3], layer: LayerAttention, masks: &Masks, shared: &AttentionInputs) -> Result<Tensor> {
    let (description, dtype, rotary) = (shared.description, v.dtype(), shared.rotary(layer));
    let (rows, width) = (q.dim(0)?, description.head_dim);
    let (heads, kv_heads) = (description.heads, description.kv_heads);
    let group = heads / kv_heads;
    // Scores are scaled before the product, where there are fewest numbers, and in f32.
    let factor = layer.scale / description.attention_softcap.unwrap_or(1.0);
    let q = op::reshape(&rotate(q, heads, width, rotary)?, (rows, kv_heads, group, width))?;
    let q = op::scale(&op::cast(&q, DType::F32)?.transpose(0, 1)?, factor)?;
    // Query heads that share a key head become rows of one product.
    let q = op::cast(&op::reshape(&q, (kv_heads, rows * group, width))?, dtype)?;
    let k = by_head(&rotate(k, kv_heads, width, rotary)?, dtype)?;
    let v = by_head(&op::reshape(v, (rows, kv_heads, width))?, dtype)?;
    let mut attended = Vec::new();
    for segment in &shared.batch.segments {
        let (k, v) = (with_prefix(&k, segment)?, with_prefix(&v, segment)?);
        for block in blocks(segment, layer.window, heads) {
            let start = (segment.rows.start + block.start) * group;
            let queries = q.narrow(1, start, block.queries * group)?;
            let mask = masks.of(&block, layer.window)?;
            attended.push(attend_block([&queries, &k, &v], &block, &mask, description.attention_softcap)?);
        }
    }
    op::reshape(&op::cat(&attended, 0)?, (rows, heads * width))
}

/// `[rows × heads·width]` as `[rows × heads × width]`, the leading dimensions of each head rotated by the row's angles. What
/// is rotated is f32, in which it was computed.
fn rotate(x: &Tensor, heads: usize, width: usize, rotary: Option<&Angles>) -> Result<Tensor> {
    let shape = (x.dim(0)?, heads, width);
    let Some((cos, sin)) = rotary else { return op::reshape(x, shape) };
    let x = op::reshape(&op::cast(x, DType::F32)?, shape)?;
    let rotated = 2 * cos.dim(1)?;
    if rotated == width {
        return op::rotate(&x, cos, sin);
    }
    let turned = op::rotate(&op::contiguous(&x.narrow(D::Minus1, 0, rotated)?)?, cos, sin)?;
    op::cat(&[turned, x.narrow(D::Minus1, rotated, width - rotated)?], 2)
}

/// `[rows × heads × width]` → `[heads × rows × width]`.
fn by_head(x: &Tensor, dtype: DType) -> Result<Tensor> {
    op::contiguous(&op::cast(&x.transpose(0, 1)?, dtype)?)
}

/// Keys or values of a segment's whole text, of those of all rows: `[kv_heads × keys × width]`.
fn with_prefix(x: &Tensor, segment: &Segment) -> Result<Tensor> {
    let (rows, prefix) = (&segment.rows, &segment.prefix);
    if prefix.is_empty() || prefix.end == rows.start {
        let start = if prefix.is_empty() { rows.start } else { prefix.start };
        return Ok(x.narrow(1, start, rows.end - start)?);
    }
    op::cat(&[x.narrow(1, prefix.start, prefix.len())?, x.narrow(1, rows.start, rows.len())?], 1)
}

/// One block: queries `[kv_heads × queries·group × width]`, keys and values of the text `[kv_heads × keys × width]` and the
/// mask `[queries × keys]` → `[queries × kv_heads × group × width]`, which is not contiguous.
fn attend_block([q, k, v]: [&Tensor; 3], block: &Block, mask: &Tensor, softcap: Option<f64>) -> Result<Tensor> {
    let (kv_heads, rows, width) = q.dims3()?;
    let (group, keys) = (rows / block.queries, block.keys());
    let (k, v) = (k.narrow(1, block.first_key, keys)?, v.narrow(1, block.first_key, keys)?);
    let scores = op::cast(&op::matmul(q, &k.transpose(1, 2)?)?, DType::F32)?;
    let scores = match softcap {
        Some(cap) => op::scale(&op::tanh(&scores)?, cap)?,
        None => scores,
    };
    let masked = op::add(&op::reshape(&scores, (kv_heads, block.queries, group, keys))?, &mask.unsqueeze(1)?)?;
    let weights = op::reshape(&op::cast(&op::softmax(&masked)?, v.dtype())?, (kv_heads, rows, keys))?;
    let context = op::matmul(&weights, &v)?;
    Ok(op::reshape(&context, (kv_heads, block.queries, group, width))?.transpose(0, 1)?)
}

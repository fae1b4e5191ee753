//! Causal attention over packed sequences: the fused kernel on the CPU, and a twin of plain candle operators by blocks
//! of queries for every other device, for training and for tests.

use candle_core::{D, DType, Device, Storage, Tensor};

use super::description::{Description, LayerAttention};
use crate::engine::batch::{Batch, Segment};
use crate::engine::cpu::FusedAttention;
use crate::engine::error::Result;
use crate::engine::kernels::Kernels;
use crate::engine::traffic::operators as op;

/// Queries of one block of the portable path: scores take `heads × BLOCK × keys` values at a time.
const BLOCK: usize = 512;

/// What all layers share while one batch passes through.
pub struct AttentionInputs<'a> {
    /// The model.
    pub description: &'a Description,
    /// The packed sequences.
    pub batch: &'a Batch,
    /// Per rotary embedding, cosines and sines of each row, `[rows × rotated/2]` f32.
    pub rotary: Vec<(Tensor, Tensor)>,
    /// Which kernels to use.
    pub kernels: Kernels,
}

impl AttentionInputs<'_> {
    fn rotary(&self, layer: LayerAttention) -> Option<&(Tensor, Tensor)> {
        layer.rope.map(|index| &self.rotary[index])
    }
}

/// Attention of queries `[rows × heads·width]` over keys and values `[rows × kv_heads·width]`; `[rows × heads·width]`.
pub fn attend(q: &Tensor, k: &Tensor, v: &Tensor, layer: LayerAttention, shared: &AttentionInputs) -> Result<Tensor> {
    match (shared.kernels, q.device()) {
        (Kernels::Fused, Device::Cpu) => fused(q, k, v, layer, shared),
        _ => portable(q, k, v, layer, shared),
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

fn portable(q: &Tensor, k: &Tensor, v: &Tensor, layer: LayerAttention, shared: &AttentionInputs) -> Result<Tensor> {
    let description = shared.description;
    let split = |x: &Tensor, heads: usize| op::reshape(x, (x.dim(0)?, heads, description.head_dim));
    let q = rotate(&split(q, description.heads)?, shared.rotary(layer))?;
    let k = rotate(&split(k, description.kv_heads)?, shared.rotary(layer))?;
    let v = split(v, description.kv_heads)?;
    let attended = shared.batch.segments.iter().map(|segment| {
        let with_prefix = |x: &Tensor| -> Result<Tensor> {
            let own = x.narrow(0, segment.rows.start, segment.rows.len())?;
            let before = x.narrow(0, segment.prefix.start, segment.prefix.len())?;
            let all = if segment.prefix.is_empty() { own } else { op::cat(&[before, own], 0)? };
            op::contiguous(&all.transpose(0, 1)?)
        };
        let own = q.narrow(0, segment.rows.start, segment.rows.len())?;
        attend_segment(&own, &with_prefix(&k)?, &with_prefix(&v)?, segment, layer, description.attention_softcap)
    });
    op::cat(&attended.collect::<Result<Vec<_>>>()?, 0)
}

/// Rotates the leading dimensions of `[rows × heads × width]` by each row's angles, in f32.
fn rotate(x: &Tensor, rotary: Option<&(Tensor, Tensor)>) -> Result<Tensor> {
    let Some((cos, sin)) = rotary else { return Ok(x.clone()) };
    let half = cos.dim(1)?;
    let (cos, sin) = (cos.unsqueeze(1)?, sin.unsqueeze(1)?);
    let part = |start| op::cast(&x.narrow(D::Minus1, start, half)?, DType::F32);
    let (first, second) = (part(0)?, part(half)?);
    let turned_first = op::subtract(&op::multiply(&first, &cos)?, &op::multiply(&second, &sin)?)?;
    let turned_second = op::add(&op::multiply(&second, &cos)?, &op::multiply(&first, &sin)?)?;
    let (turned_first, turned_second) = (op::cast(&turned_first, x.dtype())?, op::cast(&turned_second, x.dtype())?);
    let rest = x.dim(D::Minus1)? - 2 * half;
    if rest == 0 {
        return op::cat(&[turned_first, turned_second], 2);
    }
    op::cat(&[turned_first, turned_second, x.narrow(D::Minus1, 2 * half, rest)?], 2)
}

/// One segment: queries `[n × heads × width]`, keys and values `[kv_heads × keys × width]` → `[n × heads·width]`.
fn attend_segment(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    segment: &Segment,
    layer: LayerAttention,
    softcap: Option<f64>,
) -> Result<Tensor> {
    let blocks = (0..segment.rows.len()).step_by(BLOCK).map(|start| {
        let length = BLOCK.min(segment.rows.len() - start);
        let position = segment.prefix.len() + start;
        let first = layer.window.map_or(0, |window| (position + 1).saturating_sub(window));
        let seen = position + length - first;
        let (k, v) = (k.narrow(1, first, seen)?, v.narrow(1, first, seen)?);
        let mask = mask(length, seen, position - first, layer.window, q.device())?;
        attend_block(&q.narrow(0, start, length)?, &k, &v, &mask, layer.scale, softcap)
    });
    op::cat(&blocks.collect::<Result<Vec<_>>>()?, 0)
}

fn attend_block(q: &Tensor, k: &Tensor, v: &Tensor, mask: &Tensor, scale: f64, softcap: Option<f64>) -> Result<Tensor> {
    let ((queries, heads, width), (kv_heads, keys, _)) = (q.dims3()?, k.dims3()?);
    let group = heads / kv_heads;
    // Query heads that share a key head become rows of one product.
    let rows = op::reshape(&q.transpose(0, 1)?, (kv_heads, group * queries, width))?;
    let scores = op::scale(&op::cast(&op::matmul(&rows, &k.transpose(1, 2)?)?, DType::F32)?, scale)?;
    let scores = match softcap {
        Some(cap) => op::scale(&op::tanh(&op::shrink(&scores, cap)?)?, cap)?,
        None => scores,
    };
    let masked = op::add(&op::reshape(&scores, (heads, queries, keys))?, mask)?;
    let weights = op::reshape(&softmax(&masked)?, (kv_heads, group * queries, keys))?;
    let context = op::matmul(&op::cast(&weights, v.dtype())?, &op::contiguous(v)?)?;
    op::reshape(&op::reshape(&context, (heads, queries, width))?.transpose(0, 1)?, (queries, heads * width))
}

fn softmax(x: &Tensor) -> Result<Tensor> {
    let exponentials = op::exp(&op::subtract(x, &op::largest(x)?)?)?;
    op::divide(&exponentials, &op::sum(&exponentials)?)
}

/// 0 where a query sees a key, −inf elsewhere: `[queries × keys]`; query 0 stands at key `offset`.
fn mask(queries: usize, keys: usize, offset: usize, window: Option<usize>, device: &Device) -> Result<Tensor> {
    let visible = |query: usize, key: usize| {
        let position = query + offset;
        key <= position && window.is_none_or(|w| position - key < w)
    };
    let cell = |i: usize| if visible(i / keys, i % keys) { 0.0 } else { f32::NEG_INFINITY };
    op::upload((0..queries * keys).map(cell).collect(), (queries, keys), device)
}

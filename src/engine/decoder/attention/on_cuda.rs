//! Attention by the kernels for CUDA devices: queries and keys are turned in one launch and attended to in another.

use candle_core::Tensor;

use super::AttentionInputs;
use crate::engine::batch::Batch;
pub use crate::engine::cuda::DeviceTiles;
use crate::engine::cuda::{DeviceAttention, DeviceRotary};
use crate::engine::decoder::description::{Description, LayerAttention};
use crate::engine::error::Result;

/// The batch as the kernels read it; `None` if they do not know heads so wide or numbers of the type of `embedded`.
pub fn tiles(description: &Description, batch: &Batch, embedded: &Tensor) -> Result<Option<DeviceTiles>> {
    let heads = [description.heads, description.kv_heads, description.head_dim];
    DeviceTiles::new(&batch.segments, heads, embedded.dtype(), embedded.device())
}

/// As [`attend`](super::attend); queries, keys and values may be parts of one projection.
pub fn attend(
    [q, k, v]: [&Tensor; 3],
    layer: LayerAttention,
    tiles: &DeviceTiles,
    shared: &AttentionInputs,
) -> Result<Tensor> {
    let description = shared.description;
    let attention = DeviceAttention {
        tiles,
        scale: layer.scale as f32,
        softcap: description.attention_softcap.map(|cap| cap as f32),
        window: layer.window,
    };
    let Some((cosines, sines)) = shared.rotary(layer) else { return Ok(q.apply_op3_no_bwd(k, v, &attention)?) };
    let rotary = DeviceRotary { heads: description.heads, kv_heads: description.kv_heads, cosines, sines };
    let (q, k) = rotary.turn(q, k)?;
    Ok(q.apply_op3_no_bwd(&k, v, &attention)?)
}

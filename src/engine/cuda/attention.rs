//! Attention over packed sequences in one launch, for queries and keys that are rotated already.

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::DeviceRepr;
use candle_core::{CpuStorage, CudaStorage, CustomOp3, DType, Device, Error, Layout, Result, Shape, Tensor};

use super::catalogue::Kernel;
use super::launch::{self, Grid, Place, Rows};
use super::shape::{AttentionShape, Tiles, rows_of};
use crate::engine::batch::Segment;
use crate::engine::error;
use crate::engine::traffic::operators as op;

/// A batch on its device, cut into tiles once for all layers.
pub struct DeviceTiles {
    /// `[segments · 4]` and `[tiles · 2]`, u32.
    segments: Tensor,
    tiles: Tensor,
    shape: AttentionShape,
    /// Of the whole batch.
    rows: usize,
    heads: usize,
    kv_heads: usize,
    head_width: usize,
}

impl DeviceTiles {
    /// Cuts a batch for heads of one width and numbers of one kind. `None` if there is no kernel for them.
    ///
    /// # Errors
    /// The segments are not those of a batch, or the tables cannot be copied to the device.
    pub fn new(
        segments: &[Segment],
        [heads, kv_heads, head_width]: [usize; 3],
        dtype: DType,
        device: &Device,
    ) -> error::Result<Option<Self>> {
        let shape = match dtype {
            DType::BF16 | DType::F16 => AttentionShape::narrow(head_width),
            DType::F32 => AttentionShape::wide(head_width),
            _ => None,
        };
        let Some(shape) = shape else { return Ok(None) };
        let rows = rows_of(segments).ok_or_else(|| Error::Msg("the segments are not those of a batch".into()))?;
        let cut = Tiles::cut(segments, heads / kv_heads, shape.rows);
        let [described, counted] = [cut.segments.len(), cut.tiles.len()];
        let segments = op::upload(cut.segments, described, device)?;
        let tiles = op::upload(cut.tiles, counted, device)?;
        Ok(Some(Self { segments, tiles, shape, rows, heads, kv_heads, head_width }))
    }
}

/// Attention over rows `[rows × heads·width]` of queries and `[rows × kv_heads·width]` of keys and values.
pub struct DeviceAttention<'a> {
    /// All rows of the batch.
    pub tiles: &'a DeviceTiles,
    /// Scores are multiplied by this,
    pub scale: f32,
    /// then capped at ±c by c·tanh(score / c).
    pub softcap: Option<f32>,
    /// Keys that a query sees, itself included.
    pub window: Option<usize>,
}

/// As `attention.h` declares it.
#[repr(C)]
struct AttentionCall {
    queries: u64,
    keys: u64,
    values: u64,
    output: u64,
    segments: u64,
    tiles: u64,
    query_stride: i64,
    key_stride: i64,
    value_stride: i64,
    heads: i32,
    kv_heads: i32,
    width: i32,
    window: i32,
    scale: f32,
    softcap: f32,
}

const _: () = assert!(size_of::<AttentionCall>() == 96, "attention.h expects as much");

// SAFETY: plain numbers in C's order; addresses are 64 bits wide on the device.
unsafe impl DeviceRepr for AttentionCall {}

impl CustomOp3 for DeviceAttention<'_> {
    fn name(&self) -> &'static str {
        "device-attention"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("this attention runs on CUDA devices only")
    }

    fn cuda_fwd(
        &self,
        queries: &CudaStorage,
        queries_layout: &Layout,
        keys: &CudaStorage,
        keys_layout: &Layout,
        values: &CudaStorage,
        values_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let Self { tiles, .. } = self;
        let (device, stream) = (queries.device(), queries.device().cuda_stream());
        let format = launch::format_of(queries)?;
        if format != launch::format_of(keys)? || format != launch::format_of(values)? {
            candle_core::bail!("queries, keys and values are not of one kind");
        }
        let q = Rows::of(queries, queries_layout, &stream)?;
        let k = Rows::of(keys, keys_layout, &stream)?;
        let v = Rows::of(values, values_layout, &stream)?;
        self.check([&q, &k, &v])?;
        let result = launch::storage_like(queries, q.count * q.width)?;
        let shape = Shape::from((q.count, q.width));
        {
            let output = Place::of(&result, &Layout::contiguous(&shape), &stream)?;
            let (segments, cuts) = (tiles.segments.storage_and_layout(), tiles.tiles.storage_and_layout());
            let segments = Place::of(launch::on_device(&segments.0)?, segments.1, &stream)?;
            let cuts = Place::of(launch::on_device(&cuts.0)?, cuts.1, &stream)?;
            let call = AttentionCall {
                queries: q.place.address,
                keys: k.place.address,
                values: v.place.address,
                output: output.address,
                segments: segments.address,
                tiles: cuts.address,
                query_stride: q.stride,
                key_stride: k.stride,
                value_stride: v.stride,
                heads: tiles.heads as i32,
                kv_heads: tiles.kv_heads as i32,
                width: tiles.head_width as i32,
                window: self.window.map_or(0, |window| window.min(i32::MAX as usize / 2) as i32),
                scale: self.scale,
                softcap: self.softcap.unwrap_or(0.0),
            };
            let source = if format == "f32" { launch::ATTENTION_F32 } else { launch::ATTENTION };
            let kernel = Kernel::attention(format, tiles.shape.width);
            // SAFETY: the fields are those of attention.h, and each address is that of a tensor of the size it says.
            unsafe { launch::launch(device, source, kernel, &self.grid(), &call)? };
        }
        Ok((result, shape))
    }
}

impl DeviceAttention<'_> {
    fn check(&self, [q, k, v]: [&Rows; 3]) -> Result<()> {
        let Self { tiles: DeviceTiles { rows, heads, kv_heads, head_width, .. }, .. } = self;
        let (q_width, kv_width) = (heads * head_width, kv_heads * head_width);
        if [q.width, k.width, v.width] != [q_width, kv_width, kv_width] || [q.count, k.count, v.count] != [*rows; 3] {
            candle_core::bail!("queries, keys and values do not fit the heads or the batch");
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        let Self { tiles: DeviceTiles { tiles, kv_heads, shape, .. }, .. } = self;
        Grid { blocks: (tiles.elem_count() / 2, *kv_heads), threads: shape.threads, shared_bytes: shape.shared_bytes }
    }
}

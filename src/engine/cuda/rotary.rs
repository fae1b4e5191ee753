//! Rotary embedding of queries and keys in one launch, which also takes them out of the projection that holds them.

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::DeviceRepr;
use candle_core::{CpuStorage, CudaStorage, CustomOp2, DType, Error, Layout, Result, Shape, Tensor};

use super::catalogue::Kernel;
use super::launch::{self, Grid, Place, Rows};
use crate::engine::error;
use crate::engine::traffic::operators as op;

const THREADS: usize = 128;

/// Turns heads by each row's angles.
pub struct DeviceRotary<'a> {
    /// Query heads.
    pub heads: usize,
    /// Key heads.
    pub kv_heads: usize,
    /// `[rows × half]` f32
    pub cosines: &'a Tensor,
    /// `[rows × half]` f32
    pub sines: &'a Tensor,
}

impl DeviceRotary<'_> {
    /// Queries `[rows × heads·width]` and keys `[rows × kv_heads·width]`, turned.
    ///
    /// # Errors
    /// Shapes do not fit, or the device reports a fault.
    pub fn turn(&self, queries: &Tensor, keys: &Tensor) -> error::Result<(Tensor, Tensor)> {
        let both = queries.apply_op2_no_bwd(keys, self)?;
        let (first, second) = (queries.elem_count(), keys.elem_count());
        let queries = op::reshape(&both.narrow(0, 0, first)?, queries.dims())?;
        let keys = op::reshape(&both.narrow(0, first, second)?, keys.dims())?;
        Ok((queries, keys))
    }
}

/// As `rotary.cu` declares it.
#[repr(C)]
struct RotaryCall {
    queries: u64,
    keys: u64,
    values: u64,
    queries_out: u64,
    keys_out: u64,
    values_out: u64,
    cosines: u64,
    sines: u64,
    query_stride: i64,
    key_stride: i64,
    value_stride: i64,
    heads: i32,
    kv_heads: i32,
    width: i32,
    half: i32,
}

const _: () = assert!(size_of::<RotaryCall>() == 104, "rotary.cu expects as much");

// SAFETY: plain numbers in C's order; addresses are 64 bits wide on the device.
unsafe impl DeviceRepr for RotaryCall {}

impl CustomOp2 for DeviceRotary<'_> {
    fn name(&self) -> &'static str {
        "device-rotary"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("this rotary embedding runs on CUDA devices only")
    }

    /// Turned queries, and turned keys after them.
    fn cuda_fwd(
        &self,
        queries: &CudaStorage,
        queries_layout: &Layout,
        keys: &CudaStorage,
        keys_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (device, stream) = (queries.device(), queries.device().cuda_stream());
        let q = Rows::of(queries, queries_layout, &stream)?;
        let k = Rows::of(keys, keys_layout, &stream)?;
        let half = self.half(&q, &k)?;
        let format = launch::format_of(queries)?;
        if format != launch::format_of(keys)? {
            candle_core::bail!("queries and keys are not of one kind");
        }
        let shape = Shape::from(q.count * (q.width + k.width));
        let result = launch::storage_like(queries, shape.elem_count())?;
        {
            let keys_layout = Layout::contiguous_with_offset(k.count * k.width, q.count * q.width);
            let output = Place::of(&result, &Layout::contiguous(&shape), &stream)?;
            let keys_output = Place::of(&result, &keys_layout, &stream)?;
            let (cosines, sines) = (self.cosines.storage_and_layout(), self.sines.storage_and_layout());
            let cosines = Place::of(launch::on_device(&cosines.0)?, cosines.1, &stream)?;
            let sines = Place::of(launch::on_device(&sines.0)?, sines.1, &stream)?;
            let call = RotaryCall {
                queries: q.place.address,
                keys: k.place.address,
                values: 0,
                queries_out: output.address,
                keys_out: keys_output.address,
                values_out: 0,
                cosines: cosines.address,
                sines: sines.address,
                query_stride: q.stride,
                key_stride: k.stride,
                value_stride: 0,
                heads: self.heads as i32,
                kv_heads: self.kv_heads as i32,
                width: (q.width / self.heads) as i32,
                half: half as i32,
            };
            let grid = Grid { blocks: (q.count, 1), threads: THREADS, shared_bytes: 0 };
            // SAFETY: the fields are those of rotary.cu, and each address was taken from a tensor of the size it says.
            unsafe { launch::launch(device, launch::ROTARY, Kernel::rotary(format), &grid, &call)? };
        }
        Ok((result, shape))
    }
}

impl DeviceRotary<'_> {
    /// Pairs of columns of a head that are turned.
    fn half(&self, queries: &Rows, keys: &Rows) -> Result<usize> {
        let (rows, half) = self.cosines.dims2()?;
        let width = queries.width / self.heads;
        let fits = self.sines.dims2()? == (rows, half)
            && rows == queries.count
            && rows == keys.count
            && queries.width == width * self.heads
            && keys.width == width * self.kv_heads
            && 2 * half <= width;
        if !fits {
            candle_core::bail!("queries, keys and angles do not fit");
        }
        for table in [self.cosines, self.sines] {
            launch::contiguous(table)?;
            if table.dtype() != DType::F32 {
                return Err(Error::UnexpectedDType { msg: "angles", expected: DType::F32, got: table.dtype() });
            }
        }
        Ok(half)
    }
}

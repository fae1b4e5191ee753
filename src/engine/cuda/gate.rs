//! act(gate) · up of a gated feed-forward block in one launch, rounded once.

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::DeviceRepr;
use candle_core::{CpuStorage, CudaStorage, CustomOp1, Layout, Result, Shape};

use super::catalogue::Kernel;
use super::launch::{self, Grid, Place, Rows};
use crate::engine::decoder::description::Activation;

const THREADS: usize = 256;

/// Blocks at most; each goes on with further runs of numbers.
const BLOCKS: usize = 4096;

/// Numbers of a thread at a time.
const RUN: usize = 8;

/// Rows [gate | up] of width 2n → act(gate) · up of width n.
pub struct DeviceGate(pub Activation);

/// As `gate.cu` declares it.
#[repr(C)]
struct GateCall {
    joined: u64,
    output: u64,
    stride: i64,
    rows: i64,
    width: i32,
    activation: i32,
}

const _: () = assert!(size_of::<GateCall>() == 40, "gate.cu expects as much");

// SAFETY: plain numbers in C's order; addresses are 64 bits wide on the device.
unsafe impl DeviceRepr for GateCall {}

impl CustomOp1 for DeviceGate {
    fn name(&self) -> &'static str {
        "device-gate"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("this gate runs on CUDA devices only")
    }

    fn cuda_fwd(&self, storage: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        let stream = storage.device().cuda_stream();
        let joined = Rows::of(storage, layout, &stream)?;
        let shape = Shape::from((joined.count, joined.width / 2));
        let result = launch::storage_like(storage, shape.elem_count())?;
        {
            let output = Place::of(&result, &Layout::contiguous(&shape), &stream)?;
            let call = GateCall {
                joined: joined.place.address,
                output: output.address,
                stride: joined.stride,
                rows: joined.count as i64,
                width: (joined.width / 2) as i32,
                activation: self.number(),
            };
            let blocks = shape.elem_count().div_ceil(RUN * THREADS).min(BLOCKS);
            let grid = Grid { blocks: (blocks, 1), threads: THREADS, shared_bytes: 0 };
            let kernel = Kernel::gate(launch::format_of(storage)?);
            // SAFETY: the fields are those of gate.cu, and each address was taken from a tensor of the size it says.
            unsafe { launch::launch(storage.device(), launch::GATE, kernel, &grid, &call)? };
        }
        Ok((result, shape))
    }
}

impl DeviceGate {
    /// As the kernel counts activations.
    fn number(&self) -> i32 {
        match self.0 {
            Activation::Silu => 0,
            Activation::Gelu => 1,
            Activation::GeluTanh => 2,
            Activation::Relu => 3,
        }
    }
}

//! Loads kernels and launches them, each with one struct of arguments as its source declares it.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use candle_core::cuda_backend::cudarc::driver::sys::CUfunction_attribute_enum;
use candle_core::cuda_backend::cudarc::driver::{
    CudaFunction, CudaSlice, CudaStream, DevicePtr, DeviceRepr, LaunchConfig, PushKernelArg, SyncOnDrop,
};
use candle_core::cuda_backend::{CudaStorageSlice, DeviceId, WrapErr};
use candle_core::{CudaDevice, CudaStorage, Layout, Result, Storage, Tensor};

use super::catalogue::Kernel;
use super::target;
use crate::engine::traffic;

/// Bytes of shared memory that a block may have unless the kernel is told otherwise.
const USUAL_SHARED_BYTES: usize = 48 * 1024;

mod ptx {
    include!(concat!(env!("OUT_DIR"), "/cuda_kernels.rs"));
}

/// A source of kernels: the name of its module on the device, and what the compiler made of it.
#[derive(Clone, Copy)]
pub struct Source {
    module: &'static str,
    pub ptx: &'static str,
}

/// Attention in bf16 and f16.
pub const ATTENTION: Source = Source { module: "weighhouse_attention", ptx: ptx::ATTENTION };
/// Attention in f32.
pub const ATTENTION_F32: Source = Source { module: "weighhouse_attention_f32", ptx: ptx::ATTENTION_F32 };
/// What breaks a device.
pub const BREAKAGE: Source = Source { module: "weighhouse_breakage", ptx: ptx::BREAKAGE };
/// Gating.
pub const GATE: Source = Source { module: "weighhouse_gate", ptx: ptx::GATE };
/// Log-sum-exp.
pub const LOG_SUM_EXP: Source = Source { module: "weighhouse_log_sum_exp", ptx: ptx::LOG_SUM_EXP };
/// Rotary embedding.
pub const ROTARY: Source = Source { module: "weighhouse_rotary", ptx: ptx::ROTARY };

/// Why a GPU of this compute capability does not run this build's kernels, and the remedy; `None` if it does. Candle's
/// own, which the portable path takes, are built for the same GPUs.
pub fn misfit(capability: (i32, i32)) -> Option<String> {
    target::misfit(ptx::ATTENTION, capability)
}

/// Blocks of a launch and what each has.
pub struct Grid {
    /// Along both dimensions.
    pub blocks: (usize, usize),
    pub threads: usize,
    pub shared_bytes: usize,
}

/// Kernels that are ready to be launched, for the life of the process.
static READY: LazyLock<RwLock<HashMap<(DeviceId, Kernel), CudaFunction>>> = LazyLock::new(RwLock::default);

/// A kernel on a device, ready to be launched with so much shared memory, which is the same in every launch of it. Candle
/// keeps modules; that it looks up their functions by name, and what one is told, happens once here.
fn ready(device: &CudaDevice, source: Source, kernel: Kernel, shared_bytes: usize) -> Result<CudaFunction> {
    let key = (device.id(), kernel);
    if let Some(function) = READY.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(function.clone());
    }
    let function = device.get_or_load_custom_func(&kernel.name(), source.module, source.ptx)?.into_cuda_function();
    reserve(&function, shared_bytes)?;
    READY.write().unwrap_or_else(PoisonError::into_inner).insert(key, function.clone());
    Ok(function)
}

/// Loads a kernel whose blocks have so many bytes of shared memory, without launching it.
pub fn load(device: &CudaDevice, source: Source, kernel: Kernel, shared_bytes: usize) -> Result<()> {
    reserve(&*device.get_or_load_custom_func(&kernel.name(), source.module, source.ptx)?, shared_bytes)
}

/// Lets a kernel's blocks have so much shared memory.
fn reserve(function: &CudaFunction, shared_bytes: usize) -> Result<()> {
    if shared_bytes > USUAL_SHARED_BYTES {
        let attribute = CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        function.set_attribute(attribute, shared_bytes as i32).w()?;
    }
    Ok(())
}

/// Launches a kernel; nothing if there is no block.
///
/// # Safety
/// The arguments are those that the kernel declares, and their addresses hold what it says.
pub unsafe fn launch<Call: DeviceRepr>(
    device: &CudaDevice,
    source: Source,
    kernel: Kernel,
    grid: &Grid,
    call: &Call,
) -> Result<()> {
    let (across, down) = grid.blocks;
    if across == 0 || down == 0 {
        return Ok(());
    }
    let function = ready(device, source, kernel, grid.shared_bytes)?;
    let stream = device.cuda_stream();
    let mut builder = stream.launch_builder(&function);
    builder.arg(call);
    let config = LaunchConfig {
        grid_dim: (across as u32, down as u32, 1),
        block_dim: (grid.threads as u32, 1, 1),
        shared_mem_bytes: grid.shared_bytes as u32,
    };
    traffic::own_kernel();
    // SAFETY: the caller vouches for the arguments.
    unsafe { builder.launch(config) }.w()?;
    Ok(())
}

/// An address on the device. What it points to is in order before and after this value's life.
pub struct Place<'a> {
    /// Of the first number.
    pub address: u64,
    _order: SyncOnDrop<'a>,
}

impl<'a> Place<'a> {
    /// Where the numbers of a layout begin.
    pub fn of(storage: &'a CudaStorage, layout: &Layout, stream: &'a CudaStream) -> Result<Self> {
        let offset = layout.start_offset();
        Ok(match &storage.slice {
            CudaStorageSlice::BF16(slice) => Self::within(slice, offset, stream),
            CudaStorageSlice::F16(slice) => Self::within(slice, offset, stream),
            CudaStorageSlice::F32(slice) => Self::within(slice, offset, stream),
            CudaStorageSlice::F64(slice) => Self::within(slice, offset, stream),
            CudaStorageSlice::U32(slice) => Self::within(slice, offset, stream),
            _ => candle_core::bail!("a kernel was given numbers of a kind it does not know"),
        })
    }

    fn within<T>(slice: &'a CudaSlice<T>, offset: usize, stream: &'a CudaStream) -> Self {
        let (start, order) = slice.device_ptr(stream);
        Self { address: start + (offset * size_of::<T>()) as u64, _order: order }
    }
}

/// Rows of a rank-2 tensor on the device, each without gaps.
pub struct Rows<'a> {
    pub place: Place<'a>,
    pub count: usize,
    pub width: usize,
    /// Numbers from one row to the next.
    pub stride: i64,
}

impl<'a> Rows<'a> {
    /// Rows of a layout.
    pub fn of(storage: &'a CudaStorage, layout: &Layout, stream: &'a CudaStream) -> Result<Self> {
        let (count, width) = layout.shape().dims2()?;
        if width > 1 && layout.stride()[1] != 1 {
            candle_core::bail!("a kernel was given rows that are not contiguous");
        }
        Ok(Self { place: Place::of(storage, layout, stream)?, count, width, stride: layout.stride()[0] as i64 })
    }
}

/// Storage for so many numbers of the same kind, with whatever lay there before.
pub fn storage_like(like: &CudaStorage, count: usize) -> Result<CudaStorage> {
    let device = &like.device;
    let slice = match &like.slice {
        CudaStorageSlice::BF16(slice) => CudaStorageSlice::BF16(uninitialised(slice, device, count)?),
        CudaStorageSlice::F16(slice) => CudaStorageSlice::F16(uninitialised(slice, device, count)?),
        CudaStorageSlice::F32(slice) => CudaStorageSlice::F32(uninitialised(slice, device, count)?),
        _ => candle_core::bail!("a kernel was given numbers of a kind it does not know"),
    };
    Ok(CudaStorage { slice, device: device.clone() })
}

fn uninitialised<T: DeviceRepr>(_: &CudaSlice<T>, device: &CudaDevice, count: usize) -> Result<CudaSlice<T>> {
    // SAFETY: the kernel that it is made for writes all of it.
    unsafe { device.alloc::<T>(count) }
}

/// How the kernels call the numbers of a storage.
pub fn format_of(storage: &CudaStorage) -> Result<&'static str> {
    Ok(match &storage.slice {
        CudaStorageSlice::BF16(_) => "bf16",
        CudaStorageSlice::F16(_) => "f16",
        CudaStorageSlice::F32(_) => "f32",
        _ => candle_core::bail!("there are kernels for bf16, f16 and f32 only"),
    })
}

/// The storage of a tensor that lies on a CUDA device.
pub fn on_device(storage: &Storage) -> Result<&CudaStorage> {
    match storage {
        Storage::Cuda(storage) => Ok(storage),
        _ => candle_core::bail!("a kernel was given a tensor that is not on its device"),
    }
}

/// Ends if a tensor has gaps: kernels read small tables as they lie.
pub fn contiguous(tensor: &Tensor) -> Result<()> {
    if tensor.is_contiguous() { Ok(()) } else { candle_core::bail!("a kernel was given a table with gaps") }
}

//! Which device computes, and in which dtype. A device that was asked for and is absent is an error, never a silent
//! fall-back; `auto` takes the first accelerator that this build and machine have, else the CPU.

use candle_core::{DType, Device, DeviceLocation};

use super::error::{EngineError, Result};
use super::request::{DeviceRequest, DtypeRequest};

/// Opens the device asked for.
///
/// # Errors
/// The build lacks the feature or the machine the device.
pub fn open_device(request: DeviceRequest) -> Result<Device> {
    match request {
        DeviceRequest::Auto => Ok(first_accelerator().unwrap_or(Device::Cpu)),
        DeviceRequest::Cpu => Ok(Device::Cpu),
        DeviceRequest::Cuda(index) => open_cuda(index),
        DeviceRequest::Metal => open_metal(),
    }
}

fn first_accelerator() -> Option<Device> {
    open_cuda(0).or_else(|_| open_metal()).ok()
}

fn open_cuda(index: usize) -> Result<Device> {
    let absent = |problem: String| EngineError::Device { device: format!("cuda:{index}"), problem };
    if !candle_core::utils::cuda_is_available() {
        return Err(absent("this build has no CUDA; build with `--features cuda`, or use `--device cpu`".into()));
    }
    Device::new_cuda(index).map_err(|e| absent(first_line(&e)))
}

fn open_metal() -> Result<Device> {
    let absent = |problem: String| EngineError::Device { device: "metal".into(), problem };
    if !candle_core::utils::metal_is_available() {
        return Err(absent("this build has no Metal; build with `--features metal`, or use `--device cpu`".into()));
    }
    Device::new_metal(0).map_err(|e| absent(first_line(&e)))
}

fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// The dtype that a device computes in. `auto` is f32 on the CPU, which has no half-precision products, and bf16 on
/// an accelerator.
///
/// # Errors
/// A half-precision dtype was asked for on the CPU.
pub fn compute_dtype(request: DtypeRequest, device: &Device) -> Result<DType> {
    match (request, device) {
        (DtypeRequest::Auto | DtypeRequest::F32, Device::Cpu) | (DtypeRequest::F32, _) => Ok(DType::F32),
        (half, Device::Cpu) => Err(EngineError::Device {
            device: "cpu".into(),
            problem: format!("it has no {half} products; use `--dtype f32`"),
        }),
        (DtypeRequest::Auto | DtypeRequest::Bf16, _) => Ok(DType::BF16),
        (DtypeRequest::F16, _) => Ok(DType::F16),
    }
}

/// Name of a device's kind, as stored results are keyed by it: `cpu`, `cuda` or `metal`.
pub fn device_kind(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}

/// A device as `run.json` names it: `cpu`, `cuda:0`, `metal:0`.
pub fn device_name(device: &Device) -> String {
    match device.location() {
        DeviceLocation::Cpu => "cpu".into(),
        DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
    }
}

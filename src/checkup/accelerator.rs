//! What an accelerator tells of itself. Only CUDA is asked; what this needs of the driver has not been run yet.

use candle_core::Device;

/// An accelerator, as far as it tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Accelerator {
    /// What its driver calls it.
    pub name: Option<String>,
    /// The driver's version, as the driver tells it.
    pub driver: Option<String>,
    /// Compute capability, as `9.0`.
    pub capability: Option<String>,
    /// Bytes in all.
    pub bytes: Option<u64>,
    /// Bytes that nobody uses.
    pub free_bytes: Option<u64>,
}

impl Accelerator {
    /// Asks a device; the processor is none.
    #[cfg(feature = "cuda")]
    pub fn of(device: &Device) -> Option<Self> {
        use candle_core::cuda_backend::cudarc::driver::result::mem_get_info;
        let Device::Cuda(cuda) = device else { return (!device.is_cpu()).then(Self::default) };
        let stream = cuda.cuda_stream();
        let context = stream.context();
        // The driver tells memory of the device whose context this thread has.
        let memory = context.bind_to_thread().and_then(|()| mem_get_info()).ok();
        let driver = std::fs::read_to_string("/proc/driver/nvidia/version").ok();
        Some(Self {
            name: context.name().ok(),
            driver: driver.and_then(|text| text.lines().next().map(str::to_owned)),
            capability: context.compute_capability().ok().map(|(major, minor)| format!("{major}.{minor}")),
            bytes: memory.map(|(_, all)| all as u64),
            free_bytes: memory.map(|(free, _)| free as u64),
        })
    }

    /// Asks a device; the processor is none, and this build asks no other.
    #[cfg(not(feature = "cuda"))]
    pub fn of(device: &Device) -> Option<Self> {
        (!device.is_cpu()).then(Self::default)
    }
}

/// Why no child may break the device: where NVIDIA's MPS lets several processes have one context, what breaks one breaks
/// all, and a device in exclusive mode has no room for a child.
pub fn spared(device: &Device) -> Option<&'static str> {
    let pipes = std::env::var_os("CUDA_MPS_PIPE_DIRECTORY").unwrap_or_else(|| "/tmp/nvidia-mps".into());
    if std::path::Path::new(&pipes).join("control").exists() {
        return Some("others on this device would fall too, since MPS shares it");
    }
    is_exclusive(device).then_some("it is in exclusive mode, and this process has it")
}

#[cfg(feature = "cuda")]
fn is_exclusive(device: &Device) -> bool {
    use candle_core::cuda_backend::cudarc::driver::sys::{CUcomputemode, CUdevice_attribute};
    let Device::Cuda(cuda) = device else { return false };
    let mode = cuda.cuda_stream().context().attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_MODE);
    mode.is_ok_and(|mode| mode == CUcomputemode::CU_COMPUTEMODE_EXCLUSIVE_PROCESS as i32)
}

#[cfg(not(feature = "cuda"))]
fn is_exclusive(_: &Device) -> bool {
    false
}

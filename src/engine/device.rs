//! Which device computes, and in which dtype. A device that was asked for and is absent is an error, never a silent
//! fall-back; `auto` takes the first accelerator that this build and machine have, else the CPU, and says so where one
//! is there but cannot be used.

#[cfg(feature = "cuda")]
mod pool;

use candle_core::{CudaDevice, DType, Device, DeviceLocation};

use super::cpu::Element;
use super::error::{EngineError, Result};
use super::fault::{DeviceFault, first_line};
use super::kernels::Kernels;
use super::rehearsal::Rehearsal;
use super::request::{DeviceRequest, DtypeRequest};
use crate::guard::guarded;
use crate::reporter::Reporter;

const NO_METAL: &str = "no device was found";

/// Opens the device asked for.
///
/// # Errors
/// The build lacks the feature or the machine the device.
pub fn open_device(request: DeviceRequest, reporter: &dyn Reporter) -> Result<Device> {
    match request {
        DeviceRequest::Auto => Ok(first_accelerator(reporter).unwrap_or(Device::Cpu)),
        DeviceRequest::Rehearsal(Rehearsal::Crash { gpu, .. }) => open_cuda(gpu),
        DeviceRequest::Cpu | DeviceRequest::Rehearsal(_) => Ok(Device::Cpu),
        DeviceRequest::Cuda(index) => open_cuda(index),
        DeviceRequest::Metal => open_metal(),
    }
}

fn first_accelerator(reporter: &dyn Reporter) -> Option<Device> {
    let mut built = Vec::new();
    if candle_core::utils::cuda_is_available() {
        built.push(open_cuda(0));
    }
    if candle_core::utils::metal_is_available() {
        built.push(open_metal());
    }
    first_usable(built, reporter)
}

/// The first device that could be opened. That a machine has none is no news; that one is there and fails is.
fn first_usable(tried: Vec<Result<Device>>, reporter: &dyn Reporter) -> Option<Device> {
    for device in tried {
        match device {
            Ok(device) => return Some(device),
            Err(error) if is_absence(&error) => {}
            Err(error) => reporter.warn(&format!("{error}; computing on another device")),
        }
    }
    None
}

/// Whether the driver says that the machine has no such device, or Metal finds none.
fn is_absence(error: &EngineError) -> bool {
    let words = error.to_string();
    ["CUDA_ERROR_NO_DEVICE", NO_METAL].iter().any(|sign| words.contains(sign))
}

fn open_cuda(index: usize) -> Result<Device> {
    let absent = |problem: String| EngineError::Device { device: format!("cuda:{index}"), problem };
    if !candle_core::utils::cuda_is_available() {
        return Err(absent("this build has no CUDA; build with `--features cuda`, or use `--device cpu`".into()));
    }
    // One stream for all threads: that of candle's `new_cuda` is another one in each thread.
    let device = Device::new_cuda_with_stream(index).map_err(|e| absent(first_line(&e)))?;
    on_cuda(&device, prepare).map_err(absent)?;
    Ok(device)
}

/// Gives back memory that the device keeps for what comes next and that is not in use; between models, so that others
/// on the device get it. Devices that keep none have nothing to do.
///
/// # Errors
/// [`EngineError::Fault`] where the device failed.
pub fn trim(device: &Device) -> Result<()> {
    Ok(on_cuda(device, give_back).map_err(|problem| broken(device, problem))?)
}

/// Breaks a CUDA device for this process, as a fault of its own would: once it gets there, all that it is asked fails.
///
/// # Errors
/// It could not even be told to.
pub fn shatter(device: &Device) -> Result<()> {
    Ok(on_cuda(device, store_nowhere).map_err(|problem| broken(device, problem))?)
}

fn broken(device: &Device, problem: String) -> DeviceFault {
    abandon(device);
    DeviceFault::Broken { device: device_name(device), problem }
}

/// Never gives back what a broken device holds: its libraries refuse that, and cudarc panics where they do. It is the
/// process's end that frees it.
fn abandon(device: &Device) {
    Box::leak(Box::new(device.clone()));
}

fn on_cuda(device: &Device, work: impl FnOnce(&CudaDevice) -> Result<(), String>) -> Result<(), String> {
    match device {
        Device::Cuda(cuda) => work(cuda),
        Device::Cpu | Device::Metal(_) => Ok(()),
    }
}

#[cfg(feature = "cuda")]
fn prepare(cuda: &CudaDevice) -> Result<(), String> {
    let capability = cuda.cuda_stream().context().compute_capability().map_err(|error| error.to_string())?;
    super::cuda::misfit(capability).map_or(Ok(()), Err)?;
    pool::prepare(cuda).map_err(|error| error.to_string())
}

#[cfg(feature = "cuda")]
fn give_back(cuda: &CudaDevice) -> Result<(), String> {
    pool::trim(cuda).map_err(|error| error.to_string())
}

#[cfg(feature = "cuda")]
fn store_nowhere(cuda: &CudaDevice) -> Result<(), String> {
    super::cuda::break_device(cuda).map_err(|error| error.to_string())
}

#[cfg(not(feature = "cuda"))]
fn prepare(_: &CudaDevice) -> Result<(), String> {
    Ok(())
}

#[cfg(not(feature = "cuda"))]
fn give_back(_: &CudaDevice) -> Result<(), String> {
    Ok(())
}

#[cfg(not(feature = "cuda"))]
fn store_nowhere(_: &CudaDevice) -> Result<(), String> {
    Ok(())
}

fn open_metal() -> Result<Device> {
    let absent = |problem: String| EngineError::Device { device: "metal".into(), problem };
    if !candle_core::utils::metal_is_available() {
        return Err(absent("this build has no Metal; build with `--features metal`, or use `--device cpu`".into()));
    }
    // Where there is no device, candle panics.
    let opened = guarded(|| Device::new_metal(0)).map_err(|_| absent(NO_METAL.into()))?;
    opened.map_err(|e| absent(first_line(&e)))
}

/// The dtype that a device computes in with these kernels. `auto` is f32 on the CPU, where half precision is by choice,
/// and elsewhere bf16, which every GPU has that a build can be made for.
///
/// # Errors
/// A dtype was asked for that the device has not.
pub fn compute_dtype(request: DtypeRequest, kernels: Kernels, device: &Device) -> Result<DType> {
    let lacks = |problem| Err(EngineError::Device { device: device_name(device), problem });
    match (request, device) {
        (request, Device::Cpu) => processor_dtype(request, kernels, Element::Bf16.supported()).or_else(lacks),
        (DtypeRequest::F32, _) => Ok(DType::F32),
        (DtypeRequest::F16, _) => Ok(DType::F16),
        (DtypeRequest::Auto | DtypeRequest::Bf16, _) => Ok(DType::BF16),
    }
}

/// The dtype that an embedder computes in: f32, or by choice bf16 on a CPU that has it.
///
/// # Errors
/// A dtype was asked for in which the device does not embed.
pub fn embedding_dtype(request: DtypeRequest, device: &Device) -> Result<DType> {
    let lacks = match (request, device) {
        (DtypeRequest::Auto | DtypeRequest::F32, _) => return Ok(DType::F32),
        (DtypeRequest::Bf16, Device::Cpu) if Element::Bf16.supported() => return Ok(DType::BF16),
        (DtypeRequest::Bf16, Device::Cpu) => "this processor has no AVX512-BF16, which products of bf16 need",
        _ => "texts are embedded in f32 there",
    };
    let problem = format!("{lacks}; use `--embedder-dtype f32`");
    Err(EngineError::Device { device: device_name(device), problem })
}

/// The dtype that a processor with or without products of bf16 computes in, or what it lacks.
fn processor_dtype(request: DtypeRequest, kernels: Kernels, has_bf16: bool) -> Result<DType, String> {
    match request {
        DtypeRequest::Auto | DtypeRequest::F32 => Ok(DType::F32),
        DtypeRequest::Bf16 if kernels == Kernels::Portable => {
            Err("its plain operators have no products of bf16; use `--dtype f32` or `--kernels fused`".into())
        }
        DtypeRequest::Bf16 if has_bf16 => Ok(DType::BF16),
        DtypeRequest::Bf16 => {
            Err("this processor has no AVX512-BF16, which products of bf16 need; use `--dtype f32`".into())
        }
        DtypeRequest::F16 => Err("it has no products of f16; use `--dtype f32`".into()),
    }
}

/// An error of a computation on `device`, blamed on the device where that is to blame.
pub(crate) fn blamed(error: EngineError, device: &Device) -> EngineError {
    match &error {
        EngineError::Tensor(inner) if !device.is_cpu() => {
            let fault = DeviceFault::behind(inner, device_name(device));
            if let Some(DeviceFault::Broken { .. }) = fault {
                abandon(device);
            }
            fault.map_or(error, EngineError::from)
        }
        _ => error,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Warnings;

    fn unusable(problem: &str) -> Result<Device> {
        Err(EngineError::Device { device: "cuda:0".into(), problem: problem.into() })
    }

    #[test]
    fn a_device_that_is_there_and_fails_is_told_and_one_that_is_not_there_is_not() {
        let warnings = Warnings::default();
        let none = r#"DriverError(CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected")"#;
        assert!(first_usable(vec![unusable(none)], &warnings).is_none());
        assert!(warnings.take().is_empty());
        let broken = r#"DriverError(CUDA_ERROR_UNKNOWN, "unknown error")"#;
        assert!(first_usable(vec![unusable(broken), Ok(Device::Cpu)], &warnings).is_some());
        let told = warnings.take();
        assert!(
            told.len() == 1 && told[0].contains("`cuda:0` cannot be used: ") && told[0].contains(broken),
            "{told:?}"
        );
    }

    #[test]
    fn the_processor_computes_in_bf16_by_choice_and_where_it_can() {
        for (kernels, has_bf16) in
            [(Kernels::Fused, false), (Kernels::Fused, true), (Kernels::Portable, false), (Kernels::Portable, true)]
        {
            assert_eq!(processor_dtype(DtypeRequest::Auto, kernels, has_bf16), Ok(DType::F32));
            assert_eq!(processor_dtype(DtypeRequest::F32, kernels, has_bf16), Ok(DType::F32));
            assert!(processor_dtype(DtypeRequest::F16, kernels, has_bf16).unwrap_err().contains("no products of f16"));
        }
        assert_eq!(processor_dtype(DtypeRequest::Bf16, Kernels::Fused, true), Ok(DType::BF16));
        let problem = processor_dtype(DtypeRequest::Bf16, Kernels::Portable, true).unwrap_err();
        assert!(problem.ends_with("use `--dtype f32` or `--kernels fused`"), "{problem}");
        let problem = processor_dtype(DtypeRequest::Bf16, Kernels::Fused, false).unwrap_err();
        assert_eq!(problem, "this processor has no AVX512-BF16, which products of bf16 need; use `--dtype f32`");
        let error = compute_dtype(DtypeRequest::F16, Kernels::Fused, &Device::Cpu).unwrap_err().to_string();
        assert_eq!(error, "device `cpu` cannot be used: it has no products of f16; use `--dtype f32`");
    }

    #[test]
    fn embedders_compute_in_f32_unless_a_processor_is_asked_for_bf16() {
        for request in [DtypeRequest::Auto, DtypeRequest::F32] {
            assert!(embedding_dtype(request, &Device::Cpu).is_ok_and(|dtype| dtype == DType::F32));
        }
        let narrow = embedding_dtype(DtypeRequest::Bf16, &Device::Cpu).ok();
        assert_eq!(narrow, Element::Bf16.supported().then_some(DType::BF16));
        let error = embedding_dtype(DtypeRequest::F16, &Device::Cpu).unwrap_err().to_string();
        assert_eq!(error, "device `cpu` cannot be used: texts are embedded in f32 there; use `--embedder-dtype f32`");
    }

    #[test]
    fn the_processor_keeps_no_memory_back() {
        assert!(trim(&Device::Cpu).is_ok());
    }

    #[test]
    fn the_processor_is_never_to_blame() {
        let error = blamed(EngineError::Tensor(candle_core::Error::Msg("anything".into())), &Device::Cpu);
        assert!(matches!(error, EngineError::Tensor(_)), "{error}");
    }
}

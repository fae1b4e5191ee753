//! What there is to compute with: the program, the processor, its memory, the device.

use candle_core::Device;

use super::error::CheckupError;
use super::examination::Examination;
use crate::check::{Check, Section};
use crate::engine::device::device_name;
use crate::version;

/// Instruction sets that kernels of this program ask for, as Linux names them.
const INSTRUCTIONS: [&str; 4] = ["avx512f", "avx512_bf16", "amx_tile", "amx_bf16"];
const GIBIBYTE: f64 = (1_u64 << 30) as f64;

/// Adds what there is.
///
/// # Errors
/// None; that nothing is known of something is a row.
pub fn look_around(examination: &mut Examination) -> Result<(), CheckupError> {
    let told = |what: &str, note: String| Check::told(Section::Environment, what, note);
    let size = |what: &str, bytes: f64| Check::measured(Section::Environment, what, bytes / GIBIBYTE, None, "GiB");
    examination.note(told("program", program()));
    examination.note(told("processor", processor()));
    examination.note(told("instruction sets", instructions()));
    let threads = rayon::current_num_threads() as f64;
    examination.note(Check::measured(Section::Environment, "threads", threads, None, "threads"));
    for (what, line) in [("memory", "MemTotal"), ("memory available", "MemAvailable")] {
        examination.note(match status_bytes("/proc/meminfo", line) {
            Some(bytes) => size(what, bytes),
            None => Check::skipped(Section::Environment, what, "this system does not tell it as Linux does"),
        });
    }
    let device = examination.device.clone();
    let dtype = examination.dtype.as_str();
    examination.note(told("device", format!("{}, computing in {dtype}", device_name(&device))));
    for check in accelerator(&device) {
        examination.note(check);
    }
    Ok(())
}

fn program() -> String {
    let features: Vec<&str> = [("cuda", cfg!(feature = "cuda")), ("metal", cfg!(feature = "metal"))]
        .iter()
        .filter(|(_, is_on)| *is_on)
        .map(|(name, _)| *name)
        .collect();
    let features = if features.is_empty() { "no accelerator".to_owned() } else { features.join(" and ") };
    format!("{}, built for {features}", version::LONG)
}

fn processor() -> String {
    let model = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unnamed".into());
    format!("{model}, {}", std::env::consts::ARCH)
}

fn instructions() -> String {
    let Some(flags) = line_of("/proc/cpuinfo", "flags") else {
        return "this system does not tell them as Linux does on x86-64".into();
    };
    let words: Vec<&str> = flags.split_whitespace().collect();
    let (there, absent): (Vec<&str>, Vec<&str>) = INSTRUCTIONS.iter().partition(|name| words.contains(name));
    let listed = |names: Vec<&str>| if names.is_empty() { "none".into() } else { names.join(", ") };
    format!("there: {}; absent: {}", listed(there), listed(absent))
}

/// What stands behind `name:` in a file of Linux.
fn line_of(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    });
    line.filter(|line| !line.is_empty())
}

fn status_bytes(file: &str, name: &str) -> Option<f64> {
    line_of(file, name)?.strip_suffix(" kB")?.trim().parse::<f64>().ok().map(|kibibytes| kibibytes * 1024.0)
}

/// The name of an accelerator, by which what its maker states of it is found.
pub fn accelerator_name(device: &Device) -> Option<String> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(cuda) => cuda.cuda_stream().context().name().ok(),
        _ => None,
    }
}

/// Bytes that a device has in all, where it tells.
pub fn device_bytes(device: &Device) -> Option<u64> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(cuda) => cuda_memory(cuda).map(|(_, total)| total as u64).ok(),
        _ => None,
    }
}

#[cfg(not(feature = "cuda"))]
fn accelerator(_: &Device) -> Vec<Check> {
    Vec::new()
}

#[cfg(feature = "cuda")]
fn accelerator(device: &Device) -> Vec<Check> {
    let Device::Cuda(cuda) = device else { return Vec::new() };
    let section = Section::Environment;
    let fact = |what: &str, found: Result<String, String>| match found {
        Ok(fact) => Check::told(section, what, fact),
        Err(problem) => Check::failed(section, what, problem),
    };
    let context = cuda.cuda_stream().context().clone();
    let driver = std::fs::read_to_string("/proc/driver/nvidia/version").map_err(|error| error.to_string());
    let capability = context.compute_capability().map(|(major, minor)| format!("{major}.{minor}"));
    let mut checks = vec![
        fact("accelerator", context.name().map_err(|error| error.to_string())),
        fact("driver", driver.map(|text| text.lines().next().unwrap_or_default().to_owned())),
        fact("compute capability", capability.map_err(|error| error.to_string())),
    ];
    match cuda_memory(cuda) {
        Ok((free, total)) => checks.extend(
            [("device memory", total), ("device memory free", free)]
                .map(|(what, bytes)| Check::measured(section, what, bytes as f64 / GIBIBYTE, None, "GiB")),
        ),
        Err(problem) => checks.push(Check::failed(section, "device memory", problem)),
    }
    checks
}

/// Free and all memory of a CUDA device, in bytes.
#[cfg(feature = "cuda")]
fn cuda_memory(cuda: &candle_core::CudaDevice) -> Result<(usize, usize), String> {
    use candle_core::cuda_backend::cudarc::driver::result::mem_get_info;
    // The driver tells it of the device whose context this thread has.
    let bound = cuda.cuda_stream().context().bind_to_thread();
    bound.and_then(|()| mem_get_info()).map_err(|error| error.to_string())
}

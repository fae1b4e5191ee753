//! What there is to compute with: the program, the processor, its memory, the device, kernels.

use super::accelerator::Accelerator;
use super::error::CheckupError;
use super::examination::Examination;
use super::kernels::kernels;
use crate::check::{Check, Section};
use crate::engine::device::device_name;
use crate::measure::host::{free_bytes, machine_bytes};
use crate::version;

/// Instruction sets that kernels of this program ask for, as Linux names them.
const INSTRUCTIONS: [&str; 4] = ["avx512f", "avx512_bf16", "amx_tile", "amx_bf16"];
/// Why something is not known.
const UNTOLD: &str = "this system does not tell it";
const GIBIBYTE: f64 = (1_u64 << 30) as f64;

/// Adds what there is.
///
/// # Errors
/// None; that nothing is known of something is a row.
pub fn look_around(examination: &mut Examination) -> Result<(), CheckupError> {
    let told = |what: &str, note: String| Check::told(Section::Environment, what, note);
    examination.note(told("program", program()));
    examination.note(told("processor", processor()));
    examination.note(told("instruction sets", instructions()));
    let threads = rayon::current_num_threads() as f64;
    examination.note(Check::measured(Section::Environment, "threads", threads, None, "threads"));
    examination.note(size("memory", machine_bytes()));
    examination.note(size("memory available", free_bytes()));
    let (device, dtype) = (device_name(&examination.device), examination.dtype.as_str());
    examination.note(told("device", format!("{device}, computing in {dtype}")));
    if let Some(accelerator) = Accelerator::of(&examination.device) {
        let fact = |what: &str, fact: Option<String>| match fact {
            Some(fact) => told(what, fact),
            None => Check::skipped(Section::Environment, what, UNTOLD),
        };
        examination.note(fact("accelerator", accelerator.name));
        examination.note(fact("driver", accelerator.driver));
        examination.note(fact("compute capability", accelerator.capability));
        examination.note(size("device memory", accelerator.bytes));
        examination.note(size("device memory free", accelerator.free_bytes));
    }
    kernels(&examination.device).into_iter().for_each(|kernel| examination.note(kernel));
    Ok(())
}

fn size(what: &str, bytes: Option<u64>) -> Check {
    match bytes {
        Some(bytes) => Check::measured(Section::Environment, what, bytes as f64 / GIBIBYTE, None, "GiB"),
        None => Check::skipped(Section::Environment, what, UNTOLD),
    }
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

//! What a failing device does to a run: this program's own `evaluate` on tiny models of the checkup's own, in children
//! whose device fails on purpose; and, on an accelerator, memory that runs out and a context that breaks for real.

mod inputs;
mod judged;
mod seen;

use std::path::{Path, PathBuf};

use candle_core::{DType, DeviceLocation, Tensor};

use super::accelerator::{Accelerator, spared};
use super::error::CheckupError;
use super::examination::Examination;
use super::program::Program;
use crate::check::{Check, Section};
use crate::engine::device::device_name;
use crate::engine::fault::DeviceFault;
use crate::engine::rehearsal::Rehearsal;
use crate::engine::{EngineError, Result};
use inputs::write_inputs;
use seen::Seen;

/// Batches after which a device breaks: in the second of two models.
const AFTER: usize = 8;
/// What every run of the tiny evaluation is told.
const ARGUMENTS: [&str; 17] = [
    "evaluate",
    "submissions.jsonl",
    "--samples",
    "samples.jsonl",
    "--preset",
    "finetuning-subnet",
    "--dtype",
    "auto",
    "--template",
    "none",
    "--tokenizer-rules",
    "file",
    "--weight-norms=false",
    "--resamples",
    "1000",
    "--offline",
    "--quiet",
];
/// Bytes that no device has.
const BOUNDLESS: u64 = 1 << 46;

/// Checks what faults do.
///
/// # Errors
/// The device failed for good, a child cannot be started, or the user asked to stop.
pub fn check(examination: &mut Examination, program: &Program) -> Result<(), CheckupError> {
    if !examination.device.is_cpu() {
        run_out_of_memory(examination)?;
    }
    let scratch = match tempfile::tempdir() {
        Ok(scratch) => scratch,
        Err(error) => {
            let why = format!("no temporary folder can be made: {error}; name another place with TMPDIR");
            examination.note(Check::failed(Section::Faults, "a device that breaks, rehearsed on the CPU", why));
            return Ok(());
        }
    };
    break_for_real(examination, program, scratch.path())?;
    let here = Stand::new(program, scratch.path().join("cpu"), "cpu".into())?;
    let rehearsals: [(&str, &Trial); 2] = [
        ("a batch that memory does not hold, rehearsed on the CPU", &|whole| here.short_of_memory(whole)),
        ("a device that breaks, rehearsed on the CPU", &|whole| here.broken(whole, Rehearsal::Broken(AFTER))),
    ];
    rehearse(examination, &here, &rehearsals)
}

/// Breaks the device in a child, where that is a GPU of this program's own.
fn break_for_real(examination: &mut Examination, program: &Program, folder: &Path) -> Result<(), CheckupError> {
    let what = "a device that breaks";
    let possible = match examination.device.location() {
        DeviceLocation::Cpu => return Ok(()),
        DeviceLocation::Metal { .. } => Err("nothing here breaks this device for real"),
        DeviceLocation::Cuda { gpu_id } => spared(&examination.device).map_or(Ok(gpu_id), Err),
    };
    let gpu = match possible {
        Ok(gpu) => gpu,
        Err(why) => {
            let why = format!("{why}; see the rehearsal below");
            examination.note(Check::skipped(Section::Faults, what, why));
            return Ok(());
        }
    };
    let there = Stand::new(program, folder.join("gpu"), device_name(&examination.device))?;
    rehearse(examination, &there, &[(what, &|whole| there.broken(whole, Rehearsal::Crash { gpu, after: AFTER }))])
}

/// What a run without any fault and others with one come to.
type Trial<'t> = dyn Fn(&Seen) -> Result<Result<String, String>, CheckupError> + 't;

/// Notes what each trial comes to.
fn rehearse(examination: &mut Examination, stand: &Stand, trials: &[(&str, &Trial)]) -> Result<(), CheckupError> {
    let whole = stand.evaluate(&stand.device, "whole", true)?;
    for (what, trial) in trials {
        if examination.reporter.interrupted() {
            return Err(CheckupError::Interrupted);
        }
        let came_to = match judged::sound(&whole) {
            Ok(()) => trial(&whole)?,
            Err(why) => Err(why),
        };
        examination.note(match came_to {
            Ok(note) => Check::told(Section::Faults, *what, note),
            Err(why) => Check::failed(Section::Faults, *what, why),
        });
    }
    Ok(())
}

/// Asks for more memory than there is, and computes after that.
fn run_out_of_memory(examination: &mut Examination) -> Result<(), CheckupError> {
    let what = "memory that runs out";
    let bytes = Accelerator::of(&examination.device).and_then(|it| it.bytes).map_or(BOUNDLESS, |all| 2 * all);
    let asked = examination.compute(1, |device| Ok(Tensor::zeros(bytes as usize, DType::U8, device)?));
    let why = match asked {
        Ok(_) => format!("{bytes} bytes were had of a device that has fewer"),
        Err(EngineError::Fault(DeviceFault::OutOfMemory { .. })) => {
            let sum = examination
                .compute(1, |device| Ok(Tensor::ones(1000, DType::F32, device)?.sum_all()?.to_scalar::<f32>()?))?;
            if sum == 1000.0 {
                let note = format!("{bytes} bytes were refused as they must be, and the device computes on");
                examination.note(Check::told(Section::Faults, what, note));
                return Ok(());
            }
            format!("after that, a sum of 1000 ones was {sum}")
        }
        Err(error) => format!("it was not taken for a lack of memory: {error}"),
    };
    examination.note(Check::failed(Section::Faults, what, why));
    Ok(())
}

/// Where the tiny evaluation runs: a folder with all that it reads, and a device.
struct Stand<'a> {
    program: &'a Program,
    folder: PathBuf,
    device: String,
}

impl<'a> Stand<'a> {
    fn new(program: &'a Program, folder: PathBuf, device: String) -> Result<Self, CheckupError> {
        std::fs::create_dir(&folder).map_err(CheckupError::at(&folder))?;
        write_inputs(&folder)?;
        Ok(Self { program, folder, device })
    }

    fn short_of_memory(&self, whole: &Seen) -> Result<Result<String, String>, CheckupError> {
        let short = self.evaluate(&Rehearsal::Memory(1).to_string(), "short", false)?;
        Ok(judged::short_of_memory(whole, &short))
    }

    fn broken(&self, whole: &Seen, fault: Rehearsal) -> Result<Result<String, String>, CheckupError> {
        let broken = self.evaluate(&fault.to_string(), "broken", true)?;
        let again = self.evaluate(&self.device, "broken", true)?;
        Ok(judged::broken(self.program.try_again, whole, &broken, &again))
    }

    /// Runs the evaluation on a device, each sample by itself or all together, with a store of its own for each `out`.
    fn evaluate(&self, device: &str, out: &str, is_single: bool) -> Result<Seen, CheckupError> {
        let (batch, store) = (if is_single { "1" } else { "4096" }, format!("{out}-store"));
        let own = ["--device", device, "--out", out, "--store", &store, "--batch-tokens", batch];
        let ended = self.program.run(&self.folder, &[&ARGUMENTS[..], &own].concat())?;
        Seen::of(&ended, &self.folder.join(out), &self.folder.join(store)).map_err(CheckupError::at(&self.folder))
    }
}

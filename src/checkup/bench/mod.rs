//! How fast models of the right shape are: real sizes, random weights.

mod files;
mod scratch;
mod shapes;
mod texts;
mod work;

use std::path::{Path, PathBuf};
use std::time::Instant;

use candle_core::Device;

use super::accelerator::Accelerator;
use super::error::CheckupError;
use super::examination::Examination;
use super::peaks::nominal;
use crate::check::{Check, Pace, Section};
use crate::engine::causal_lm::{self, LossEngine};
use crate::engine::decoder::Decoder;
use crate::engine::device::blamed;
use crate::engine::fault::DeviceFault;
use crate::engine::traffic::{self, Traffic};
use crate::engine::{EngineError, Result};
use crate::measure::calls::Gauge;
use files::{write_model, write_texts};
use scratch::with_scratch;
use texts::{Texts, batches};

pub use files::write_model as write_shape;
pub use shapes::{SHAPES, Shape};

/// Seed of all weights.
const SEED: u64 = 1;
/// Passes that are timed at most, and seconds after which no more are.
const PASSES: usize = 5;
const LONG: f64 = 4.0;

/// What to time.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchPlan {
    /// Models; none for those that suit the device.
    pub shapes: Vec<Shape>,
    /// Where models and texts are kept; `None` for a folder that is removed.
    pub folder: Option<PathBuf>,
}

/// Times every model on every batch.
///
/// # Errors
/// The device failed, a folder cannot be made, or the user asked to stop.
pub fn time_all(examination: &mut Examination, plan: &BenchPlan) -> Result<(), CheckupError> {
    if let Some(folder) = &plan.folder {
        return time_in(folder, examination, plan);
    }
    with_scratch(examination.reporter, |folder| time_in(folder, examination, plan))
        .map_err(CheckupError::at(&std::env::temp_dir()))?
}

/// Times every model on every batch, with its files in `root`.
fn time_in(root: &Path, examination: &mut Examination, plan: &BenchPlan) -> Result<(), CheckupError> {
    let suitable = if examination.device.is_cpu() { &SHAPES[1..2] } else { &SHAPES[1..] };
    for shape in if plan.shapes.is_empty() { suitable } else { plan.shapes.as_slice() } {
        let folder = root.join(shape.name);
        let batches = batches(shape.vocabulary, examination.device.is_cpu());
        examination.reporter.info(&format!("writing {} with random weights to {}", shape.name, folder.display()));
        let is_enough = || examination.reporter.interrupted();
        match write_model(shape, SEED, &folder, &is_enough).and_then(|()| write_texts(&batches, &folder)) {
            Ok(()) => {}
            Err(CheckupError::Interrupted) => return Err(CheckupError::Interrupted),
            Err(error) => {
                examination.note(Check::failed(Section::Bench, shape.name, error.to_string()));
                continue;
            }
        }
        time_shape(examination, shape, &folder, &batches, plan.folder.is_some())?;
    }
    Ok(())
}

fn time_shape(
    examination: &mut Examination,
    shape: &Shape,
    folder: &Path,
    batches: &[Texts],
    is_kept: bool,
) -> Result<(), CheckupError> {
    let (dtype, start) = (examination.dtype, Instant::now());
    let what = format!("{}, {}", shape.name, dtype.as_str());
    let loaded = examination.load(|device| {
        let model = causal_lm::load(folder, dtype, device)?;
        device.synchronize()?;
        Ok(model.decoder)
    });
    // What was loaded needs no file any more.
    let removed = if is_kept { Ok(()) } else { std::fs::remove_dir_all(folder) };
    if examination.reporter.interrupted() {
        return Err(CheckupError::Interrupted);
    }
    removed.map_err(CheckupError::at(folder))?;
    let decoder = match loaded {
        Err(EngineError::Fault(fault @ DeviceFault::OutOfMemory { .. })) => {
            examination.note(Check::skipped(Section::Bench, what, fault.to_string()));
            return Ok(());
        }
        other => other?,
    };
    let load_seconds = start.elapsed().as_secs_f64();
    examination.reporter.start(&format!("timing {}", shape.name), batches.len() as u64);
    for texts in batches {
        if examination.reporter.interrupted() {
            return Err(CheckupError::Interrupted);
        }
        let timed = examination.compute(texts.ids.len(), |device| time(&decoder, texts, device));
        let row = match timed {
            Ok(timed) => timed.row(shape, &what, texts, examination, load_seconds),
            Err(EngineError::Fault(fault @ DeviceFault::OutOfMemory { .. })) => {
                Check::skipped(Section::Bench, what.clone(), fault.to_string()).of(texts.name.clone())
            }
            Err(error) => return Err(error.into()),
        };
        examination.note(row);
        examination.reporter.advance(1);
    }
    examination.reporter.finish();
    Ok(())
}

/// What the maker states of the device in the dtype of the bench.
fn nominal_of(examination: &Examination) -> Option<f64> {
    nominal(&Accelerator::of(&examination.device)?.name?, examination.dtype)
}

/// What a batch took.
struct Timed {
    /// Seconds of one pass.
    seconds: f64,
    peak_bytes: Option<u64>,
    losses: Vec<f64>,
    /// What one pass asked of a device.
    traffic: Option<Traffic>,
}

/// Passes of a batch after one to warm up.
fn time(decoder: &Decoder, texts: &Texts, device: &Device) -> Result<Timed> {
    let sequences = texts.sequences();
    let pass = || LossEngine::losses(decoder, &sequences);
    let (losses, traffic) = traffic::counted(pass);
    let losses = losses?;
    let passes = || -> Result<f64> {
        let (start, mut count) = (Instant::now(), 0);
        while count == 0 || count < PASSES && start.elapsed().as_secs_f64() < LONG {
            pass()?;
            count += 1;
        }
        device.synchronize().map_err(|error| blamed(error.into(), device))?;
        Ok(start.elapsed().as_secs_f64() / f64::from(count as u32))
    };
    let (seconds, peak_bytes) = match Gauge::of(device) {
        Ok(gauge) => {
            let measured = gauge.peak_of(passes)?;
            (measured.result?, Some(measured.peak.bytes))
        }
        Err(_) => (passes()?, None),
    };
    // The CPU's own kernels start nothing on a device.
    let traffic = (!device.is_cpu()).then_some(traffic);
    Ok(Timed { seconds, peak_bytes, losses, traffic })
}

impl Timed {
    fn row(&self, shape: &Shape, what: &str, texts: &Texts, examination: &Examination, load_seconds: f64) -> Check {
        if let Some(loss) = self.losses.iter().find(|loss| !loss.is_finite()) {
            return Check::failed(Section::Bench, what, format!("a loss is {loss}")).of(texts.name.clone());
        }
        let work = work::of(shape, &texts.sequences());
        let rate = work.operations / self.seconds;
        let share = |most: Option<f64>| most.map(|most| rate / most);
        let pace = Pace {
            tokens: work.tokens as u64,
            mean_loss: self.losses.iter().sum::<f64>() / self.losses.len() as f64,
            measured_share: share(examination.peaks.of(examination.dtype)),
            nominal_share: share(nominal_of(examination)),
            peak_bytes: self.peak_bytes,
            load_seconds,
            waits: self.traffic.map(|traffic| traffic.waits as u64),
            launches: self.traffic.map(|traffic| traffic.launches as u64),
        };
        let found = work.tokens as f64 / self.seconds;
        Check {
            pace: Some(pace),
            ..Check::measured(Section::Bench, what, found, None, "tokens/s").of(texts.name.clone())
        }
    }
}

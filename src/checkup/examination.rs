//! The device that is examined, and what was found so far. Something that fails on it is a row; a device that fails for
//! good ends the examination.

use candle_core::{DType, Device, Tensor};

use super::error::CheckupError;
use super::peaks::Peaks;
use crate::check::{Check, Section};
use crate::engine::EngineError;
use crate::engine::Result;
use crate::engine::device::{blamed, compute_dtype, open_device};
use crate::engine::fault::DeviceFault;
use crate::engine::kernels::Kernels;
use crate::engine::matrix::Matrix;
use crate::engine::rehearsed::Stage;
use crate::engine::request::{DeviceRequest, DtypeRequest};
use crate::reporter::Reporter;

/// What is to be found, before it is.
pub struct Question {
    /// Where it belongs.
    pub section: Section,
    /// What is checked.
    pub what: String,
    /// On which of several cases.
    pub case: Option<String>,
    /// Largest number that passes.
    pub limit: Option<f64>,
    /// What it counts.
    pub unit: &'static str,
}

/// What was found.
pub struct Finding {
    /// The number.
    pub number: f64,
    /// What there is to say of it.
    pub note: String,
}

/// An examination under way.
pub struct Examination<'a> {
    /// The device.
    pub device: Device,
    /// What it is asked to compute in.
    pub dtype: DType,
    /// What fails on purpose.
    stage: Option<Stage>,
    /// Who is told.
    pub reporter: &'a dyn Reporter,
    /// What was found.
    pub checks: Vec<Check>,
    /// The fastest products, once they are measured.
    pub peaks: Peaks,
    /// How the device failed, once it has.
    pub fault: Option<DeviceFault>,
}

impl<'a> Examination<'a> {
    /// Opens the device.
    ///
    /// # Errors
    /// It is not there, or does not compute in this dtype.
    pub fn open(device: DeviceRequest, dtype: DtypeRequest, reporter: &'a dyn Reporter) -> Result<Self> {
        let (rehearsal, device) = (device.rehearsal(), open_device(device, reporter)?);
        let stage = rehearsal.map(|rehearsal| Stage::new(rehearsal, &device));
        let dtype = compute_dtype(dtype, Kernels::Fused, &device)?;
        Ok(Self { device, dtype, stage, reporter, checks: Vec::new(), peaks: Peaks::default(), fault: None })
    }

    /// The dtypes to check: f32 as the most exact, and the one that was asked for.
    pub fn dtypes(&self) -> Vec<DType> {
        let mut dtypes = vec![DType::F32, self.dtype];
        dtypes.dedup();
        dtypes
    }

    /// Whether the device multiplies a matrix of this dtype as it was loaded.
    pub fn has_plain_products(&self, dtype: DType) -> bool {
        !self.device.is_cpu() || dtype == DType::F32
    }

    /// Whether it has a faster form for it.
    ///
    /// # Errors
    /// The device failed.
    pub fn has_packed_products(&self, dtype: DType) -> Result<bool> {
        let packed = self.compute(1, |device| Matrix::fastest(Tensor::zeros((1, 1), dtype, device)?))?;
        Ok(!matches!(packed, Matrix::Plain(_)))
    }

    /// Adds a row.
    pub fn note(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Adds the row of a number that `work` finds on the device; tells the number.
    ///
    /// # Errors
    /// The device failed, or the user asked to stop.
    pub fn find(
        &mut self,
        question: Question,
        work: impl FnOnce(&Device) -> Result<f64>,
    ) -> Result<Option<f64>, CheckupError> {
        let found = self.compute(1, work).map(|number| Finding { number, note: String::new() });
        self.record(question, found)
    }

    /// Adds the row of what was found; tells the number.
    ///
    /// # Errors
    /// The device failed, or the user asked to stop.
    pub fn record(&mut self, question: Question, found: Result<Finding>) -> Result<Option<f64>, CheckupError> {
        if self.reporter.interrupted() {
            return Err(CheckupError::Interrupted);
        }
        let Question { section, what, case, limit, unit } = question;
        match found {
            Ok(Finding { number, note }) => {
                self.note(Check { case, note, ..Check::measured(section, what, number, limit, unit) });
                Ok(Some(number))
            }
            Err(error) => {
                self.note(Check { case, limit, unit, ..Check::failed(section, what, error.to_string()) });
                if let EngineError::Fault(_) = error { Err(error.into()) } else { Ok(None) }
            }
        }
    }

    /// Loads something onto the device, unless that is to fail; blames the device where it is to blame.
    ///
    /// # Errors
    /// What failed.
    pub fn load<T>(&self, work: impl FnOnce(&Device) -> Result<T>) -> Result<T> {
        self.stage.as_ref().map_or(Ok(()), Stage::load)?;
        work(&self.device).map_err(|error| blamed(error, &self.device))
    }

    /// Computes something of so many samples on the device, unless that is to fail; blames the device where it is to
    /// blame.
    ///
    /// # Errors
    /// What failed.
    pub fn compute<T>(&self, samples: usize, work: impl FnOnce(&Device) -> Result<T>) -> Result<T> {
        self.stage.as_ref().map_or(Ok(()), |stage| stage.batch(samples))?;
        work(&self.device).map_err(|error| blamed(error, &self.device))
    }

    /// Computes texts together, or by halves where the device's memory does not hold so many; the results of each part,
    /// in order.
    ///
    /// # Errors
    /// What failed, a lack of memory for a single text included.
    pub fn compute_by_halves<T, R>(&self, texts: &[T], work: &mut dyn FnMut(&[T]) -> Result<R>) -> Result<Vec<R>> {
        match self.compute(texts.len(), |_| work(texts)) {
            Err(EngineError::Fault(DeviceFault::OutOfMemory { .. })) if texts.len() > 1 => {
                let (first, second) = texts.split_at(texts.len() / 2);
                let mut parts = self.compute_by_halves(first, work)?;
                parts.extend(self.compute_by_halves(second, work)?);
                Ok(parts)
            }
            result => Ok(vec![result?]),
        }
    }
}

/// Says that so many batches had to be cut into more parts; nothing where they had not.
pub fn halved(batches: usize, parts: usize) -> String {
    match (parts > batches, batches) {
        (false, _) => String::new(),
        (true, 1) => format!("the device's memory did not hold it at once: computed in {parts} parts"),
        (true, _) => {
            format!("the device's memory did not hold all of its {batches} batches: computed in {parts} parts")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporter::Silent;

    fn short_of_memory(most: &str) -> Examination<'static> {
        let device = format!("rehearse:memory:{most}").parse().unwrap();
        Examination::open(device, DtypeRequest::F32, &Silent).unwrap()
    }

    #[test]
    fn what_memory_does_not_hold_is_computed_by_halves() {
        let parts = |most: &str, texts: &[u8]| {
            short_of_memory(most).compute_by_halves(texts, &mut |texts| Ok(texts.to_vec())).map_err(|e| e.to_string())
        };
        assert_eq!(parts("3", b"abcdefg").unwrap(), [&b"abc"[..], b"de", b"fg"]);
        assert_eq!(parts("7", b"abcdefg").unwrap(), [b"abcdefg"]);
        assert!(parts("0", b"abc").unwrap_err().contains("ran out of memory"), "one text is never halved");
    }

    #[test]
    fn that_something_was_halved_is_said_and_else_nothing() {
        assert_eq!((halved(1, 1), halved(3, 3)), (String::new(), String::new()));
        assert!(halved(1, 4).ends_with("it at once: computed in 4 parts"));
        assert!(halved(3, 4).contains("all of its 3 batches: computed in 4 parts"));
    }
}

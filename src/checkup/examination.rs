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
use crate::engine::rehearsal::Stage;
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
        let (stage, device) = (device.rehearsal().map(Stage::new), open_device(device, reporter)?);
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
        if self.reporter.interrupted() {
            return Err(CheckupError::Interrupted);
        }
        let Question { section, what, case, limit, unit } = question;
        match self.compute(1, work) {
            Ok(found) => {
                self.note(Check { case, ..Check::measured(section, what, found, limit, unit) });
                Ok(Some(found))
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
}

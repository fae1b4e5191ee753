//! A device on which models are measured, one after another, and what is to be measured of one of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Device};

use super::conversations::Conversations;
use super::error::MeasureError;
use super::run::{Measured, Task, measure};
use crate::engine::causal_lm::{self, CausalLm};
use crate::engine::device::{compute_dtype, open_device, trim};
use crate::engine::kernels::Kernels;
use crate::engine::rehearsed::{Rehearsed, Stage};
use crate::engine::request::{DeviceRequest, DtypeRequest};
use crate::engine::{EngineError, Result};
use crate::reporter::{Reporter, Silent};
use crate::store::{LossStore, ModelIdentity};

/// What is to be measured of one model.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whom messages concern, for example `uid 7`.
    pub label: String,
    /// The model's files.
    pub folder: PathBuf,
    /// What its losses are kept under.
    pub identity: ModelIdentity,
    /// Tokenised samples.
    pub conversations: Arc<Conversations>,
}

/// A loaded model.
pub struct Loaded {
    model: CausalLm,
    /// Seconds that it took.
    pub seconds: f64,
}

/// How it is measured.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// On which device.
    pub device: DeviceRequest,
    /// In which number type.
    pub dtype: DtypeRequest,
    /// By which kernels.
    pub kernels: Kernels,
    /// Largest number of rows in a batch.
    pub batch_tokens: usize,
}

/// An open device, and where what is measured on it is kept.
pub struct Workplace {
    /// The device.
    pub device: Device,
    /// Number type of the computation.
    pub dtype: DType,
    stage: Option<Stage>,
    kernels: Kernels,
    store: LossStore,
    batch_tokens: usize,
}

impl Workplace {
    /// Opens a device, to measure on it in this manner and to keep losses in `store`.
    ///
    /// # Errors
    /// It is not there, or cannot compute in the number type asked for.
    pub fn open(manner: Manner, store: LossStore, reporter: &dyn Reporter) -> Result<Self> {
        let Manner { device, dtype, kernels, batch_tokens } = manner;
        let rehearsal = device.rehearsal();
        let device = open_device(device, reporter)?;
        let stage = rehearsal.map(|rehearsal| Stage::new(rehearsal, &device));
        let dtype = compute_dtype(dtype, kernels, &device)?;
        Ok(Self { device, dtype, stage, kernels, store, batch_tokens })
    }

    /// Loads the model of an order.
    ///
    /// # Errors
    /// The model cannot be used, or the device failed.
    pub fn load(&self, order: &Order) -> Result<Loaded, MeasureError> {
        let start = Instant::now();
        let load = || {
            self.stage.as_ref().map_or(Ok(()), Stage::load)?;
            causal_lm::load_with(&order.folder, self.dtype, &self.device, self.kernels)
        };
        let model = load().map_err(as_fault)?;
        Ok(Loaded { model, seconds: start.elapsed().as_secs_f64() })
    }

    /// Measures what the store does not hold yet of an order whose model is loaded, and lets go of the model.
    ///
    /// # Errors
    /// As [`measure`].
    pub fn measure(&self, loaded: Loaded, order: &Order, reporter: &dyn Reporter) -> Result<Measured, MeasureError> {
        let Order { label, identity, conversations, .. } = order;
        let CausalLm { decoder, left_over } = loaded.model;
        report_left_over(label, &left_over, reporter);
        // What is damaged was told when it was read first.
        let known = self.store.read(identity.key(), &Silent)?;
        let writer = self.store.writer(identity)?;
        let task = Task { conversations, known, batch_tokens: self.batch_tokens, label };
        let measured = match &self.stage {
            Some(stage) => measure(&Rehearsed { engine: &decoder, stage }, task, writer, reporter),
            None => measure(&decoder, task, writer, reporter),
        }?;
        drop(decoder);
        trim(&self.device).map_err(as_fault)?;
        Ok(measured)
    }
}

/// The device's fault apart from the model's.
fn as_fault(error: EngineError) -> MeasureError {
    match error {
        EngineError::Fault(fault) => MeasureError::Loading(fault),
        error => MeasureError::Unusable(error),
    }
}

fn report_left_over(label: &str, left_over: &[String], reporter: &dyn Reporter) {
    if let Some(first) = left_over.first() {
        let more = match left_over.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!("`{first}`{more} in its weight files");
        reporter.warn(&format!("{label}: {what}, which the model has no place for, is not used"));
    }
}

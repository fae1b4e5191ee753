//! A device that fails on purpose, and a model on it: its losses until the fault comes.

use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::Device;

use super::batch::Sequence;
use super::causal_lm::LossEngine;
use super::device::shatter;
use super::error::{EngineError, Result};
use super::fault::DeviceFault;
use super::rehearsal::Rehearsal;

/// A rehearsal under way; its count of batches goes on from one model to the next, as a broken device would.
#[derive(Debug)]
pub struct Stage {
    rehearsal: Rehearsal,
    device: Device,
    batches: AtomicUsize,
}

impl Stage {
    /// Nothing has failed yet on the device that computes.
    pub fn new(rehearsal: Rehearsal, device: &Device) -> Self {
        Self { rehearsal, device: device.clone(), batches: AtomicUsize::new(0) }
    }

    /// What loading a model comes to.
    ///
    /// # Errors
    /// The fault, if loading is to fail.
    pub fn load(&self) -> Result<()> {
        match self.rehearsal {
            Rehearsal::Load => Err(self.out_of_memory().into()),
            _ => Ok(()),
        }
    }

    /// What a batch of so many samples or texts comes to before it is computed.
    ///
    /// # Errors
    /// The fault, if this batch is to fail.
    pub fn batch(&self, samples: usize) -> Result<()> {
        let before = self.batches.fetch_add(1, Ordering::Relaxed);
        match self.rehearsal {
            Rehearsal::Memory(most) if samples > most => Err(self.out_of_memory().into()),
            Rehearsal::Broken(after) if before >= after => {
                let (device, problem) = (self.rehearsal.to_string(), "as it was told to".into());
                Err(EngineError::Fault(DeviceFault::Broken { device, problem }))
            }
            Rehearsal::Killed(after) if before >= after => std::process::abort(),
            // Nothing fails here: whoever waits for this batch meets the fault.
            Rehearsal::Crash { after, .. } if before == after => shatter(&self.device),
            _ => Ok(()),
        }
    }

    fn out_of_memory(&self) -> DeviceFault {
        DeviceFault::OutOfMemory { device: self.rehearsal.to_string(), problem: "as it was told to".into() }
    }
}

/// A model on a device that fails.
pub struct Rehearsed<'a> {
    /// The model.
    pub engine: &'a dyn LossEngine,
    /// What fails.
    pub stage: &'a Stage,
}

impl LossEngine for Rehearsed<'_> {
    fn losses(&self, sequences: &[Sequence]) -> Result<Vec<f64>> {
        self.stage.batch(sequences.len())?;
        self.engine.losses(sequences)
    }

    fn vocabulary(&self) -> usize {
        self.engine.vocabulary()
    }

    fn longest(&self) -> Option<usize> {
        self.engine.longest()
    }

    fn shares_prompts(&self) -> bool {
        self.engine.shares_prompts()
    }
}

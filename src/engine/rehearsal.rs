//! A device that fails on purpose, so that what a failing device does to a run can be seen without one: losses are
//! those of the CPU, until the fault that was asked for comes. Only [`Rehearsal::Crash`] is no play: it needs a GPU.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::Device;

use super::device::shatter;
use super::error::{EngineError, Result};
use super::fault::DeviceFault;

/// What goes wrong: `rehearse:memory:N` lets no batch of more than N samples fit, `rehearse:broken:N` breaks the
/// device after N batches, for good, `rehearse:killed:N` ends the process then, as a machine without memory would,
/// `rehearse:load` lets no model be loaded, and `rehearse:cuda:G:N` breaks the context of GPU G after N batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rehearsal {
    /// A batch of more samples than this runs out of memory.
    Memory(usize),
    /// After this many batches every one fails.
    Broken(usize),
    /// After this many batches the process that computes dies at once.
    Killed(usize),
    /// Loading runs out of memory.
    Load,
    /// After this many batches a kernel stores to where nothing is, on this GPU.
    Crash {
        /// Its ordinal.
        gpu: usize,
        /// Batches that it computes before.
        after: usize,
    },
}

impl Rehearsal {
    /// The rehearsal that a device's name asks for, if it does.
    pub fn of(device: &str) -> Option<Self> {
        let what = device.strip_prefix("rehearse:")?;
        let count = |rest: &str| usize::from_str(rest).ok();
        match what.split_once(':') {
            None if what == "load" => Some(Self::Load),
            Some(("memory", most)) => count(most).map(Self::Memory),
            Some(("broken", after)) => count(after).map(Self::Broken),
            Some(("killed", after)) => count(after).map(Self::Killed),
            Some(("cuda", rest)) => {
                let (gpu, after) = rest.split_once(':')?;
                Some(Self::Crash { gpu: count(gpu)?, after: count(after)? })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(most) => write!(f, "rehearse:memory:{most}"),
            Self::Broken(after) => write!(f, "rehearse:broken:{after}"),
            Self::Killed(after) => write!(f, "rehearse:killed:{after}"),
            Self::Load => f.write_str("rehearse:load"),
            Self::Crash { gpu, after } => write!(f, "rehearse:cuda:{gpu}:{after}"),
        }
    }
}

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

//! What is asked of a device that fails on purpose, so that what a failing device does to a run can be seen without one:
//! losses are those of the CPU, until the fault that was asked for comes. Only [`Rehearsal::Crash`] is no play: it needs a GPU.

use std::fmt;
use std::str::FromStr;

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

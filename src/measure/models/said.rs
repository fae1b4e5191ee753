//! What a child says.

use serde::{Deserialize, Serialize};

use crate::engine::fault::DeviceFault;
use crate::measure::error::MeasureError;

/// What a child says, one JSON object a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Something worth knowing.
    Info(String),
    /// Something that the user may want to act on.
    Warn(String),
    /// So many more samples are done.
    Advance(u64),
    /// The model is loaded.
    Loaded {
        /// Seconds that it took.
        seconds: f64,
        /// The most memory that the child held until then, in bytes, where the system tells it.
        peak_bytes: Option<u64>,
    },
    /// All samples of the order are measured; losses are in the store.
    Done {
        /// Distinct samples that went through the model.
        samples: usize,
        /// Their tokens.
        tokens: u64,
        /// Seconds spent in the model.
        seconds: f64,
        /// Samples that the model cannot take, which the store does not hold.
        refused: usize,
        /// The most memory that the child held so far, in bytes, where the system tells it.
        peak_bytes: Option<u64>,
    },
    /// Not all samples of the order are measured. Unless it is for the model, the child ends.
    Failed {
        /// Whose fault it is.
        why: Why,
        /// What it is, in one line.
        problem: String,
    },
}

/// Whose fault it is that an order was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The model's: another may be measured.
    Model,
    /// The device is broken for this process; perhaps not for another.
    Broken,
    /// The device or the machine has not enough of something.
    Lack,
    /// The store's, or that of the disk.
    Store,
}

impl Said {
    /// What is to be said of an error; `None` of an end that was asked for.
    pub fn of(error: &MeasureError) -> Option<Self> {
        let (why, problem) = match error {
            MeasureError::Interrupted => return None,
            MeasureError::Device { fault: DeviceFault::Broken { device, problem }, .. }
            | MeasureError::Loading(DeviceFault::Broken { device, problem }) => {
                (Why::Broken, format!("{device} failed: {problem}"))
            }
            MeasureError::Model(_) | MeasureError::Unusable(_) => (Why::Model, told(error)),
            MeasureError::Device { .. } | MeasureError::Loading(_) | MeasureError::Machine(_) => {
                (Why::Lack, error.to_string())
            }
            MeasureError::Store(_) | MeasureError::SetAside(_) => (Why::Store, told(error)),
        };
        Some(Self::Failed { why, problem })
    }
}

/// An error with its causes, as whoever measures in one process tells it.
fn told(error: &MeasureError) -> String {
    let mut causes = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    causes.join(": ")
}

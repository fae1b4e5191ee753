//! Measuring: a causal language model's loss on tokenised samples, computed with candle. It knows models, devices and
//! tokens, and nothing of submissions, wins or weights.

pub mod batch;
mod cpu;
pub mod decoder;
pub mod device;
mod error;
pub mod head;
pub mod outcome;
pub mod request;
pub mod weights;

pub use error::{EngineError, Result};

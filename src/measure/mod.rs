//! Measuring one model on many samples: what the store holds is reused, the rest goes through the engine in batches
//! under a token budget and into the store as it is measured. Knows nothing of submissions or judging.

mod batches;
mod conversations;
mod error;
mod run;

pub use conversations::Conversations;
pub(crate) use error::MeasureError;
pub(crate) use run::{Measured, recall};
pub use run::{Task, measure};

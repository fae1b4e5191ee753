//! Measuring one model on many samples: what the store holds is reused, the rest goes through the engine in batches
//! under a token budget and into the store as it is measured. Knows nothing of submissions or judging.

mod batches;
mod conversations;
mod error;
mod run;

pub use conversations::{Conversations, Outline};
pub use error::MeasureError;
pub use run::{Measured, Task, measure, recall};

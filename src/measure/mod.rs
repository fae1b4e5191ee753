//! Measuring one model on many samples: what the store holds is reused, the rest goes through the engine in batches
//! under a token budget and into the store as it is measured; and, apart from that, the memory that calls of an embedder
//! need. Knows nothing of submissions or judging.

mod batches;
pub mod calls;
mod conversations;
mod error;
mod run;

pub(crate) use conversations::Conversations;
pub(crate) use error::MeasureError;
pub(crate) use run::{Measured, Task, measure, recall};

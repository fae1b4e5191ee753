//! Measuring one model on many samples: what the store holds is reused, the rest goes through the engine in batches
//! under a token budget and into the store as it is measured, in this process or in others; and, apart from that, the
//! memory that calls of an embedder need. Knows nothing of submissions or judging.

mod batches;
pub mod calls;
mod conversations;
mod error;
mod groups;
pub(crate) mod host;
pub(crate) mod models;
pub(crate) mod program;
mod run;
mod workplace;
mod yielding;

pub(crate) use conversations::Conversations;
pub(crate) use error::MeasureError;
pub use models::job::{read_order, read_place};
pub(crate) use run::{Measured, recall, recount};
pub(crate) use workplace::{Loaded, Manner, Order, Workplace};

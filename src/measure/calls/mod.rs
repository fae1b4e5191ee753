//! How much memory simultaneous calls of the embedder need, measured call by call count: a validator that embeds in
//! many threads holds as many workspaces as it has calls.
//!
//! Each measurement has a process of its own ([`child`]), so that no peak hides behind an earlier one and one that is
//! killed for its memory costs one row. A call is what `calibrate` makes of one minibatch that the store lacks: one
//! [`Embedder::embed`] of its distinct texts. Left alone, that call shares its batches out among the threads of the
//! process, so that k calls at once would hold no more workspaces than there are cores, and the peak would say nothing
//! about concurrency. Here each call is made by a thread that is a pool of one ([`simultaneous`]): its batches run one
//! after another, and there is one workspace for each call, as in a validator with a thread per batch.
//!
//! What a call needs is a property of the embedder that is called. On the CPU it computes at most 512 tokens at a time,
//! two texts of 256: a call with more texts takes longer and hardly more memory.
//!
//! [`Embedder::embed`]: crate::engine::embedder::Embedder::embed

pub(crate) mod child;
mod error;
mod memory;
mod plan;
mod run;
mod simultaneous;
mod texts;

pub use error::CallError;
pub(crate) use memory::Gauge;
pub use plan::{CallPlan, Cell};
pub use run::measure_calls;

/// The hidden subcommand that measures one cell: it reads a [`child::Request`] from stdin and prints what it has to say
/// as lines of JSON.
pub(crate) const SUBCOMMAND: &str = "measure-call";

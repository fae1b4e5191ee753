//! Measured losses and embeddings, kept: content keys, write-once Parquet parts, resume. What is in the store was measured
//! with the same weights, engine, device kind, number types and texts as its key says, so it can be used in place of
//! measuring; nothing in it is ever changed, and anything damaged is measured again.

mod embedding_rows;
mod embeddings;
mod error;
mod key;
mod loss_rows;
mod losses;
mod norms;
mod part;
#[cfg(test)]
pub(crate) mod testing;
mod writer;

pub use embeddings::EmbeddingStore;
pub(crate) use error::{EmbeddingError, StoreError};
pub use key::{ModelIdentity, SampleKey};
pub use losses::LossStore;
pub(crate) use losses::MeasuredLosses;
pub use norms::{NormStore, Norms};
pub(crate) use writer::LossWriter;

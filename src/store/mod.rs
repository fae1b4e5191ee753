//! Measured losses, kept: content keys, write-once Parquet parts, resume. What is in the store was measured with the
//! same weights, engine, device kind, number types and tokens as its key says, so it can be used in place of
//! measuring; nothing in it is ever changed, and anything damaged is measured again.

mod error;
mod key;
mod losses;
mod part;
mod writer;

pub use error::StoreError;
pub use key::{ModelIdentity, ModelKey, SampleKey};
pub use losses::{LossStore, MeasuredLosses};
pub use writer::LossWriter;

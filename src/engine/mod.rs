//! Measuring: a causal language model's loss on tokenised samples and the embeddings of texts, computed with candle. It
//! knows models, devices and tokens, and nothing of submissions, wins or weights.

pub mod batch;
pub mod bert;
pub mod causal_lm;
pub mod chat;
pub mod conversation;
pub mod cpu;
pub mod cuda;
pub mod decoder;
pub mod device;
pub mod devices;
pub mod embedder;
mod error;
pub(crate) mod fault;
pub(crate) mod files;
pub mod head;
pub mod kernels;
pub mod matrix;
pub(crate) mod rehearsal;
pub(crate) mod rehearsed;
pub mod request;
pub(crate) mod text_error;
pub mod tokenizer;
pub mod traffic;
pub mod weights;

pub use error::{EngineError, Result};

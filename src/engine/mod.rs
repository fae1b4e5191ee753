//! Measuring: a causal language model's loss on tokenised samples and the embeddings of texts, computed with candle. It
//! knows models, devices and tokens, and nothing of submissions, wins or weights.

pub mod batch;
pub mod bert;
pub mod causal_lm;
pub mod chat;
pub mod conversation;
pub mod cpu;
pub mod decoder;
pub mod device;
pub mod embedder;
mod error;
pub mod fault;
pub mod files;
pub mod head;
pub mod matrix;
pub mod rehearsal;
pub mod rehearsed;
pub mod request;
pub mod text_error;
pub mod tokenizer;
pub mod weights;

pub use error::{EngineError, Result};

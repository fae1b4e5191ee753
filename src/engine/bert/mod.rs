//! Sentence embeddings by BERT: a folder in the layout of sentence-transformers behind [`Embedder`]. What the folder asks
//! for is done as that library does it, or refused by name.
//!
//! [`Embedder`]: super::embedder::Embedder

mod batches;
mod config;
mod fingerprint;
mod folder;
mod fused;
mod json;
mod model;
mod pooling;
mod portable;
mod tensors;

pub use model::BertEmbedder;
pub use pooling::Pooling;

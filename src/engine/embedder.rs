//! The seam between texts and their embeddings: all that similarity, calibration and the store see of an embedding
//! model. A text's embedding depends on the text and the fingerprint; the other texts of a call move it by rounding at
//! most.

use std::sync::Arc;

use super::error::Result;

/// One text as a point; equal texts of a call share theirs.
pub type Embedding = Arc<[f32]>;

/// Something that turns texts into points, near each other where the texts say the same.
pub trait Embedder: Sync {
    /// Number of components of every embedding.
    fn width(&self) -> usize;

    /// Hash of all that decides an embedding: weights, tokenizer, configuration, numerics. Equal fingerprints give
    /// interchangeable embeddings, up to rounding.
    fn fingerprint(&self) -> &str;

    /// The embeddings of `texts`, in their order. Every component is finite; the length is 1 only where the model
    /// normalises.
    ///
    /// # Errors
    /// A text cannot be tokenised, or the computation failed, for example for lack of memory.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>>;
}

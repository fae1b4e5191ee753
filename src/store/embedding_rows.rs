//! Embeddings as the rows of a part: the hash of a text, and its embedding.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{ArrayRef, FixedSizeBinaryArray, FixedSizeListArray, Float32Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};
use parquet::errors::ParquetError;

use super::part::{self, PartFault};
use crate::engine::embedder::Embedding;

/// SHA-256 of a text.
pub(super) type TextHash = [u8; 32];

/// Encodes embeddings of `width` components as the bytes of a part.
pub(super) fn encode(hashes: &[TextHash], embeddings: &[Embedding], width: usize) -> Result<Vec<u8>, ParquetError> {
    let hashes = FixedSizeBinaryArray::try_from_iter(hashes.iter())?;
    let values: Float32Array = embeddings.iter().flat_map(|embedding| embedding.iter().copied()).collect();
    let list = FixedSizeListArray::try_new(component(), length(width)?, Arc::new(values), None)?;
    let columns: Vec<ArrayRef> = vec![Arc::new(hashes), Arc::new(list)];
    part::encode(&RecordBatch::try_new(Arc::new(schema(width)?), columns)?)
}

/// Reads the embeddings of `width` components in the part at `path`.
pub(super) fn read(path: &Path, width: usize) -> Result<(Vec<TextHash>, Vec<Embedding>), PartFault> {
    let (mut hashes, mut embeddings) = (Vec::new(), Vec::new());
    for batch in part::read(path, &schema(width)?)? {
        let stored = batch.column(0).as_fixed_size_binary();
        let values = batch.column(1).as_fixed_size_list();
        for row in 0..batch.num_rows() {
            hashes.push(stored.value(row).try_into().map_err(|_| PartFault::Layout)?);
            embeddings.push(values.value(row).as_primitive::<Float32Type>().values().as_ref().into());
        }
    }
    Ok((hashes, embeddings))
}

fn schema(width: usize) -> Result<Schema, ArrowError> {
    Ok(Schema::new(vec![
        Field::new("text_sha256", DataType::FixedSizeBinary(32), false),
        Field::new("embedding", DataType::FixedSizeList(component(), length(width)?), false),
    ]))
}

fn component() -> FieldRef {
    Arc::new(Field::new("item", DataType::Float32, false))
}

fn length(width: usize) -> Result<i32, ArrowError> {
    i32::try_from(width).map_err(|_| ArrowError::InvalidArgumentError(format!("{width} components")))
}

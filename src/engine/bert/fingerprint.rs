//! The fingerprint of an embedder: a SHA-256 over all that decides an embedding.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::folder::SentenceFolder;
use crate::engine::error::{EngineError, Result};
use crate::engine::files::{sha256_of, weight_files};
use crate::engine::tokenizer::ModelTokenizer;
use crate::hex::hex;

/// Hash over the version of the numerics, where and in what they are computed, the model's files and what is done around the model;
/// each part goes in with its length, so that none runs into the next.
pub(super) fn fingerprint(
    folder: &SentenceFolder,
    tokenizer: &ModelTokenizer,
    version: &str,
    place: &str,
) -> Result<String> {
    let settings = format!("{} {} {} {}", folder.pooling.name(), folder.normalise, folder.longest, folder.lower_case);
    let mut parts: Vec<Vec<u8>> = [version, place, &settings].map(|text| text.as_bytes().to_vec()).into();
    parts.push(tokenizer.digest().to_vec());
    parts.push(hash_file(&folder.transformer.join("config.json"))?);
    for file in weight_files(&folder.transformer)? {
        parts.push(hash_file(&file)?);
    }
    let hash = parts.iter().fold(Sha256::new_with_prefix("weighhouse embedder 1\n"), |hash, part| {
        hash.chain_update((part.len() as u64).to_le_bytes()).chain_update(part)
    });
    Ok(hex(&hash.finalize()))
}

fn hash_file(path: &Path) -> Result<Vec<u8>> {
    let hash = sha256_of(path).map_err(|source| EngineError::Read { path: path.into(), source })?;
    Ok(hash.to_vec())
}

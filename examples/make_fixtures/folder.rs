//! Writes a model in the layout of the hub: configuration, tokenizer, chat template and safetensors, whole or sharded.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use candle_core::DType;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokenizers::Tokenizer;

use crate::nursery::Weights;
use crate::shape::Shape;

/// How weights are kept on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// One file of 32 bit floats.
    Single,
    /// One file of brain floats.
    Brain,
    /// 32 bit floats in two files with an index.
    Shards,
}

impl Storage {
    fn dtype(self) -> DType {
        if self == Self::Brain { DType::BF16 } else { DType::F32 }
    }

    /// The name `config.json` and the README give it.
    pub fn dtype_name(self) -> &'static str {
        if self == Self::Brain { "bfloat16" } else { "float32" }
    }

    /// The weights as they are after being stored, in 32 bit floats again.
    pub fn round(self, weights: &Weights) -> candle_core::Result<Weights> {
        weights.iter().map(|(n, t)| Ok((n.clone(), t.to_dtype(self.dtype())?.to_dtype(DType::F32)?))).collect()
    }
}

/// Writes all files of a model; the folder is made anew.
pub fn write(folder: &Path, shape: &Shape, tokenizer: &Tokenizer, weights: &Weights, storage: Storage) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{}: cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let chat = shape.family.chat();
    write_json(&folder.join("config.json"), &shape.config(storage.dtype_name()))?;
    write_json(&folder.join("tokenizer.json"), tokenizer)?;
    write_json(&folder.join("tokenizer_config.json"), &chat.config())?;
    if let Some(template) = chat.template_file() {
        fs::write(folder.join("chat_template.jinja"), template)?;
    }
    write_weights(folder, weights, storage)
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}

fn write_weights(folder: &Path, weights: &Weights, storage: Storage) -> Result<()> {
    let stored: candle_core::Result<Weights> =
        weights.iter().map(|(name, tensor)| Ok((name.clone(), tensor.to_dtype(storage.dtype())?))).collect();
    let stored = stored?;
    if storage != Storage::Shards {
        return write_safetensors(&folder.join("model.safetensors"), &stored);
    }
    let shards = split(stored);
    for (file, shard) in &shards {
        write_safetensors(&folder.join(file), shard)?;
    }
    write_index(folder, &shards)
}

/// Halves of the tensors, by name, under the file names the hub uses.
fn split(weights: Weights) -> [(&'static str, Weights); 2] {
    let half = weights.len() / 2;
    let (first, second) = weights.into_iter().enumerate().partition::<Vec<_>, _>(|(i, _)| *i < half);
    let named = |part: Vec<(usize, _)>| part.into_iter().map(|(_, entry)| entry).collect();
    [("model-00001-of-00002.safetensors", named(first)), ("model-00002-of-00002.safetensors", named(second))]
}

fn write_safetensors(path: &Path, weights: &Weights) -> Result<()> {
    let about = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(weights, Some(about))?;
    fs::write(path, bytes).with_context(|| format!("{}: cannot be written", path.display()))
}

fn write_index(folder: &Path, shards: &[(&str, Weights)]) -> Result<()> {
    let tensors =
        || shards.iter().flat_map(|(file, part)| part.iter().map(move |(name, tensor)| (name, tensor, *file)));
    let bytes: usize = tensors().map(|(_, tensor, _)| tensor.elem_count() * tensor.dtype().size_in_bytes()).sum();
    let map: BTreeMap<&String, &str> = tensors().map(|(name, _, file)| (name, file)).collect();
    let index = json!({"metadata": {"total_size": bytes}, "weight_map": map});
    write_json(&folder.join("model.safetensors.index.json"), &index)
}

/// The content hash of a flat folder, as miners state it: base64(sha256(all base64(sha256(file)), files by name)).
pub fn content_hash(folder: &Path) -> Result<String> {
    let entries: std::io::Result<Vec<_>> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut paths = entries?;
    paths.sort();
    let hash = |bytes: &[u8]| BASE64_STANDARD.encode(Sha256::digest(bytes));
    let files: std::io::Result<String> = paths.iter().map(|path| Ok(hash(&fs::read(path)?))).collect();
    Ok(hash(files?.as_bytes()))
}

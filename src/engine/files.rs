//! Which files of a folder a causal language model is read from. The engine reads these and no others, so they are also
//! what has to be fetched of a repository, and what makes two models the same.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::{EngineError, Result};

/// Configuration, tokenizer and chat template; which of them must be there is for their readers to say.
pub const TEXTS: [&str; 6] = [
    "added_tokens.json",
    "chat_template.jinja",
    "config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

/// All weights in one file.
pub const WEIGHTS: &str = "model.safetensors";

/// Says which files hold the weights, where [`WEIGHTS`] is not there.
pub const INDEX: &str = "model.safetensors.index.json";

/// The safetensors files of a model folder, in the order of their names: [`WEIGHTS`], or what the [`INDEX`] names.
///
/// # Errors
/// There is neither, the index is damaged, or it names a file outside the folder.
pub fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (single, path) = (folder.join(WEIGHTS), folder.join(INDEX));
    if single.is_file() {
        return Ok(vec![single]);
    }
    if !path.is_file() {
        return Err(EngineError::MissingFile { path: single, needs: "*.safetensors (a pickle is never opened)" });
    }
    let index = std::fs::read(&path).map_err(|source| EngineError::Read { path: path.clone(), source })?;
    let names = shard_names(&index).map_err(|problem| EngineError::Weights { path, problem })?;
    Ok(names.iter().map(|name| folder.join(name)).collect())
}

/// The weight files that an index names.
///
/// # Errors
/// What is wrong with it: no JSON, nothing named, or a name that is no file beside or below the index.
pub fn shard_names(index: &[u8]) -> std::result::Result<BTreeSet<String>, String> {
    let json: Value = serde_json::from_slice(index).map_err(|error| format!("no JSON: {error}"))?;
    let map = json.get("weight_map").and_then(Value::as_object).filter(|map| !map.is_empty());
    let map = map.ok_or("`weight_map` is missing or empty")?;
    let names: Option<BTreeSet<&str>> = map.values().map(Value::as_str).collect();
    let names = names.ok_or("`weight_map` names something that is no text")?;
    match names.iter().find(|name| !is_shard_name(name)) {
        Some(name) => Err(format!("shard `{name}`: not the name of a file in this folder ending in .safetensors")),
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

fn is_shard_name(name: &str) -> bool {
    let leads_on = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    name.ends_with(".safetensors") && name.split('/').all(leads_on)
}

/// SHA-256 of a file's bytes, however large it is.
///
/// # Errors
/// It cannot be read.
pub fn sha256_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hash.finalize().into()),
            length => hash.update(&piece[..length]),
        }
    }
}

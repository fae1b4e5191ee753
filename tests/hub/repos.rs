//! Repositories to publish: the fixtures, changed as a test needs them, and the hashes of their files.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::bench::{root, tree};
use crate::serve_hub::Content;

/// The file that holds the weights of most fixtures.
pub const WEIGHTS: &str = "model.safetensors";

/// The files of a repository by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The files of a fixture.
pub fn fixture(name: &str) -> Files {
    let folder = root().join("fixtures/models").join(name);
    let read = |path: String| {
        let bytes = std::fs::read(folder.join(&path)).unwrap();
        (path, bytes)
    };
    tree(&folder).into_iter().map(read).collect()
}

/// The files of a fixture with some more, or others.
pub fn changed(name: &str, files: &[(&str, &[u8])]) -> Files {
    let mut all = fixture(name);
    all.extend(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())));
    all
}

/// A fixture's files with so many more bytes of weights, in a tensor that the model has no place for.
pub fn padded(name: &str, bytes: usize) -> Files {
    let mut files = fixture(name);
    let weights = files.get_mut(WEIGHTS).unwrap();
    let (mut header, mut data) = split(weights);
    let padding = json!({"dtype": "U8", "shape": [bytes], "data_offsets": [data.len(), data.len() + bytes]});
    header.insert("padding".into(), padding);
    data.extend((0..bytes).map(|index| (index * 31 % 251) as u8));
    *weights = joined(&header, &data);
    files
}

/// The header of a safetensors file, and what follows it.
pub fn split(weights: &[u8]) -> (Map<String, Value>, Vec<u8>) {
    let (number, rest) = weights.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*number) as usize);
    (serde_json::from_slice(header).unwrap(), data.to_vec())
}

/// A safetensors file.
pub fn joined(header: &Map<String, Value>, data: &[u8]) -> Vec<u8> {
    let header = serde_json::to_vec(header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}

/// The name of a file's content in the cache: git's hash, of large files the SHA-256.
pub fn blob_name(path: &str, bytes: &[u8]) -> String {
    let content = Content::bytes(bytes.into());
    if path.ends_with(".safetensors") { content.sha256().unwrap() } else { content.blob_id().unwrap() }
}

/// The field's hash of a folder with these files, which all lie at its top.
pub fn folder_hash(files: &Files) -> String {
    assert!(files.keys().all(|path| Path::new(path).components().count() == 1));
    let hashes: String = files.values().map(|bytes| STANDARD.encode(Sha256::digest(bytes))).collect();
    STANDARD.encode(Sha256::digest(hashes))
}

/// A hash salted with a hotkey.
pub fn salted(hash: &str, hotkey: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("{hash}{hotkey}")))
}

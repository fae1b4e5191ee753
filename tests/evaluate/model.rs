//! A copy of a fixture model, and the ways in which a model can be damaged.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// A model folder that may be edited.
pub struct Model {
    pub path: PathBuf,
}

impl Model {
    pub fn copy(from: &Path, to: PathBuf) -> Self {
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
        Self { path: to }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.file(name), bytes).unwrap();
    }

    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.file(name)).unwrap();
    }

    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(self.file(name)).unwrap();
        edit(&mut bytes);
        self.write(name, bytes);
    }

    pub fn edit_json(&self, name: &str, edit: impl FnOnce(&mut Map<String, Value>)) {
        self.edit(name, |bytes| {
            let mut value: Value = serde_json::from_slice(bytes).unwrap();
            edit(value.as_object_mut().unwrap());
            *bytes = serde_json::to_vec(&value).unwrap();
        });
    }

    /// Edits the header of model.safetensors and leaves the data behind it as it is.
    pub fn edit_header(&self, edit: impl FnOnce(&mut Map<String, Value>)) {
        self.edit("model.safetensors", |bytes| {
            let data = bytes.split_off(data_start(bytes));
            let mut header: Value = serde_json::from_slice(&bytes[8..]).unwrap();
            edit(header.as_object_mut().unwrap());
            let header = serde_json::to_vec(&header).unwrap();
            *bytes = [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat();
        });
    }

    /// Fills a tensor of four-byte floats of model.safetensors with one value.
    pub fn fill(&self, tensor: &str, value: f32) {
        self.edit("model.safetensors", |bytes| {
            let start = data_start(bytes);
            let header: Value = serde_json::from_slice(&bytes[8..start]).unwrap();
            assert_eq!(header[tensor]["dtype"], "F32");
            let offset = |index: usize| header[tensor]["data_offsets"][index].as_u64().unwrap() as usize + start;
            bytes[offset(0)..offset(1)].chunks_exact_mut(4).for_each(|four| four.copy_from_slice(&value.to_le_bytes()));
        });
    }
}

fn data_start(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

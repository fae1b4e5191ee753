//! An input: one file, or the files of a folder where a parser reads several that belong together. The corpus holds
//! inputs as they are, so that any of them can be given to the program by hand.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path below the input's folder; empty for an input that is one file.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// An input, at least one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub parts: Vec<Part>,
}

impl Case {
    /// An input that is one file.
    pub fn single(bytes: Vec<u8>) -> Self {
        Self { parts: vec![Part { name: String::new(), bytes }] }
    }

    /// Reads a file or a folder of files.
    pub fn read(path: &Path) -> Self {
        if path.is_file() {
            return Self::single(fs::read(path).unwrap());
        }
        let mut parts = Vec::new();
        add_folder(path, "", &mut parts);
        Self { parts }
    }

    /// Writes it as it was read.
    pub fn write(&self, path: &Path) {
        for part in &self.parts {
            let target = if part.name.is_empty() { path.to_owned() } else { path.join(&part.name) };
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(&target, &part.bytes).unwrap();
        }
    }

    /// The first part, which is all there is of an input that is one file.
    pub fn bytes(&self) -> &[u8] {
        &self.parts[0].bytes
    }

    /// The part of this name as text, whatever its bytes are; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        let part = self.parts.iter().find(|part| part.name == name);
        part.map(|part| String::from_utf8_lossy(&part.bytes).into_owned()).unwrap_or_default()
    }

    /// Size of all parts.
    pub fn length(&self) -> usize {
        self.parts.iter().map(|part| part.bytes.len()).sum()
    }

    /// One text of bytes for all parts: for each the length of its name, the name, its length, its bytes.
    pub fn packed(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(self.length() + 64);
        for field in self.parts.iter().flat_map(|part| [part.name.as_bytes(), &part.bytes]) {
            packed.extend((field.len() as u32).to_le_bytes());
            packed.extend(field);
        }
        packed
    }

    /// From [`Case::packed`].
    pub fn unpacked(mut packed: &[u8]) -> Self {
        let mut fields = Vec::new();
        while let Some((length, rest)) = packed.split_first_chunk::<4>() {
            let (field, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
            fields.push(field.to_vec());
            packed = rest;
        }
        let part =
            |pair: &[Vec<u8>]| Part { name: String::from_utf8(pair[0].clone()).unwrap(), bytes: pair[1].clone() };
        Self { parts: fields.chunks_exact(2).map(part).collect() }
    }
}

fn add_folder(folder: &Path, prefix: &str, parts: &mut Vec<Part>) {
    for path in listed(folder) {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        match path.is_dir() {
            true => add_folder(&path, &format!("{name}/"), parts),
            false => parts.push(Part { name, bytes: fs::read(&path).unwrap() }),
        }
    }
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Where the inputs of a target are kept.
pub fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target)
}

/// The inputs in a folder, by name; none where it is not there. A folder without files is no input.
pub fn kept_in(folder: &Path) -> Vec<Case> {
    let paths = if folder.exists() { listed(folder) } else { Vec::new() };
    paths.iter().map(|path| Case::read(path)).filter(|case| !case.parts.is_empty()).collect()
}

#[test]
fn packing_loses_nothing() {
    let part = |name: &str, bytes: &[u8]| Part { name: name.into(), bytes: bytes.into() };
    let case = Case { parts: vec![part("a/b.json", b""), part("", b"\0\xff")] };
    assert_eq!(Case::unpacked(&case.packed()), case);
}

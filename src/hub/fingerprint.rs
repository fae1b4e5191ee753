//! Content hashes as the finetuning subnet defines them: a file's is the base64 of its SHA-256; a folder's is the
//! base64 of the SHA-256 over its files' hashes, one after another, names left out; a miner may salt it with the
//! hotkey.

use std::cmp::Ordering;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::error::HubError;
use super::folder::{ModelFile, ModelFolder, is_bookkeeping, path_below};
use crate::engine::files::{INDEX, TEXTS, WEIGHTS, sha256_of, shard_names};

/// What a hub adds to every repository; the folder that a miner hashed does not hold it.
const ADDED_BY_THE_HUB: &str = ".gitattributes";
/// What transformers loads of a model beside its weights; a validator that hashed its own download hashed no more.
const LOADED_WITH_WEIGHTS: [&str; 3] = ["config.json", "generation_config.json", INDEX];

/// The hashes of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Folder hash over the files that decide the loss: what duplicates and stored losses are known by.
    pub content: String,
    /// Folder hashes that a submission's `hash` may be: over all files but bookkeeping; over all but that and what the
    /// hub adds; over what transformers loads; and the first two with what somebody left in the folder before it was
    /// hashed. Empty where they were not asked for.
    folders: Vec<String>,
}

/// A file of a model with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HashedFile {
    /// Its path in the model, with `/` between the parts.
    pub path: String,
    /// Base64 of the SHA-256 of its bytes.
    pub sha256: String,
    /// Whether it decides the loss.
    pub decisive: bool,
}

/// In which form a submission's hash was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashForm {
    /// The folder hash itself.
    Plain,
    /// Hashed again with the hotkey behind it.
    Salted,
}

impl Fingerprint {
    /// Reads every file of the folder once.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of(model: &ModelFolder) -> Result<Self, HubError> {
        let decisive = decisive_names(&model.path);
        let hashed = |file: &ModelFile| {
            let path = path_below(&model.path, &file.path);
            Ok(HashedFile { decisive: decisive.contains(&path), sha256: hash_path(&file.path)?, path })
        };
        Ok(Self::of_files(model.files.par_iter().map(hashed).collect::<Result<_, HubError>>()?, true))
    }

    /// From the hashes of files, in any order; the folder hashes only where `all` files are there.
    pub(super) fn of_files(mut files: Vec<HashedFile>, all: bool) -> Self {
        files.sort_by(|a, b| walk_order(&a.path, &b.path));
        let over = |chosen: &dyn Fn(&HashedFile) -> bool| {
            hash_text(files.iter().filter(|file| chosen(file)).map(|file| file.sha256.as_str()))
        };
        let is_loaded = |file: &HashedFile| {
            LOADED_WITH_WEIGHTS.contains(&file.path.as_str()) || file.decisive && file.path.ends_with(".safetensors")
        };
        let mut folders = Vec::new();
        if all {
            let is_own = |file: &HashedFile| file.path != ADDED_BY_THE_HUB;
            folders.push(over(&|file| !is_bookkeeping(&file.path)));
            folders.push(over(&|file| !is_bookkeeping(&file.path) && is_own(file)));
            folders.push(over(&is_loaded));
            folders.push(over(&|_| true));
            folders.push(over(&is_own));
        }
        Self { content: over(&|file| file.decisive), folders }
    }

    /// Compares with the hash that a submission recorded.
    ///
    /// # Errors
    /// It is none of the folder hashes, nor one of them salted with `hotkey`.
    pub fn verify(&self, recorded: &str, hotkey: Option<&str>) -> Result<HashForm, HubError> {
        let salted = |folder: &String| hotkey.is_some_and(|key| recorded == hash_text([folder.as_str(), key]));
        if self.folders.iter().any(|folder| folder == recorded) {
            Ok(HashForm::Plain)
        } else if self.folders.iter().any(salted) {
            Ok(HashForm::Salted)
        } else {
            let found = self.folders.first().cloned().unwrap_or_default();
            Err(HubError::HashMismatch { recorded: recorded.into(), found })
        }
    }
}

/// Names of the files in `folder` that decide the loss of the model in it.
fn decisive_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = TEXTS.map(str::to_owned).into();
    if folder.join(WEIGHTS).is_file() {
        names.push(WEIGHTS.to_owned());
    } else if let Ok(index) = std::fs::read(folder.join(INDEX)) {
        names.push(INDEX.to_owned());
        names.extend(shard_names(&index).unwrap_or_default());
    }
    names
}

/// The order that folders are walked in: the files of a folder by name, then its sub-folders by name.
fn walk_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('/').peekable(), b.split('/').peekable());
    loop {
        match (left.next(), right.next()) {
            (Some(one), Some(other)) => {
                let is_folder = (left.peek().is_some(), right.peek().is_some());
                match is_folder.0.cmp(&is_folder.1).then_with(|| one.cmp(other)) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                }
            }
            (one, other) => return one.cmp(&other),
        }
    }
}

/// Base64 of the SHA-256 of a file.
pub(super) fn hash_path(path: &Path) -> Result<String, HubError> {
    sha256_of(path).map(|hash| STANDARD.encode(hash)).map_err(HubError::read(path))
}

/// Bytes written as hex digits, in base64.
pub(super) fn base64_of_hex(hex: &str) -> String {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    let bytes: Vec<u8> =
        hex.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |sum, &d| sum * 16 + digit(d))).collect();
    STANDARD.encode(bytes)
}

/// Base64 of the SHA-256 of texts one after another.
fn hash_text<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let hasher = parts.into_iter().fold(Sha256::new(), |hasher, part| hasher.chain_update(part.as_ref()));
    STANDARD.encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_hash(path: &Path) -> String {
        Fingerprint::of(&ModelFolder::find(path).unwrap()).unwrap().folders[0].clone()
    }

    fn write_two(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for name in ["a.txt", "b.txt"] {
            std::fs::write(folder.join(name), "test text.").unwrap();
        }
    }

    #[test]
    fn the_vectors_of_the_field_hold() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(folder_hash(root.path()), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let file = root.path().join("single/one.txt");
        std::fs::create_dir_all(root.path().join("single")).unwrap();
        std::fs::write(&file, "test text.").unwrap();
        assert_eq!(hash_path(&file).unwrap(), "tXNDvHVzqYIRiUx0rvK+M5+Lu4OLzhfPJH+gf7HvCeA=");
        assert_eq!(folder_hash(&root.path().join("single")), "ldoA81M72vvYevtlOq28XnukrRnWL8FVRXjucEVdaSU=");
        let parent = root.path().join("parent");
        write_two(&parent.join("one"));
        write_two(&parent.join("two"));
        assert_eq!(folder_hash(&parent.join("one")), "rzfrK2kpRaaPUO/FRaNL5l7J8FrjMSlpkixOIftUk+M=");
        assert_eq!(folder_hash(&parent), "4kuWWpoYHczBqJYxK5r8B+ohgaLe1nRDSxCp9OEjr10=");
        assert_eq!(hash_text(["test_hash", "test_hotkey"]), "yH+KmdLvSoKptxOyQTLuqfV35z23OzFqgsgJ+ZcpqwY=");
    }

    #[test]
    fn a_recorded_hash_is_right_plain_or_salted() {
        let folders = vec!["another_hash".to_owned(), "test_hash".to_owned()];
        let fingerprint = Fingerprint { folders, content: String::new() };
        let salted = "yH+KmdLvSoKptxOyQTLuqfV35z23OzFqgsgJ+ZcpqwY=";
        assert_eq!(fingerprint.verify("test_hash", None).unwrap(), HashForm::Plain);
        assert_eq!(fingerprint.verify(salted, Some("test_hotkey")).unwrap(), HashForm::Salted);
        for hotkey in [None, Some("another")] {
            let error = fingerprint.verify(salted, hotkey).unwrap_err().to_string();
            assert!(error.contains(salted) && error.contains("another_hash"), "{error}");
        }
    }

    #[test]
    fn only_what_decides_the_loss_makes_another_model() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        std::fs::write(at("config.json"), "{}").unwrap();
        std::fs::write(at("model.safetensors"), "weights").unwrap();
        let find = || Fingerprint::of(&ModelFolder::find(root.path()).unwrap()).unwrap();
        let first = find();
        std::fs::write(at("README.md"), "hello").unwrap();
        let with_readme = find();
        assert_eq!(with_readme.content, first.content);
        assert_ne!(with_readme.folders[0], first.folders[0]);
        assert_eq!(with_readme.folders[2], first.folders[2]);
        std::fs::write(at(".gitattributes"), "*").unwrap();
        assert_eq!(find().folders[1], with_readme.folders[0]);
        std::fs::write(at("consolidated.safetensors"), "never read").unwrap();
        assert_eq!(find().content, first.content);
        std::fs::write(at("model.safetensors"), "Weights").unwrap();
        assert_ne!(find().content, first.content);
    }

    #[test]
    fn what_tools_keep_beside_a_model_is_no_part_of_it() {
        let root = tempfile::tempdir().unwrap();
        write_two(root.path());
        let of = || (Fingerprint::of(&ModelFolder::find(root.path()).unwrap()).unwrap(), folder_hash(root.path()));
        let (before, hash) = of();
        for path in [
            ".git/objects/ab/x",
            ".cache/huggingface/download/config.json.metadata",
            ".cache/huggingface/.gitignore",
            ".huggingface/x",
            ".DS_Store",
            "sub/.DS_Store",
            "._a.txt",
            "__pycache__/a.pyc",
        ] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let (after, _) = of();
        assert_eq!((after.content.as_str(), after.folders[0].as_str()), (before.content.as_str(), hash.as_str()));
        assert!(after.verify(&hash, None).is_ok());
        let with = &after.folders[3];
        assert!(with != &hash && after.verify(with, None).is_ok(), "a repository may hold what was left behind");
        assert_eq!(ModelFolder::find(root.path()).unwrap().bytes(), 20 + 3, "bookkeeping folders are not walked");
        std::fs::write(root.path().join(".cache/other"), "x").unwrap();
        assert_ne!(of().1, hash, "other hidden files are the model's");
    }

    #[test]
    fn shards_decide_where_an_index_names_them() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
        let content = || Fingerprint::of(&ModelFolder::find(root.path()).unwrap()).unwrap().content;
        write("model.safetensors.index.json", r#"{"weight_map": {"a": "sub/one.safetensors"}}"#);
        std::fs::create_dir(root.path().join("sub")).unwrap();
        write("sub/one.safetensors", "1");
        write("two.safetensors", "2");
        let first = content();
        write("two.safetensors", "3");
        assert_eq!(content(), first);
        write("sub/one.safetensors", "3");
        assert_ne!(content(), first);
    }

    #[test]
    fn listed_files_are_walked_like_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let names = ["b", "a/z", "a/b/c", "a.txt", "aa/x", "a/a"];
        for name in names {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        let model = ModelFolder::find(root.path()).unwrap();
        let walked: Vec<_> = model.files.iter().map(|file| file.path.strip_prefix(root.path()).unwrap()).collect();
        let mut sorted = names;
        sorted.sort_by(|a, b| walk_order(a, b));
        assert_eq!(walked, sorted.map(Path::new));
    }

    #[test]
    fn hex_becomes_base64() {
        assert_eq!(base64_of_hex("00ff10"), STANDARD.encode([0, 255, 16]));
    }

    #[test]
    fn size_is_the_sum_of_all_files() {
        let root = tempfile::tempdir().unwrap();
        write_two(&root.path().join("sub"));
        let model = ModelFolder::find(root.path()).unwrap();
        assert_eq!(model.bytes(), 20);
        assert!(model.check_size(20).is_ok());
        assert!(matches!(model.check_size(19), Err(HubError::TooLarge { bytes: 20, limit: 19, .. })));
        assert!(matches!(ModelFolder::find(&root.path().join("nowhere")), Err(HubError::MissingModel { .. })));
    }
}

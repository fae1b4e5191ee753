//! Content hashes as the finetuning subnet defines them: a file's is the base64 of its SHA-256; a folder's is the
//! base64 of the SHA-256 over its files' hashes, one after another, names left out; a miner may salt it with the
//! hotkey.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::error::HubError;
use super::folder::{ModelFile, ModelFolder};

/// Files that decide a model's loss; anything else in its folder (a readme, say) does not make it another model.
const LOSS_FILES: [&str; 7] = [
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

/// The hashes of a model folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Folder hash over all files: what a submission's `hash` is compared with.
    pub folder: String,
    /// Folder hash over the files that decide the loss: what duplicates and stored losses are known by.
    pub content: String,
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
        let hashes: Vec<String> = model.files.par_iter().map(hash_file).collect::<Result<_, _>>()?;
        let decisive = model.files.iter().zip(&hashes).filter(|(file, _)| decides_loss(file)).map(|(_, hash)| hash);
        Ok(Self { content: hash_text(decisive), folder: hash_text(&hashes) })
    }

    /// Compares with the hash that a submission recorded.
    ///
    /// # Errors
    /// It is neither the folder hash nor the one salted with `hotkey`.
    pub fn verify(&self, recorded: &str, hotkey: Option<&str>) -> Result<HashForm, HubError> {
        if recorded == self.folder {
            return Ok(HashForm::Plain);
        }
        match hotkey {
            Some(hotkey) if recorded == hash_text([self.folder.as_str(), hotkey]) => Ok(HashForm::Salted),
            _ => Err(HubError::HashMismatch { recorded: recorded.into(), found: self.folder.clone() }),
        }
    }
}

fn decides_loss(file: &ModelFile) -> bool {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    file.top_level
        && (LOSS_FILES.contains(&name.as_ref())
            || name.ends_with(".safetensors")
            || name.ends_with(".safetensors.index.json"))
}

fn hash_file(file: &ModelFile) -> Result<String, HubError> {
    let mut reader = std::fs::File::open(&file.path).map_err(HubError::read(&file.path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match reader.read(&mut buffer).map_err(HubError::read(&file.path))? {
            0 => return Ok(STANDARD.encode(hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// Base64 of the SHA-256 of texts one after another.
fn hash_text<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let hasher = parts.into_iter().fold(Sha256::new(), |hasher, part| hasher.chain_update(part.as_ref()));
    STANDARD.encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn folder_hash(path: &Path) -> String {
        Fingerprint::of(&ModelFolder::find(".", path).unwrap()).unwrap().folder
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
        let listed = ModelFolder::find("single", root.path()).unwrap();
        assert_eq!(hash_file(&listed.files[0]).unwrap(), "tXNDvHVzqYIRiUx0rvK+M5+Lu4OLzhfPJH+gf7HvCeA=");
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
        let fingerprint = Fingerprint { folder: "test_hash".into(), content: String::new() };
        let salted = "yH+KmdLvSoKptxOyQTLuqfV35z23OzFqgsgJ+ZcpqwY=";
        assert_eq!(fingerprint.verify("test_hash", None).unwrap(), HashForm::Plain);
        assert_eq!(fingerprint.verify(salted, Some("test_hotkey")).unwrap(), HashForm::Salted);
        for hotkey in [None, Some("another")] {
            let error = fingerprint.verify(salted, hotkey).unwrap_err().to_string();
            assert!(error.contains(salted) && error.contains("test_hash"), "{error}");
        }
    }

    #[test]
    fn only_what_decides_the_loss_makes_another_model() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        std::fs::write(at("config.json"), "{}").unwrap();
        std::fs::write(at("model.safetensors"), "weights").unwrap();
        let find = || Fingerprint::of(&ModelFolder::find(".", root.path()).unwrap()).unwrap();
        let first = find();
        std::fs::write(at("README.md"), "hello").unwrap();
        let with_readme = find();
        assert_eq!(with_readme.content, first.content);
        assert_ne!(with_readme.folder, first.folder);
        std::fs::write(at("model.safetensors"), "Weights").unwrap();
        assert_ne!(find().content, first.content);
    }

    #[test]
    fn size_is_the_sum_of_all_files() {
        let root = tempfile::tempdir().unwrap();
        write_two(&root.path().join("sub"));
        let model = ModelFolder::find(".", root.path()).unwrap();
        assert_eq!(model.bytes(), 20);
        assert!(model.check_size(20).is_ok());
        assert!(matches!(model.check_size(19), Err(HubError::TooLarge { bytes: 20, limit: 19, .. })));
        assert!(matches!(ModelFolder::find("nowhere", root.path()), Err(HubError::MissingModel { .. })));
    }
}

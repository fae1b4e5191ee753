//! What a store holds: parts of measured losses and of embeddings, under the names that their bytes give them, and weight
//! norms. A store may be shared, so its content is others'.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};
use weighhouse::engine::Result;
use weighhouse::engine::embedder::{Embedder, Embedding};
use weighhouse::reporter::Reporter;
use weighhouse::store::{EmbeddingStore, LossStore, ModelIdentity, NormStore};

use crate::case::Case;
use crate::harness::Target;

pub const LOSSES: Target = Target {
    name: "losses",
    run: losses,
    dictionary: &["PAR1", "sample_key", "loss", "scored_tokens", "status", "ok", "nan", "inf"],
    also: Vec::new,
    inputs: 2000,
};

pub const EMBEDDINGS: Target = Target {
    name: "embeddings",
    run: embeddings,
    dictionary: &["PAR1", "text_sha256", "embedding", "item", "list"],
    also: Vec::new,
    inputs: 2000,
};

pub const NORMS: Target = Target {
    name: "norms",
    run: norms,
    dictionary: &["version", "content_hash", "norms", "a"],
    also: Vec::new,
    inputs: 2000,
};

/// Collects warnings.
#[derive(Default)]
struct Warnings(Mutex<String>);

impl Reporter for Warnings {
    fn info(&self, _: &str) {}
    fn warn(&self, warning: &str) {
        self.0.lock().unwrap().push_str(warning);
    }
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// The model whose losses and the texts whose embeddings are stored.
pub fn identity() -> ModelIdentity {
    let text = str::to_owned;
    ModelIdentity {
        engine_version: text("1"),
        content_hash: text("a"),
        device_kind: text("cpu"),
        compute_dtype: text("f32"),
        weight_dtype: text("f32"),
        tokenizer_rules: text("file"),
    }
}

pub const TEXTS: [&str; 2] = ["a", "b"];

/// Gives each text a point without looking at it.
pub struct Points;

impl Embedder for Points {
    fn width(&self) -> usize {
        3
    }

    fn fingerprint(&self) -> &str {
        "points"
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
        Ok(texts.iter().map(|_| [0.0, 1.0, -1.0].into()).collect())
    }
}

/// Puts the only part into a folder, under its own name.
fn put(case: &Case, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::read_dir(folder).unwrap().for_each(|old| fs::remove_file(old.unwrap().path()).unwrap());
    let hash: String = Sha256::digest(case.bytes())[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(folder.join(format!("{hash}.parquet")), case.bytes()).unwrap();
}

fn losses(case: &Case, folder: &Path) -> String {
    put(case, &folder.join("losses").join(identity().key().to_string()));
    let (store, warnings) = (LossStore::open(folder).unwrap(), Warnings::default());
    let read = store.read(identity().key(), &warnings).unwrap();
    if read.is_empty() { warnings.0.into_inner().unwrap() } else { "read".into() }
}

fn embeddings(case: &Case, folder: &Path) -> String {
    let (store, warnings) = (EmbeddingStore::open(folder).unwrap(), Warnings::default());
    let chunk = match only_file(&folder.join("embeddings")) {
        Some(part) => part.parent().unwrap().to_owned(),
        None => {
            store.embeddings(&Points, &TEXTS, &warnings).unwrap();
            only_file(&folder.join("embeddings")).unwrap().parent().unwrap().to_owned()
        }
    };
    put(case, &chunk);
    let found = store.embeddings(&Points, &TEXTS, &warnings).unwrap();
    assert!(found.len() == 2 && found.iter().all(|point| point.len() == 3));
    warnings.0.into_inner().unwrap()
}

/// A file somewhere below a folder.
pub fn only_file(folder: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path());
    paths.filter_map(|path| if path.is_dir() { only_file(&path) } else { Some(path) }).next()
}

fn norms(case: &Case, folder: &Path) -> String {
    let store = NormStore::open(folder).unwrap();
    let path = only_file(&folder.join("norms")).unwrap_or_else(|| {
        store.write("a", &[vec![1.0]]).unwrap();
        only_file(&folder.join("norms")).unwrap()
    });
    fs::write(&path, case.bytes()).unwrap();
    if store.read("a").is_some() { "read".into() } else { "not read".into() }
}

//! Embeddings, chunk by chunk: `<folder>/embeddings/<embedder>/<chunk>/<part>.parquet`. A chunk is known by its distinct
//! texts, so memory is bounded by a chunk, and whole chunks are what a run finds again.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::embedding_rows::{self, TextHash};
use super::error::{EmbeddingError, StoreError};
use super::part::{self, PartFault, parts_of};
use crate::engine::embedder::{Embedder, Embedding};
use crate::hex::hex;
use crate::reporter::Reporter;

/// A folder of embeddings. Several processes may use one at once.
#[derive(Debug, Clone)]
pub struct EmbeddingStore {
    embeddings: PathBuf,
}

impl EmbeddingStore {
    /// Opens the store in `folder`, which is made if it is not there, and checks that it can be written.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the folder cannot be made or written.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { embeddings: part::open_folder(folder, "embeddings")? })
    }

    /// The embeddings of a chunk of texts, in their order: as they were kept, or made now and kept. A part that cannot
    /// be used is reported to `reporter` and made again.
    ///
    /// # Errors
    /// The embedder fails, or the store cannot be read or written.
    pub fn embeddings(
        &self,
        embedder: &dyn Embedder,
        texts: &[&str],
        reporter: &dyn Reporter,
    ) -> Result<Vec<Embedding>, EmbeddingError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let chunk = Chunk::of(texts);
        let folder = self.embeddings.join(embedder_key(embedder)).join(chunk.key());
        let distinct = match kept(&folder, &chunk, embedder.width(), reporter)? {
            Some(embeddings) => embeddings,
            None => make(&folder, &chunk, embedder)?,
        };
        Ok(chunk.places.iter().map(|&place| distinct[place].clone()).collect())
    }
}

/// The texts of one call: each distinct one once, by hash, and where each of the call is among those.
struct Chunk<'t> {
    hashes: Vec<TextHash>,
    texts: Vec<&'t str>,
    places: Vec<usize>,
}

impl<'t> Chunk<'t> {
    fn of(texts: &[&'t str]) -> Self {
        let all: Vec<TextHash> = texts.iter().map(|text| Sha256::digest(text).into()).collect();
        let mut distinct: Vec<(TextHash, &str)> = all.iter().copied().zip(texts.iter().copied()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let (hashes, texts): (Vec<TextHash>, Vec<&str>) = distinct.into_iter().unzip();
        // Every hash is among the distinct ones: the error of the search never comes.
        let places = all.iter().map(|hash| hashes.binary_search(hash).unwrap_or_else(|place| place)).collect();
        Self { hashes, texts, places }
    }

    fn key(&self) -> String {
        let hash = Sha256::new_with_prefix("weighhouse chunk 1\n");
        hex(&self.hashes.iter().fold(hash, |hash, text| hash.chain_update(text)).finalize()[..16])
    }
}

fn embedder_key(embedder: &dyn Embedder) -> String {
    let hash = Sha256::new_with_prefix("weighhouse embeddings 1\n").chain_update(embedder.fingerprint());
    hex(&hash.finalize())
}

/// The embeddings of the chunk's distinct texts, where a usable part holds them.
fn kept(
    folder: &Path,
    chunk: &Chunk,
    width: usize,
    reporter: &dyn Reporter,
) -> Result<Option<Vec<Embedding>>, StoreError> {
    let parts = parts_of(folder).map_err(|source| StoreError::Read { path: folder.into(), source })?;
    for path in parts {
        let whole = embedding_rows::read(&path, width).and_then(|(hashes, embeddings)| {
            if hashes == chunk.hashes { Ok(embeddings) } else { Err(PartFault::Layout) }
        });
        match whole {
            Ok(embeddings) => return Ok(Some(embeddings)),
            Err(fault) => reporter.warn(&format!("{} {fault}; its texts are embedded again", path.display())),
        }
    }
    Ok(None)
}

/// Embeds the chunk's distinct texts and keeps the result as one part, synced to disk.
fn make(folder: &Path, chunk: &Chunk, embedder: &dyn Embedder) -> Result<Vec<Embedding>, EmbeddingError> {
    let embeddings = embedder.embed(&chunk.texts)?;
    let bytes = embedding_rows::encode(&chunk.hashes, &embeddings, embedder.width())
        .map_err(|source| StoreError::Encode { path: folder.into(), source })?;
    std::fs::create_dir_all(folder)
        .and_then(|()| part::write(folder, &bytes))
        .map_err(|source| StoreError::Write { path: folder.into(), source })?;
    Ok(embeddings)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::engine::{EngineError, Result};
    use crate::reporter::Silent;
    use crate::store::testing::Warnings;

    /// Embeds a text as its length and first byte, and remembers what it was asked.
    struct Mock {
        fingerprint: &'static str,
        asked: Mutex<Vec<String>>,
        broken: bool,
    }

    impl Mock {
        fn new(fingerprint: &'static str) -> Self {
            Self { fingerprint, asked: Mutex::default(), broken: false }
        }

        fn asked(&self) -> Vec<String> {
            let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
            asked.sort();
            asked
        }
    }

    fn embedding(text: &str) -> Embedding {
        [text.len() as f32 + 0.1, f32::from(text.bytes().next().unwrap_or_default()), -0.0].into()
    }

    impl Embedder for Mock {
        fn width(&self) -> usize {
            3
        }
        fn fingerprint(&self) -> &str {
            self.fingerprint
        }
        fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
            self.asked.lock().unwrap().extend(texts.iter().map(|text| (*text).to_owned()));
            let failure = || EngineError::Tensor(candle_core::Error::Msg("out of luck".into()));
            if self.broken { Err(failure()) } else { Ok(texts.iter().map(|text| embedding(text)).collect()) }
        }
    }

    const TEXTS: [&str; 5] = ["one", "", "three", "one", "π"];

    struct Place {
        folder: tempfile::TempDir,
        store: EmbeddingStore,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = EmbeddingStore::open(folder.path()).unwrap();
            Self { folder, store }
        }

        /// Embeddings are right, whoever made them.
        fn check(&self, mock: &Mock, texts: &[&str], reporter: &dyn Reporter) {
            let found = self.store.embeddings(mock, texts, reporter).unwrap();
            let bits = |embedding: &Embedding| embedding.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(
                found.iter().map(bits).collect::<Vec<_>>(),
                texts.iter().map(|text| bits(&embedding(text))).collect::<Vec<_>>()
            );
        }

        fn parts(&self) -> Vec<PathBuf> {
            fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
                for entry in std::fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() { walk(&path, found) } else { found.push(path) }
                }
            }
            let mut found = Vec::new();
            walk(self.folder.path(), &mut found);
            found.sort();
            found
        }
    }

    #[test]
    fn a_text_is_embedded_once_and_a_chunk_never_again() {
        let (place, mock) = (Place::new(), Mock::new("a"));
        place.check(&mock, &TEXTS, &Silent);
        assert_eq!(mock.asked(), ["", "one", "three", "π"]);
        place.check(&mock, &TEXTS, &Silent);
        place.check(&mock, &["π", "three", "one", ""], &Silent);
        assert!(mock.asked().is_empty(), "the same texts in another order are the same chunk");
        assert_eq!(place.parts().len(), 1);
    }

    #[test]
    fn another_chunk_or_embedder_finds_nothing() {
        let place = Place::new();
        let (a, b) = (Mock::new("a"), Mock::new("b"));
        place.check(&a, &TEXTS, &Silent);
        place.check(&b, &TEXTS, &Silent);
        assert_eq!(b.asked().len(), 4);
        a.asked();
        place.check(&a, &TEXTS[..3], &Silent);
        assert_eq!(a.asked().len(), 3);
        assert!(place.store.embeddings(&a, &[], &Silent).unwrap().is_empty());
        assert_eq!(place.parts().len(), 3);
    }

    #[test]
    fn a_run_that_was_stopped_goes_on_with_the_next_chunk() {
        let place = Place::new();
        let (done, rest) = (["one", "two"], ["three", "four"]);
        place.check(&Mock::new("a"), &done, &Silent);
        let broken = Mock { broken: true, ..Mock::new("a") };
        let error = place.store.embeddings(&broken, &rest, &Silent).unwrap_err();
        assert_eq!(error.to_string(), "out of luck");
        assert_eq!(place.parts().len(), 1, "nothing is kept of a chunk that failed");
        // What a kill leaves behind is not looked at.
        std::fs::write(place.parts()[0].with_file_name(".writing-x.tmp"), b"half").unwrap();
        let again = Mock::new("a");
        place.check(&again, &done, &Silent);
        place.check(&again, &rest, &Silent);
        assert_eq!(again.asked(), ["four", "three"]);
    }

    #[test]
    fn a_damaged_part_is_reported_and_mended() {
        let (place, mock) = (Place::new(), Mock::new("a"));
        place.check(&mock, &TEXTS, &Silent);
        let part = place.parts().remove(0);
        let whole = std::fs::read(&part).unwrap();
        for damage in [whole[..40].to_vec(), b"no table".to_vec(), [&whole[..], b"x"].concat()] {
            mock.asked();
            std::fs::write(&part, &damage).unwrap();
            let warnings = Warnings::default();
            place.check(&mock, &TEXTS, &warnings);
            let warnings = warnings.take();
            assert!(warnings.len() == 1 && warnings[0].contains(&part.display().to_string()), "{warnings:?}");
            assert_eq!(mock.asked().len(), 4);
            assert_eq!(std::fs::read(&part).unwrap(), whole);
        }
    }

    #[test]
    fn a_good_part_in_the_wrong_place_is_not_used() {
        let (place, mock) = (Place::new(), Mock::new("a"));
        place.check(&mock, &["one"], &Silent);
        let one = place.parts().remove(0);
        place.check(&mock, &["two"], &Silent);
        let two = place.parts().into_iter().find(|part| *part != one).unwrap();
        std::fs::copy(&one, two.with_file_name(one.file_name().unwrap())).unwrap();
        std::fs::remove_file(&two).unwrap();
        mock.asked();
        place.check(&mock, &["two"], &Silent);
        assert_eq!(mock.asked(), ["two"]);
    }
}

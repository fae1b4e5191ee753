//! The store itself: `<folder>/losses/<model key>/<part>.parquet`. Several processes may use one folder at once:
//! parts are only ever added, whole, under names that belong to their content.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::key::{ModelIdentity, ModelKey, SampleKey};
use super::loss_rows;
use super::part::{self, parts_of};
use super::writer::LossWriter;
use crate::outcome::SampleOutcome;
use crate::reporter::Reporter;

/// What is known of a model: its measured samples.
pub type MeasuredLosses = HashMap<SampleKey, SampleOutcome>;

/// A folder of measured losses.
#[derive(Debug, Clone)]
pub struct LossStore {
    losses: PathBuf,
}

impl LossStore {
    /// Opens the store in `folder`, which is made if it is not there, and checks that it can be written.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the folder cannot be made or written.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let losses = part::open_folder(folder, "losses")?;
        Ok(Self { losses })
    }

    /// All that was measured of a model. A part that cannot be used is reported to `reporter` and left out, so that
    /// its samples are measured again. Where two parts hold a sample, the first by name counts, in every run.
    ///
    /// # Errors
    /// [`StoreError::Read`] where the model's folder is there and cannot be listed.
    pub fn read(&self, model: ModelKey, reporter: &dyn Reporter) -> Result<MeasuredLosses, StoreError> {
        let folder = self.folder_of(model);
        let parts = parts_of(&folder).map_err(|source| StoreError::Read { path: folder, source })?;
        let mut measured = MeasuredLosses::new();
        for path in parts {
            match loss_rows::read(&path) {
                Ok(rows) => rows.into_iter().for_each(|(key, outcome)| {
                    measured.entry(key).or_insert(outcome);
                }),
                Err(fault) => reporter.warn(&unusable(&path, &fault)),
            }
        }
        Ok(measured)
    }

    /// A writer for newly measured samples of a model; describes the model in its folder, for people.
    ///
    /// # Errors
    /// [`StoreError::Write`] where the model's folder cannot be made or written.
    pub fn writer(&self, model: &ModelIdentity) -> Result<LossWriter, StoreError> {
        let folder = self.folder_of(model.key());
        match prepare(&folder, model) {
            Ok(()) => Ok(LossWriter::new(folder)),
            Err(source) => Err(StoreError::Write { path: folder, source }),
        }
    }

    /// Forgets all that was measured of a model, for a user who wants it measured afresh.
    ///
    /// # Errors
    /// [`StoreError::Write`] where the folder cannot be removed.
    pub fn forget(&self, model: ModelKey) -> Result<(), StoreError> {
        let folder = self.folder_of(model);
        match std::fs::remove_dir_all(&folder) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::Write { path: folder, source }),
            _ => Ok(()),
        }
    }

    fn folder_of(&self, model: ModelKey) -> PathBuf {
        self.losses.join(model.to_string())
    }
}

fn prepare(folder: &Path, model: &ModelIdentity) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let description = folder.join("metadata.json");
    if description.exists() {
        return Ok(());
    }
    part::write_once(&description, format!("{}\n", serde_json::to_string_pretty(model)?).as_bytes())
}

fn unusable(path: &Path, fault: &part::PartFault) -> String {
    format!("{} {fault}; its samples are measured again, and the file can be deleted", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::SampleStatus;
    use crate::reporter::Silent;
    use crate::store::testing::{Warnings, identity};

    fn model(content_hash: &str) -> ModelIdentity {
        ModelIdentity { content_hash: content_hash.into(), ..identity() }
    }

    fn sample(id: u32) -> (SampleKey, SampleOutcome) {
        (SampleKey::new(&[id], 0), SampleOutcome::measured(f64::from(id) / 8.0, id))
    }

    fn keep(store: &LossStore, model: &ModelIdentity, ids: std::ops::Range<u32>) {
        let mut writer = store.writer(model).expect("a writer");
        ids.map(sample).for_each(|(key, outcome)| writer.push(key, outcome));
        writer.finish().expect("writes");
    }

    fn opened() -> (tempfile::TempDir, LossStore) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = LossStore::open(folder.path()).expect("opens");
        (folder, store)
    }

    fn parts(store: &LossStore, model: &ModelIdentity) -> Vec<PathBuf> {
        parts_of(&store.folder_of(model.key())).expect("lists")
    }

    #[test]
    fn what_is_written_is_read_by_model() {
        let (_folder, store) = opened();
        keep(&store, &model("a"), 0..3);
        keep(&store, &model("a"), 3..5);
        keep(&store, &model("b"), 0..1);
        let expected: MeasuredLosses = (0..5).map(sample).collect();
        assert_eq!(store.read(model("a").key(), &Silent).expect("reads"), expected);
        assert_eq!(store.read(model("b").key(), &Silent).expect("reads").len(), 1);
        assert!(store.read(model("c").key(), &Silent).expect("reads").is_empty());
    }

    #[test]
    fn only_what_is_flushed_is_kept() {
        let (_folder, store) = opened();
        let mut writer = store.writer(&model("a")).expect("a writer");
        let (key, outcome) = sample(1);
        writer.push(key, outcome);
        assert_eq!(writer.pending(), 1);
        writer.flush().expect("writes");
        assert_eq!(writer.pending(), 0);
        writer.push(SampleKey::new(&[2], 0), outcome);
        drop(writer);
        let read = store.read(model("a").key(), &Silent).expect("reads");
        assert_eq!(read, MeasuredLosses::from([(key, outcome)]));
    }

    #[test]
    fn a_failed_sample_is_tried_again() {
        let (_folder, store) = opened();
        let mut writer = store.writer(&model("a")).expect("a writer");
        writer.push(SampleKey::new(&[1], 0), SampleOutcome::failed(1));
        writer.push(SampleKey::new(&[2], 0), SampleOutcome::no_target());
        writer.finish().expect("writes");
        let read = store.read(model("a").key(), &Silent).expect("reads");
        let statuses: Vec<_> = read.values().map(|outcome| outcome.status).collect();
        assert_eq!(statuses, [SampleStatus::NoTarget]);
    }

    #[test]
    fn a_damaged_part_is_reported_and_measured_again() {
        let (_folder, store) = opened();
        keep(&store, &model("a"), 0..3);
        let cut = parts(&store, &model("a")).remove(0);
        keep(&store, &model("a"), 3..5);
        std::fs::write(&cut, &std::fs::read(&cut).expect("reads")[..40]).expect("writes");
        let warnings = Warnings::default();
        let read = store.read(model("a").key(), &warnings).expect("reads");
        assert_eq!(read, (3..5).map(sample).collect());
        let warnings = warnings.take();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains(&cut.display().to_string()) && warnings[0].contains("measured again"));
    }

    #[test]
    fn leftovers_of_a_crash_are_not_looked_at() {
        let (_folder, store) = opened();
        keep(&store, &model("a"), 0..2);
        std::fs::write(store.folder_of(model("a").key()).join(".writing-x.tmp"), b"half").expect("writes");
        let warnings = Warnings::default();
        assert_eq!(store.read(model("a").key(), &warnings).expect("reads").len(), 2);
        assert!(warnings.take().is_empty());
    }

    #[test]
    fn of_two_measurements_the_same_one_always_counts() {
        let (_folder, store) = opened();
        let key = SampleKey::new(&[1], 0);
        for loss in [1.0, 2.0, 3.0] {
            let mut writer = store.writer(&model("a")).expect("a writer");
            writer.push(key, SampleOutcome::measured(loss, 1));
            writer.finish().expect("writes");
        }
        let first = loss_rows::read(&parts(&store, &model("a"))[0]).expect("reads")[0];
        let read = store.read(model("a").key(), &Silent).expect("reads");
        assert_eq!(read, MeasuredLosses::from([first]));
    }

    #[test]
    fn a_model_can_be_forgotten() {
        let (_folder, store) = opened();
        keep(&store, &model("a"), 0..2);
        keep(&store, &model("b"), 0..2);
        store.forget(model("a").key()).expect("forgets");
        store.forget(model("a").key()).expect("nothing left to forget");
        assert!(store.read(model("a").key(), &Silent).expect("reads").is_empty());
        assert_eq!(store.read(model("b").key(), &Silent).expect("reads").len(), 2);
    }

    #[test]
    fn the_model_is_described_for_people() {
        let (_folder, store) = opened();
        keep(&store, &model("a"), 0..1);
        keep(&store, &model("a"), 1..2);
        let text = std::fs::read_to_string(store.folder_of(model("a").key()).join("metadata.json")).expect("reads");
        let described: serde_json::Value = serde_json::from_str(&text).expect("json");
        assert_eq!(described["content_hash"], "a");
    }

    #[test]
    fn a_file_where_the_store_should_be_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("taken");
        std::fs::write(&path, b"").expect("writes");
        let error = LossStore::open(&path).expect_err("no folder");
        assert!(error.to_string().contains("taken") && error.to_string().contains("--store"), "{error}");
    }
}

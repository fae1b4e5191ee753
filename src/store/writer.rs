//! Collects what is measured and writes it as parts. A row is safe once [`LossWriter::flush`] returned after it;
//! dropping the writer loses only what was not flushed, and those samples are simply measured again.

use std::path::PathBuf;

use super::error::StoreError;
use super::key::SampleKey;
use super::loss_rows::{self, Row};
use super::part;
use crate::outcome::{SampleOutcome, SampleStatus};

/// Rows of one model on their way into the store.
#[derive(Debug)]
pub struct LossWriter {
    folder: PathBuf,
    rows: Vec<Row>,
}

impl LossWriter {
    /// A writer of parts into a model's folder, which exists.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, rows: Vec::new() }
    }

    /// Takes one measured sample. One with the status `error` is not kept: the next run tries it again.
    pub fn push(&mut self, key: SampleKey, outcome: SampleOutcome) {
        if outcome.status != SampleStatus::Error {
            self.rows.push((key, outcome));
        }
    }

    /// Number of samples taken and not yet written.
    pub fn pending(&self) -> usize {
        self.rows.len()
    }

    /// Writes what was taken as one part, synced to disk; without rows it does nothing.
    ///
    /// # Errors
    /// [`StoreError::Write`] where the disk refuses; the rows stay pending.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let bytes =
            loss_rows::encode(&self.rows).map_err(|source| StoreError::Encode { path: self.folder.clone(), source })?;
        part::write(&self.folder, &bytes).map_err(|source| StoreError::Write { path: self.folder.clone(), source })?;
        self.rows.clear();
        Ok(())
    }

    /// Writes the rest and ends.
    ///
    /// # Errors
    /// As [`LossWriter::flush`].
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.flush()
    }
}

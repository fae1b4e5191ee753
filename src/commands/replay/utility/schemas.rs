//! The schemas of a replay of utility: files, each compiled once. Nothing is fetched.

use std::io::Read;
use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::commands::settings::SchemaFile;
use crate::hex::hex;
use crate::payload::{LONGEST, Schema, SchemaError};
use crate::records::{RecordError, open};
use crate::report::InputRecord;

/// A file that is no schema. The message is one line with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFileError {
    /// It is refused.
    #[error("{file}: {error}")]
    Refused {
        /// The file as the user named it.
        file: String,
        /// Why.
        error: SchemaError,
    },
    /// It is no text.
    #[error("{file}: the schema is not UTF-8; save it as UTF-8")]
    Utf8 {
        /// The file as the user named it.
        file: String,
    },
}

/// Schemas by endpoint.
pub struct Schemas {
    own: Vec<(String, Schema)>,
    of_all: Option<Schema>,
    /// The files.
    pub records: Vec<InputRecord>,
}

impl Schemas {
    /// Reads and compiles them.
    ///
    /// # Errors
    /// A file that cannot be read or is no schema.
    pub fn read(files: &[SchemaFile]) -> Result<Self> {
        let mut found = Self { own: Vec::new(), of_all: None, records: Vec::new() };
        for SchemaFile { endpoint, path } in files {
            let (schema, record) = read(path)?;
            found.records.push(record);
            match endpoint {
                Some(endpoint) => found.own.push((endpoint.clone(), schema)),
                None => found.of_all = Some(schema),
            }
        }
        Ok(found)
    }

    /// The schema of an endpoint, if there is one.
    pub fn of(&self, endpoint: &str) -> Option<&Schema> {
        let own = self.own.iter().find(|(name, _)| name == endpoint);
        own.map(|(_, schema)| schema).or(self.of_all.as_ref())
    }

    /// Endpoints that have a schema of their own.
    pub fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(|(name, _)| name.as_str())
    }
}

fn read(path: &Path) -> Result<(Schema, InputRecord)> {
    let file = path.display().to_string();
    let mut bytes = Vec::new();
    let read = open(path)?.take(LONGEST as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| RecordError::Unreadable { file: file.clone(), error })?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // A text that is too long may have been cut within a character.
        Err(error) if error.as_bytes().len() > LONGEST => {
            let error = SchemaError::Long { bytes: error.as_bytes().len() };
            return Err(SchemaFileError::Refused { file, error }.into());
        }
        Err(_) => return Err(SchemaFileError::Utf8 { file }.into()),
    };
    let schema = Schema::new(&text).map_err(|error| SchemaFileError::Refused { file: file.clone(), error })?;
    Ok((schema, InputRecord { path: file, sha256, rows: 1, skipped_rows: 0 }))
}

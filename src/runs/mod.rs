//! Finished runs, read back: what is in a report's folder or in a baseline, and how the tables of two of them differ,
//! cell by cell.

mod baseline;
mod cells;
mod error;
mod pace;
mod stored;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::records::Source;
use crate::report::RunRecord;
use crate::report::baseline::BaselineEntry;
use crate::report::schema::{Schema, schemas};

pub(crate) use baseline::Signature;
pub use baseline::save;
pub use cells::agreement;
pub(crate) use error::RunsError;
pub use pace::paces;
pub(crate) use stored::StoredTable;

/// The table of timings, the only one that differs between equal runs.
pub const TIMINGS: &str = "timings";
/// The table of losses.
const LOSSES: &str = "losses";

/// One side of a comparison.
#[derive(Debug, Clone)]
pub enum Side {
    /// A finished run.
    Run(Box<Run>),
    /// A recording of losses, which no run stands behind.
    Losses(Source),
}

/// A finished run, from its folder or from a baseline.
#[derive(Debug, Clone)]
pub struct Run {
    /// Where it was read from.
    pub path: PathBuf,
    /// What was run.
    pub record: RunRecord,
    /// Its tables.
    pub tables: Vec<StoredTable>,
    /// Of a baseline, how it came to be, the latest last.
    pub history: Vec<BaselineEntry>,
}

impl Side {
    /// What `path` names: the folder of a finished run, a baseline or a recording of losses.
    ///
    /// # Errors
    /// There is no such file, the folder holds no finished run, or what it holds cannot be read.
    pub fn open(path: &Path) -> Result<Self, RunsError> {
        if path.is_dir() {
            return Run::of_folder(path).map(|run| Self::Run(Box::new(run)));
        }
        if !path.exists() {
            return Err(RunsError::Missing(path.to_owned()));
        }
        match baseline::read(path)? {
            Some(run) => Ok(Self::Run(Box::new(run))),
            None => Ok(Self::Losses(Source::from(path))),
        }
    }

    /// The losses that it holds, if it holds any.
    pub fn losses(&self) -> Option<Source> {
        match self {
            Self::Run(run) => run.losses(),
            Self::Losses(source) => Some(source.clone()),
        }
    }

    /// The run, if one stands behind it.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Run(run) => Some(run),
            Self::Losses(_) => None,
        }
    }
}

impl Run {
    /// The run in the folder of a report.
    ///
    /// # Errors
    /// As [`Side::open`].
    pub fn of_folder(folder: &Path) -> Result<Self, RunsError> {
        let file = folder.join("run.json");
        let bytes = std::fs::read(&file).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => RunsError::Unfinished(folder.to_owned()),
            _ => RunsError::Unreadable { file: file.clone(), cause },
        })?;
        let record = parsed(&file, &String::from_utf8_lossy(&bytes))?;
        let names = tables_of(&record.command)
            .ok_or_else(|| RunsError::Incomparable { file: file.clone(), command: record.command.clone() })?;
        let table = |name: &'static str| {
            let path = folder.join(format!("{name}.parquet"));
            if path.is_file() {
                Ok(StoredTable::file(name, path))
            } else {
                Err(RunsError::Lacking { folder: folder.to_owned(), name })
            }
        };
        let tables = names.into_iter().map(table).collect::<Result<_, _>>()?;
        Ok(Self { path: folder.to_owned(), record, tables, history: Vec::new() })
    }

    /// One of its tables.
    pub fn table(&self, name: &str) -> Option<&StoredTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The losses that it keeps, if it keeps any.
    pub fn losses(&self) -> Option<Source> {
        let path = if self.path.is_dir() { self.path.join("losses.parquet") } else { self.path.clone() };
        self.table(LOSSES).map(|_| Source::from(path))
    }
}

/// A run's record, of this version.
fn parsed(file: &Path, text: &str) -> Result<RunRecord, RunsError> {
    let not = |problem: String| RunsError::Record { file: file.to_owned(), problem };
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| not(error.to_string()))?;
    match value.get("schema_version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(RunRecord::SCHEMA_VERSION) => {
            serde_json::from_value(value).map_err(|error| not(error.to_string()))
        }
        Some(version) => Err(RunsError::Version { file: file.to_owned(), version }),
        None => Err(not("it has no `schema_version`".to_owned())),
    }
}

/// The names of the tables that a command's report has; `None` of a command without one.
fn tables_of(command: &str) -> Option<Vec<&'static str>> {
    // What a comparison found is no run of its own.
    let report = (command != "compare").then(|| command.replace(' ', "-"))?;
    let of_report = schemas().into_iter().filter_map(|schema| match schema {
        Schema::Table { report: of, schema } if of == report => Some(schema.name),
        _ => None,
    });
    let names: Vec<&'static str> = of_report.collect();
    (names.len() > 1).then_some(names)
}

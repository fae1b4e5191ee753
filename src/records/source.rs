//! Where a recorded input comes from: a file whose extension tells its format, or JSON lines on stdin. Every byte
//! that is read is hashed, so that a run can say what it was fed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::error::RecordError;

/// A recorded input as the user names it: a path, or `-` for stdin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// JSON lines on standard input.
    Stdin,
    /// A file in the format its extension tells.
    File(PathBuf),
}

/// The format of a recorded input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line: `.jsonl`, `.ndjson`, `.json`.
    JsonLines,
    /// A Parquet table: `.parquet`, `.pq`.
    Parquet,
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        if path == Path::new("-") { Source::Stdin } else { Source::File(path) }
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Source::from(path.to_path_buf())
    }
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Source::from(PathBuf::from(text)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Stdin => f.write_str("stdin"),
            Source::File(path) => path.display().fmt(f),
        }
    }
}

impl Source {
    /// The format, by extension whatever its case; stdin holds JSON lines.
    pub fn format(&self) -> Result<Format, RecordError> {
        let Source::File(path) = self else { return Ok(Format::JsonLines) };
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            Some("jsonl" | "ndjson" | "json") => Ok(Format::JsonLines),
            Some("parquet" | "pq") => Ok(Format::Parquet),
            _ => Err(RecordError::UnknownFormat { file: self.to_string() }),
        }
    }

    /// The folder that relative paths in the input start from: the file's own, or the current one for stdin.
    pub fn base(&self) -> PathBuf {
        let parent = match self {
            Source::Stdin => None,
            Source::File(path) => path.parent().filter(|parent| !parent.as_os_str().is_empty()),
        };
        parent.unwrap_or(Path::new(".")).to_path_buf()
    }
}

/// Opens a file to be read; a folder is refused here, where its name is known.
pub(super) fn open(path: &Path) -> Result<File, RecordError> {
    let fail = |error| RecordError::io(&path.display().to_string(), error);
    let file = File::open(path).map_err(fail)?;
    match file.metadata().map_err(fail)?.is_dir() {
        true => Err(fail(io::ErrorKind::IsADirectory.into())),
        false => Ok(file),
    }
}

/// A reader that hashes what passes through it.
pub(super) struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Hashing { inner, hasher: Sha256::new() }
    }

    /// SHA-256 of all bytes read so far, in lower-case hex.
    pub(super) fn into_hex(self) -> String {
        self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_formats_and_bases() {
        let source = |text: &str| text.parse::<Source>().unwrap();
        assert_eq!(source("-"), Source::Stdin);
        assert_eq!(source("-").format().unwrap(), Format::JsonLines);
        assert_eq!(source("-").base(), Path::new("."));
        assert_eq!(source("a/b.JSONL").format().unwrap(), Format::JsonLines);
        assert_eq!(source("b.parquet").format().unwrap(), Format::Parquet);
        assert_eq!(source("b.parquet").base(), Path::new("."));
        assert_eq!(source("a/b.jsonl").base(), Path::new("a"));
        for bad in ["samples", "samples.csv", ".jsonl"] {
            let error = source(bad).format().unwrap_err();
            assert!(error.to_string().starts_with(&format!("{bad}: unknown kind of file")), "{error}");
        }
    }

    #[test]
    fn tells_missing_from_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let missing = open(&folder.path().join("none.jsonl")).unwrap_err();
        assert!(matches!(missing, RecordError::Missing { .. }) && missing.is_missing_input());
        let is_folder = open(folder.path()).unwrap_err();
        assert!(matches!(is_folder, RecordError::Unreadable { .. }), "{is_folder}");
        assert!(is_folder.is_missing_input() && !is_folder.is_bad_input());
    }

    #[test]
    fn hashes_what_is_read() {
        let mut reader = Hashing::new(&b"abc"[..]);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(reader.into_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

//! Where a recorded input comes from: a file whose extension tells its format and packing, a folder of tables, or JSON
//! lines on stdin. Every byte that is read is hashed, so that a run can say what it was fed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::error::RecordError;
use crate::hex::hex;

/// A recorded input as the user names it: a path, or `-` for stdin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// JSON lines on standard input.
    Stdin,
    /// A file in the format its extension tells, or a folder of Parquet files.
    File(PathBuf),
}

/// The format of a recorded input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// One JSON object per line: `.jsonl`, `.ndjson`.
    JsonLines,
    /// The same, or one array of objects: `.json`.
    Json,
    /// Comma-separated values with a header: `.csv`.
    Csv,
    /// A Parquet table: `.parquet`, `.pq`.
    Parquet,
}

/// How a file of text is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// `.gz`.
    Gzip,
    /// `.zst`.
    Zstd,
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
    /// FileFormat and packing, by extension whatever its case; stdin holds JSON lines.
    pub fn format(&self) -> Result<(FileFormat, Packing), RecordError> {
        let Source::File(path) = self else { return Ok((FileFormat::JsonLines, Packing::Plain)) };
        let extension = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let (name, packing) = match extension(path).as_str() {
            "gz" => (path.with_extension(""), Packing::Gzip),
            "zst" => (path.with_extension(""), Packing::Zstd),
            _ => (path.clone(), Packing::Plain),
        };
        let format = match (extension(&name).as_str(), packing) {
            ("jsonl" | "ndjson", _) => FileFormat::JsonLines,
            ("json", _) => FileFormat::Json,
            ("csv", _) => FileFormat::Csv,
            ("parquet" | "pq", Packing::Plain) => FileFormat::Parquet,
            _ => return Err(RecordError::UnknownFormat { file: self.to_string() }),
        };
        Ok((format, packing))
    }

    /// Its bytes as they lie there.
    pub(super) fn bytes(&self) -> Result<Box<dyn Read>, RecordError> {
        Ok(match self {
            Source::File(path) => Box::new(open(path)?),
            Source::Stdin => Box::new(io::stdin().lock()),
        })
    }

    /// The folder that relative paths in the input start from: the file's own, or the current one for stdin.
    pub fn base(&self) -> PathBuf {
        let parent = match self {
            Source::Stdin => None,
            Source::File(folder) if folder.is_dir() => Some(folder.as_path()),
            Source::File(path) => path.parent().filter(|parent| !parent.as_os_str().is_empty()),
        };
        parent.unwrap_or(Path::new(".")).to_path_buf()
    }
}

impl Packing {
    /// What `packed` unpacks to.
    pub(super) fn unpacked<'a>(self, file: &str, packed: impl Read + 'a) -> Result<Box<dyn Read + 'a>, RecordError> {
        Ok(match self {
            Packing::Plain => Box::new(packed),
            Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Packing::Zstd => Box::new(zstd::Decoder::new(packed).map_err(|error| RecordError::reading(file, error))?),
        })
    }
}

/// Opens a file to be read; a folder is refused here, where its name is known.
pub(crate) fn open(path: &Path) -> Result<File, RecordError> {
    let fail = |error| RecordError::io(&path.display().to_string(), error);
    let file = File::open(path).map_err(fail)?;
    match file.metadata().map_err(fail)?.is_dir() {
        true => Err(fail(io::ErrorKind::IsADirectory.into())),
        false => Ok(file),
    }
}

/// The Parquet files of a folder, by name; hidden ones and those that begin with an underscore are bookkeeping.
pub(super) fn parts(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let name = folder.display().to_string();
    let fail = |error| RecordError::io(&name, error);
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let is_kept = !entry.file_name().to_string_lossy().starts_with(['.', '_']);
        if is_kept && matches!(Source::File(entry.path()).format(), Ok((FileFormat::Parquet, _))) {
            parts.push(entry.path());
        }
    }
    parts.sort();
    if parts.is_empty() { Err(RecordError::NoParts { file: name }) } else { Ok(parts) }
}

/// A reader that hashes what passes through it.
pub(super) struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Hashing::with(inner, Sha256::new())
    }

    /// Goes on where another one ended.
    pub(super) fn with(inner: R, hasher: Sha256) -> Self {
        Hashing { inner, hasher }
    }

    pub(super) fn into_hasher(self) -> Sha256 {
        self.hasher
    }

    /// Reads on to the end of `file`; the SHA-256 of all of it, in lower-case hex.
    pub(super) fn finish(mut self, file: &str) -> Result<String, RecordError> {
        io::copy(&mut self, &mut io::sink()).map_err(|error| RecordError::reading(file, error))?;
        Ok(self.into_hex())
    }

    /// SHA-256 of all bytes read so far, in lower-case hex.
    pub(super) fn into_hex(self) -> String {
        hex(&self.hasher.finalize())
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
        for (name, format, packing) in [
            ("-", FileFormat::JsonLines, Packing::Plain),
            ("a/b.JSONL", FileFormat::JsonLines, Packing::Plain),
            ("b.ndjson.gz", FileFormat::JsonLines, Packing::Gzip),
            ("b.json.ZST", FileFormat::Json, Packing::Zstd),
            ("a.b.csv", FileFormat::Csv, Packing::Plain),
            ("b.pq", FileFormat::Parquet, Packing::Plain),
        ] {
            assert_eq!(source(name).format().unwrap(), (format, packing), "{name}");
        }
        assert_eq!(source("-").base(), Path::new("."));
        assert_eq!(source("b.parquet").base(), Path::new("."));
        assert_eq!(source("a/b.jsonl").base(), Path::new("a"));
        for bad in ["samples", "samples.tsv", ".jsonl", "b.gz", "b.parquet.gz", "b.jsonl.gz.gz"] {
            let error = source(bad).format().unwrap_err();
            assert!(error.to_string().starts_with(&format!("{bad}: unknown kind of file")), "{error}");
        }
    }

    #[test]
    fn the_parts_of_a_folder_stand_by_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(parts(folder.path()), Err(RecordError::NoParts { .. })));
        for name in ["b.parquet", "a.pq", "_SUCCESS", "_c.parquet", ".d.parquet", "notes.jsonl"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(parts(folder.path()).unwrap(), ["a.pq", "b.parquet"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn tells_missing_from_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let missing = open(&folder.path().join("none.jsonl")).unwrap_err();
        assert!(matches!(missing, RecordError::Missing { .. }) && missing.is_missing_input());
        let is_folder = open(folder.path()).unwrap_err();
        assert!(matches!(is_folder, RecordError::Unreadable { .. }), "{is_folder}");
        assert!(is_folder.is_missing_input());
    }

    #[test]
    fn hashes_what_is_read() {
        let mut reader = Hashing::new(&b"abc"[..]);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(reader.into_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

//! The one way into recorded inputs: rows of a source, one after another, in constant memory. The format is the
//! source's own business; who reads rows does not see it.

use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::column::Column;
use super::error::RecordError;
use super::place::{Counting, Place};
use super::reading::{Reading, Sink};
use super::row::Row;
use super::source::{FileFormat, Hashing, Packing, Source, open, parts};
use super::{csv, json_array, jsonl, parquet};

/// What is read of a text at a time, in bytes.
const BUFFER: usize = 64 << 10;

/// Hands every row of `source` to `each` in order, with the values of `columns`; other columns are not looked at.
///
/// Returns the SHA-256 of the whole input in lower-case hex.
///
/// # Errors
/// The first error of reading or of `each` ends the reading, but for bad rows that `reading` says to skip.
pub fn read_rows(
    source: &Source,
    columns: &'static [Column],
    reading: &Reading<'_>,
    mut each: impl FnMut(&Row<'_>) -> Result<(), RecordError>,
) -> Result<String, RecordError> {
    let mut sink = Sink::new(columns, reading, &mut each);
    let file = source.to_string();
    let sha256 = match (source, source.format()) {
        (Source::File(path), Ok((FileFormat::Parquet, _)) | Err(_)) if path.is_dir() => {
            read_tables(&parts(path)?, Counting::RowOfAll, &mut sink)
        }
        (Source::File(path), Ok((FileFormat::Parquet, _))) => {
            read_tables(std::slice::from_ref(path), Counting::Row, &mut sink)
        }
        (_, Ok((format, packing))) => read_text(&file, source.bytes()?, format, packing, &mut sink),
        (_, Err(error)) => Err(error),
    }?;
    sink.finish(&file)?;
    Ok(sha256)
}

/// Rows of a text. What is hashed on the way is the file as it lies there, not what it unpacks to.
fn read_text(
    file: &str,
    content: impl Read,
    format: FileFormat,
    packing: Packing,
    sink: &mut Sink<'_>,
) -> Result<String, RecordError> {
    let mut hashing = Hashing::new(content);
    read_format(file, packing.unpacked(file, &mut hashing)?, format, sink)?;
    hashing.finish(file)
}

fn read_format(file: &str, text: impl Read, format: FileFormat, sink: &mut Sink<'_>) -> Result<(), RecordError> {
    let mut text = BufReader::with_capacity(BUFFER, text);
    match format {
        FileFormat::Csv => csv::read(file, text, sink),
        FileFormat::Json if json_array::begins(file, &mut text)? => json_array::read(file, &mut text, sink),
        _ => jsonl::read(file, &mut text, sink),
    }
}

/// Rows of a table in one or more files, hashed beforehand because their reader jumps about.
fn read_tables(parts: &[PathBuf], unit: Counting, sink: &mut Sink<'_>) -> Result<String, RecordError> {
    let mut sha256 = Sha256::new();
    for part in parts {
        let mut hashing = Hashing::with(open(part)?, sha256);
        let copied = io::copy(&mut hashing, &mut io::sink());
        copied.map_err(|error| RecordError::io(&part.display().to_string(), error))?;
        sha256 = hashing.into_hasher();
    }
    let mut place = Place { file: String::new(), unit, number: 0 };
    for part in parts {
        place.file = part.display().to_string();
        parquet::read(&mut place, open(part)?, sink)?;
    }
    Ok(Hashing::with(io::empty(), sha256).into_hex())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::path::Path;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::column::Typed;
    use super::*;

    const UID: Typed<u32> = Typed::new("uid", "", "a uid");
    const COLUMNS: &[Column] = &[UID.column()];

    fn uids(path: &Path) -> Result<(Vec<u32>, String), RecordError> {
        let mut uids = Vec::new();
        let sha256 = read_rows(&Source::from(path), COLUMNS, &Reading::strict(), |row| {
            uids.push(row.get(&UID)?);
            Ok(())
        })?;
        Ok((uids, sha256))
    }

    fn gzipped(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_format_and_packing_gives_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let (lines, array, table) = ("{\"uid\":1}\n{\"uid\":2}\n", "[{\"uid\":1},\n {\"uid\":2}]", "uid\n1\n2\n");
        for (name, text) in
            [("r.jsonl", lines), ("r.ndjson", lines), ("r.json", lines), ("a.json", array), ("r.csv", table)]
        {
            let packed = |packing: &str| folder.path().join(format!("{name}{packing}"));
            let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
            // Two members, as of files that were joined.
            let (first, second) = text.split_at(text.len() / 2);
            let gzip = [gzipped(first), gzipped(second)].concat();
            for (packing, bytes) in [("", text.as_bytes()), (".gz", &gzip), (".zst", &zstd)] {
                std::fs::write(packed(packing), bytes).unwrap();
                let mut hashing = Hashing::new(bytes);
                io::copy(&mut hashing, &mut io::sink()).unwrap();
                assert_eq!(uids(&packed(packing)).unwrap(), (vec![1, 2], hashing.into_hex()), "{name}{packing}");
            }
        }
    }

    #[test]
    fn a_damaged_packing_is_bad_input() {
        let folder = tempfile::tempdir().unwrap();
        let gzip = gzipped(&"{\"uid\":1}\n".repeat(1000));
        let zstd = zstd::encode_all(&b"{\"uid\":1}\n"[..], 1).unwrap();
        let damaged = [
            ("a.jsonl.gz", &gzip[..gzip.len() / 2]),
            ("b.jsonl.gz", b"no"),
            ("c.csv.zst", &zstd[..9]),
            ("d.json.zst", b"no zstd"),
        ];
        for (name, bytes) in damaged {
            std::fs::write(folder.path().join(name), bytes).unwrap();
            let error = uids(&folder.path().join(name)).unwrap_err();
            assert!(matches!(error, RecordError::Compressed { .. }), "{error}");
        }
    }

    #[test]
    fn what_unpacks_without_end_is_refused_in_little_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.jsonl.zst");
        zstd::stream::copy_encode(io::repeat(b' ').take(1 << 30), File::create(&path).unwrap(), 1).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20);
        assert!(matches!(uids(&path).unwrap_err(), RecordError::LongLine { .. }));
    }
}

//! Calls: how much memory so many simultaneous calls of an embedder needed, one measurement a row. The table of calls
//! that a report holds is such a recording.

use super::column::{Column, OrNull, Typed};
use super::error::RecordError;
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;
use crate::call::Call;

const CONCURRENCY: Typed<u32> = Typed::new("concurrency", "calls at once", "a whole number from 1 to 4294967295");
const TEXTS: Typed<u32> = Typed::new("texts", "texts of each call", "a whole number from 1 to 4294967295");
const TOKENS: Typed<Option<u32>> = Typed::new(
    "tokens",
    "tokens of each text, special ones included",
    "a whole number from 1 to 4294967295, or null where it is not known",
);
const REPETITION: Typed<Option<u32>> = Typed::new(
    "repetition",
    "which of several equal measurements it is, from 0",
    "a whole number from 0 to 4294967295, or null",
);
const BASE_BYTES: Typed<OrNull<u64>> = Typed::new(
    "base_bytes",
    "bytes in use before the calls, the model among them; null where that is not known",
    "a whole number of 0 or more, or null where it is not known",
);
const PEAK_BYTES: Typed<OrNull<u64>> = Typed::new(
    "peak_bytes",
    "the most bytes in use while they ran, those before among them; null where that is not known, as of a process that \
     was killed",
    "a whole number of `base_bytes` or more, or null where it is not known",
);
const SECONDS: Typed<Option<f64>> =
    Typed::new("seconds", "seconds until all calls were done", "a number of 0 or more, or null");
const DEVICE: Typed<Option<String>> =
    Typed::new("device", "the device whose memory it is", "cpu, cuda:0 or the like, or null");
/// What a row may hold.
pub const COLUMNS: &[Column] = &[
    CONCURRENCY.column(),
    TEXTS.column(),
    TOKENS.column(),
    REPETITION.column(),
    BASE_BYTES.column(),
    PEAK_BYTES.column(),
    SECONDS.column(),
    DEVICE.column(),
];

/// The measured calls of one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Calls {
    /// In the order of the input; at least one.
    pub rows: Vec<Call>,
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

/// Reads and checks all measured calls of `source`.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it an input without a row; bad rows are none where `reading` says to
/// skip them.
pub fn read_calls(source: &Source, reading: &Reading<'_>) -> Result<Calls, RecordError> {
    let mut rows = Vec::new();
    let sha256 = read_rows(source, COLUMNS, reading, |row| {
        rows.push(call(row)?);
        Ok(())
    })?;
    match rows.is_empty() {
        true => Err(RecordError::Empty { file: source.to_string(), kind: "measured call" }),
        false => Ok(Calls { rows, sha256, skipped: reading.skipped() }),
    }
}

fn call(row: &Row<'_>) -> Result<Call, RecordError> {
    let call = Call {
        concurrency: row.get(&CONCURRENCY)?,
        texts: row.get(&TEXTS)?,
        tokens: row.get(&TOKENS)?,
        repetition: row.get(&REPETITION)?,
        base_bytes: row.get(&BASE_BYTES)?,
        peak_bytes: row.get(&PEAK_BYTES)?,
        seconds: row.get(&SECONDS)?,
        device: row.get(&DEVICE)?,
    };
    check(row, &call).map(|()| call)
}

/// What no type can tell from a good value.
fn check(row: &Row<'_>, call: &Call) -> Result<(), RecordError> {
    let counts = [(&CONCURRENCY.column(), Some(call.concurrency)), (&TEXTS.column(), Some(call.texts))];
    for (column, count) in counts.into_iter().chain([(&TOKENS.column(), call.tokens)]) {
        if count == Some(0) {
            return Err(row.bad_value(column, &0));
        }
    }
    match (call.seconds, call.base_bytes.zip(call.peak_bytes)) {
        (Some(seconds), _) if seconds < 0.0 => Err(row.bad_value(&SECONDS, &seconds)),
        (_, Some((base, peak))) if peak < base => {
            Err(row.bad_value(&PEAK_BYTES, &format!("{peak}, less than the `base_bytes` of {base}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Calls, RecordError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.jsonl");
        std::fs::write(&path, content).unwrap();
        read_calls(&Source::from(path), &Reading::strict())
    }

    #[test]
    fn reads_all_columns() {
        let full = r#"{"concurrency":4,"texts":32,"tokens":256,"repetition":1,"base_bytes":100,"peak_bytes":100,"seconds":0.5,"device":"cpu","note":1}"#;
        let least = r#"{"concurrency":1,"texts":1,"base_bytes":null,"peak_bytes":null}"#;
        let calls = read(&format!("{full}\n{least}\n")).unwrap();
        let first = Call {
            concurrency: 4,
            texts: 32,
            tokens: Some(256),
            repetition: Some(1),
            base_bytes: Some(100),
            peak_bytes: Some(100),
            seconds: Some(0.5),
            device: Some("cpu".into()),
        };
        assert_eq!(calls.rows, [first, Call { concurrency: 1, texts: 1, ..Call::default() }]);
        assert_eq!(calls.rows.iter().map(Call::needed_bytes).collect::<Vec<_>>(), [Some(0), None]);
        assert_eq!((calls.sha256.len(), calls.skipped), (64, 0));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (change, told) in [
            (
                r#""concurrency":0,"texts":1,"base_bytes":1,"peak_bytes":2"#,
                "`concurrency` is 0; give a whole number from 1",
            ),
            (r#""concurrency":1,"texts":0,"base_bytes":1,"peak_bytes":2"#, "`texts` is 0; give"),
            (r#""concurrency":1,"texts":1,"tokens":0,"base_bytes":1,"peak_bytes":2"#, "`tokens` is 0; give"),
            (
                r#""concurrency":1,"texts":1,"base_bytes":3,"peak_bytes":2"#,
                "`peak_bytes` is 2, less than the `base_bytes` of 3; give a whole number of `base_bytes` or more",
            ),
            (
                r#""concurrency":1,"texts":1,"base_bytes":1,"peak_bytes":2,"seconds":-1"#,
                "`seconds` is -1; give a number",
            ),
            (r#""concurrency":1,"texts":1,"base_bytes":1"#, "`peak_bytes` is missing; give"),
        ] {
            let error = read(&format!("{{{change}}}\n")).unwrap_err();
            assert!(error.is_of_a_row() && error.to_string().contains(told), "{error}");
        }
        assert!(read("\n").unwrap_err().to_string().ends_with("holds no measured call; give at least one"));
    }
}

//! Measured calls as a table: what a run measured, which `records::read_calls` reads back.

use serde_json::Value;

use super::table::{Sheet, Table};
use crate::call::Call;
use crate::records::calls;

/// One row per measurement, its columns those of the records.
fn table<'a>() -> Table<'a, &'a Call> {
    let about =
        |name: &str| calls::COLUMNS.iter().find(|column| column.name == name).map_or("", |column| column.meaning);
    Table::new("Memory of simultaneous calls of the embedder. One row per measurement.")
        .column("concurrency", about("concurrency"), |call: &Call| call.concurrency)
        .column("texts", about("texts"), |call| call.texts)
        .column("tokens", about("tokens"), |call| call.tokens)
        .column("repetition", about("repetition"), |call| call.repetition)
        .column("base_bytes", about("base_bytes"), |call| call.base_bytes)
        .column("peak_bytes", about("peak_bytes"), |call| call.peak_bytes)
        .column("seconds", about("seconds"), |call| call.seconds)
        .column("device", about("device"), |call| call.device.as_deref())
}

/// The table of `calls`, the file `calls.parquet` of a report.
pub fn call_sheet(calls: &[Call]) -> Sheet<'_> {
    table().sheet("calls", calls.iter())
}

/// A call as a line of a recording in JSON.
pub fn call_line(call: &Call) -> String {
    match table().objects(std::iter::once(call)) {
        Value::Array(rows) => rows.into_iter().map(|row| row.to_string()).collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Reading, Source, read_calls};

    #[test]
    fn what_is_written_is_read_back() {
        let died = Call { concurrency: 512, texts: 4, base_bytes: Some(7), ..Call::default() };
        let done = Call {
            tokens: Some(256),
            repetition: Some(2),
            peak_bytes: Some(1 << 40),
            seconds: Some(0.125),
            device: Some("cuda:0".into()),
            ..died.clone()
        };
        let calls = [died, done];
        let folder = tempfile::tempdir().unwrap();
        let (table, lines) = (folder.path().join("calls.parquet"), folder.path().join("calls.jsonl"));
        call_sheet(&calls).write(&table).unwrap();
        std::fs::write(&lines, calls.iter().map(|call| call_line(call) + "\n").collect::<String>()).unwrap();
        for path in [table, lines] {
            assert_eq!(read_calls(&Source::from(path), &Reading::strict()).unwrap().rows, calls);
        }
    }

    #[test]
    fn every_column_of_the_records_is_written() {
        let written: Vec<String> = call_sheet(&[]).schema.fields.iter().map(|field| field.name().clone()).collect();
        assert_eq!(written, calls::COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>());
    }
}

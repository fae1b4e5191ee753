//! The forms in which samples and submissions come: every format gives the same losses, columns may have other names,
//! conversations may be messages, and bad rows can be left out.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression as Codec, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::workbench::{Workbench, root};

/// Three samples: id, prompt, response.
const SAMPLES: [[&str; 3]; 3] =
    [["a", "1 + 1, please?", "It is\n2"], ["b", "\"2\" + 2?", "4"], ["7", "3 × 3?", "9, I think"]];

fn bench() -> Workbench {
    Workbench::with_models(&[&root().join("fixtures/models/llama-hasty")])
}

fn rows() -> Vec<Value> {
    SAMPLES
        .iter()
        .map(|[id, prompt, response]| json!({"sample_id": id, "prompt": prompt, "response": response}))
        .collect()
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn table(path: &Path, samples: &[[&str; 3]], codec: Codec) {
    let column = |index: usize| -> ArrayRef {
        Arc::new(samples.iter().map(|sample| Some(sample[index])).collect::<StringArray>())
    };
    let columns =
        ["sample_id", "prompt", "response"].into_iter().enumerate().map(|(index, name)| (name, column(index)));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The losses on the samples in `file`.
fn losses(bench: &Workbench, file: &str, more: &[&str]) -> Vec<Option<f64>> {
    let places = ["submissions.jsonl", "--samples", file, "--out", "out", "--store", "store", "--resamples", "1000"];
    bench.run_plain(&[&places[..], more].concat()).succeeded();
    bench.table("losses").floats("loss")
}

#[test]
fn every_format_gives_the_same_losses() {
    let bench = bench();
    bench.write("samples.jsonl", lines(&rows()));
    let expected = losses(&bench, "samples.jsonl", &[]);
    assert_eq!(expected.len(), 3);
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let csv = SAMPLES.iter().map(|sample| sample.map(quoted).join(",") + "\r\n").collect::<String>();
    let csv = format!("sample_id,prompt,response\r\n{csv}");
    bench.write("s.ndjson.gz", gzipped(&lines(&rows())));
    bench.write("s.jsonl.zst", zstd::encode_all(lines(&rows()).as_bytes(), 1).unwrap());
    bench.write("s.json", serde_json::to_string_pretty(&rows()).unwrap());
    bench.write("s.csv", &csv);
    bench.write("s.csv.gz", gzipped(&csv));
    std::fs::create_dir(bench.path("parts")).unwrap();
    table(&bench.path("parts/1.parquet"), &SAMPLES[..1], Codec::SNAPPY);
    table(&bench.path("parts/2.parquet"), &SAMPLES[1..], Codec::ZSTD(ZstdLevel::default()));
    table(&bench.path("gzip.parquet"), &SAMPLES, Codec::GZIP(GzipLevel::default()));
    table(&bench.path("brotli.parquet"), &SAMPLES, Codec::BROTLI(BrotliLevel::default()));
    table(&bench.path("lz4.parquet"), &SAMPLES, Codec::LZ4_RAW);
    let names =
        ["s.ndjson.gz", "s.jsonl.zst", "s.json", "s.csv", "s.csv.gz", "parts", "gzip.parquet", "brotli.parquet"];
    for name in names.into_iter().chain(["lz4.parquet"]) {
        assert_eq!(losses(&bench, name, &[]), expected, "{name}");
    }
}

#[test]
fn columns_may_have_other_names() {
    let bench = bench();
    bench.write("samples.jsonl", lines(&rows()));
    let expected = losses(&bench, "samples.jsonl", &[]);
    let renamed = lines(&rows()).replace("\"prompt\"", "\"question\"").replace("\"response\"", "\"answer\"");
    bench.write("samples.jsonl", renamed);
    let columns = "prompt=question,response=answer";
    assert_eq!(losses(&bench, "samples.jsonl", &["--columns", columns]), expected);
    let settings = bench.record("out")["settings"].clone();
    let setting = settings.as_array().unwrap().iter().find(|setting| setting["key"] == "columns").unwrap();
    assert_eq!((&setting["value"], &setting["source"]), (&json!(columns), &json!("flag")));
    bench.write("weighhouse.toml", format!("columns = '{columns}'"));
    assert_eq!(losses(&bench, "samples.jsonl", &[]), expected, "the file says so too");
    let line = bench.run(&["--columns", "prompt=question,response=reply"]).refused(65);
    assert!(line.starts_with("samples.jsonl, line 1: column `reply` is missing; give the assistant's text"), "{line}");
    let line = bench.run(&["--columns", &format!("{columns},source=src")]).refused(65);
    assert_eq!(line, "samples.jsonl: no row has a column `src`, which is to be `source`; check --columns");
    let line = bench.run(&["--columns", "promt=question"]).refused(2);
    assert!(line.contains("for --columns: there is no column `promt`; expected one of accepted, answer, "), "{line}");
}

#[test]
fn messages_are_scored_at_their_last_answer() {
    let bench = bench();
    bench.write("samples.jsonl", lines(&rows()));
    let expected = losses(&bench, "samples.jsonl", &[]);
    let turn = |role: &str, content: &str| json!({"role": role, "content": content});
    let messages = |sample: &[&str; 3]| json!([turn("user", sample[1]), turn("assistant", sample[2])]);
    let mut rows: Vec<Value> = SAMPLES.iter().map(|sample| json!({"messages": messages(sample)})).collect();
    rows[1]["messages"] = json!(rows[1]["messages"].to_string());
    bench.write("samples.jsonl", lines(&rows));
    assert_eq!(losses(&bench, "samples.jsonl", &[]), expected, "a question and an answer, also as JSON text");
    let all = [
        turn("system", "Be brief."),
        turn("user", "1 + 1?"),
        turn("assistant", "2"),
        turn("user", "And 1?"),
        turn("assistant", "3"),
    ];
    let row = |turns: &[Value]| json!({"messages": turns});
    bench.write("samples.jsonl", lines(&[row(&all), row(&all[1..]), row(&all[3..]), row(&all[..4])]));
    let longer = losses(&bench, "samples.jsonl", &[]);
    let distinct = |a: usize, b: usize| (longer[a].unwrap() - longer[b].unwrap()).abs() > 1e-9;
    assert!(distinct(0, 1) && distinct(1, 2) && distinct(2, 3), "earlier turns and the system's count: {longer:?}");
    bench.write("samples.jsonl", lines(&[row(&all[..2])]));
    let line = bench.run(&[]).refused(65);
    assert!(line.starts_with("samples.jsonl, line 1: column `messages` is [{\"role\":\"system\""), "{line}");
}

#[test]
fn bad_rows_are_left_out_when_asked() {
    let bench = bench();
    let bad = "{\"prompt\": \"\", \"response\": \"b\"}\nno json\n";
    bench.write("samples.jsonl", format!("{bad}{}", lines(&rows())));
    assert!(bench.run(&[]).refused(65).starts_with("samples.jsonl, line 1: column `prompt` is \"\""));
    let submissions = std::fs::read_to_string(bench.path("submissions.jsonl")).unwrap();
    bench.write("submissions.jsonl", format!("{{\"uid\": -1}}\n{submissions}"));
    let run = bench.run(&["--skip-bad-rows"]).succeeded();
    let warnings = run.warnings();
    let left_out =
        |start: &str| warnings.iter().filter(|w| w.starts_with(start) && w.ends_with("the row is left out")).count();
    assert_eq!(left_out("submissions.jsonl, line 1: column `uid` is -1; "), 1, "{warnings:?}");
    assert_eq!(left_out("samples.jsonl, line 1: column `prompt`") + left_out("samples.jsonl, line 2, column 2: "), 2);
    let record = bench.record("out");
    assert_eq!(record["inputs"][0]["skipped_rows"], 1);
    assert_eq!((&record["inputs"][1]["skipped_rows"], &record["inputs"][1]["rows"]), (&json!(2), &json!(3)));
    bench.write("samples.jsonl", bad);
    assert_eq!(
        bench.run(&["--skip-bad-rows"]).stderr().lines().last(),
        Some("error: samples.jsonl: holds no sample; give at least one")
    );
}

#[test]
fn the_reported_codecs_are_read() {
    let faults = root().join("../shared/data/faults/08-parquet-codecs");
    if !faults.is_dir() {
        return println!("skipped: there is no shared data");
    }
    let bench = bench();
    let read = |name: &str| losses(&bench, faults.join(name).to_str().unwrap(), &[]);
    let losses = read("s-gz.parquet");
    assert!(losses.len() == 6 && losses == read("s-lz4.parquet"));
}

//! Recorded inputs: samples, submissions, responses and measured calls, as text and as tables.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use weighhouse::records::{
    Column, ColumnNames, Order, ReadOptions, Reading, RecordError, SampleFilter, Source, batches, blocks, calls, horde,
    periods, periods::Owners, rates, read_calls, read_requests, read_samples, read_submissions, replies, responses,
    samples, served, similarities, stakes, submissions, tasks, truths, volumes,
};
use weighhouse::reporter::Silent;

use crate::case::Case;
use crate::harness::Target;

pub const SAMPLES: Target = Target {
    name: "samples",
    run: |case, folder| samples(&put(case, folder, "s.jsonl")),
    dictionary: &[
        "messages",
        "role",
        "content",
        "user",
        "assistant",
        "system",
        "sample_id",
        "prompt",
        "response",
        "source",
        "sample-2",
        "\u{feff}",
        "\u{1f}",
        "\\ud800",
        "\\u0000",
    ],
    also: Vec::new,
    inputs: 4000,
};

pub const SUBMISSIONS: Target = Target {
    name: "submissions",
    run: |case, folder| submissions(&put(case, folder, "s.jsonl")),
    dictionary: &["uid", "hotkey", "model", "revision", "hash", "block", "competition", "a/b@main", "\r\n", "\\ud800"],
    also: Vec::new,
    inputs: 4000,
};

pub const RESPONSES: Target = Target {
    name: "responses",
    run: |case, folder| responses(&put(case, folder, "r.jsonl")),
    dictionary: &[
        "request_id",
        "uid",
        "reasoning",
        "source",
        "status",
        "rewarded",
        "correctness",
        "penalty",
        "loop",
        "similarity",
        "process_time",
        "timeout",
        "epoch_volume",
        "copy_of",
        "recorded_at",
        "2026-01-31T12:00:00Z",
        "-262143-01-01T00:00:00Z",
        "+262142-12-31T23:59:60.999999999+23:59",
    ],
    also: Vec::new,
    inputs: 4000,
};

pub const CALLS: Target = Target {
    name: "calls",
    run: |case, folder| calls(&put(case, folder, "c.jsonl")),
    dictionary: &[
        "concurrency",
        "texts",
        "tokens",
        "repetition",
        "base_bytes",
        "peak_bytes",
        "seconds",
        "device",
        "cuda:0",
        "18446744073709551615",
        "-0.0",
        "null",
    ],
    also: Vec::new,
    inputs: 4000,
};

/// Every kind of record that is a list of rows which stand for themselves.
pub const LISTS: Target = Target {
    name: "lists",
    run: |case, folder| lists(&put(case, folder, "l.jsonl")),
    dictionary: &[
        "uid",
        "seconds",
        "rate_limit",
        "stake",
        "block",
        "recorded_at",
        "null",
        "1e999",
        "-0",
        "4294967296",
        "expired_at",
        "task",
        "hotkey",
        "node_id",
        "left_task",
        "similarity",
        "weight",
        "time",
        "kind",
        "organic",
        "propensity",
        "batch_id",
        "cycle_start",
        "online",
        "job_uuid",
        "status",
        "ttl",
        "request_id",
        "endpoint",
        "query",
        "process_time_s",
        "timeout_s",
        "payload",
        "ok",
        "tempo",
        "volume",
    ],
    also: Vec::new,
    inputs: 2000,
};

pub const PHRASES: Target = Target {
    name: "phrases",
    run: |case, folder| told(SampleFilter::read(&put(case, folder, "phrases.txt"))),
    dictionary: &["\r\n", "\u{feff}", "\u{a0}"],
    also: Vec::new,
    inputs: 2000,
};

/// One table as each kind of record: which columns are read decides what is decoded.
pub const PARQUET: Target = Target {
    name: "parquet",
    run: |case, folder| {
        let path = put(case, folder, "table.parquet");
        format!("{} {} {} {}", samples(&path), submissions(&path), responses(&path), lists(&path))
    },
    dictionary: &["PAR1", "prompt", "uid", "request_id", "schema", "reasoning"],
    also: Vec::new,
    inputs: 2000,
};

/// Every other spelling of a file of text, by the folder's name of the one file: `s.csv`, `s.json`, `s.csv.gz`, `s.jsonl.zst`.
pub const TEXTS: Target = Target {
    name: "texts",
    run: |case, folder| {
        let path = folder.join(case.parts[0].name.replace('/', "-"));
        std::fs::write(&path, case.bytes()).unwrap();
        let answer = format!("{} {} {}", samples(&path), submissions(&path), responses(&path));
        std::fs::remove_file(&path).unwrap();
        answer
    },
    dictionary: &[
        "prompt",
        "response",
        "uid",
        "model",
        "block",
        "request_id",
        "reasoning",
        "messages",
        "role",
        "content",
        "assistant",
        "user",
        "system",
        ",",
        "\"\"",
        "\r\n",
        "\"",
        "[",
        "]",
        "{}",
        "true",
        "\u{feff}",
    ],
    also: Vec::new,
    inputs: 3000,
};

/// Writes an input that is one file.
fn put(case: &Case, folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, case.bytes()).unwrap();
    path
}

/// What rows came of an input, or why none did.
type Rows = Result<u64, RecordError>;

/// Reads an input as it is, with bad rows left out, and with two columns that the file calls by each other's names.
fn thrice(renamed: &str, read: impl Fn(&Reading<'_>) -> Rows) -> String {
    const KNOWN: &[&[Column]] = &[
        samples::COLUMNS,
        submissions::COLUMNS,
        responses::COLUMNS,
        calls::COLUMNS,
        rates::COLUMNS,
        stakes::COLUMNS,
        blocks::COLUMNS,
        periods::COLUMNS,
        served::COLUMNS,
        similarities::COLUMNS,
        tasks::COLUMNS,
        horde::batches::COLUMNS,
        horde::manifests::COLUMNS,
        horde::jobs::COLUMNS,
        horde::receipts::COLUMNS,
        horde::validators::COLUMNS,
        replies::COLUMNS,
        truths::COLUMNS,
        volumes::COLUMNS,
    ];
    let names = ColumnNames::parse(renamed, KNOWN).unwrap();
    let lenient = ReadOptions { skip_bad_rows: true, ..ReadOptions::default() };
    let strict = read(&Reading::strict());
    let reading = Reading::new(&lenient, &Silent);
    let skipping = read(&reading);
    if let Ok(rows) = strict {
        assert_eq!((skipping.as_ref().ok(), reading.skipped()), (Some(&rows), 0));
    }
    if strict.as_ref().is_err_and(|error| !error.is_of_a_row()) && skipping.is_ok() {
        panic!("what no row is to blame for was skipped: {strict:?}");
    }
    let swapped = read(&Reading::new(&ReadOptions { names, ..lenient }, &Silent));
    [strict, skipping, swapped].map(told).join(" ")
}

fn samples(path: &Path) -> String {
    let filter = SampleFilter::new(["I cannot".to_owned()]);
    thrice("prompt=response,response=prompt,sample_id=source", |reading| {
        let samples = read_samples(&Source::from(path), &filter, reading)?;
        for sample in &samples.rows {
            assert!(!samples.turns(sample).unwrap().is_empty());
        }
        Ok(samples.rows.len() as u64)
    })
}

fn submissions(path: &Path) -> String {
    thrice("uid=block,block=uid,hash=hotkey", |reading| {
        read_submissions(&Source::from(path), reading).map(|submissions| submissions.rows.len() as u64)
    })
}

fn lists(path: &Path) -> String {
    let source = Source::from(path);
    let counted = |rows: usize| Ok(rows as u64);
    [
        thrice("uid=stake", |reading| counted(batches::read_batches(&source, reading)?.rows.len())),
        thrice("uid=rate_limit,rate_limit=uid", |reading| counted(rates::read_rates(&source, reading)?.rows.len())),
        thrice("uid=stake,stake=uid", |reading| counted(stakes::read_stakes(&source, reading)?.rows.len())),
        thrice("block=recorded_at,recorded_at=block", |reading| {
            let blocks = blocks::read_blocks(&source, reading)?.rows;
            assert!(blocks.is_sorted_by(|one, next| one.number < next.number && one.second <= next.second));
            counted(blocks.len())
        }),
        thrice("node_id=requests,requests=node_id", |reading| {
            let mut rows = 0;
            let read = periods::read_periods(&source, reading, &mut Owners::default(), |_| rows += 1)?;
            assert_eq!(read.rows, rows);
            counted(rows)
        }),
        thrice("volume=quality,quality=volume", |reading| {
            let requests = served::read_served(&source, reading, &mut Owners::default())?.rows;
            assert!(requests.is_sorted_by(|one, next| one.time <= next.time));
            counted(requests.len())
        }),
        thrice("left_task=right_task,right_task=left_task", |reading| {
            let rows = similarities::read_similarities(&source, reading)?.rows;
            assert!(rows.iter().all(|row| row.left != row.right && (0.0..=1.0).contains(&row.similarity)));
            counted(rows.len())
        }),
        thrice("task=weight,weight=task", |reading| counted(tasks::read_tasks(&source, reading)?.rows.len())),
        hordes(&source),
        utilities(&source),
    ]
    .join(" ")
}

/// The files of a recording of compute jobs; one job is known to receipts.
fn hordes(source: &Source) -> String {
    let counted = |rows: usize| Ok(rows as u64);
    let names = || {
        let mut names = horde::HordeNames::default();
        names.jobs.number("a");
        names
    };
    [
        thrice("batch_id=block,block=batch_id", |reading| {
            let rows = horde::batches::read_horde_batches(source, reading)?.rows;
            assert!(rows.iter().all(|row| row.cycle.is_none_or(|cycle| cycle.start < cycle.stop)));
            counted(rows.len())
        }),
        thrice("executors=online,online=executors", |reading| {
            counted(horde::manifests::read_manifests(source, reading, &mut names())?.rows.len())
        }),
        thrice("seconds=timeout,timeout=seconds", |reading| {
            let rows = horde::jobs::read_jobs(source, reading, &mut names())?.rows;
            assert!(rows.iter().all(|row| row.timeout.is_none_or(|timeout| timeout >= 0.0)));
            counted(rows.len())
        }),
        thrice("timestamp=ttl,ttl=timestamp", |reading| {
            let rows = horde::receipts::read_receipts(source, reading, &mut names())?.rows;
            assert!(rows.iter().all(|row| row.presented_for == 0 && row.ttl >= 0.0));
            counted(rows.len())
        }),
        thrice("hotkey=stake,stake=hotkey", |reading| {
            counted(horde::validators::read_validators(source, reading, &mut names())?.rows.len())
        }),
    ]
    .join(" ")
}

/// Replies, truths and volumes.
fn utilities(source: &Source) -> String {
    let counted = |rows: usize| Ok(rows as u64);
    [
        thrice("uid=size_bytes,size_bytes=uid", |reading| {
            let mut rows = 0;
            let read = replies::read_replies(source, reading, |requests, reply| {
                assert!((reply.request as usize) < requests.rows.len());
                let is_ok = reply.status == replies::ReplyStatus::Ok;
                assert!(!is_ok || reply.process_time.is_some_and(|seconds| seconds > 0.0));
                rows += 1;
                Ok(())
            })?;
            assert_eq!(read.rows, rows);
            counted(rows)
        }),
        thrice("request_id=payload,payload=request_id", |reading| {
            counted(truths::read_truths(source, reading, |text| !text.is_empty())?.rows.len())
        }),
        thrice("uid=tempo,tempo=uid", |reading| counted(volumes::read_volumes(source, reading)?.rows.len())),
    ]
    .join(" ")
}

/// As minibatches, then as loops.
fn responses(path: &Path) -> String {
    [Order::Minibatches, Order::Loops].map(|order| responses_in(path, order)).join(" ")
}

fn responses_in(path: &Path, order: Order) -> String {
    thrice("uid=request_id,request_id=uid,reasoning=answer", |reading| {
        let take = |request: weighhouse::records::Request| {
            assert!(!request.responses.is_empty());
            Ok(())
        };
        read_requests(&Source::from(path), order, reading, take).map(|recording| recording.rows)
    })
}

fn calls(path: &Path) -> String {
    thrice("concurrency=texts,texts=concurrency,base_bytes=peak_bytes", |reading| {
        let calls = read_calls(&Source::from(path), reading)?;
        for call in &calls.rows {
            assert!(call.concurrency > 0 && call.texts > 0 && call.tokens != Some(0));
            assert_eq!(call.needed_bytes().is_some(), call.base_bytes.is_some() && call.peak_bytes.is_some());
        }
        Ok(calls.rows.len() as u64)
    })
}

/// The answer in words; an error names the file and stays short.
fn told<T>(result: Result<T, RecordError>) -> String {
    match result {
        Ok(_) => "read".into(),
        Err(error) => checked(&error),
    }
}

fn checked(error: &dyn Display) -> String {
    let message = error.to_string();
    assert!(!message.is_empty() && !message.contains('\n') && message.len() < 2000, "{message}");
    message
}

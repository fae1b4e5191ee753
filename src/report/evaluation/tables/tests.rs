//! What is written is what is read: values, types, nulls, documentation and bytes.

use std::fs::File;
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use std::path::Path;

use super::*;
use crate::outcome::SampleOutcome;
use crate::report::evaluation::testing::{self, floats, names, read_table};
use crate::report::table::{COLUMNS_KEY, DESCRIPTION_KEY};

struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn written(write: impl Fn(&Path)) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    write(&path);
    Written { _folder: folder, path }
}

impl Written {
    /// All rows in one batch.
    fn read(&self) -> RecordBatch {
        read_table(&self.path)
    }
}

#[test]
fn losses_keep_nan_inf_and_null_apart() {
    let mut evaluation = testing::evaluation(2, 5, 1);
    let outcomes = [
        SampleOutcome::measured(1.25, 14),
        SampleOutcome::measured(f64::NAN, 14),
        SampleOutcome::measured(f64::INFINITY, 14),
        SampleOutcome::no_target(),
        SampleOutcome::failed(14),
    ];
    evaluation.outcomes[0] = outcomes.to_vec();
    let batch = written(|path| losses(&evaluation).write(path).unwrap()).read();
    let losses = floats(&batch, "loss");
    assert_eq!(losses[0], Some(1.25));
    assert!(losses[1].is_some_and(f64::is_nan));
    assert_eq!(losses[2..5], [Some(f64::INFINITY), None, None]);
    let statuses = names(&batch, "status").into_iter().flatten().take(6).collect::<Vec<_>>();
    assert_eq!(statuses, ["ok", "nan", "inf", "no-target", "error", "ok"]);
    assert_eq!(batch["uid"].as_primitive::<UInt32Type>().values()[..], [1, 1, 1, 1, 1, 4, 4, 4, 4, 4]);
    assert_eq!(names(&batch, "sample_id")[9].as_deref(), Some("sample-4"));
    assert_eq!(batch["scored_tokens"].as_primitive::<UInt32Type>().value(4), 14);
}

#[test]
fn more_rows_than_a_chunk_are_all_written_in_order() {
    let mut evaluation = testing::evaluation(1, 1, 0);
    evaluation.measured = vec![0; 150_000];
    evaluation.outcomes[0] = (0..150_000).map(|n| SampleOutcome::measured(1.0, n)).collect();
    let batch = written(|path| losses(&evaluation).write(path).unwrap()).read();
    assert!(batch["scored_tokens"].as_primitive::<UInt32Type>().values().iter().copied().eq(0..150_000));
}

#[test]
fn wins_hold_every_ordered_pair_once() {
    let evaluation = testing::evaluation(5, 12, 2);
    let batch = written(|path| wins(&evaluation).write(path).unwrap()).read();
    // Three submissions in the first step, two in the second.
    assert_eq!(batch.num_rows(), 3 * 2 + 2);
    let column = |name: &str| batch[name].as_primitive::<UInt32Type>().values().to_vec();
    let pairs: Vec<_> = column("uid_a").into_iter().zip(column("uid_b")).collect();
    assert_eq!(pairs, [(1, 7), (1, 13), (7, 1), (7, 13), (13, 1), (13, 7), (4, 10), (10, 4)]);
    let all: u64 = evaluation.judgement.steps.iter().flat_map(|step| &step.rows).map(|row| row.wins).sum();
    assert_eq!(batch["wins"].as_primitive::<UInt64Type>().values().iter().sum::<u64>(), all);
    assert_eq!(names(&batch, "competition")[6].as_deref(), Some("s1"));
}

#[test]
fn weights_have_a_row_for_every_submission_in_every_step() {
    let evaluation = testing::evaluation(5, 12, 3);
    let batch = written(|path| weights(&evaluation).write(path).unwrap()).read();
    assert_eq!(batch.num_rows(), 15);
    let weights = floats(&batch, "weight");
    assert_eq!(weights[5], Some(evaluation.judgement.steps[1].weights[0]));
    // uid 1 takes no part in the second step; it keeps a weight, but has no loss, interval or verdict there.
    for name in ["epsilon", "average_loss", "win_rate", "win_rate_low", "step_weight", "weight_low"] {
        assert_eq!(floats(&batch, name)[5], None, "{name}");
    }
    let lead = evaluation.judgement.steps[0].rows[0].lead.unwrap();
    assert_eq!(batch["lead_over"].as_primitive::<UInt32Type>().value(0), 7);
    assert_eq!((floats(&batch, "lead")[0], floats(&batch, "lead_low")[0]), (Some(lead.by), Some(lead.by - 0.1)));
    assert!(batch["lead_over"].is_null(4) && floats(&batch, "lead")[4].is_none());
    assert!(batch["kept"].is_null(5) && batch["kept"].is_valid(6));
    assert_eq!(floats(&batch, "average_loss")[4], Some(f64::INFINITY));
    assert_eq!(names(&batch, "status")[4].as_deref(), Some("skipped"));
    assert!(names(&batch, "reason")[4].as_deref().unwrap().contains("lm_head"));
    assert!(batch["block"].is_null(2) && batch["hotkey"].is_null(3) && batch["commit"].is_null(0));
}

#[test]
fn steps_name_the_samples_in_drawing_order() {
    let evaluation = testing::evaluation(2, 3, 2);
    let batch = written(|path| steps(&evaluation).write(path).unwrap()).read();
    assert_eq!(batch["sample_index"].as_primitive::<UInt64Type>().values()[..], [2, 1, 0, 2, 1, 0]);
    assert_eq!(batch["position"].as_primitive::<UInt64Type>().values()[..], [0, 1, 2, 0, 1, 2]);
    assert_eq!(batch["step"].as_primitive::<UInt32Type>().values()[..], [0, 0, 0, 1, 1, 1]);
}

#[test]
fn timings_know_their_throughput() {
    let evaluation = testing::evaluation(1, 1, 0);
    let batch = written(|path| timings(&evaluation.timings).write(path).unwrap()).read();
    assert_eq!(floats(&batch, "tokens_per_second"), [None, Some(500.0)]);
    assert!(batch["uid"].is_null(0));
}

#[test]
fn columns_are_typed_and_documented_in_the_file() {
    let evaluation = testing::evaluation(3, 4, 2);
    let table = written(|path| weights(&evaluation).write(path).unwrap());
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&table.path).unwrap()).unwrap();
    let metadata = builder.metadata().file_metadata();
    let value = |key: &str| {
        let pairs = metadata.key_value_metadata().unwrap();
        pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone()).unwrap()
    };
    let columns: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&value(COLUMNS_KEY)).unwrap();
    assert!(value(DESCRIPTION_KEY).starts_with("What each step reports"));
    assert_eq!(metadata.created_by(), Some(concat!("weighhouse version ", env!("CARGO_PKG_VERSION"))));
    for field in builder.schema().fields() {
        let about = &field.metadata()[DESCRIPTION_KEY];
        assert!(!about.is_empty() && columns[field.name()] == *about, "{}", field.name());
    }
    let schema = builder.schema();
    let typed = |name: &str| {
        let field = schema.field_with_name(name).unwrap();
        (field.data_type().clone(), field.is_nullable())
    };
    assert_eq!(typed("uid"), (DataType::UInt32, false));
    assert_eq!(typed("block"), (DataType::UInt64, true));
    assert_eq!(typed("weight"), (DataType::Float64, true));
    assert_eq!(typed("kept"), (DataType::Boolean, true));
    assert_eq!(typed("reason"), (DataType::Utf8, true));
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let evaluation = testing::evaluation(6, 40, 3);
    for sheet in [losses, wins, weights, steps] {
        let bytes = || std::fs::read(written(|path| sheet(&evaluation).write(path).unwrap()).path).unwrap();
        assert!(bytes() == bytes());
    }
}

#[test]
fn an_empty_evaluation_gives_tables_without_rows() {
    let evaluation = testing::evaluation(0, 0, 0);
    for sheet in [losses, wins, weights, steps] {
        assert_eq!(written(|path| sheet(&evaluation).write(path).unwrap()).read().num_rows(), 0);
    }
}

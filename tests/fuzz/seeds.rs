//! Makes the part of the corpus that is not text: `cargo test --test fuzz seeds -- --ignored` writes it anew.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, LargeStringArray, ListArray, RecordBatch,
    StringArray, UInt32Array,
};
use candle_core::{Device, Tensor};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use serde_json::json;
use weighhouse::outcome::{SampleOutcome, SampleStatus};
use weighhouse::reporter::Silent;
use weighhouse::store::{EmbeddingStore, LossStore, SampleKey};

use crate::case::corpus;
use crate::targets::store::{Points, TEXTS, identity, only_file};

#[test]
#[ignore = "writes into the repository"]
fn seeds() {
    tables();
    parts();
    weights();
    embedder();
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    let path = corpus(target).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn tables() {
    let texts = |texts: [&str; 3]| -> ArrayRef { Arc::new(StringArray::from_iter_values(texts)) };
    let words = ["alpha", "beta", "I cannot"];
    let large: ArrayRef = Arc::new(LargeStringArray::from_iter_values(words));
    let shared: ArrayRef = Arc::new(words.into_iter().collect::<DictionaryArray<Int32Type>>());
    let uids: ArrayRef = Arc::new(UInt32Array::from_iter_values([1, 2, 3]));
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(0.5)]));
    let blocks: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(-1)]));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    let lists: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), None, Some([None])]));

    let plain = WriterProperties::builder().set_dictionary_enabled(false).set_encoding(Encoding::PLAIN);
    let delta = WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0);
    let delta = delta.set_dictionary_enabled(false).set_encoding(Encoding::DELTA_BYTE_ARRAY);
    let zstd = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let snappy = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let samples = [("prompt", texts(words)), ("response", large), ("sample_id", shared), ("list", lists)];
    let submissions = [("uid", uids.clone()), ("model", texts(["a/b", "c/d", "e"])), ("block", blocks.clone())];
    let responses = [
        ("request_id", texts(["r", "r", "s"])),
        ("uid", uids),
        ("reasoning", texts(words)),
        ("correctness", numbers),
        ("rewarded", flags),
        ("recorded_at", blocks),
    ];
    write("parquet", "samples-plain.parquet", &table(&samples, plain.clone().build()));
    write("parquet", "samples-snappy.parquet", &table(&samples, snappy.build()));
    write("parquet", "samples-zstd.parquet", &table(&samples, zstd.build()));
    write("parquet", "submissions.parquet", &table(&submissions, plain.build()));
    write("parquet", "responses.parquet", &table(&responses, WriterProperties::default()));
    write("parquet", "texts-delta.parquet", &table(&samples[..1], delta.build()));
}

fn table(columns: &[(&str, ArrayRef)], properties: WriterProperties) -> Vec<u8> {
    let table = RecordBatch::try_from_iter_with_nullable(
        columns.iter().map(|(name, array)| (*name, array.clone(), array.null_count() > 0)),
    );
    let table = table.unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), table.schema(), Some(properties)).unwrap();
    writer.write(&table).unwrap();
    writer.into_inner().unwrap()
}

/// What the stores themselves write.
fn parts() {
    let folder = tempfile::tempdir().unwrap();
    let store = LossStore::open(folder.path()).unwrap();
    let mut writer = store.writer(&identity()).unwrap();
    for (index, status) in [SampleStatus::Ok, SampleStatus::Nan, SampleStatus::NoTarget].into_iter().enumerate() {
        let loss = status.implied_loss().unwrap_or(2.5);
        writer.push(SampleKey::new(&[index as u32], 0), SampleOutcome { loss, scored_tokens: 3, status });
    }
    writer.finish().unwrap();
    let model = folder.path().join("losses").join(identity().key().to_string());
    let mut parts = fs::read_dir(model).unwrap().map(|entry| entry.unwrap().path());
    let part = parts.find(|path| path.extension().is_some_and(|end| end == "parquet")).unwrap();
    write("losses", "part.parquet", &fs::read(part).unwrap());
    EmbeddingStore::open(folder.path()).unwrap().embeddings(&Points, &TEXTS, &Silent).unwrap();
    let part = only_file(&folder.path().join("embeddings")).unwrap();
    write("embeddings", "part.parquet", &fs::read(part).unwrap());
}

fn tensor(name: &str, shape: &[usize]) -> (String, Tensor) {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|index| ((index * 37 % 101) as f32 - 50.0) / 100.0).collect();
    (name.to_owned(), Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
}

fn serialised(tensors: Vec<(String, Tensor)>) -> Vec<u8> {
    safetensors::serialize(tensors, None).unwrap()
}

fn weights() {
    write("safetensors", "one/model.safetensors", &serialised(vec![tensor("a", &[2, 3]), tensor("b", &[0, 4])]));
    write("safetensors", "two/a.safetensors", &serialised(vec![tensor("a", &[2])]));
    write("safetensors", "two/b.safetensors", &serialised(vec![tensor("b", &[3])]));
    let index = json!({"metadata": {"total_size": 20}, "weight_map": {"a": "a.safetensors", "b": "b.safetensors"}});
    write("safetensors", "two/model.safetensors.index.json", index.to_string().as_bytes());
}

/// A BERT of one layer; the texts beside the weights are kept by hand.
fn embedder() {
    const WIDTH: usize = 4;
    let mut tensors = Vec::new();
    for (table, rows) in [("word", 12), ("position", 16), ("token_type", 2)] {
        tensors.push(tensor(&format!("embeddings.{table}_embeddings.weight"), &[rows, WIDTH]));
    }
    let linears = [
        ("attention.self.query", WIDTH, WIDTH),
        ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH),
        ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", 8, WIDTH),
        ("output.dense", WIDTH, 8),
    ];
    for (part, outputs, inputs) in linears {
        tensors.push(tensor(&format!("encoder.layer.0.{part}.weight"), &[outputs, inputs]));
        tensors.push(tensor(&format!("encoder.layer.0.{part}.bias"), &[outputs]));
    }
    for norm in ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"] {
        tensors.push(tensor(&format!("{norm}.LayerNorm.weight"), &[WIDTH]));
        tensors.push(tensor(&format!("{norm}.LayerNorm.bias"), &[WIDTH]));
    }
    write("embedder", "bert/model.safetensors", &serialised(tensors));
    assert!(Path::new(&corpus("embedder").join("bert/modules.json")).exists());
}

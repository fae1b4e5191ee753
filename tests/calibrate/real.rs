//! The recorded answers of four language models to grade-school problems, with MiniLM: the embeddings' and letters'
//! parts and the penalties of transformers and rapidfuzz. Runs where data and model are at hand.

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::Device;
use serde::Deserialize;
use weighhouse::engine::device::embedding_dtype;
use weighhouse::engine::request::DtypeRequest;

use crate::bench::{Bench, root};

const TOLERANCE: f64 = 2e-5;
/// In bf16.
const NARROW_TOLERANCE: f64 = 2e-3;

#[derive(Deserialize)]
struct Expected {
    request_id: String,
    uid: u32,
    emb: f64,
    lev: f64,
    penalty: f64,
}

fn data() -> Option<PathBuf> {
    Some(root().join("../shared/data")).filter(|data| data.is_dir())
}

/// Its folder lies in `~/models`, or where `WEIGHHOUSE_MODELS` says.
fn model() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("models"));
    let models = std::env::var_os("WEIGHHOUSE_MODELS").map(PathBuf::from).or(home)?;
    Some(models.join("all-MiniLM-L6-v2")).filter(|model| model.is_dir())
}

#[test]
fn penalties_are_those_of_transformers_and_rapidfuzz() {
    agrees(200, &[], TOLERANCE);
}

#[test]
#[ignore = "embeds 4000 texts, which takes a minute or two"]
fn all_penalties_are_those_of_transformers_and_rapidfuzz() {
    agrees(1000, &[], TOLERANCE);
}

#[test]
fn in_bf16_penalties_are_near_those_of_transformers_and_rapidfuzz() {
    if embedding_dtype(DtypeRequest::Bf16, &Device::Cpu).is_err() {
        return println!("skipped: this processor has no products of bf16");
    }
    agrees(200, &["--device", "cpu", "--embedder-dtype", "bf16"], NARROW_TOLERANCE);
}

/// Calibrates on the first requests and compares every response.
fn agrees(requests: usize, further: &[&str], tolerance: f64) {
    let (Some(data), Some(model)) = (data(), model()) else {
        return println!("skipped: there is no shared data, or no model");
    };
    let bench = Bench::new();
    let lines = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(data.join(name)).unwrap();
        text.lines().take(4 * requests).map(str::to_owned).collect()
    };
    bench.write("recording.jsonl", lines("gsm8k-minibatches.jsonl").join("\n"));
    let model = model.display().to_string();
    let flags = ["recording.jsonl", "--embedder", &model, "--out", "out", "--store", "store", "--attacks", "none"];
    bench.run_plain(&[&flags[..], &["--threshold", "0.95", "--resamples", "1000"], further].concat()).succeeded();
    let expected: Vec<Expected> =
        lines("gsm8k-penalties.expected.jsonl").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let table = bench.table("responses");
    let found: HashMap<(String, u32), usize> =
        table.texts("request_id").into_iter().zip(table.numbers("uid")).zip(0..).collect();
    let column = |name: &str| table.floats(name).into_iter().map(Option::unwrap).collect::<Vec<f64>>();
    let (embedding, lexical, penalty) = (column("embedding"), column("lexical"), column("penalty"));
    assert_eq!(found.len(), expected.len());
    let (mut near, mut worst) = (Vec::new(), 0.0_f64);
    for expected in expected {
        let row = found[&(expected.request_id.clone(), expected.uid)];
        let pairs = [(embedding[row], expected.emb), (lexical[row], expected.lev), (penalty[row], expected.penalty)];
        for (found, expected_value) in pairs {
            let difference = (found - expected_value).abs();
            worst = worst.max(difference);
            assert!(difference <= tolerance, "{} uid {}: {pairs:?}", expected.request_id, expected.uid);
        }
        if (expected.penalty - 0.95).abs() <= tolerance {
            near.push((expected.request_id, expected.uid, expected.penalty));
        } else {
            assert_eq!(penalty[row] > 0.95, expected.penalty > 0.95, "{} uid {}", expected.request_id, expected.uid);
        }
    }
    println!("at most {worst:e} away; within {tolerance} of the threshold, where a flag may differ: {near:?}");
}

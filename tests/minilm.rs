//! all-MiniLM-L6-v2 on 25 recorded texts: embeddings are those of transformers, alone and in any company. It needs the
//! shared data (`../shared`, or the folder that `WEIGHHOUSE_SHARED` names) and the model (`all-MiniLM-L6-v2` in
//! `~/models`, or in the folder that `WEIGHHOUSE_MODELS` names); where either is absent, it is skipped.

use std::path::PathBuf;

use candle_core::{DType, Device};
use serde::Deserialize;
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::embedder::Embedder;

/// Largest difference allowed between a component and that of transformers.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Expected {
    text: String,
    pieces: usize,
    embedding: Vec<f32>,
}

fn expected() -> Option<Vec<Expected>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("WEIGHHOUSE_SHARED").map_or_else(beside, PathBuf::from);
    let text = std::fs::read_to_string(shared.join("data/minilm.expected.jsonl")).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn folder() -> Option<PathBuf> {
    let models = std::env::var_os("WEIGHHOUSE_MODELS").map(PathBuf::from);
    let model = models.or_else(|| Some(dirs::home_dir()?.join("models")))?.join("all-MiniLM-L6-v2");
    model.join("model.safetensors").is_file().then_some(model)
}

fn model() -> Option<BertEmbedder> {
    folder().map(|folder| BertEmbedder::load(&folder, &Device::Cpu, DType::F32).unwrap())
}

/// Embeds the texts in one call and compares all with what is expected.
fn check(embedder: &dyn Embedder, texts: &[&Expected]) {
    let embeddings = embedder.embed(&texts.iter().map(|e| e.text.as_str()).collect::<Vec<_>>()).unwrap();
    assert_eq!(embeddings.len(), texts.len());
    for (expected, embedding) in texts.iter().zip(&embeddings) {
        assert_eq!(embedding.len(), expected.embedding.len());
        let pairs = expected.embedding.iter().zip(embedding.iter());
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= TOLERANCE, "off by {worst:e}: {:?}", expected.text);
    }
}

#[test]
fn embeddings_are_those_of_transformers_in_any_company() {
    let (Some(expected), Some(folder)) = (expected(), folder()) else {
        return println!("skipped: there is no shared data, or no model");
    };
    check_in_any_company(&expected, BertEmbedder::load(&folder, &Device::Cpu, DType::F32).unwrap());
    let all: Vec<&Expected> = expected.iter().collect();
    check(&BertEmbedder::load_portable(&folder, &Device::Cpu).unwrap(), &all);
}

fn check_in_any_company(expected: &[Expected], mut model: BertEmbedder) {
    assert_eq!(model.width(), 384);
    for one in expected {
        assert_eq!(model.tokens(&one.text).unwrap().len(), one.pieces, "{:?}", one.text);
        check(&model, &[one]);
    }
    for (batch_tokens, step) in [(1, 7), (300, 4), (1024, 13), (100_000, 24)] {
        model = model.with_batch_tokens(batch_tokens);
        // 25 texts in another order, each twice.
        let shuffled: Vec<&Expected> = (0..50).map(|i| &expected[i * step % 25]).collect();
        check(&model, &shuffled);
    }
}

#[test]
fn white_space_around_a_text_changes_nothing() {
    let Some(model) = model() else {
        return println!("skipped: there is no model");
    };
    let embeddings = model.embed(&["two and two", "\n two and two\x1f\u{2003}", "two and  two."]).unwrap();
    assert_eq!(embeddings[0], embeddings[1]);
    assert_ne!(embeddings[0], embeddings[2]);
    assert!(model.embed(&[]).unwrap().is_empty());
}

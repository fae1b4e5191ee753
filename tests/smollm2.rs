//! SmolLM2-135M-Instruct on 32 recorded conversations: ids and losses are those of transformers. The ids need the
//! shared data (`../shared`, or the folder that `WEIGHHOUSE_SHARED` names), the losses the model itself too
//! (`smollm2-135m-instruct` in `~/models`, or in the folder that `WEIGHHOUSE_MODELS` names); what is absent is skipped.

use std::path::PathBuf;

use candle_core::{DType, Device};
use serde::Deserialize;
use weighhouse::engine::batch::Sequence;
use weighhouse::engine::causal_lm;
use weighhouse::engine::conversation::ConversationEncoder;
use weighhouse::engine::request::{TemplateRequest, TokenizerRules};
use weighhouse::records::{Reading, SampleFilter, Source, read_samples};

/// Largest difference allowed between a sample's loss and that of transformers, in nats.
const TOLERANCE: f64 = 2e-4;

#[derive(Deserialize)]
struct Expected {
    sample_id: String,
    ids: Vec<u32>,
    prompt_len: usize,
    scored: usize,
    loss: f64,
}

/// The shared data, if it is there.
fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let data = std::env::var_os("WEIGHHOUSE_SHARED").map_or_else(beside, PathBuf::from).join("data");
    data.is_dir().then_some(data)
}

/// The model with its weights, if it is there.
fn model() -> Option<PathBuf> {
    let models = std::env::var_os("WEIGHHOUSE_MODELS").map(PathBuf::from);
    let model = models.or_else(|| Some(dirs::home_dir()?.join("models")))?.join("smollm2-135m-instruct");
    model.join("model.safetensors").is_file().then_some(model)
}

fn expected(data: &std::path::Path) -> Vec<Expected> {
    let text = std::fs::read_to_string(data.join("smollm2-losses.expected.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn ids_are_those_of_transformers() {
    let Some(data) = shared() else {
        return println!("skipped: there is no shared data");
    };
    let folder = data.join("smollm2-135m-instruct");
    let encoder = ConversationEncoder::load(
        &folder,
        &TemplateRequest::Auto,
        TokenizerRules::default(),
        chrono::NaiveDateTime::default(),
    )
    .unwrap();
    let file = data.join("smollm2-losses.expected.jsonl");
    let pool = read_samples(&Source::from(file), &SampleFilter::default(), &Reading::strict()).unwrap();
    let turns: Vec<_> = pool.rows.iter().map(|sample| pool.turns(sample).unwrap()).collect();
    let conversations = encoder.encode_all(&turns, 2048);
    assert_eq!(conversations.len(), 32);
    for (expected, conversation) in expected(&data).iter().zip(conversations) {
        let conversation = conversation.unwrap();
        assert_eq!(conversation.ids, expected.ids, "{}", expected.sample_id);
        assert_eq!(conversation.prompt_len, expected.prompt_len, "{}", expected.sample_id);
        assert_eq!(conversation.scored(), expected.scored, "{}", expected.sample_id);
    }
}

#[test]
fn losses_are_those_of_transformers() {
    let (Some(data), Some(model)) = (shared(), model()) else {
        return println!("skipped: there is no shared data, or no model");
    };
    let decoder = causal_lm::load(&model, DType::F32, &Device::Cpu).unwrap().decoder;
    let all = expected(&data);
    let sequences: Vec<Sequence> =
        all.iter().map(|sample| Sequence { ids: &sample.ids, scored_from: sample.prompt_len }).collect();
    let losses = sequences.chunks(8).flat_map(|batch| decoder.losses(batch).unwrap());
    for (expected, loss) in all.iter().zip(losses) {
        let difference = (loss - expected.loss).abs();
        assert!(difference <= TOLERANCE, "{}: {loss} is off by {difference:e}", expected.sample_id);
    }
}

//! The ids of 32 recorded conversations on SmolLM2-135M-Instruct are those of transformers. Skipped where the shared
//! data is absent: `../shared`, or the folder that `WEIGHHOUSE_SHARED` names.

use std::path::PathBuf;

use serde_json::Value;
use weighhouse::engine::conversation::ConversationEncoder;
use weighhouse::engine::request::TemplateRequest;
use weighhouse::records::{SampleFilter, Source, read_samples};

/// The shared data, if it is there.
fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let data = std::env::var_os("WEIGHHOUSE_SHARED").map_or_else(beside, PathBuf::from).join("data");
    data.is_dir().then_some(data)
}

#[test]
fn ids_are_those_of_transformers() {
    let Some(data) = shared() else {
        return println!("skipped: there is no shared data");
    };
    let file = data.join("smollm2-losses.expected.jsonl");
    let recorded = std::fs::read_to_string(&file).unwrap();
    let samples: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let model = data.join("smollm2-135m-instruct");
    let encoder = ConversationEncoder::load(&model, &TemplateRequest::Auto, chrono::NaiveDateTime::default()).unwrap();
    let pool = read_samples(&Source::from(file), &SampleFilter::default()).unwrap();
    let texts: Vec<_> = pool.rows.iter().map(|sample| (sample.prompt.as_str(), sample.response.as_str())).collect();
    let conversations = encoder.encode_all(&texts, 2048);
    assert_eq!(conversations.len(), 32);
    for (sample, conversation) in samples.iter().zip(conversations) {
        let conversation = conversation.unwrap();
        let ids: Vec<u32> = serde_json::from_value(sample["ids"].clone()).unwrap();
        assert_eq!(conversation.ids, ids, "{}", sample["sample_id"]);
        assert_eq!(conversation.prompt_len, sample["prompt_len"], "{}", sample["sample_id"]);
        assert_eq!(conversation.scored(), sample["scored"], "{}", sample["sample_id"]);
    }
}

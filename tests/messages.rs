//! Conversations of several turns become the ids that transformers gives them: tests/data/messages.json holds its ids,
//! written by the program beside it.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use weighhouse::engine::conversation::ConversationEncoder;
use weighhouse::engine::request::{TemplateRequest, TokenizerRules};

#[derive(Deserialize)]
struct Case {
    template: Option<String>,
    messages: Vec<Value>,
    ids: Vec<u32>,
    prompt_len: usize,
}

#[test]
fn ids_are_those_of_transformers() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/llama-hasty");
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/messages.json")).unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let file = tempfile::NamedTempFile::new().unwrap();
        let choice = case.template.map_or(TemplateRequest::Auto, |source| {
            std::fs::write(file.path(), source).unwrap();
            TemplateRequest::File(file.path().to_path_buf())
        });
        let encoder =
            ConversationEncoder::load(&model, &choice, TokenizerRules::default(), chrono::NaiveDateTime::default())
                .unwrap();
        let conversation = encoder.encode(&case.messages, usize::MAX).unwrap();
        assert_eq!(conversation.ids, case.ids, "{:?}", case.messages);
        assert_eq!(conversation.prompt_len, case.prompt_len, "{:?}", case.messages);
    }
}

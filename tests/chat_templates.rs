//! Chat templates render as in transformers: tests/data/chat-templates.json holds its texts, written by the program
//! beside it.

use std::path::PathBuf;
use std::slice;

use chrono::NaiveDateTime;
use serde_json::{Value, json};
use weighhouse::engine::chat::ChatTemplate;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/chat-templates.json")).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is a text"))
}

fn template(reference: &Value, source: &str) -> Result<ChatTemplate, String> {
    let now: NaiveDateTime = text(reference, "now").parse().unwrap();
    let tokens = reference["tokens"].as_object().unwrap();
    let tokens = tokens.iter().map(|(name, token)| (name.as_str(), token.as_str().unwrap()));
    ChatTemplate::new(PathBuf::from("t.jinja"), source, tokens, now).map_err(|e| e.to_string())
}

#[test]
fn renders_as_transformers_does() {
    let reference = reference();
    let user = json!({"role": "user", "content": text(&reference, "user")});
    let assistant = json!({"role": "assistant", "content": text(&reference, "assistant")});
    for case in reference["cases"].as_array().unwrap() {
        let template = template(&reference, text(case, "template"));
        let name = text(case, "name");
        let render = |messages: &[Value], prompt: bool| {
            template.as_ref().map_err(String::clone)?.render(messages, prompt).map_err(|e| e.to_string())
        };
        assert_same(name, render(&[user.clone(), assistant.clone()], false), &case["conversation"]);
        assert_same(name, render(slice::from_ref(&user), true), &case["prompt"]);
    }
}

/// What we do not render as transformers does is refused; it never becomes another text.
#[test]
fn what_is_not_rendered_alike_is_refused() {
    let reference = reference();
    let user = json!({"role": "user", "content": "hi"});
    for source in reference["refused"].as_array().unwrap() {
        let source = source.as_str().unwrap();
        let rendered = template(&reference, source)
            .and_then(|t| t.render(slice::from_ref(&user), true).map_err(|e| e.to_string()));
        let message = rendered.expect_err(source);
        assert!(message.starts_with("t.jinja: the chat template "), "{source}: {message}");
    }
}

/// The same text, a refusal that repeats the template's own words on one line, or an error of ours for one of theirs.
fn assert_same(name: &str, rendered: Result<String, String>, expected: &Value) {
    if expected["fails"].is_string() {
        return assert!(rendered.is_err(), "{name}: {rendered:?} instead of {expected}");
    }
    match (rendered, expected["error"].as_str()) {
        (Ok(rendered), None) => assert_eq!(rendered, text(expected, "text"), "{name}"),
        (Err(message), Some(error)) => {
            let words = error.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(message.starts_with("t.jinja: the chat template refuses") && message.contains(&words), "{message}");
        }
        (rendered, _) => panic!("{name}: {rendered:?} instead of {expected}"),
    }
}

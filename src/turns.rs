//! A turn of a conversation: an object with `role` and `content`, as chat data sets and chat templates know it.

use serde_json::Value;

/// What is said in a turn: a text, the texts of its parts one behind the other, or nothing where it only calls tools;
/// `None` for anything else.
pub fn content(turn: &Value) -> Option<String> {
    let calls_tools = || turn.get("tool_calls").is_some_and(Value::is_array);
    match turn.get("content").unwrap_or(&Value::Null) {
        Value::Null if calls_tools() => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(|part| part.get("text")?.as_str()).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_is_a_text_or_parts_of_one() {
        assert_eq!(content(&json!({"content": "a"})).as_deref(), Some("a"));
        let parts = json!({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
        assert_eq!(content(&parts).as_deref(), Some("ab"));
        assert_eq!(content(&json!({"content": null, "tool_calls": []})).as_deref(), Some(""));
        for bad in [json!({}), json!({"content": null}), json!({"content": [{"type": "image"}]}), json!("a")] {
            assert_eq!(content(&bad), None, "{bad}");
        }
    }
}

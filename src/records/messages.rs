//! Conversations as chat data sets have them: a list of messages, each an object with `role` and `content`, as a list
//! or as its JSON text. The last assistant's turn is what is scored; what follows it is of no use.

use serde_json::Value;

use super::cell::Cell;
use super::kind::Kind;
use super::text::strip;
use crate::turns::content;

/// The turns of a conversation up to the last assistant's, each as it was recorded. A template sees all its fields.
#[derive(Debug)]
pub enum Turns {}

impl Cell for Turns {
    type Value = Vec<Value>;
    const KIND: Kind = Kind::Turns;

    fn read(cell: &Value) -> Option<Vec<Value>> {
        let mut turns = match cell {
            Value::Array(turns) => turns.clone(),
            Value::String(text) => serde_json::from_str(text).ok()?,
            _ => return None,
        };
        let is_scored = |turn: &Value| turn.get("role").and_then(Value::as_str) == Some("assistant");
        turns.truncate(turns.iter().rposition(is_scored)? + 1);
        let scored = content(turns.last()?)?;
        let is_whole = turns.len() > 1 && turns.iter().all(is_turn) && !strip(&scored).is_empty();
        is_whole.then_some(turns)
    }
}

fn is_turn(turn: &Value) -> bool {
    turn.get("role").is_some_and(|role| String::read(role).is_some()) && content(turn).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn turns(cell: &Value) -> Option<Vec<Value>> {
        Turns::read(cell)
    }

    fn turn(role: &str, content: &str) -> Value {
        json!({"role": role, "content": content})
    }

    #[test]
    fn all_turns_up_to_the_last_answer_are_kept() {
        let all = [
            turn("system", ""),
            turn("user", " a "),
            turn("assistant", "b"),
            turn("user", "c"),
            turn("assistant", "d"),
        ];
        assert_eq!(turns(&json!(all)).unwrap(), all);
        assert_eq!(turns(&json!(json!(all).to_string())).unwrap(), all, "as JSON text");
        let more = [&all[..], &[turn("user", "e")]].concat();
        assert_eq!(turns(&json!(more)).unwrap(), all, "nothing answers the last question");
    }

    #[test]
    fn content_may_come_in_parts() {
        let parts =
            json!({"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
        assert_eq!(turns(&json!([turn("user", "x"), parts])).unwrap()[1], parts);
    }

    #[test]
    fn a_turn_before_the_last_may_only_call_tools() {
        let call = json!({"role": "assistant", "content": null, "tool_calls": [{"type": "function"}]});
        let all = [turn("user", "a"), call.clone(), turn("tool", "7"), turn("assistant", "b")];
        assert_eq!(turns(&json!(all)).unwrap(), all);
        assert_eq!(turns(&json!([turn("user", "a"), call])), None, "nothing to score");
    }

    #[test]
    fn what_is_no_conversation_is_refused() {
        let (question, answer) = (turn("user", "a"), turn("assistant", "b"));
        for bad in [
            json!([]),
            json!([question]),
            json!([answer]),
            json!([question, turn("assistant", " \n")]),
            json!([{"role": "user"}, answer]),
            json!([{"content": "a"}, answer]),
            json!([{"role": "user", "content": [{"type": "image", "image": "x"}]}, answer]),
            json!([{"role": "user", "content": null}, answer]),
            json!(["a", "b"]),
            json!("a"),
            json!({"role": "user", "content": "a"}),
        ] {
            assert_eq!(turns(&bad), None, "{bad}");
        }
    }
}

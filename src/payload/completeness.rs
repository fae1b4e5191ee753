//! How much a payload holds, whatever is right about it.

use super::value::Value;

/// Whether it holds nothing: null, an empty text, list or object.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// How many keys have a value that is not null; of a list the mean over its items, of which those that are no objects
/// have none. An empty list has 0, what is neither list nor object `None`.
pub fn filled_fields(value: &Value) -> Option<f64> {
    match value {
        Value::Object(object) => Some(object.entries().filter(|(_, value)| !value.is_null()).count() as f64),
        Value::Array(items) => {
            let filled = |item: &Value| if let Value::Object(_) = item { filled_fields(item) } else { None };
            let sum: f64 = items.iter().filter_map(filled).sum();
            Some(sum / items.len().max(1) as f64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_not_null_are_counted() {
        let filled = |json| filled_fields(&Value::parse(json).unwrap());
        assert_eq!(filled(r#"{"a": 1, "b": null, "c": []}"#), Some(2.0));
        assert_eq!(filled(r#"[{"a": 1}, {}, null, {"b": 0, "c": ""}]"#), Some(0.75));
        assert_eq!([filled("[]"), filled("{}"), filled("null"), filled("7")], [Some(0.0), Some(0.0), None, None]);
    }

    #[test]
    fn nothing_is_empty() {
        let empty = |json| is_empty(&Value::parse(json).unwrap());
        assert!(["null", "[]", "{}", "\"\""].into_iter().all(empty));
        assert!(!["0", "false", "[null]", "\" \"", "NaN"].into_iter().any(empty));
    }
}

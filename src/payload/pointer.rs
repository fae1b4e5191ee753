//! JSON pointers (RFC 6901) as texts.

use std::borrow::Cow;

use super::faults::Step;
use super::value::Value;

/// The escaped tokens of a pointer; unlike the validator's own, also the empty ones.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = &str> {
    pointer.split('/').skip(1)
}

/// The key that a token stands for.
pub(super) fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { token.into() }
}

/// The token of a key.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The steps of a pointer into a value, as far as it has them.
pub(super) fn steps(pointer: &str, value: &Value) -> Vec<Step> {
    let mut at = Some(value);
    let mut steps = Vec::new();
    for token in tokens(pointer) {
        let step = match at {
            Some(Value::Array(items)) => {
                let place = token.parse().unwrap_or(usize::MAX);
                at = items.get(place);
                Step::Index(place)
            }
            _ => {
                let key = unescaped(token);
                at = at.and_then(|value| value.get(&key));
                Step::Key(key.into_owned())
            }
        };
        steps.push(step);
    }
    steps
}

/// What lies at the end of some steps.
pub(super) fn found<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(place) => value.items()?.get(*place),
    })
}

/// What lies at the end of some steps, to be replaced.
pub(super) fn found_mut<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match (value, step) {
        (Value::Object(object), Step::Key(key)) => object.get_mut(key),
        (Value::Array(items), Step::Index(place)) => items.get_mut(*place),
        _ => None,
    })
}

/// The text of the fragment of a URI, its `%` escapes resolved; `None` where they are no UTF-8.
pub(super) fn decoded(fragment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |place: usize| behind.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_value() {
        let value = Value::parse(r#"{"0": [{"": {"a/b~": 1}}]}"#).unwrap();
        let key = |key: &str| Step::Key(key.into());
        let path = steps("/0/0//a~1b~0", &value);
        assert_eq!(path, [key("0"), Step::Index(0), key(""), key("a/b~")]);
        assert_eq!(found(&value, &path), Some(&Value::Integer(1)));
        assert_eq!(unescaped(&escaped("~/~1")), "~/~1");
    }

    #[test]
    fn escapes_of_a_fragment_are_resolved() {
        let decoded = |text| decoded(text).unwrap_or_default();
        assert_eq!([decoded("/a%20b%C3%A9"), decoded("%"), decoded("%2"), decoded("%ff")], ["/a bé", "%", "%2", ""]);
    }
}

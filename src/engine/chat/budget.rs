//! How much a rendering may make. Fuel bounds its steps, but a step may double a text; so what is kept in a variable, gone
//! over, passed to a macro, made by a filter or written is counted, and each value of it has a largest size.

use std::cell::Cell;

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::arguments::fault;

/// Bytes that one rendering may make, besides [`SHARE`] times those of the conversation.
const LEAST: usize = 16 << 20;
const SHARE: usize = 64;
/// Largest value in bytes, besides those of the conversation.
const LARGEST: usize = 1 << 20;
/// What a value counts besides its text.
const EACH: usize = 16;

thread_local! {
    /// Bytes that may still be made on this thread, and the largest value. Outside a rendering only constants are
    /// computed.
    static LEFT: Cell<usize> = const { Cell::new(LEAST) };
    static MOST: Cell<usize> = const { Cell::new(LARGEST) };
}

/// Begins a rendering of a conversation on this thread.
pub fn begin(conversation: &Value) {
    let size = weight(conversation, usize::MAX).unwrap_or(0);
    LEFT.set(size.saturating_mul(SHARE).saturating_add(LEAST));
    MOST.set(size.saturating_add(LARGEST));
}

/// Counts bytes that are about to be made.
///
/// # Errors
/// They are more than may be made.
pub fn spend(bytes: usize) -> Result<(), Error> {
    let too_much = || fault("a rendering cannot make more than 16 MiB and 64 times its conversation");
    LEFT.set(LEFT.get().checked_sub(bytes).ok_or_else(too_much)?);
    Ok(())
}

/// Counts bytes of one text that is about to be made.
///
/// # Errors
/// It is too large, or too much is made.
pub fn spend_text(bytes: usize) -> Result<(), Error> {
    match bytes > MOST.get() {
        true => Err(too_large()),
        false => spend(bytes),
    }
}

/// Counts a value with all that it holds.
///
/// # Errors
/// As [`spend_text`].
pub fn kept(value: Value) -> Result<Value, Error> {
    spend(weighed(&value)?).map(|()| value)
}

/// Bytes of a value with all that it holds, which are not counted yet.
///
/// # Errors
/// It is too large.
pub fn weighed(value: &Value) -> Result<usize, Error> {
    weight(value, MOST.get()).ok_or_else(too_large)
}

fn too_large() -> Error {
    fault("a value of a template cannot hold more than 1 MiB besides its conversation")
}

/// What stands in a template as it is, which a loop may write many times.
///
/// # Errors
/// Too much is made.
pub fn written(bytes: usize) -> Result<Value, Error> {
    spend(bytes).map(|()| Value::from(""))
}

/// Bytes of a value with all that it holds, counted as often as it holds them; `None` where they are more than `most`.
fn weight(value: &Value, most: usize) -> Option<usize> {
    let mut sum = 0;
    add_weight(value, most, &mut sum).then_some(sum)
}

fn add_weight(value: &Value, most: usize, sum: &mut usize) -> bool {
    // A range is a list of numbers that takes no room.
    let own = if value.kind() == ValueKind::Number { 1 } else { EACH + value.as_bytes().map_or(0, <[u8]>::len) };
    *sum = sum.saturating_add(own);
    if *sum > most {
        return false;
    }
    let items = || value.try_iter().into_iter().flatten();
    match value.kind() {
        ValueKind::Map if value.as_object().is_some() => items()
            .all(|key| add_weight(&key, most, sum) && add_weight(&value.get_item(&key).unwrap_or_default(), most, sum)),
        ValueKind::Seq => items().all(|item| add_weight(&item, most, sum)),
        // What can be gone over only once has no length.
        ValueKind::Iterable if value.len().is_some() => items().all(|item| add_weight(&item, most, sum)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_weigh_what_they_hold_as_often_as_they_hold_it() {
        let text = Value::from("abcd");
        assert_eq!(weight(&text, 20), Some(20));
        assert_eq!(weight(&text, 19), None);
        assert_eq!(weight(&Value::from(vec![text.clone(), text.clone()]), 99), Some(56));
        assert_eq!(weight(&Value::from_pairs([("k", text)]), 99), Some(16 + 17 + 20));
        let doubled = (0..60).fold(Value::from(1), |value, _| Value::from(vec![value.clone(), value]));
        assert_eq!(weight(&doubled, LARGEST), None);
    }

    #[test]
    fn more_than_there_is_cannot_be_made() {
        begin(&Value::from("abcd"));
        assert!(spend_text(LARGEST + 20).is_ok());
        assert!(spend_text(LARGEST + 21).is_err());
        assert!(spend(LEAST).is_err());
        assert!(written(LEAST - LARGEST).is_ok(), "what was refused is not counted");
    }
}

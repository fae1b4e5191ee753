//! How far a response is from the truth, as the masa validator scores it: 1, less 0.1 for what is wrong, never below 0.

use super::python;
use super::value::{Object, Value};

/// What one thing that is wrong costs.
const COST: f64 = 0.1;

/// Score of a response, from 0 to 1: a key that is absent or null, a scalar whose text is another and an unequal item
/// cost 0.1, a list of another length 0.1 · (1 + the difference), what is nested as much as its own score is below 1.
/// Keys that the truth does not have cost nothing, a null response has 0.
///
/// `None` where the original raises an error: an item is an object and its counterpart is not.
pub fn difference(truth: &Value, response: &Value) -> Option<f64> {
    match (truth, response) {
        (_, Value::Null) => Some(0.0),
        _ => Some(1.0 - cost(truth, response)?),
    }
}

/// What the value of a key costs, or the outermost one.
fn cost(truth: &Value, response: &Value) -> Option<f64> {
    match (truth, response) {
        (Value::Object(truth), Value::Object(_)) => Some(1.0 - keyed(truth, response)?),
        (Value::Array(truth), Value::Array(response)) => Some(1.0 - listed(truth, response)?),
        _ if python::text(truth) == python::text(response) => Some(0.0),
        _ => Some(COST),
    }
}

/// Score of what stands for an object.
fn keyed(truth: &Object, response: &Value) -> Option<f64> {
    let mut score = 1.0;
    for (key, value) in truth.entries() {
        score -= match (contains(response, key)?, response.get(key)) {
            (false, _) | (true, Some(Value::Null)) => COST,
            (true, Some(given)) => cost(value, given)?,
            (true, None) => return None,
        };
    }
    Some(score.max(0.0))
}

/// What Python's `in` says of a key; `None` where it is an error.
pub(super) fn contains(value: &Value, key: &str) -> Option<bool> {
    match value {
        Value::Object(object) => Some(object.get(key).is_some()),
        Value::String(text) => Some(text.contains(key)),
        Value::Array(items) => Some(items.iter().any(|item| item.text() == Some(key))),
        _ => None,
    }
}

/// Score of a list.
fn listed(truth: &[Value], response: &[Value]) -> Option<f64> {
    if truth.len() != response.len() {
        return Some((1.0 - COST * (1 + truth.len().abs_diff(response.len())) as f64).max(0.0));
    }
    let mut score = 1.0;
    for (item, given) in truth.iter().zip(response) {
        score -= match (item, given) {
            (Value::Object(item), _) => 1.0 - keyed(item, given)?,
            (_, Value::Object(_)) => return None,
            _ if python::is_equal(item, given) => 0.0,
            _ => COST,
        };
    }
    Some(f64::max(score, 0.0))
}

//! The score of the masa validator by the keys that a response has: 1, less 0.1 for each that is missing, never below
//! 0.

use super::difference::contains;
use super::value::{Object, Value};

/// What one missing key costs.
const COST: f64 = 0.1;

/// How the keys of a response are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// One object, in which null is missing too; nothing counts unless `Username` is the query, in any case, and there
    /// is a `UserID`.
    Profile {
        /// What was asked for.
        query: &'a str,
    },
    /// A list of objects, in which only absent keys are missing, summed over all items; an empty list has 0.
    List,
}

/// Score of a response, from 0 to 1, by the keys that it should have.
///
/// `None` where the original raises an error: a profile is neither null nor an object or its `Username` is no text, a
/// list is a number or a flag or has such an item. What else is given for a list or an item, it searches as Python
/// would.
pub fn missing_fields(endpoint: Endpoint<'_>, keys: &[String], response: &Value) -> Option<f64> {
    match (endpoint, response) {
        (_, Value::Null) => Some(0.0),
        (Endpoint::Profile { query }, Value::Object(profile)) => of_profile(query, keys, profile),
        (Endpoint::Profile { .. }, _) => None,
        (Endpoint::List, _) => of_list(keys, response),
    }
}

fn of_profile(query: &str, keys: &[String], profile: &Object) -> Option<f64> {
    let has = |key: &str| profile.get(key).is_some_and(|value| !value.is_null());
    let name = profile.get("Username").map_or(Some(""), Value::text)?;
    if name.to_lowercase() != query.to_lowercase() || !has("UserID") {
        return Some(0.0);
    }
    Some(score(keys.iter().filter(|key| !has(key)).count()))
}

fn of_list(keys: &[String], response: &Value) -> Option<f64> {
    match response {
        Value::Array(items) if !items.is_empty() => {
            let absent = |item: &Value| -> Option<usize> {
                keys.iter().try_fold(0, |count, key| Some(count + usize::from(!contains(item, key)?)))
            };
            items.iter().try_fold(0, |sum, item| Some(sum + absent(item)?)).map(score)
        }
        // Python goes through the characters of a text and through the keys of an object.
        Value::String(text) if !text.is_empty() => {
            let mut letter = [0; 4];
            let letters = text.chars().map(|character| absent_in(character.encode_utf8(&mut letter), keys));
            Some(score(worthless(letters)))
        }
        Value::Object(object) if !object.is_empty() => {
            Some(score(worthless(object.entries().map(|(name, _)| absent_in(name, keys)))))
        }
        Value::Array(_) | Value::String(_) | Value::Object(_) => Some(0.0),
        _ => None,
    }
}

/// How many keys a text does not contain.
fn absent_in(text: &str, keys: &[String]) -> usize {
    keys.iter().filter(|key| !text.contains(key.as_str())).count()
}

/// The sum of some counts, or as much of it as takes the whole score.
fn worthless(counts: impl Iterator<Item = usize>) -> usize {
    let mut sum = 0;
    for count in counts {
        sum += count;
        if score(sum) == 0.0 {
            break;
        }
    }
    sum
}

fn score(missing: usize) -> f64 {
    (1.0 - COST * missing as f64).max(0.0)
}

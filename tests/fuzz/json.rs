//! Changes to the structure of a JSON text, or of one line of it: values are replaced, removed, doubled, nested or
//! renamed, and what comes out is JSON again, so that it reaches what lies behind the syntax.

use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Map, Value};

use crate::mutate::Mutator;

/// Changes the text, if it is JSON or has a line that is; false where nothing was done.
pub fn change(mutator: &mut Mutator, bytes: &mut Vec<u8>, lender: &[u8]) -> bool {
    if let Ok(mut value) = serde_json::from_slice::<Value>(bytes) {
        let lent = lent(mutator, lender);
        edit(mutator, &mut value, &lent);
        *bytes = if mutator.rng.random() { value.to_string() } else { format!("{value:#}") }.into_bytes();
        return true;
    }
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let index = mutator.rng.random_range(0..lines.len());
    let Ok(mut value) = serde_json::from_slice::<Value>(lines[index]) else { return false };
    let lent = lent(mutator, lender);
    edit(mutator, &mut value, &lent);
    let line = value.to_string().into_bytes();
    let mut lines = lines;
    lines[index] = &line;
    *bytes = lines.join(&b'\n');
    true
}

/// A value of another input.
fn lent(mutator: &mut Mutator, lender: &[u8]) -> Value {
    let line = |mutator: &mut Mutator| {
        let lines: Vec<&[u8]> = lender.split(|&byte| byte == b'\n').collect();
        serde_json::from_slice(lines.choose(mutator.rng)?).ok()
    };
    let mut value = serde_json::from_slice(lender).ok().or_else(|| line(mutator)).unwrap_or_default();
    let index = mutator.rng.random_range(0..count(&value));
    std::mem::take(nth(&mut value, index))
}

/// Number of values in a value, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place, counted as [`count`] counts.
fn nth(value: &mut Value, mut index: usize) -> &mut Value {
    if index == 0 {
        return value;
    }
    index -= 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        match count(child) {
            size if index < size => return nth(child, index),
            size => index -= size,
        }
    }
    unreachable!("the index is below the count")
}

fn edit(mutator: &mut Mutator, value: &mut Value, lent: &Value) {
    let index = mutator.rng.random_range(0..count(value));
    let target = nth(value, index);
    match mutator.rng.random_range(0..8) {
        0 | 1 => *target = simple(mutator),
        2 => *target = lent.clone(),
        3 => nest(mutator, target),
        _ => match target {
            Value::Array(items) => edit_list(mutator, items, lent),
            Value::Object(map) => edit_map(mutator, map, lent),
            Value::String(text) => edit_text(mutator, text),
            Value::Number(_) | Value::Bool(_) | Value::Null => *target = simple(mutator),
        },
    }
}

/// A value at an edge of its type, or a word of the dictionary.
fn simple(mutator: &mut Mutator) -> Value {
    match mutator.rng.random_range(0..10) {
        0 => Value::Null,
        1 => Value::Bool(mutator.rng.random()),
        2 => Value::Array(Vec::new()),
        3 => Value::Object(Map::new()),
        4 => Value::String(String::new()),
        5 | 6 => serde_json::from_str(mutator.number()).unwrap_or_default(),
        7 => Value::from(mutator.rng.random_range(-4..40)),
        _ => {
            let token = mutator.token();
            serde_json::from_str(&token).unwrap_or(Value::String(token))
        }
    }
}

fn nest(mutator: &mut Mutator, target: &mut Value) {
    let depth = if mutator.chance(8) { 100 } else { 1 };
    for _ in 0..depth {
        let inner = std::mem::take(target);
        *target = match mutator.rng.random() {
            true => Value::Array(vec![inner]),
            false => Value::Object(Map::from_iter([(mutator.token(), inner)])),
        };
    }
}

fn edit_list(mutator: &mut Mutator, items: &mut Vec<Value>, lent: &Value) {
    let index = mutator.rng.random_range(0..=items.len());
    match (mutator.rng.random_range(0..4), items.get(index).cloned()) {
        (0, Some(_)) => drop(items.remove(index)),
        (1, Some(item)) => items.insert(index, item),
        (2, Some(item)) => {
            let times = if mutator.chance(8) { 1000 } else { 3 };
            items.extend(std::iter::repeat_n(item, times));
        }
        _ => items.insert(index, lent.clone()),
    }
}

fn edit_map(mutator: &mut Mutator, map: &mut Map<String, Value>, lent: &Value) {
    let keys: Vec<String> = map.keys().cloned().collect();
    let chosen = keys.choose(mutator.rng).cloned().unwrap_or_default();
    match mutator.rng.random_range(0..4) {
        0 => drop(map.remove(&chosen)),
        1 => {
            let value = map.remove(&chosen).unwrap_or_default();
            map.insert(mutator.token(), value);
        }
        2 => {
            let value = simple(mutator);
            map.insert(mutator.token(), value);
        }
        _ => drop(map.insert(mutator.token(), lent.clone())),
    }
}

fn edit_text(mutator: &mut Mutator, text: &mut String) {
    let mut bytes = std::mem::take(text).into_bytes();
    let lender = mutator.token().into_bytes();
    mutator.change_bytes(&mut bytes, &lender);
    *text = String::from_utf8_lossy(&bytes).into_owned();
}

//! A JSON value as Python holds it: integers of any length, floats that need not be finite, keys in their order.

use std::cmp::Ordering;

/// Up to so many keys an object is searched from its beginning.
const SEARCHED: usize = 16;

/// A JSON value, at most [`DEEPEST`](super::DEEPEST) levels deep and a leaf.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number without fraction and exponent.
    Integer(i64),
    /// Such a number that takes more than 64 bits: its digits, behind `-` where it is negative.
    LongInteger(Box<str>),
    /// Any other number, `NaN` and the infinities too.
    Float(f64),
    /// A text.
    String(Box<str>),
    /// A list.
    Array(Box<[Value]>),
    /// Keys and their values.
    Object(Box<Object>),
}

impl Value {
    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(object) => object.get(key),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer of an optional `-` and digits that do not begin with a needless 0.
    pub(super) fn integer(digits: &str) -> Value {
        digits.parse().map_or_else(|_| Value::LongInteger(digits.into()), Value::Integer)
    }
}

/// Keys and their values in the order of the text; of a key given twice the last value, at the place of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    entries: Vec<(Box<str>, Value)>,
    /// Where there are many, their places in the order of the keys.
    sorted: Vec<u32>,
}

impl Object {
    pub(super) fn new(entries: Vec<(Box<str>, Value)>) -> Self {
        if entries.len() > SEARCHED {
            return Self::sorted(entries);
        }
        let mut kept: Vec<(Box<str>, Value)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match kept.iter_mut().find(|(known, _)| *known == key) {
                Some(entry) => entry.1 = value,
                None => kept.push((key, value)),
            }
        }
        Self { entries: kept, sorted: Vec::new() }
    }

    fn sorted(mut entries: Vec<(Box<str>, Value)>) -> Self {
        let mut sorted = places(&entries);
        let mut repeated = vec![false; entries.len()];
        for pair in (1..sorted.len()).rev().map(|end| [sorted[end - 1] as usize, sorted[end] as usize]) {
            let [one, next] = pair;
            if entries[one].0 == entries[next].0 {
                repeated[next] = true;
                entries[one].1 = std::mem::replace(&mut entries[next].1, Value::Null);
            }
        }
        if repeated.contains(&true) {
            let mut place = 0..;
            entries.retain(|_| place.next().is_some_and(|place: usize| !repeated[place]));
            sorted = places(&entries);
        }
        Self { entries, sorted }
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|place| &self.entries[place].1)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.position(key).map(|place| &mut self.entries[place].1)
    }

    /// The place of a key among all, from 0.
    pub(super) fn position(&self, key: &str) -> Option<usize> {
        if self.sorted.is_empty() {
            return self.entries.iter().position(|(known, _)| **known == *key);
        }
        let compare = |place: &u32| -> Ordering { (*self.entries[*place as usize].0).cmp(key) };
        self.sorted.binary_search_by(compare).ok().map(|found| self.sorted[found] as usize)
    }

    /// Keys and values in their order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }

    pub(super) fn as_slice(&self) -> &[(Box<str>, Value)] {
        &self.entries
    }
}

/// Places in the order of the keys; of equal ones the first first.
fn places(entries: &[(Box<str>, Value)]) -> Vec<u32> {
    let mut places: Vec<u32> = (0..entries.len() as u32).collect();
    places.sort_by(|one, other| entries[*one as usize].0.cmp(&entries[*other as usize].0));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_given_twice_the_last_value_stands_at_the_first_place() {
        for filler in [0, 40] {
            let filling = (0..filler).map(|number| (format!("f{number}").into(), Value::Null));
            let given = [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 5)];
            let entries = given.map(|(key, number)| (Box::from(key), Value::Integer(number))).into_iter();
            let object = Object::new(entries.chain(filling).collect());
            let first: Vec<_> = object.entries().take(3).collect();
            assert_eq!(first, [("b", &Value::Integer(5)), ("a", &Value::Integer(2)), ("c", &Value::Integer(4))]);
            assert_eq!(object.len(), 3 + filler);
            assert_eq!((object.get("c"), object.get("d")), (Some(&Value::Integer(4)), None));
        }
    }
}

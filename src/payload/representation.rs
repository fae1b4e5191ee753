//! Values as the validator sees them. It takes any representation of JSON, so that none is lost on the way: `NaN`, the
//! infinities and long integers stay what they are.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::slice::Iter;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object as Members};
use serde_json::{Number as JsonOwnNumber, Value as JsonValue};

use super::lax;
use super::value::{Object, Value};

/// The representation by [`Value`].
pub(super) struct Payload;

impl Json for Payload {
    type Node<'a> = &'a Value;
    type PreparedKey = String;
    type StringBuffer = ();
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.into()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(&Value) -> T) -> T {
        f(&Value::String(string.into()))
    }
}

impl<'a> Node<'a, Payload> for &'a Value {
    type Object = &'a Object;
    type Array = &'a [Value];
    type Number = Number<'a>;

    fn as_object(&self) -> Option<&'a Object> {
        if let Value::Object(object) = self { Some(object) } else { None }
    }

    fn as_array(&self) -> Option<&'a [Value]> {
        self.items()
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.text().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Number<'a>> {
        match self {
            Value::Integer(number) => Some(Number::Integer(*number)),
            Value::LongInteger(digits) => Some(Number::LongInteger(digits)),
            Value::Float(number) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        if let Value::Bool(flag) = self { Some(*flag) } else { None }
    }

    fn is_null(&self) -> bool {
        Value::is_null(self)
    }

    fn json_type(&self) -> JsonType {
        match self {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Integer(_) | Value::LongInteger(_) | Value::Float(_) => JsonType::Number,
            Value::String(_) => JsonType::String,
            Value::Array(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &JsonValue) -> bool {
        is_equal(self, expected)
    }

    /// Errors hold this, and nobody reads it: a copy of each faulty value would only cost time.
    fn to_value(&self) -> Cow<'a, JsonValue> {
        Cow::Owned(JsonValue::Null)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Value>(self) as usize))
    }
}

impl<'a> Members<'a, Payload> for &'a Object {
    type Node = &'a Value;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        Object::len(self)
    }

    fn get(&self, key: &String) -> Option<&'a Value> {
        Object::get(self, key)
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter(self.as_slice().iter())
    }
}

/// Keys and values of an object.
pub(super) struct MembersIter<'a>(Iter<'a, (Box<str>, Value)>);

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (&**key, value))
    }
}

impl<'a> Array<'a, Payload> for &'a [Value] {
    type Node = &'a Value;
    type ElementsIter = Iter<'a, Value>;

    fn len(&self) -> usize {
        <[Value]>::len(self)
    }

    fn elements(&self) -> Iter<'a, Value> {
        self.iter()
    }

    fn is_unique(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        self.iter().all(|item| seen.insert(Distinct(item)))
    }
}

/// A number of a payload.
pub(super) enum Number<'a> {
    Integer(i64),
    LongInteger(&'a str),
    Float(f64),
}

impl JsonNumber for Number<'_> {
    fn as_u64(&self) -> Option<u64> {
        match self {
            Number::Integer(number) => u64::try_from(*number).ok(),
            Number::LongInteger(digits) => digits.parse().ok(),
            Number::Float(_) => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        if let Number::Integer(number) = self { Some(*number) } else { None }
    }

    fn as_f64(&self) -> Option<f64> {
        match self {
            Number::Integer(number) => Some(*number as f64),
            Number::LongInteger(digits) => digits.parse().ok(),
            Number::Float(number) => Some(*number),
        }
    }

    fn as_str(&self) -> Cow<'_, str> {
        match self {
            Number::Integer(number) => number.to_string().into(),
            Number::LongInteger(digits) => Cow::Borrowed(digits),
            Number::Float(number) => number.to_string().into(),
        }
    }

    fn to_number(&self) -> Cow<'_, JsonOwnNumber> {
        let whole = self.as_i64().map(JsonOwnNumber::from).or_else(|| self.as_u64().map(JsonOwnNumber::from));
        let number = whole.or_else(|| JsonOwnNumber::from_f64(self.as_f64()?));
        // What is not finite has no number of JSON; only messages that nobody reads are made of this.
        Cow::Owned(number.unwrap_or_else(|| JsonOwnNumber::from(0)))
    }

    fn is_integer(&self) -> bool {
        !matches!(self, Number::Float(number) if !lax::is_whole(*number))
    }

    fn is_written_as_integer(&self) -> bool {
        !matches!(self, Number::Float(_))
    }
}

/// Whether a payload's value is one of the schema, numbers by their value.
fn is_equal(value: &Value, expected: &JsonValue) -> bool {
    match (value, expected) {
        (Value::Null, JsonValue::Null) => true,
        (Value::Bool(flag), JsonValue::Bool(other)) => flag == other,
        (Value::String(text), JsonValue::String(other)) => **text == **other,
        (Value::Array(items), JsonValue::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| is_equal(item, other))
        }
        (Value::Object(object), JsonValue::Object(others)) => {
            let is_same = |(key, other): (&String, &JsonValue)| object.get(key).is_some_and(|one| is_equal(one, other));
            object.len() == others.len() && others.iter().all(is_same)
        }
        (_, JsonValue::Number(other)) => value.as_number().is_some_and(|number| is_same_number(&number, other)),
        _ => false,
    }
}

fn is_same_number(number: &Number<'_>, other: &JsonOwnNumber) -> bool {
    match (number.as_i64(), other.as_i64(), number.as_u64(), other.as_u64()) {
        (Some(one), Some(other), ..) => one == other,
        (.., Some(one), Some(other)) => one == other,
        _ => number.as_f64().is_some_and(|one| other.as_f64() == Some(one)),
    }
}

/// A value that is equal to others as JSON Schema says: `1` and `1.0` are, `1` and `true` are not.
struct Distinct<'a>(&'a Value);

impl PartialEq for Distinct<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Value::Array(items), Value::Array(others)) => {
                items.len() == others.len()
                    && items.iter().zip(others).all(|(one, other)| Distinct(one) == Distinct(other))
            }
            (Value::Object(object), Value::Object(other)) => {
                let is_same =
                    |(key, value): (&str, &Value)| other.get(key).is_some_and(|o| Distinct(value) == Distinct(o));
                object.len() == other.len() && object.entries().all(is_same)
            }
            (Value::Float(number), Value::Integer(other)) | (Value::Integer(other), Value::Float(number)) => {
                *number == *other as f64
            }
            (one, other) => one == other,
        }
    }
}

/// That of a hash set; `NaN` is equal to nothing, which only leaves it in the set as often as it is given.
impl Eq for Distinct<'_> {}

impl Hash for Distinct<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            Value::Null => 0_u8.hash(state),
            Value::Bool(flag) => flag.hash(state),
            // Equal numbers have equal floats; the negative zero is 0.
            Value::Integer(number) => (*number as f64 + 0.0).to_bits().hash(state),
            Value::Float(number) => (number + 0.0).to_bits().hash(state),
            Value::LongInteger(text) | Value::String(text) => text.hash(state),
            Value::Array(items) => items.iter().for_each(|item| Distinct(item).hash(state)),
            Value::Object(object) => {
                let hash = |(key, value): (&str, &Value)| {
                    let mut hasher = DefaultHasher::new();
                    (key, Distinct(value)).hash(&mut hasher);
                    hasher.finish()
                };
                object.entries().map(hash).fold(0_u64, |sum, hash| sum ^ hash).hash(state);
            }
        }
    }
}

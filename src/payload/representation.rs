//! Values as the validator sees them. It takes any representation of JSON, so that none is lost on the way: `NaN`, the
//! infinities and long integers stay what they are. It is counted how often the validator looks.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::slice::Iter;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object as Members};
use serde_json::{Number as JsonOwnNumber, Value as JsonValue};

use super::lax;
use super::limits::Looks;
use super::value::{Object, Value};

/// The representation by [`Value`].
pub(super) struct Payload;

/// A value, and how often it may still be looked at; when that is spent, nothing is within it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub value: &'a Value,
    /// Containers that it lies in.
    pub depth: u16,
    pub looks: &'a Looks,
}

/// An object or a list with what they share.
pub(super) struct Within<'a, T: ?Sized> {
    all: &'a T,
    /// How deep what is within lies.
    depth: u16,
    looks: &'a Looks,
}

impl Json for Payload {
    type Node<'a> = Seen<'a>;
    type PreparedKey = String;
    type StringBuffer = ();
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.into()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(Seen<'_>) -> T) -> T {
        f(Seen { value: &Value::String(string.into()), depth: 0, looks: &Looks::all() })
    }
}

impl<T: ?Sized> Clone for Within<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Within<'_, T> {}

impl<'a> Node<'a, Payload> for Seen<'a> {
    type Object = Within<'a, Object>;
    type Array = Within<'a, [Value]>;
    type Number = Number<'a>;

    fn as_object(&self) -> Option<Within<'a, Object>> {
        let &Seen { value, depth, looks } = self;
        match value {
            Value::Object(all) if looks.one() => Some(Within { all, depth: depth + 1, looks }),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<Within<'a, [Value]>> {
        let &Seen { value, depth, looks } = self;
        value.items().filter(|_| looks.one()).map(|all| Within { all, depth: depth + 1, looks })
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.value.text().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Number<'a>> {
        Number::of(self.value)
    }

    fn as_boolean(&self) -> Option<bool> {
        if let Value::Bool(flag) = self.value { Some(*flag) } else { None }
    }

    fn is_null(&self) -> bool {
        self.value.is_null()
    }

    fn json_type(&self) -> JsonType {
        self.looks.one();
        match self.value {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Integer(_) | Value::LongInteger(_) | Value::Float(_) => JsonType::Number,
            Value::String(_) => JsonType::String,
            Value::Array(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &JsonValue) -> bool {
        is_equal(self.value, expected)
    }

    /// Errors hold this, and nobody reads it: a copy of each faulty value would only cost time.
    fn to_value(&self) -> Cow<'a, JsonValue> {
        self.looks.error(self.depth);
        Cow::Owned(JsonValue::Null)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Value>(self.value) as usize))
    }
}

impl<'a> Members<'a, Payload> for Within<'a, Object> {
    type Node = Seen<'a>;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        self.all.len()
    }

    fn get(&self, key: &String) -> Option<Seen<'a>> {
        self.all.get(key).map(|value| Seen { value, depth: self.depth, looks: self.looks })
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter { rest: self.all.as_slice().iter(), of: *self }
    }
}

/// Keys and values of an object.
pub(super) struct MembersIter<'a> {
    rest: Iter<'a, (Box<str>, Value)>,
    of: Within<'a, Object>,
}

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, Seen<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let Within { depth, looks, .. } = self.of;
        self.rest.next().map(|(key, value)| (&**key, Seen { value, depth, looks }))
    }
}

/// Items of a list.
pub(super) struct ItemsIter<'a> {
    rest: Iter<'a, Value>,
    of: Within<'a, [Value]>,
}

impl<'a> Iterator for ItemsIter<'a> {
    type Item = Seen<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let Within { depth, looks, .. } = self.of;
        self.rest.next().map(|value| Seen { value, depth, looks })
    }
}

impl<'a> Array<'a, Payload> for Within<'a, [Value]> {
    type Node = Seen<'a>;
    type ElementsIter = ItemsIter<'a>;

    fn len(&self) -> usize {
        self.all.len()
    }

    fn elements(&self) -> ItemsIter<'a> {
        ItemsIter { rest: self.all.iter(), of: *self }
    }

    fn is_unique(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        self.all.iter().all(|item| seen.insert(Distinct(item)))
    }
}

/// A number of a payload.
pub(super) enum Number<'a> {
    Integer(i64),
    LongInteger(&'a str),
    Float(f64),
}

impl<'a> Number<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(Self::Integer(*number)),
            Value::LongInteger(digits) => Some(Self::LongInteger(digits)),
            Value::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }
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
        (_, JsonValue::Number(other)) => Number::of(value).is_some_and(|number| is_same_number(&number, other)),
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

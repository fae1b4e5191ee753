//! Where pydantic lists a fault: keys in the order of the schema's properties, then others in that of the text; items
//! in theirs.

use super::faults::Step;
use super::pointer;
use super::subschemas::{Subschema, Subschemas};
use super::value::Value;

/// Keywords whose schemas hold for a value within.
const WITHIN: [&str; 9] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "items",
    "patternProperties",
    "prefixItems",
    "properties",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The place of a fault among all.
pub(super) type Rank = Vec<u32>;

/// The place of a fault that the validator came to by `evaluation`, the pointer of keywords, at a path in a payload;
/// and the schema that it is a fault of.
pub(super) fn rank<'a>(
    subschemas: &'a Subschemas,
    evaluation: &str,
    path: &[Step],
    payload: &Value,
) -> (Rank, Option<&'a Subschema>) {
    let mut subschema = subschemas.all.first();
    let (mut rank, mut at, mut steps) = (Rank::with_capacity(path.len() + 1), Some(payload), path.iter());
    let mut tokens = pointer::tokens(evaluation).peekable();
    while let (Some(from), Some(token)) = (subschema, tokens.next()) {
        let edge = from.edges.get(token).or_else(|| {
            let edge = from.edges.get(&format!("{token}/{}", tokens.peek()?))?;
            tokens.next();
            Some(edge)
        });
        let Some(edge) = edge else { break };
        if WITHIN.contains(&token) {
            let Some(step) = steps.next() else { break };
            rank.push(place(step, Some(from), at));
            at = at.and_then(|value| pointer::found(value, std::slice::from_ref(step)));
        }
        subschema = subschemas.all.get(edge.to);
    }
    for step in steps {
        rank.push(place(step, None, at));
        at = at.and_then(|value| pointer::found(value, std::slice::from_ref(step)));
    }
    (rank, subschema)
}

/// The place of a step among all from a value.
pub(super) fn place(step: &Step, subschema: Option<&Subschema>, from: Option<&Value>) -> u32 {
    match step {
        Step::Index(place) => *place as u32,
        Step::Key(key) => {
            let named = subschema.map_or(0, |subschema| subschema.properties.len() as u32);
            let known = subschema.and_then(|subschema| subschema.properties.get(key)).copied();
            let given = match from {
                Some(Value::Object(object)) => object.position(key).map(|place| place as u32 + 1),
                _ => None,
            };
            known.unwrap_or(named + given.unwrap_or(0))
        }
    }
}

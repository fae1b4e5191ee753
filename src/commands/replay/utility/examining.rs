//! Payloads against their schema and the truth, some at a time and in parallel; the texts are dropped on the way.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::schemas::Schemas;
use crate::excerpt::keep_start;
use crate::judge::utility::{Answer, Fault, Junk, JunkAnswer};
use crate::payload::{Endpoint, Extra, Kind, Schema, Step, Value, difference, filled_fields, is_empty, missing_fields};
use crate::records::replies::{Payload, ReplyRequests};

/// Characters of a fault's place that are kept.
const LONGEST_PATH: usize = 200;
/// Texts that nothing is in.
const JUNK: [(Junk, &str); 2] = [(Junk::EmptyObject, "{}"), (Junk::EmptyList, "[]")];

/// What payloads are held against.
pub struct Examiner<'a> {
    /// The schemas.
    pub schemas: &'a Schemas,
    /// The right answers, JSON texts, by ids of requests.
    pub truths: &'a HashMap<String, Box<str>>,
    /// Whether keys that a schema does not name are faults.
    pub extra: Extra,
    /// The endpoint of single profiles.
    pub profile: &'a str,
}

/// A payload and the number of its request.
pub struct Waiting {
    /// The request.
    pub request: u32,
    /// The payload.
    pub payload: Payload,
}

/// What a payload was found to be.
pub struct Examined {
    /// As the judge takes it.
    pub answer: Answer,
    /// Where each of its faults is.
    pub paths: Vec<String>,
}

impl Examiner<'_> {
    /// Examines payloads, in their order.
    pub fn examine(&self, requests: &ReplyRequests, waiting: &[Waiting]) -> Vec<Examined> {
        let mut numbers: Vec<u32> = waiting.iter().map(|one| one.request).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let truth = |&number: &u32| {
            let text = self.truths.get(requests.ids.name(number))?;
            Some((number, Value::parse(text).ok()?))
        };
        let truths: HashMap<u32, Value> = numbers.par_iter().filter_map(truth).collect();
        waiting.par_iter().map(|one| self.examined(requests, one, truths.get(&one.request))).collect()
    }

    fn examined(&self, requests: &ReplyRequests, waiting: &Waiting, truth: Option<&Value>) -> Examined {
        let request = &requests.rows[waiting.request as usize];
        let endpoint = requests.endpoints.name(request.endpoint);
        let schema = self.schemas.of(endpoint);
        let parsed = match &waiting.payload {
            Payload::Text(text) => Value::parse(text).ok(),
            Payload::Long => None,
        };
        let Some(value) = parsed else { return broken(schema.is_none(), false) };
        let mut found = held(schema, &value, self.extra);
        if found.answer.faults.iter().all(|fault| fault.kind != Kind::JsonInvalid as usize) {
            let query = request.query.as_deref();
            found.answer.missing_fields =
                schema.and_then(|schema| self.missing_fields(endpoint, query, schema, &value));
            found.answer.difference = truth.and_then(|truth| difference(truth, &value));
        }
        found
    }

    /// Of a profile nothing is known where the query is not.
    fn missing_fields(&self, endpoint: &str, query: Option<&str>, schema: &Schema, value: &Value) -> Option<f64> {
        let endpoint = match endpoint == self.profile {
            true => Endpoint::Profile { query: query? },
            false => Endpoint::List,
        };
        missing_fields(endpoint, schema.keys(), value)
    }
}

/// What texts that nothing is in are found to be by the schema of each endpoint that has one.
pub fn junk(schemas: &Schemas, endpoints: &[Box<str>], extra: Extra) -> Vec<JunkAnswer> {
    let of = |endpoint: usize| {
        let schema = schemas.of(&endpoints[endpoint])?;
        let answer = |&(junk, text): &(Junk, &str)| {
            let value = Value::parse(text).ok()?;
            Some(JunkAnswer { endpoint, junk, answer: held(Some(schema), &value, extra).answer })
        };
        Some(JUNK.iter().filter_map(answer).collect::<Vec<JunkAnswer>>())
    };
    (0..endpoints.len()).filter_map(of).flatten().collect()
}

/// A payload against its schema alone.
fn held(schema: Option<&Schema>, value: &Value, extra: Extra) -> Examined {
    let examination = schema.map(|schema| schema.examine(value, extra));
    let faults = examination.as_ref().map_or(&[][..], |found| &found.faults);
    if faults.iter().any(|fault| fault.kind == Kind::JsonInvalid) {
        return broken(schema.is_none(), examination.as_ref().is_some_and(|found| found.is_endless));
    }
    let answer = Answer {
        faults: faults.iter().map(fault).collect(),
        items: value.items().map(<[Value]>::len),
        missing_fields: None,
        difference: None,
        fields: share_of_fields(schema, value),
        is_empty: is_empty(value) || has_no_item(value, faults),
        is_broken: faults.iter().any(|fault| fault.path.is_empty() && is_other(fault.kind)),
        is_null: value.is_null(),
        is_unexamined: schema.is_none(),
        is_endless: false,
    };
    Examined { answer, paths: faults.iter().map(|fault| written(&fault.path)).collect() }
}

/// Whether none of a list's items, of which there are some, is what is asked for as a whole: as good as an empty one.
fn has_no_item(value: &Value, faults: &[crate::payload::Fault]) -> bool {
    let count = value.items().map_or(0, <[Value]>::len);
    let other = faults.iter().filter(|fault| is_other(fault.kind)).filter_map(|fault| match fault.path[..] {
        [Step::Index(item)] => Some(item),
        _ => None,
    });
    count > 0 && other.collect::<BTreeSet<usize>>().len() == count
}

/// What is no JSON, is so long that nobody looks, or takes too long to examine.
fn broken(is_unexamined: bool, is_endless: bool) -> Examined {
    let fault = Fault { kind: Kind::JsonInvalid as usize, is_null: false, item: None };
    let answer = Answer { faults: vec![fault], is_broken: true, is_unexamined, is_endless, ..Answer::default() };
    Examined { answer, paths: vec![String::new()] }
}

fn fault(found: &crate::payload::Fault) -> Fault {
    let item = match found.path.first() {
        Some(Step::Index(item)) => Some(*item),
        _ => None,
    };
    Fault { kind: found.kind as usize, is_null: found.null, item }
}

/// Whether a fault says that a value as a whole is another one than is asked for: of another type, or none of the
/// alternatives.
fn is_other(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::IntType
            | Kind::StringType
            | Kind::BoolType
            | Kind::FloatType
            | Kind::ListType
            | Kind::DictType
            | Kind::ModelType
            | Kind::NoneRequired
            | Kind::Schema
    )
}

/// Share of the schema's keys that have a value; without any, whether there is anything at all.
fn share_of_fields(schema: Option<&Schema>, value: &Value) -> f64 {
    let keys = schema.map_or(0, |schema| schema.keys().len());
    match filled_fields(value) {
        _ if keys == 0 => f64::from(u8::from(!is_empty(value))),
        // An empty sum of floats is -0.
        Some(filled) => (filled / keys as f64).min(1.0) + 0.0,
        None => 0.0,
    }
}

/// A place as `[3].user.name`.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(item) => text.push_str(&format!("[{item}]")),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
        }
        if text.len() > 4 * LONGEST_PATH {
            break;
        }
    }
    keep_start(&text, LONGEST_PATH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_people_write_it() {
        let path = [Step::Index(3), Step::Key("user".into()), Step::Key("names".into()), Step::Index(0)];
        assert_eq!(written(&path), "[3].user.names[0]");
        assert_eq!(written(&[]), "");
        assert!(written(&[Step::Key("x".repeat(5000))]).chars().count() <= LONGEST_PATH + 1);
    }

    fn answer(schema: &str, text: &str) -> Answer {
        held(Some(&Schema::new(schema).unwrap()), &Value::parse(text).unwrap(), Extra::Allowed).answer
    }

    #[test]
    fn what_is_another_value_as_a_whole_is_broken_or_empty() {
        let item = r#"{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}"#;
        let list = format!(r#"{{"type": "array", "items": {item}}}"#);
        for (text, expected) in [
            ("[]", [true, false]),
            ("[0]", [true, false]),
            ("[null]", [true, false]),
            (r#"[0, "x"]"#, [true, false]),
            (r#"[0, {"a": 1}]"#, [false, false]),
            ("[{}]", [false, false]),
            ("{}", [true, true]),
            ("7", [false, true]),
        ] {
            let found = answer(&list, text);
            assert_eq!([found.is_empty, found.is_broken], expected, "{text}");
        }
        let choice = r#"{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"#;
        assert_eq!([r#"{"c": 1}"#, r#"{"b": 1}"#].map(|text| answer(choice, text).is_broken), [true, false]);
        let items = format!(r#"{{"type": "array", "items": {choice}}}"#);
        assert_eq!([r#"[{"c": 1}]"#, r#"[{"b": 1}]"#].map(|text| answer(&items, text).is_empty), [true, false]);
        assert!(answer(&list, "[]").fields.is_sign_positive());
    }

    #[test]
    fn without_a_schema_nothing_is_known_of_fields() {
        let value = Value::parse("{}").unwrap();
        let found = held(None, &value, Extra::Allowed).answer;
        assert!(found.is_unexamined && found.is_empty && found.faults.is_empty());
        assert!(!answer(r#"{"type": "array"}"#, "[]").is_unexamined);
        let [unknown, endless] = [broken(true, false), broken(false, true)].map(|one| one.answer);
        assert_eq!([unknown.is_unexamined, unknown.is_endless], [true, false]);
        assert_eq!([endless.is_unexamined, endless.is_endless], [false, true]);
    }

    #[test]
    fn kinds_are_numbered_in_their_order() {
        assert!(Kind::ALL.iter().enumerate().all(|(place, &kind)| kind as usize == place));
    }
}

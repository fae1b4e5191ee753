//! Payloads against their schema and the truth, some at a time and in parallel; the texts are dropped on the way.

use std::collections::HashMap;

use rayon::prelude::*;

use super::schemas::Schemas;
use crate::excerpt::keep_start;
use crate::judge::utility::{Answer, Fault};
use crate::payload::{Endpoint, Extra, Kind, Schema, Step, Value, difference, filled_fields, is_empty, missing_fields};
use crate::records::replies::{Payload, ReplyRequests};

/// Characters of a fault's place that are kept.
const LONGEST_PATH: usize = 200;

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
        let parsed = match &waiting.payload {
            Payload::Text(text) => Value::parse(text).ok(),
            Payload::Long => None,
        };
        let Some(value) = parsed else { return broken() };
        let schema = self.schemas.of(endpoint);
        let examination = schema.map(|schema| schema.examine(&value, self.extra));
        let faults = examination.iter().flat_map(|found| &found.faults);
        if faults.clone().any(|fault| fault.kind == Kind::JsonInvalid) {
            return broken();
        }
        let missing = schema.and_then(|schema| self.missing_fields(endpoint, request.query.as_deref(), schema, &value));
        let answer = Answer {
            faults: faults.clone().map(fault).collect(),
            items: value.items().map(<[Value]>::len),
            missing_fields: missing,
            difference: truth.and_then(|truth| difference(truth, &value)),
            fields: share_of_fields(schema, &value),
            is_empty: is_empty(&value),
            is_broken: faults.clone().any(|fault| fault.path.is_empty() && is_of_type(fault.kind)),
            is_null: value.is_null(),
        };
        Examined { answer, paths: faults.map(|fault| written(&fault.path)).collect() }
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

/// What is no JSON, is so long that nobody looks, or takes too long to examine.
fn broken() -> Examined {
    let fault = Fault { kind: Kind::JsonInvalid as usize, is_null: false, item: None };
    let answer = Answer { faults: vec![fault], is_broken: true, ..Answer::default() };
    Examined { answer, paths: vec![String::new()] }
}

fn fault(found: &crate::payload::Fault) -> Fault {
    let item = match found.path.first() {
        Some(Step::Index(item)) => Some(*item),
        _ => None,
    };
    Fault { kind: found.kind as usize, is_null: found.null, item }
}

/// Whether a fault says that a value is of another type than the one that is asked for.
fn is_of_type(kind: Kind) -> bool {
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
    )
}

/// Share of the schema's keys that have a value; without any, whether there is anything at all.
fn share_of_fields(schema: Option<&Schema>, value: &Value) -> f64 {
    let keys = schema.map_or(0, |schema| schema.keys().len());
    match filled_fields(value) {
        _ if keys == 0 => f64::from(u8::from(!is_empty(value))),
        Some(filled) => (filled / keys as f64).min(1.0),
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

    #[test]
    fn kinds_are_numbered_in_their_order() {
        assert!(Kind::ALL.iter().enumerate().all(|(place, &kind)| kind as usize == place));
    }
}

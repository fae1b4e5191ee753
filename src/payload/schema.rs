//! A JSON Schema as it is compiled once and examines payloads many times. Nothing is fetched, patterns take time linear
//! in the text, and what a schema costs is bounded before it is compiled.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value as Json;

use super::examining::Examiner;
use super::faults::Examination;
use super::limits::LONGEST;
use super::representation::Payload;
use super::schema_error::SchemaError;
use super::subschemas::Subschemas;
use super::value::Value;

/// Largest pattern, in bytes of its compiled form.
const PATTERN: usize = 1 << 20;
/// Longest message of the validator that is shown, in characters; some hold a whole schema.
const MESSAGE: usize = 300;
/// The drafts that the validator knows.
const DRAFTS: [&str; 5] = [
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-04/schema",
];

/// Whether keys that a schema does not name are faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// Only where the schema says so.
    Allowed,
    /// Wherever an object's schema names all its keys by `properties`; where `allOf` and the like name further ones, as
    /// the schema says.
    Forbidden,
}

/// A compiled schema.
pub struct Schema {
    subschemas: Subschemas,
    open: Validator<Payload>,
    closed: Validator<Payload>,
    keys: Vec<String>,
}

impl Schema {
    /// Compiles the text of a schema, of draft 2020-12 unless its `$schema` names an older one.
    ///
    /// # Errors
    /// See [`SchemaError`].
    pub fn new(text: &str) -> Result<Self, SchemaError> {
        if text.len() > LONGEST {
            return Err(SchemaError::Long { bytes: text.len() });
        }
        let mut document: Json =
            serde_json::from_str(text).map_err(|error| SchemaError::Json { message: error.to_string() })?;
        check_draft(&document)?;
        let subschemas = Subschemas::new(&document)?;
        let order = subschemas.ordered()?;
        let open = compiled(&document)?;
        for place in subschemas.closable(&order) {
            if let Some(Json::Object(keywords)) = document.pointer_mut(place) {
                keywords.insert("additionalProperties".into(), Json::Bool(false));
            }
        }
        let closed = compiled(&document)?;
        let keys = subschemas.keys();
        Ok(Self { subschemas, open, closed, keys })
    }

    /// The keys of the objects that a payload is or lists, as the schema's `properties` have them; none where it has
    /// none.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// What is wrong with a payload. It is given up after [`MOST_LOOKS`](super::MOST_LOOKS), as where several
    /// alternatives that overlap lead to themselves.
    pub fn examine(&self, payload: &Value, extra: Extra) -> Examination {
        let validator = match extra {
            Extra::Allowed => &self.open,
            Extra::Forbidden => &self.closed,
        };
        match (Examiner { validator, subschemas: &self.subschemas }).faults(payload) {
            Some(faults) => Examination { faults, items: payload.items().map(<[Value]>::len), is_endless: false },
            None => Examination { is_endless: true, ..Examination::broken() },
        }
    }

    /// What is wrong with the text of a payload, which may be no JSON.
    pub fn examine_text(&self, text: &str, extra: Extra) -> Examination {
        match Value::parse(text) {
            Ok(payload) => self.examine(&payload, extra),
            Err(_) => Examination::broken(),
        }
    }
}

fn check_draft(document: &Json) -> Result<(), SchemaError> {
    let draft = document.get("$schema").and_then(Json::as_str).unwrap_or(DRAFTS[0]);
    if DRAFTS.contains(&draft.trim_end_matches('#')) {
        return Ok(());
    }
    Err(SchemaError::Draft { draft: shortened(draft), known: DRAFTS.join(", ") })
}

fn compiled(document: &Json) -> Result<Validator<Payload>, SchemaError> {
    let patterns = PatternOptions::regex().size_limit(PATTERN).dfa_size_limit(PATTERN);
    let options = jsonschema::options_for::<Payload>().offline().with_pattern_options(patterns);
    options.build(document).map_err(|error| {
        let message = match shortened(&error.to_string()) {
            pattern if pattern.ends_with(r#"is not a "regex""#) => {
                format!("{pattern} that is taken: at most 1 MiB when compiled, without look-around and back-references")
            }
            other => other,
        };
        SchemaError::Invalid { place: error.instance_path().to_string(), message }
    })
}

/// A library's message on one line.
fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MESSAGE).collect()
}

//! The schemas within a schema, each with its place, its properties and what it leads to.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::limits::MOST_SUBSCHEMAS;
use super::pointer;
use super::schema_error::SchemaError;

/// Keywords that hold one schema, and whether it is for a value within.
const SINGLE: [(&str, bool); 12] = [
    ("additionalItems", true),
    ("additionalProperties", true),
    ("contains", true),
    ("contentSchema", true),
    ("else", false),
    ("if", false),
    ("items", true),
    ("not", false),
    ("propertyNames", true),
    ("then", false),
    ("unevaluatedItems", true),
    ("unevaluatedProperties", true),
];
/// Keywords that hold a list of schemas.
const LISTS: [(&str, bool); 5] =
    [("allOf", false), ("anyOf", false), ("items", true), ("oneOf", false), ("prefixItems", true)];
/// Keywords that hold a schema for each of some names.
const NAMED: [(&str, bool); 6] = [
    ("$defs", true),
    ("definitions", true),
    ("dependencies", false),
    ("dependentSchemas", false),
    ("patternProperties", true),
    ("properties", true),
];
/// Keywords that name a schema elsewhere.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// A way from a schema to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub to: usize,
    /// Whether it leads to a value within, or holds for the same value.
    pub is_within: bool,
}

/// A schema within the schema, or the whole.
#[derive(Debug, Default)]
pub(super) struct Subschema {
    pub pointer: String,
    /// Places of its properties.
    pub properties: HashMap<String, u32>,
    /// Where keywords lead, by the tokens of pointers: `items`, `allOf/0`, `properties/NAME`, `$ref`.
    pub edges: HashMap<String, Edge>,
    /// Whether keys that it does not name are left open.
    pub is_open: bool,
}

/// All schemas within one, the outermost first.
#[derive(Debug, Default)]
pub(super) struct Subschemas {
    pub all: Vec<Subschema>,
    by_pointer: HashMap<String, usize>,
    anchors: HashMap<String, usize>,
}

/// A reference that is still to be followed.
struct Reference {
    from: usize,
    keyword: &'static str,
    text: String,
}

impl Subschemas {
    pub fn new(document: &Json) -> Result<Self, SchemaError> {
        let (mut found, mut references) = (Self::default(), Vec::new());
        found.add(String::new(), document, &mut references)?;
        while let Some(reference) = references.pop() {
            let refused = |pointer: &str| SchemaError::Reference {
                place: format!("{pointer}/{}", reference.keyword),
                reference: reference.text.clone(),
            };
            let place = found.place(document, &reference.text, &mut references)?;
            let to = place.ok_or_else(|| refused(&found.all[reference.from].pointer))?;
            found.all[reference.from].edges.insert(reference.keyword.into(), Edge { to, is_within: false });
        }
        Ok(found)
    }

    /// The schema that a reference names, if the document holds it.
    fn place(
        &mut self,
        document: &Json,
        text: &str,
        references: &mut Vec<Reference>,
    ) -> Result<Option<usize>, SchemaError> {
        let Some(target) = text.strip_prefix('#').and_then(pointer::decoded) else { return Ok(None) };
        if let Some(place) = self.by_pointer.get(&target).or_else(|| self.anchors.get(&target)) {
            return Ok(Some(*place));
        }
        match document.pointer(&target).filter(|_| target.starts_with('/')) {
            Some(schema @ (Json::Object(_) | Json::Bool(_))) => self.add(target, schema, references).map(Some),
            _ => Ok(None),
        }
    }

    /// Adds a schema and all within it, and says which it is.
    fn add(&mut self, pointer: String, schema: &Json, references: &mut Vec<Reference>) -> Result<usize, SchemaError> {
        if let Some(place) = self.by_pointer.get(&pointer) {
            return Ok(*place);
        }
        if self.all.len() == MOST_SUBSCHEMAS {
            return Err(SchemaError::Many);
        }
        let place = self.all.len();
        self.by_pointer.insert(pointer.clone(), place);
        self.all.push(Subschema { pointer: pointer.clone(), is_open: true, ..Subschema::default() });
        let Some(keywords) = schema.as_object() else { return Ok(place) };
        self.note(place, keywords, references)?;
        for (token, is_within, schema) in within(keywords) {
            let to = self.add(format!("{pointer}/{token}"), schema, references)?;
            self.all[place].edges.insert(token, Edge { to, is_within });
        }
        Ok(place)
    }

    /// What a schema says of itself.
    fn note(
        &mut self,
        place: usize,
        keywords: &Map<String, Json>,
        references: &mut Vec<Reference>,
    ) -> Result<(), SchemaError> {
        let text = |keyword: &str| keywords.get(keyword).and_then(Json::as_str);
        // In older drafts an `$id` of a fragment alone is an anchor.
        let id = text("$id").or_else(|| text("id"));
        if place > 0 && id.is_some_and(|id| !id.starts_with('#') && keywords.contains_key("$id")) {
            return Err(SchemaError::Nested { place: self.all[place].pointer.clone() });
        }
        let anchors = [text("$anchor"), text("$dynamicAnchor"), id.and_then(|id| id.strip_prefix('#'))];
        for anchor in anchors.into_iter().flatten() {
            self.anchors.entry(anchor.into()).or_insert(place);
        }
        for keyword in REFERENCES {
            references.extend(text(keyword).map(|text| Reference { from: place, keyword, text: text.into() }));
        }
        let subschema = &mut self.all[place];
        subschema.is_open = matches!(keywords.get("additionalProperties"), None | Some(Json::Bool(true)));
        let names = keywords.get("properties").and_then(Json::as_object).into_iter().flat_map(Map::keys);
        subschema.properties = names.cloned().zip(0..).collect();
        Ok(())
    }
}

/// The schemas that the keywords of one hold: tokens, whether they are for values within, and the schemas.
fn within(keywords: &Map<String, Json>) -> Vec<(String, bool, &Json)> {
    let mut found = Vec::new();
    for (keyword, is_within) in SINGLE {
        let schema = keywords.get(keyword).filter(|schema| schema.is_object() || schema.is_boolean());
        found.extend(schema.map(|schema| (keyword.to_string(), is_within, schema)));
    }
    for (keyword, is_within) in LISTS {
        let schemas = keywords.get(keyword).and_then(Json::as_array).into_iter().flatten();
        found.extend(schemas.enumerate().map(|(place, schema)| (format!("{keyword}/{place}"), is_within, schema)));
    }
    for (keyword, is_within) in NAMED {
        let schemas = keywords.get(keyword).and_then(Json::as_object).into_iter().flatten();
        let schemas = schemas.filter(|(_, schema)| schema.is_object() || schema.is_boolean());
        found
            .extend(schemas.map(|(name, schema)| (format!("{keyword}/{}", pointer::escaped(name)), is_within, schema)));
    }
    found
}

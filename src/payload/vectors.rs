//! What pydantic 2.14 and the masa validator's own code gave, and the field's vectors.

use std::collections::HashMap;
use std::fs;

use super::*;

fn file(name: &str) -> String {
    let path = format!("{}/tests/data/utility/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn lines(name: &str) -> Vec<Value> {
    file(&format!("{name}.jsonl")).lines().map(|line| Value::parse(line).unwrap()).collect()
}

fn schema(name: &str) -> Schema {
    Schema::new(&file(&format!("schema-{name}.json"))).unwrap()
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line.get(key).and_then(Value::text).unwrap()
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Kinds, paths and whether null was given.
fn written(faults: &[Fault]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("{key:?}"),
        Step::Index(place) => place.to_string(),
    };
    let fault = |fault: &Fault| {
        let path: Vec<String> = fault.path.iter().map(step).collect();
        format!("{} [{}] {}", fault.kind.name(), path.join(", "), fault.null)
    };
    faults.iter().map(fault).collect::<Vec<_>>().join("; ")
}

fn expected(errors: &Value) -> String {
    let step = |step: &Value| step.text().map_or_else(|| python::text(step), |key| format!("{key:?}"));
    let error = |error: &Value| {
        let path: Vec<String> = error.get("loc").and_then(Value::items).unwrap().iter().map(step).collect();
        let null = error.get("null") == Some(&Value::Bool(true));
        format!("{} [{}] {null}", text(error, "type"), path.join(", "))
    };
    errors.items().unwrap().iter().map(error).collect::<Vec<_>>().join("; ")
}

/// A number, or the name of the error that the original raises.
#[track_caller]
fn assert_score(found: Option<f64>, expected: &Value, what: &str) {
    let is_right = match (found, number(expected)) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-12,
        (None, None) => true,
        _ => false,
    };
    assert!(is_right, "{what}: {found:?} for {expected:?}");
}

#[test]
fn values_have_pydantic_s_faults() {
    let mut schemas: HashMap<&str, Schema> = ["kinds", "issue"].map(|name| (name, schema(name))).into();
    for (name, kind) in [("int", "integer"), ("float", "number"), ("str", "string"), ("bool", "boolean")] {
        schemas.insert(name, Schema::new(&format!(r#"{{"type": "{kind}"}}"#)).unwrap());
    }
    let mut count = 0;
    for (line, pydantic) in lines("values").iter().zip(lines("values.expected")) {
        assert_eq!(text(line, "case"), text(&pydantic, "case"));
        let kind = text(line, "type");
        let (name, extra) = match kind.strip_suffix("-forbid") {
            Some(name) => (name, Extra::Forbidden),
            None => (kind, Extra::Allowed),
        };
        let found = schemas[name].examine_text(text(line, "json"), extra);
        assert_eq!(written(&found.faults), expected(pydantic.get("errors").unwrap()), "{line:?}");
        count += 1;
    }
    assert_eq!(count, 713);
}

#[test]
fn responses_have_the_original_s_scores() {
    let endpoints = ["profile", "followers", "tweets"].map(|name| (name, schema(name)));
    let schemas: HashMap<&str, Schema> = endpoints.into();
    assert_eq!(["profile", "followers", "tweets"].map(|name| schemas[name].keys().len()), [20, 29, 34]);
    let truth: HashMap<String, Value> = lines("truth")
        .iter()
        .map(|line| (text(line, "request_id").to_owned(), Value::parse(text(line, "payload")).unwrap()))
        .collect();
    let all = lines("responses.expected");
    let with_uid = all.iter().filter_map(|line| Some((key(line)?, line)));
    let original: HashMap<(&str, i64), &Value> = with_uid.collect();
    let responses = lines("responses");
    assert_eq!(responses.len(), 161);
    for line in &responses {
        let (at, schema) = (key(line).unwrap(), &schemas[text(line, "endpoint")]);
        let original = original[&at];
        let payload = line.get("payload").and_then(Value::text);
        assert_eq!(payload.is_some(), original.get("errors").is_some(), "{at:?}");
        if let (Some(payload), Some(errors)) = (payload, original.get("errors")) {
            assert_eq!(written(&schema.examine_text(payload, Extra::Allowed).faults), expected(errors), "{at:?}");
            let forbidden = schema.examine_text(payload, Extra::Forbidden).faults.len();
            assert_eq!(number(original.get("errors_forbid").unwrap()), Some(forbidden as f64), "{at:?}");
        }
        let Ok(value) = payload.map_or(Ok(Value::Null), Value::parse) else {
            assert!(original.get("missing_fields").is_none() && original.get("difference").is_none());
            continue;
        };
        let endpoint = match text(line, "endpoint") {
            "profile" => Endpoint::Profile { query: text(line, "query") },
            _ => Endpoint::List,
        };
        let missing = missing_fields(endpoint, schema.keys(), &value);
        assert_score(missing, original.get("missing_fields").unwrap(), &format!("{at:?} missing fields"));
        let difference = difference(&truth[at.0], &value);
        assert_score(difference, original.get("difference").unwrap(), &format!("{at:?} difference"));
    }
}

fn key(line: &Value) -> Option<(&str, i64)> {
    match line.get("uid")? {
        Value::Integer(uid) => Some((text(line, "request_id"), *uid)),
        _ => None,
    }
}

#[test]
fn differences_are_the_original_s() {
    let (cases, original) = (lines("difference"), lines("difference.expected"));
    assert_eq!(cases.len(), 102);
    for (line, original) in cases.iter().zip(&original) {
        let found = difference(line.get("truth").unwrap(), line.get("response").unwrap());
        assert_score(found, original.get("value").unwrap(), text(line, "case"));
    }
}

#[test]
fn the_field_s_vectors_hold() {
    let found = schema("issue").examine_text(r#"{"id": "not-int"}"#, Extra::Allowed);
    assert_eq!(written(&found.faults), r#"int_parsing ["id"] false; missing ["followers"] false"#);
    let of = |text: &str| Value::parse(text).unwrap();
    let truth = of(r#"{"a":1,"b":"x","c":[1,2,3],"d":{"e":1}}"#);
    for (response, score) in [
        (r#"{"a":1,"b":"x","c":[1,2,3],"d":{"e":1}}"#, 1.0),
        (r#"{"a":1,"c":[1,2,3],"d":{"e":1}}"#, 0.9),
        (r#"{"a":1,"b":null,"c":[1,2,4],"d":{"e":2}}"#, 0.7),
        (r#"{"a":1,"b":"x","c":[1],"d":{"e":1}}"#, 0.7),
        ("{}", 0.6),
        ("null", 0.0),
    ] {
        let found = difference(&truth, &of(response)).unwrap();
        assert!((found - score).abs() < 1e-12, "{response}: {found}");
    }
    let ten = format!("[{}]", ["{}"; 10].join(","));
    let keys = ["id".to_owned()];
    assert_eq!(missing_fields(Endpoint::List, &keys, &of(&ten)), Some(0.0));
}

//! Keywords that the schemas of the field do not have, schemas as pydantic exports them, and schemas that are refused.

use std::collections::HashSet;

use super::*;

/// Kinds and paths of the faults of a payload.
fn faults_of(schema: &str, json: &str, extra: Extra) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("/{key}"),
        Step::Index(place) => format!("/{place}"),
    };
    let found = Schema::new(schema).unwrap().examine_text(json, extra).faults;
    let fault = |fault: &Fault| {
        let path: String = fault.path.iter().map(step).collect();
        format!("{}{}{path}", fault.kind.name(), if fault.null { "!" } else { "" })
    };
    found.iter().map(fault).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_faults(schema: &str, cases: &[(&str, &str)]) {
    for (json, expected) in cases {
        assert_eq!(faults_of(schema, json, Extra::Allowed), *expected, "{json} against {schema}");
    }
}

#[test]
fn kinds_have_their_own_names() {
    let names: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
    assert!(Kind::ALL.is_sorted());
}

#[test]
fn bounds_judge_converted_values() {
    assert_faults(
        r#"{"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 3}"#,
        &[
            ("\"-3\"", "greater_than_equal"),
            ("\"102\"", "less_than_equal"),
            ("\"7.0\"", "multiple_of"),
            ("true", "multiple_of"),
            ("7.5", "int_from_float"),
            ("100000000000000000000000000000", "multiple_of"),
            ("\"300000000000000000000000000000\"", "less_than_equal"),
            ("1e20", "int_parsing_size"),
            ("Infinity", "finite_number"),
            ("\"99\"", ""),
        ],
    );
    assert_faults(
        r#"{"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 18446744073709551615}"#,
        &[
            ("\"0.5\"", "greater_than"),
            ("18446744073709551615", "less_than"),
            ("18446744073709551614", ""),
            ("NaN", "less_than"),
            ("\"inf\"", "less_than"),
            ("-Infinity", "greater_than"),
        ],
    );
    assert_faults(r#"{"type": "number", "multipleOf": 0.5}"#, &[("NaN", ""), ("Infinity", ""), ("0.7", "multiple_of")]);
}

#[test]
fn keywords_have_their_kinds() {
    let schema = r#"{"properties": {
        "s": {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^a"}, "e": {"enum": [1, "a", null]},
        "c": {"const": {"a": [1]}},
        "l": {"items": {"type": "integer"}, "minItems": 2, "maxItems": 3, "uniqueItems": true},
        "d": {"type": "object", "minProperties": 1, "maxProperties": 2}, "n": {"not": {"type": "string"}},
        "t": {"prefixItems": [{"type": "integer"}], "items": false}, "z": {"type": "null"}, "x": false,
        "p": {"propertyNames": {"maxLength": 1}, "patternProperties": {"^i": {"type": "integer"}}}}}"#;
    assert_faults(
        schema,
        &[
            (r#"{"s": "a"}"#, "string_too_short/s"),
            (r#"{"s": "abcd"}"#, "string_too_long/s"),
            (r#"{"s": "bb"}"#, "string_pattern_mismatch/s"),
            (r#"{"e": 1.0, "c": {"a": [1.0]}}"#, ""),
            (r#"{"c": {"a": [true]}, "e": "1"}"#, "enum/e literal_error/c"),
            ("{\"l\": [1, \"1\"]}", "not_unique/l"),
            (r#"{"l": [1, 2.0, 2]}"#, "not_unique/l"),
            (r#"{"l": ["x"]}"#, "int_parsing/l/0"),
            (r#"{"l": [1]}"#, "too_short/l"),
            (r#"{"l": ["x", 1, 2, 3]}"#, "too_long/l"),
            (r#"{"d": {}, "n": "s"}"#, "too_short/d schema/n"),
            (r#"{"d": {"a": 1, "b": 1, "c": 1}, "n": 1}"#, "too_long/d"),
            (r#"{"t": ["x", 2]}"#, "int_parsing/t/0 schema/t/1"),
            (r#"{"z": 0, "x": 1}"#, "none_required/z schema/x"),
            (r#"{"p": {"i": "q", "ab": 1}}"#, "schema/p int_parsing/p/i"),
            ("7", ""),
        ],
    );
}

#[test]
fn nullable_and_other_choices() {
    let optional = r##"{"$defs": {"In": {"type": "object",
        "properties": {"x": {"type": "integer"}}, "required": ["x"]}},
        "properties": {"a": {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "null"}]},
        "b": {"anyOf": [{"$ref": "#/$defs/In"}, {"type": "null"}]}, "c": {"type": ["boolean", "null"]},
        "d": {"oneOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/In"}}]}},
        "required": ["d", "c"]}"##;
    assert_faults(
        optional,
        &[
            (r#"{"a": null, "b": null, "c": null, "d": null}"#, ""),
            (r#"{"a": "10", "c": "yes", "b": {"x": "1"}, "d": [{"x": 2.0}]}"#, "less_than_equal/a"),
            (
                r#"{"d": [{}, 5, {"x": null}], "c": "q", "b": [], "a": "z"}"#,
                "int_parsing/a model_type/b bool_parsing/c missing/d/0/x model_type/d/1 int_type!/d/2/x",
            ),
            ("{}", "missing/c missing/d"),
        ],
    );
    assert_eq!(
        faults_of(optional, r#"{"d": null, "c": true, "b": {"x": 1, "y": 2}, "w": 0}"#, Extra::Forbidden),
        "extra_forbidden/b/y extra_forbidden/w"
    );
    let union = r#"{"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}}"#;
    assert_faults(union, &[(r#"["1", "yes", 2, null, 1.5]"#, "schema!/3 schema/4")]);
    let several = r#"{"type": "array", "items": {"type": ["integer", "boolean"]}}"#;
    assert_faults(several, &[(r#"["1", "yes", 2, null, []]"#, "schema!/3 schema/4")]);
}

#[test]
fn schemas_that_recur_are_followed() {
    let tree = r##"{"type": "object",
        "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["v"]}"##;
    assert_faults(
        tree,
        &[(
            r#"{"kids": [{"v": "1", "kids": [{"kids": 1}]}, 5], "v": "q"}"#,
            "int_parsing/v missing/kids/0/kids/0/v list_type/kids/0/kids/0/kids model_type/kids/1",
        )],
    );
    let anchored = r##"{"$defs":
        {"t": {"$anchor": "tree", "properties": {"l": {"$ref": "#tree"}, "v": {"type": "integer"}}}},
        "$ref": "#tree"}"##;
    assert_faults(anchored, &[(r#"{"v": "x", "l": {"l": {"v": []}}}"#, "int_type/l/l/v int_parsing/v")]);
}

#[test]
fn conversions_end() {
    let both = r#"{"allOf": [{"type": "integer"}, {"type": "boolean"}]}"#;
    assert_faults(both, &[("\"1\"", "schema"), ("1", "schema"), ("5", "bool_parsing"), ("[]", "int_type")]);
    // Each conversion makes the next one necessary.
    let chain: Vec<String> = (0..12)
        .map(|n| {
            format!(
                r#"{{"if": {{"properties": {{"k{n}": {{"type": "integer"}}}}, "required": ["k{n}"]}},
            "then": {{"properties": {{"k{}": {{"type": "integer"}}}}}}}}"#,
                n + 1
            )
        })
        .collect();
    let schema = format!(r#"{{"allOf": [{{"properties": {{"k0": {{"type": "integer"}}}}}}, {}]}}"#, chain.join(", "));
    let keys: Vec<String> = (0..12).map(|n| format!("\"k{n}\": \"{n}\"")).collect();
    assert_faults(&schema, &[(&format!("{{{}, \"k12\": \"x\"}}", keys.join(", ")), "int_parsing/k12")]);
}

#[test]
fn only_whole_objects_are_closed() {
    let joined = r##"{"$defs": {"base": {"properties": {"a": {}}}},
        "allOf": [{"$ref": "#/$defs/base"}, {"properties": {"b": {}}}]}"##;
    assert_eq!(faults_of(joined, r#"{"a": 1, "b": 2, "c": 3}"#, Extra::Forbidden), "");
    let single = r##"{"$defs": {"base": {"properties": {"a": {}}}},
        "properties": {"x": {"allOf": [{"$ref": "#/$defs/base"}]},
        "properties": {"properties": {"q": {}}}}}"##;
    let given = r#"{"x": {"a": 1, "b": 2}, "properties": {"r": 1}, "c": 3}"#;
    assert_eq!(
        faults_of(single, given, Extra::Forbidden),
        "extra_forbidden/x/b extra_forbidden/properties/r extra_forbidden/c"
    );
    assert_faults(single, &[(given, "")]);
    let unevaluated =
        r#"{"allOf": [{"properties": {"a": {}}}], "properties": {"b": {}}, "unevaluatedProperties": false}"#;
    assert_faults(unevaluated, &[(r#"{"a": 1, "b": 2, "d": 4, "c": 3}"#, "extra_forbidden/d extra_forbidden/c")]);
    let typed = r#"{"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}"#;
    assert_eq!(faults_of(typed, r#"{"a": 1, "b": "2", "c": "x"}"#, Extra::Forbidden), "int_parsing/c");
}

#[test]
fn older_drafts_are_read() {
    let seventh = r##"{"$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"n": {"$id": "#n", "type": "integer"}},
        "properties": {"a": {"$ref": "#/definitions/n"}, "b": {"$ref": "#n"}}, "additionalProperties": false}"##;
    assert_faults(seventh, &[(r#"{"a": "x", "b": [], "c": 1}"#, "int_parsing/a int_type/b extra_forbidden/c")]);
    let fourth = r##"{"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer", "minimum": 1,
        "exclusiveMinimum": true}"##;
    assert_faults(fourth, &[("2.0", ""), ("1.0", "greater_than"), ("\"x\"", "int_parsing")]);
}

#[track_caller]
fn refusal(schema: &str) -> String {
    let message = Schema::new(schema).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(!message.contains('\n') && message.len() < 600, "{message}");
    message
}

#[test]
fn schemas_that_are_none_are_refused() {
    let begins = |schema: &str, beginning: &str| {
        let message = refusal(schema);
        assert!(message.starts_with(beginning), "{message}");
    };
    begins("{", "the schema is no JSON: EOF while parsing an object");
    begins("[]", "at its top the schema is none: ");
    begins(r#"{"type": "integr"}"#, "at `/type` the schema is none: ");
    begins(r#"{"properties": {"a": {"minimum": "1"}}}"#, "at `/properties/a/minimum` the schema is none: ");
    begins(
        r#"{"$schema": "https://example.com/s"}"#,
        "`$schema` is `https://example.com/s`, which would have to be fetched",
    );
    begins(
        r#"{"items": {"$ref": "https://example.com/s"}}"#,
        "at `/items/$ref` the schema refers to `https://example.com/s`, which it does not hold",
    );
    begins(r#"{"items": {"$ref": "other.json#/a"}}"#, "at `/items/$ref` the schema refers to `other.json#/a`");
    begins(r##"{"$dynamicRef": "#none"}"##, "at `/$dynamicRef` the schema refers to `#none`");
    begins(r##"{"$ref": "#/$defs/a"}"##, "at `/$ref` the schema refers to `#/$defs/a`");
    begins(r##"{"$ref": "#/title", "title": "a"}"##, "at `/$ref` the schema refers to `#/title`");
    begins(r#"{"items": {"$id": "https://example.com/s"}}"#, "at `/items` `$id` begins another document");
    begins(r##"{"$ref": "#"}"##, "at its top the schema refers to itself");
    begins(
        r##"{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}"##,
        "at `/$defs/a` the schema refers to itself",
    );
    begins(&" ".repeat(LONGEST + 1), "the schema has 1048577 bytes");
}

#[test]
fn schemas_that_cost_too_much_are_refused() {
    let many: Vec<String> = (0..MOST_SUBSCHEMAS).map(|n| format!("\"{n}\": {{}}")).collect();
    assert!(refusal(&format!("{{\"properties\": {{{}}}}}", many.join(", "))).contains("more than 5000"));
    // A chain of references, and alternatives that double at each step.
    let chain = |last: usize, link: &dyn Fn(usize) -> String| {
        let links: Vec<String> = (0..last).map(|n| format!("\"d{n}\": {}", link(n + 1))).collect();
        format!("{{\"$defs\": {{{}, \"d{last}\": {{}}}}, \"items\": {{\"$ref\": \"#/$defs/d0\"}}}}", links.join(", "))
    };
    let reference = |n: usize| format!("{{\"$ref\": \"#/$defs/d{n}\"}}");
    assert!(refusal(&chain(DEEPEST_IN_PLACE, &reference)).contains("hold for one value"));
    assert_eq!(refusal(&chain(DEEPEST_IN_PLACE - 2, &reference)), "");
    let doubled = |n: usize| format!("{{\"anyOf\": [{0}, {0}]}}", reference(n));
    assert!(refusal(&chain(14, &doubled)).contains("hold for one value"));
    // Patterns: too large, and beyond what is linear.
    let pattern = |text: &str| refusal(&format!("{{\"pattern\": \"{text}\"}}"));
    assert!(pattern("^(([a-z]{1,100}-){1,100}_){1,100}$").starts_with("at `"));
    assert!(pattern("(?=a)b").starts_with("at `"));
    assert!(pattern("(a)\\\\1").starts_with("at `"));
    assert_eq!(pattern("^(a+)+$"), "");
    // The text of a schema may not be nested without end either.
    assert!(refusal(&"{\"items\":".repeat(10_000)).starts_with("the schema is no JSON: recursion limit"));
}

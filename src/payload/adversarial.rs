//! Payloads that were made to crash, to hang or to fill the memory. Tests run on threads of 2 MiB of stack.

use super::*;

fn reason(text: &str) -> Option<Reason> {
    Value::parse(text).err().map(|malformed| malformed.reason)
}

fn nested(levels: usize, open: &str, within: &str, close: &str) -> String {
    [open.repeat(levels), within.into(), close.repeat(levels)].concat()
}

#[test]
fn nesting_is_bounded_as_pydantic_bounds_it() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        assert_eq!(reason(&nested(DEEPEST, open, "1", close)), None);
        assert_eq!(reason(&nested(DEEPEST, open, "[]", close)), None);
        assert_eq!(reason(&nested(DEEPEST + 1, open, "1", close)), Some(Reason::Depth));
        assert_eq!(reason(&nested(10_000, open, "1", close)), Some(Reason::Depth));
        assert_eq!(reason(&open.repeat(1_000_000)), Some(Reason::Depth));
    }
}

#[test]
fn the_deepest_payload_is_examined_and_compared() {
    let anything = r##"{"$defs": {"any": {"anyOf": [{"type": "integer"},
        {"type": "array", "items": {"$ref": "#/$defs/any"}},
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/any"}}]}}, "$ref": "#/$defs/any"}"##;
    let tree = r##"{"type": "array", "items": {"$ref": "#"}}"##;
    let link = |n| format!("\"d{n}\": {{\"allOf\": [{{\"$ref\": \"#/$defs/d{}\"}}]}}", n + 1);
    let links: Vec<String> = (0..14).map(link).collect();
    let list = r##""d14": {"type": "array", "items": {"$ref": "#/$defs/d0"}}"##;
    let chain = format!("{{\"$defs\": {{{}, {list}}}, \"$ref\": \"#/$defs/d0\"}}", links.join(", "));
    for schema in [anything, tree, &chain] {
        let schema = Schema::new(schema).unwrap();
        for within in ["[]", "1", "\"1\"", "\"x\"", "null"] {
            let text = nested(DEEPEST, "[", within, "]");
            let payload = Value::parse(&text).unwrap();
            let found = schema.examine(&payload, Extra::Forbidden);
            assert!(found.faults.len() <= 1 && found.items == Some(1));
            assert_eq!(difference(&payload, &payload), Some(1.0));
            assert_eq!(python::text(&payload).len(), if within == "null" { 404 } else { text.len() });
        }
    }
}

#[test]
fn texts_that_are_no_json_have_a_reason() {
    for (text, expected) in [
        ("", Reason::Value),
        ("\u{feff}1", Reason::Value),
        ("nul", Reason::Value),
        ("-NaN", Reason::Number),
        ("01", Reason::Number),
        ("1.", Reason::Number),
        ("1e+", Reason::Number),
        ("1 2", Reason::Trailing),
        ("[1 2]", Reason::Separator),
        ("[1,]", Reason::Value),
        ("{\"a\":1,}", Reason::Key),
        ("{\"a\" 1}", Reason::Colon),
        ("\"a", Reason::Open),
        ("\"a\tb\"", Reason::Control),
        (r#""\q""#, Reason::Escape),
        (r#""\ud800""#, Reason::Escape),
        (r#""\udc00""#, Reason::Escape),
        (r#""\ud83dx""#, Reason::Escape),
        (r#""\ud83d\u0041""#, Reason::Escape),
        (r#""\u+123""#, Reason::Escape),
        (r#""\u00é""#, Reason::Escape),
    ] {
        assert_eq!(reason(text), Some(expected), "{text}");
    }
    let digits = "1".repeat(MOST_DIGITS);
    assert_eq!(reason(&format!("-{digits}")), None);
    assert_eq!(reason(&format!("{digits}.5")), None);
    assert_eq!(reason(&format!("{digits}1")), Some(Reason::Digits));
    assert_eq!(reason(&format!("{digits}1.5")), Some(Reason::Digits));
    assert_eq!(reason(&"1".repeat(10_000_000)), Some(Reason::Digits));
    assert_eq!(Value::parse(r#"" \ud83d\ude00\/\"\n""#), Ok(Value::String(" 😀/\"\n".into())));
    assert_eq!(Value::parse("[-Infinity, 1e400]").map(|value| python::text(&value)), Ok("[-inf, inf]".into()));
    let malformed = Value::parse("[1, x]").unwrap_err();
    assert_eq!((malformed.at, malformed.to_string()), (4, "a value is missing at byte 4".into()));
}

#[test]
fn a_long_list_of_digits_is_read() {
    let text = format!("[{}1]", "1,".repeat(10_000_000));
    let payload = Value::parse(&text).unwrap();
    assert_eq!(payload.items().map(<[Value]>::len), Some(10_000_001));
    let schema = Schema::new(r#"{"type": "array", "items": {"type": "integer"}}"#).unwrap();
    assert_eq!(schema.examine(&payload, Extra::Forbidden).faults, []);
    assert_eq!(difference(&payload, &payload), Some(1.0));
    assert_eq!(missing_fields(Endpoint::List, &["a".into()], &payload), None);
}

#[test]
fn many_faults_take_time_in_proportion() {
    let schema =
        Schema::new(r#"{"type": "array", "items": {"properties": {"x": {"type": "integer"}}, "required": ["x"]}}"#);
    let schema = schema.unwrap();
    let list = |item: &str| format!("[{}{item}]", format!("{item},").repeat(19_999));
    for (item, kind) in [("{\"x\":\"a\"}", Kind::IntParsing), ("{\"y\":\"a\"}", Kind::Missing)] {
        let found = schema.examine_text(&list(item), Extra::Allowed);
        assert_eq!(found.faults.len(), 20_000);
        let last = vec![Step::Index(19_999), Step::Key("x".into())];
        assert_eq!(found.faults.last(), Some(&Fault { kind, null: false, path: last }));
    }
    assert_eq!(schema.examine_text(&list("{\"x\":\"1\"}"), Extra::Allowed).faults, []);
    let bare =
        Schema::new(r#"{"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}"#).unwrap();
    assert_eq!(bare.examine_text(&list("\"q\""), Extra::Forbidden).faults.len(), 20_000);
    assert_eq!(bare.examine_text(&list("\"7\""), Extra::Forbidden).faults, []);
}

#[test]
fn an_object_of_many_keys_is_examined() {
    let schema = Schema::new(r#"{"properties": {"k7": {"type": "integer"}}, "required": ["k7", "z"]}"#).unwrap();
    let keys: Vec<String> = (0..100_000).map(|key| format!("\"k{key}\":\"{key}\"")).collect();
    // Each key twice: the last counts.
    let text = format!("{{{},{}}}", keys.join(","), keys.join(",").replace("\":\"", "\":\"x"));
    let found = schema.examine_text(&text, Extra::Forbidden).faults;
    assert_eq!(found.len(), 100_001);
    let names: Vec<&str> = found.iter().take(3).map(|fault| fault.kind.name()).collect();
    assert_eq!(names, ["int_parsing", "missing", "extra_forbidden"]);
    assert_eq!(found.last().map(|fault| &fault.path[..]), Some(&[Step::Key("k99999".into())][..]));
    let payload = Value::parse(&text).unwrap();
    assert_eq!(filled_fields(&payload), Some(100_000.0));
    assert_eq!(difference(&payload, &payload), Some(1.0));
    assert_eq!(missing_fields(Endpoint::List, &["name".into()], &payload), Some(0.0));
}

#[test]
fn equal_items_are_found_in_a_long_list() {
    let schema = Schema::new(r#"{"uniqueItems": true}"#).unwrap();
    let items = |end: &str| format!("[{}{end}]", (0..100_000).map(|n| format!("{{\"a\":{n}}},")).collect::<String>());
    let kinds = |text: &str| schema.examine_text(text, Extra::Allowed).faults.first().map(|fault| fault.kind);
    assert_eq!(kinds(&items("{\"a\":1.5}")), None);
    assert_eq!(kinds(&items("{\"a\":77.0}")), Some(Kind::NotUnique));
    assert_eq!(kinds("[1, true, \"1\", null, [], {}]"), None);
    assert_eq!(kinds("[100000000000000000000, 100000000000000000000]"), Some(Kind::NotUnique));
    assert_eq!(kinds("[0, -0.0]"), Some(Kind::NotUnique));
}

#[test]
fn alternatives_that_overlap_end() {
    let lists = r##"{"type": "array", "items": {"anyOf": [{"$ref": "#"},
        {"type": "array", "minItems": 1, "items": {"$ref": "#"}}]}}"##;
    let comments = r##"{"anyOf": [{"properties": {"c": {"$ref": "#"}, "a": {"type": "integer"}}, "required": ["a"]},
        {"properties": {"c": {"$ref": "#"}, "b": {"type": "integer"}}, "required": ["b"]}]}"##;
    for (schema, open, close) in [(lists, "[", "]"), (comments, "{\"c\":", "}")] {
        let schema = Schema::new(schema).unwrap();
        for levels in [30, DEEPEST] {
            let found = schema.examine_text(&nested(levels, open, "{}", close), Extra::Allowed);
            assert_eq!((found.faults.len(), found.faults[0].kind), (1, Kind::JsonInvalid));
            assert!(found.is_endless && found.items.is_none());
        }
        let found = schema.examine_text(&nested(3, open, "{}", close), Extra::Allowed);
        assert!(!found.is_endless && !found.faults.is_empty());
    }
    let lists = Schema::new(lists).unwrap();
    assert_eq!(lists.examine_text(&nested(DEEPEST, "[", "[]", "]"), Extra::Allowed).faults, []);
}

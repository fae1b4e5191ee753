//! tokenizer.json as a class builds it anew: vocabulary and merges are the file's, all else is the class's, also where
//! the file says otherwise (SmolLM2: digits one by one). No added token comes over; they are added again by id.

use serde_json::{Map, Value, json};

use super::class::{Around, Class, Split, Words};

/// The settings of tokenizer_config.json that a class asks for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// The settings.
    pub(super) settings: &'a Map<String, Value>,
    /// Text of the unknown token.
    pub(super) unknown: Option<&'a str>,
}

/// The content of tokenizer.json as `class` makes it from `file`, or why it cannot.
pub(super) fn rebuild(class: &Class, file: &Value, asked: &Asked) -> Result<Value, String> {
    let (normalizer, pre_tokenizer) = split(class.split, asked.settings)?;
    let vocabulary = match &file["model"]["vocab"] {
        Value::Object(vocabulary) => Value::Object(vocabulary.clone()),
        Value::Array(scored) => numbered(scored),
        _ => return Err(format!("`{}` is built from a vocabulary, and its `model` has none", class.name)),
    };
    let around = if class.around == Around::File { file["post_processor"].clone() } else { Value::Null };
    let merges = file["model"]["merges"].as_array().cloned().unwrap_or_default();
    // A class that asks for the unknown token writes Python's `None` where there is none.
    let unknown = class.unknown.then(|| asked.unknown.unwrap_or("None"));
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": around, "decoder": null,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": class.byte_fallback(), "byte_fallback": class.byte_fallback(),
            "ignore_merges": false, "vocab": vocabulary, "merges": merges
        }
    }))
}

/// The vocabulary of a list of (token, score), which is numbered.
fn numbered(scored: &[Value]) -> Value {
    let token = |(index, entry): (usize, &Value)| Some((entry[0].as_str()?.to_owned(), Value::from(index)));
    Value::Object(scored.iter().enumerate().filter_map(token).collect())
}

/// Normalizer and pre-tokenizer.
fn split(split: Split, settings: &Map<String, Value>) -> Result<(Value, Value), String> {
    let prefix = settings.get("add_prefix_space");
    let spaces = json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"});
    Ok(match split {
        Split::Metaspace { legacy } => {
            let always = legacy && settings.get("legacy").is_some_and(truthy);
            let scheme = match prefix.filter(|prefix| !prefix.is_null()).is_none_or(truthy) {
                false => "never",
                true if always => "always",
                true => "first",
            };
            let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": false});
            (Value::Null, metaspace)
        }
        Split::Underscore => {
            let words = json!({"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious",
                               "invert": false});
            (spaces, words)
        }
        Split::Bytes { compose, words } => {
            let normalizer = if compose { json!({"type": "NFC"}) } else { Value::Null };
            (normalizer, over_bytes(words, prefix_space(prefix, words)?))
        }
    })
}

/// Whether a text is given a leading space.
fn prefix_space(value: Option<&Value>, words: Words) -> Result<bool, String> {
    match value {
        None => Ok(false),
        Some(Value::Bool(prefix)) => Ok(*prefix),
        Some(Value::Null) if matches!(words, Words::Pattern(_)) => Ok(false),
        Some(other) => Err(format!("`add_prefix_space` is {other}; it must be true or false")),
    }
}

fn over_bytes(words: Words, prefix_space: bool) -> Value {
    let own_rule = !matches!(words, Words::Pattern(_));
    let bytes =
        json!({"type": "ByteLevel", "add_prefix_space": prefix_space, "trim_offsets": true, "use_regex": own_rule});
    let first = match words {
        Words::Gpt2 => return bytes,
        Words::Digits => json!({"type": "Digits", "individual_digits": true}),
        Words::Pattern(pattern) => {
            json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
        }
    };
    json!({"type": "Sequence", "pretokenizers": [first, bytes]})
}

/// What Python takes for true.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

/// Whether `built` splits texts, or puts something around them, otherwise than `file`; what only moves the offsets of
/// tokens does not count.
pub(super) fn differs(built: &Value, file: &Value) -> bool {
    ["normalizer", "pre_tokenizer", "post_processor"].iter().any(|part| rules(&built[part]) != rules(&file[part]))
}

fn rules(part: &Value) -> Value {
    let mut rules = part.clone();
    if let Some(part) = rules.as_object_mut() {
        part.remove("trim_offsets");
        part.entry("use_regex").or_insert(true.into());
    }
    rules
}

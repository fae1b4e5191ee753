//! A token as the files beside tokenizer.json write it: its text, or an object with its flags. Both forms are kept
//! apart, because transformers takes the same text in the two forms for two tokens.

use serde_json::{Map, Value};
use tokenizers::AddedToken;

/// The special tokens that every tokenizer knows by name, in the order in which they are added.
pub(super) const NAMES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// Mark of an object that stands for a token.
const MARK: &str = "AddedToken";

/// A token in either form.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Its text alone.
    Text(String),
    /// Its text with flags.
    Full(AddedToken),
}

impl Token {
    /// The token in a value of tokenizer_config.json; `None` for anything else.
    pub(super) fn read(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(Token::Text(text.to_owned()));
        }
        let object = value.as_object().filter(|object| object.get("__type").is_some_and(|mark| mark == MARK))?;
        full(object).map(Token::Full)
    }

    /// Its text.
    pub(super) fn content(&self) -> &str {
        match self {
            Token::Text(text) => text,
            Token::Full(token) => &token.content,
        }
    }

    /// As a token to add: what is given as text is special.
    pub(super) fn to_added(&self) -> AddedToken {
        match self {
            Token::Text(text) => AddedToken::from(text.as_str(), true),
            Token::Full(token) => token.clone(),
        }
    }
}

/// The token that an object of `content` and flags describes.
pub(super) fn full(object: &Map<String, Value>) -> Option<AddedToken> {
    let flag = |name: &str| object.get(name).and_then(Value::as_bool);
    let special = flag("special").unwrap_or(false);
    let token = AddedToken::from(object.get("content")?.as_str()?, special)
        .single_word(flag("single_word").unwrap_or(false))
        .lstrip(flag("lstrip").unwrap_or(false))
        .rstrip(flag("rstrip").unwrap_or(false))
        .normalized(flag("normalized").unwrap_or(!special));
    Some(token)
}

/// `value` marked as a special token, where it is an object without the mark.
pub(super) fn marked(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert("special".into(), true.into());
        object.insert("__type".into(), MARK.into());
    }
    value
}

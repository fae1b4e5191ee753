//! What the files beside `tokenizer.json` say: the class, special tokens, tokens to add, the chat template. The
//! precedence is that of transformers: with `added_tokens_decoder` in tokenizer_config.json older files are not read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use tokenizers::AddedToken;

use super::super::text_error::{TextError, shown};
use super::rebuilt::truthy;
use super::token::{NAMES, Token, full, marked};
use crate::excerpt;

const CONFIG: &str = "tokenizer_config.json";
const DECODER: &str = "added_tokens_decoder";
const EXTRA: &str = "extra_special_tokens";
const NAMELESS: &str = "additional_special_tokens";
const TOKEN: &str = "a token: a text, or an object with its `content` and `\"__type\": \"AddedToken\"`";

/// The settings of a model's tokenizer.
#[derive(Debug, Default)]
pub(super) struct TokenizerConfig {
    /// Special tokens under one of [`NAMES`]; `None` where the file says that there is none.
    pub(super) named: Vec<(String, Option<Token>)>,
    /// Special tokens under other names, those given as objects.
    pub(super) described: Vec<(String, Token)>,
    /// Special tokens under other names, those given as text or in an object of extra ones; they win.
    pub(super) other: Vec<(String, Token)>,
    /// Special tokens without a name; `None` where no key speaks of them.
    pub(super) extra: Option<Vec<Token>>,
    /// Tokens whose ids are declared, in the order of those.
    pub(super) added: Vec<AddedToken>,
    /// Whether special tokens in a text are encoded as plain text.
    pub(super) split_special_tokens: bool,
    /// `chat_template` as it stands in `file`.
    pub(super) chat_template: Option<Value>,
    /// All that tokenizer_config.json says.
    pub(super) settings: Map<String, Value>,
    /// All that config.json says.
    pub(super) model: Map<String, Value>,
    /// Path of tokenizer_config.json.
    pub(super) file: PathBuf,
}

impl TokenizerConfig {
    /// Reads what is there of the files in `folder`; none of them is required. `tokenizer` is the content of
    /// tokenizer.json.
    pub(super) fn load(folder: &Path, tokenizer: &[u8]) -> Result<Self, TextError> {
        let file = folder.join(CONFIG);
        let settings = read_object(&file)?.unwrap_or_default();
        let mut gathered = Gathered { file: &file, all: settings.clone(), other: Map::new() };
        gathered.sort_out();
        let added = match settings.get(DECODER) {
            Some(decoder) => gathered.decoder(decoder)?,
            None => {
                gathered.extend(read_object(&folder.join("special_tokens_map.json"))?.unwrap_or_default());
                let mut added = legacy(&folder.join("added_tokens.json"), &gathered)?;
                added.extend(serialized(&folder.join("tokenizer.json"), tokenizer)?);
                added
            }
        };
        Ok(TokenizerConfig {
            named: gathered.named(&added)?,
            described: gathered.described(),
            other: gathered.other()?,
            extra: gathered.extra()?,
            added: added.into_values().collect(),
            split_special_tokens: settings.get("split_special_tokens") == Some(&Value::Bool(true)),
            chat_template: settings.get("chat_template").filter(|value| !value.is_null()).cloned(),
            settings,
            model: read_object(&folder.join("config.json"))?.unwrap_or_default(),
            file,
        })
    }
}

/// The object in a JSON file, or `None` where there is no such file.
fn read_object(file: &Path) -> Result<Option<Map<String, Value>>, TextError> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(TextError::unreadable(file, error)),
    };
    let fail =
        |error: serde_json::Error| TextError::Json { file: shown(file), message: excerpt::message(&error.to_string()) };
    serde_json::from_slice(&bytes).map(Some).map_err(fail)
}

/// The keys of all files, with the one to blame for them.
struct Gathered<'a> {
    file: &'a Path,
    all: Map<String, Value>,
    /// Special tokens under a name that not every tokenizer knows.
    other: Map<String, Value>,
}

impl Gathered<'_> {
    /// Brings the keys of earlier versions to today's.
    fn sort_out(&mut self) {
        if !self.all.get(EXTRA).is_some_and(truthy)
            && let Some(nameless) = self.all.remove(NAMELESS)
        {
            self.all.insert(EXTRA.into(), nameless);
        }
        let texts = self.all.iter().filter(|(key, value)| is_other(key) && value.is_string());
        self.other.extend(texts.map(|(key, value)| (key.clone(), value.clone())));
        self.all.retain(|key, _| !self.other.contains_key(key));
        self.move_extra();
    }

    /// Extra tokens that have names stand with the others.
    fn move_extra(&mut self) {
        if let Some(Value::Object(extra)) = self.all.get(EXTRA) {
            self.other.extend(extra.clone());
            self.all.remove(EXTRA);
        }
    }

    /// Takes in special_tokens_map.json, which wins.
    fn extend(&mut self, map: Map<String, Value>) {
        for (key, value) in map {
            let value = match (value, self.all.get(EXTRA)) {
                (Value::Array(list), Some(Value::Array(before))) if key == EXTRA => {
                    let new = list.into_iter().map(marked).filter(|token| !before.contains(token));
                    before.iter().cloned().chain(new).collect()
                }
                (Value::Array(list), _) if key == EXTRA => list.into_iter().map(marked).collect(),
                (value @ Value::Object(_), _) if key != EXTRA => marked(value),
                (value, _) => value,
            };
            self.all.insert(key, value);
        }
        self.move_extra();
    }

    /// The special tokens of [`NAMES`] that a key speaks of, with the flags under which they are `added`.
    fn named(&self, added: &BTreeMap<u32, AddedToken>) -> Result<Vec<(String, Option<Token>)>, TextError> {
        let mut named = Vec::new();
        for key in NAMES {
            let Some(value) = self.all.get(key) else { continue };
            let token = if value.is_null() { None } else { Some(self.token(key, value)?) };
            let with_flags = |token: Token| {
                let known = added.values().rev().find(|known| known.content == token.content());
                known.cloned().map_or(token, Token::Full)
            };
            named.push((key.to_owned(), token.map(with_flags)));
        }
        Ok(named)
    }

    /// Other named ones: every `…_token` that holds a token; flags such as `add_bos_token` do not.
    fn described(&self) -> Vec<(String, Token)> {
        let held = |(key, value): (&String, &Value)| Some((key.clone(), Token::read(value)?));
        self.all.iter().filter(|(key, _)| is_other(key)).filter_map(held).collect()
    }

    fn other(&self) -> Result<Vec<(String, Token)>, TextError> {
        self.other.iter().map(|(key, value)| Ok((key.clone(), self.token(key, value)?))).collect()
    }

    /// The nameless ones, under either of the two keys that transformers has used.
    fn extra(&self) -> Result<Option<Vec<Token>>, TextError> {
        let found = [EXTRA, NAMELESS].into_iter().find_map(|key| Some((key, self.all.get(key)?)));
        let Some((key, value)) = found else { return Ok(None) };
        let list = match value {
            Value::Null => return Ok((key == EXTRA).then(Vec::new)),
            Value::Array(list) => list,
            other => return Err(self.bad(key, other, "a list of tokens")),
        };
        list.iter().map(|value| self.token(key, value)).collect::<Result<_, _>>().map(Some)
    }

    /// The tokens of `added_tokens_decoder`, which maps ids to tokens.
    fn decoder(&self, decoder: &Value) -> Result<BTreeMap<u32, AddedToken>, TextError> {
        let bad = |value: &Value| self.bad(DECODER, value, "an object from token ids to tokens");
        let mut tokens = BTreeMap::new();
        for (id, token) in decoder.as_object().ok_or_else(|| bad(decoder))? {
            let id = id.parse::<u32>().map_err(|_| bad(&Value::from(id.as_str())))?;
            tokens.insert(id, token.as_object().and_then(full).ok_or_else(|| bad(token))?);
        }
        Ok(tokens)
    }

    fn token(&self, key: &str, value: &Value) -> Result<Token, TextError> {
        Token::read(value).ok_or_else(|| self.bad(key, value, TOKEN))
    }

    fn bad(&self, key: &str, value: &Value, expected: &'static str) -> TextError {
        TextError::bad_key(self.file, key, value, expected)
    }
}

fn is_other(key: &str) -> bool {
    key.ends_with("_token") && !NAMES.contains(&key)
}

/// The tokens of added_tokens.json, which maps tokens to ids.
fn legacy(file: &Path, gathered: &Gathered) -> Result<BTreeMap<u32, AddedToken>, TextError> {
    let entries = read_object(file)?.unwrap_or_default();
    let extra = gathered.all.get(EXTRA).and_then(Value::as_array).into_iter().flatten();
    let special: Vec<Token> =
        NAMES.iter().filter_map(|name| gathered.all.get(*name)).chain(extra).filter_map(Token::read).collect();
    let mut tokens = BTreeMap::new();
    for (content, value) in &entries {
        let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
        let id = id.ok_or_else(|| TextError::bad_key(file, content, value, "a token id"))?;
        let is_special = special.iter().any(|token| token.content() == content);
        tokens.insert(id, AddedToken::from(content.as_str(), is_special));
    }
    Ok(tokens)
}

/// The added tokens of tokenizer.json.
fn serialized(file: &Path, tokenizer: &[u8]) -> Result<BTreeMap<u32, AddedToken>, TextError> {
    #[derive(Deserialize)]
    struct Serialized {
        added_tokens: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        id: u32,
        #[serde(flatten)]
        token: AddedToken,
    }
    let read: Serialized = serde_json::from_slice(tokenizer).map_err(|error| TextError::BadTokenizer {
        file: shown(file),
        message: excerpt::message(&error.to_string()),
    })?;
    Ok(read.added_tokens.into_iter().map(|entry| (entry.id, entry.token)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn load(files: &[(&str, Value)]) -> Result<TokenizerConfig, TextError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, value) in files {
            std::fs::write(folder.path().join(name), value.to_string()).unwrap();
        }
        TokenizerConfig::load(folder.path(), br#"{"added_tokens": []}"#)
    }

    fn contents<'a>(tokens: impl IntoIterator<Item = &'a (String, Token)>) -> Vec<(&'a str, &'a str)> {
        tokens.into_iter().map(|(name, token)| (name.as_str(), token.content())).collect()
    }

    fn named(config: &TokenizerConfig) -> Vec<(&str, Option<&str>)> {
        config.named.iter().map(|(name, token)| (name.as_str(), token.as_ref().map(Token::content))).collect()
    }

    #[test]
    fn nothing_is_required() {
        let config = load(&[]).unwrap();
        assert!(config.named.is_empty() && config.added.is_empty() && config.chat_template.is_none());
        assert!(config.extra.is_none() && config.other.is_empty() && config.described.is_empty());
    }

    #[test]
    fn tokens_come_as_text_or_object() {
        let object = |content: &str| json!({"__type": "AddedToken", "content": content, "lstrip": true});
        let config = load(&[(
            CONFIG,
            json!({"eos_token": object("</s>"), "bos_token": "<s>", "pad_token": null, "add_bos_token": true,
                   "image_token": "<i>", "video_token": object("<v>"), "extra_special_tokens": {"x": "<x>"},
                   "split_special_tokens": true, "chat_template": null}),
        )])
        .unwrap();
        assert_eq!(named(&config), [("bos_token", Some("<s>")), ("eos_token", Some("</s>")), ("pad_token", None)]);
        assert_eq!(config.named[1].1, Some(Token::Full(AddedToken::from("</s>", false).lstrip(true))));
        assert_eq!(contents(&config.other), [("image_token", "<i>"), ("x", "<x>")]);
        assert_eq!(contents(&config.described), [("video_token", "<v>")]);
        assert!(config.split_special_tokens && config.chat_template.is_none());
    }

    #[test]
    fn nameless_tokens_stand_under_either_key() {
        let extra = |value| load(&[(CONFIG, value)]).unwrap().extra;
        let (a, b) = (Token::Text("<a>".into()), Token::Text("<b>".into()));
        assert_eq!(extra(json!({"additional_special_tokens": ["<a>"]})), Some(vec![a.clone()]));
        let both = json!({"extra_special_tokens": ["<b>"], "additional_special_tokens": ["<a>"]});
        assert_eq!(extra(both), Some(vec![b]));
        assert_eq!(extra(json!({"extra_special_tokens": [], "additional_special_tokens": ["<a>"]})), Some(vec![a]));
    }

    #[test]
    fn declared_ids_give_the_order() {
        let decoder = json!({"10": {"content": "b"}, "9": {"content": "a", "special": true, "rstrip": true}});
        let map = ("special_tokens_map.json", json!({"bos_token": "<other>"}));
        let config = load(&[(CONFIG, json!({"bos_token": "a", "added_tokens_decoder": decoder})), map]).unwrap();
        let a = AddedToken::from("a", true).rstrip(true);
        assert_eq!(config.added, [a.clone(), AddedToken::from("b", false)]);
        assert_eq!(config.named, [("bos_token".into(), Some(Token::Full(a)))], "the older file is not looked at");
    }

    #[test]
    fn older_files_serve_where_the_newer_key_is_absent() {
        let config = load(&[
            (CONFIG, json!({"bos_token": "<s>"})),
            ("special_tokens_map.json", json!({"bos_token": "<b>", "eos_token": {"content": "<e>"}})),
            ("added_tokens.json", json!({"<z>": 8, "<e>": 7})),
        ])
        .unwrap();
        assert_eq!(named(&config), [("bos_token", Some("<b>")), ("eos_token", Some("<e>"))]);
        assert_eq!(config.added, [AddedToken::from("<e>", true), AddedToken::from("<z>", false)]);
    }

    #[test]
    fn errors_name_file_key_and_value() {
        let error = |value: Value| load(&[(CONFIG, value)]).unwrap_err().to_string();
        assert!(error(json!([1])).contains("tokenizer_config.json: not a JSON object: "));
        assert!(error(json!({"bos_token": 5})).contains("tokenizer_config.json: `bos_token` is 5; it must be a token"));
        assert!(error(json!({"added_tokens_decoder": {"x": "<a>"}})).contains("`added_tokens_decoder` is \"x\"; "));
        let added = load(&[("added_tokens.json", json!({"<a>": -1}))]).unwrap_err().to_string();
        assert!(added.contains("added_tokens.json: `<a>` is -1; it must be a token id"), "{added}");
        let without = TokenizerConfig::load(Path::new("nowhere"), b"{}").unwrap_err().to_string();
        assert!(without.contains("tokenizer.json: not a usable tokenizer: missing field `added_tokens`"), "{without}");
    }
}

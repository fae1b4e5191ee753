//! What the files beside `tokenizer.json` say: special tokens, tokens to add, the chat template. The precedence is
//! that of transformers: with `added_tokens_decoder` in tokenizer_config.json the older files are not looked at.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokenizers::AddedToken;

use super::text_error::{TextError, shown};
use super::tokenizer_class::Splitting;

const CONFIG: &str = "tokenizer_config.json";

/// The settings of a model's tokenizer.
#[derive(Debug, Default)]
pub(super) struct TokenizerConfig {
    /// Named special tokens: `bos_token`, `eos_token`, …
    pub(super) special: Vec<(String, AddedToken)>,
    /// Special tokens without a name.
    pub(super) extra: Vec<AddedToken>,
    /// Tokens whose ids are declared, in the order of those.
    pub(super) added: Vec<AddedToken>,
    /// Whether `added` comes from tokenizer_config.json and so overrides what tokenizer.json says of a token.
    pub(super) added_overrides: bool,
    /// Whether special tokens in a text are encoded as plain text.
    pub(super) split_special_tokens: bool,
    /// How texts are split before the merges.
    pub(super) splitting: Splitting,
    /// `chat_template` as it stands in `file`.
    pub(super) chat_template: Option<Value>,
    /// Path of tokenizer_config.json.
    pub(super) file: PathBuf,
}

impl TokenizerConfig {
    /// Reads what is there of the files in `folder`; none of them is required.
    pub(super) fn load(folder: &Path) -> Result<Self, TextError> {
        let file = folder.join(CONFIG);
        let mut settings = read_object(&file)?.unwrap_or_default();
        let added_overrides = settings.contains_key("added_tokens_decoder");
        if !added_overrides {
            settings.extend(read_object(&folder.join("special_tokens_map.json"))?.unwrap_or_default());
        }
        let keys = Keys { file: &file, settings: &settings };
        let (special, extra) = (keys.special()?, keys.extra()?);
        let added = match settings.get("added_tokens_decoder") {
            Some(decoder) => keys.decoder(decoder)?,
            None => legacy(&folder.join("added_tokens.json"), &special)?,
        };
        let split_special_tokens = settings.get("split_special_tokens") == Some(&Value::Bool(true));
        let model = read_object(&folder.join("config.json"))?.unwrap_or_default();
        let splitting = Splitting::of(&settings, &model);
        let chat_template = settings.remove("chat_template").filter(|value| !value.is_null());
        Ok(TokenizerConfig {
            special,
            extra,
            added,
            added_overrides,
            split_special_tokens,
            splitting,
            chat_template,
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
    let fail = |error: serde_json::Error| TextError::Json { file: shown(file), message: error.to_string() };
    serde_json::from_slice(&bytes).map(Some).map_err(fail)
}

/// Settings with the file to blame for them.
struct Keys<'a> {
    file: &'a Path,
    settings: &'a Map<String, Value>,
}

impl Keys<'_> {
    /// Every `…_token` that holds a token; flags such as `add_bos_token` do not.
    fn special(&self) -> Result<Vec<(String, AddedToken)>, TextError> {
        let named = self.settings.iter().filter(|(key, value)| key.ends_with("_token") && holds_token(value));
        let more = self.settings.get("extra_special_tokens").and_then(Value::as_object);
        let tokens = named.chain(more.into_iter().flatten());
        tokens.map(|(key, value)| Ok((key.clone(), self.token(key, value, true)?))).collect()
    }

    /// The nameless ones, under either of the two keys that transformers has used.
    fn extra(&self) -> Result<Vec<AddedToken>, TextError> {
        let list = |key: &'static str| self.settings.get(key).and_then(Value::as_array).map(|list| (key, list));
        let found = list("extra_special_tokens").filter(|(_, list)| !list.is_empty());
        let (key, list) = match found.or_else(|| list("additional_special_tokens")) {
            Some(found) => found,
            None => return Ok(Vec::new()),
        };
        list.iter().map(|value| self.token(key, value, true)).collect()
    }

    /// The tokens of `added_tokens_decoder`, which maps ids to tokens, in the order of the ids.
    fn decoder(&self, decoder: &Value) -> Result<Vec<AddedToken>, TextError> {
        const KEY: &str = "added_tokens_decoder";
        let bad = |value: &Value| self.bad(KEY, value, "an object from token ids to tokens");
        let entries = decoder.as_object().ok_or_else(|| bad(decoder))?;
        let by_id = |(id, token): (&String, &Value)| {
            let id = id.parse::<u32>().map_err(|_| bad(&Value::from(id.as_str())))?;
            Ok((id, self.token(KEY, token, false)?))
        };
        entries.iter().map(by_id).collect::<Result<Vec<_>, _>>().map(in_order)
    }

    /// A token: its text, or an object with its `content` and flags.
    fn token(&self, key: &str, value: &Value, special: bool) -> Result<AddedToken, TextError> {
        let bad = || self.bad(key, value, "a token: a text, or an object with its `content`");
        let flag = |name: &str| value.get(name).and_then(Value::as_bool);
        let content = value.as_str().or_else(|| value.get("content")?.as_str()).ok_or_else(bad)?;
        let special = special || flag("special").unwrap_or(false);
        Ok(AddedToken::from(content, special)
            .single_word(flag("single_word").unwrap_or(false))
            .lstrip(flag("lstrip").unwrap_or(false))
            .rstrip(flag("rstrip").unwrap_or(false))
            .normalized(flag("normalized").unwrap_or(!special)))
    }

    fn bad(&self, key: &str, value: &Value, expected: &'static str) -> TextError {
        TextError::bad_key(self.file, key, value, expected)
    }
}

fn holds_token(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(_))
}

fn in_order(mut tokens: Vec<(u32, AddedToken)>) -> Vec<AddedToken> {
    tokens.sort_by_key(|(id, _)| *id);
    tokens.into_iter().map(|(_, token)| token).collect()
}

/// The tokens of added_tokens.json, which maps tokens to ids, in the order of the ids.
fn legacy(file: &Path, special: &[(String, AddedToken)]) -> Result<Vec<AddedToken>, TextError> {
    let entries = read_object(file)?.unwrap_or_default();
    let keys = Keys { file, settings: &entries };
    let is_special = |content: &str| special.iter().any(|(_, token)| token.content == content);
    let by_id = |(content, id): (&String, &Value)| {
        let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
        let id = id.ok_or_else(|| keys.bad(content, &entries[content], "a token id"))?;
        Ok((id, AddedToken::from(content.as_str(), is_special(content))))
    };
    entries.iter().map(by_id).collect::<Result<Vec<_>, _>>().map(in_order)
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
        TokenizerConfig::load(folder.path())
    }

    fn contents(config: &TokenizerConfig) -> Vec<(&str, &str)> {
        config.special.iter().map(|(name, token)| (name.as_str(), token.content.as_str())).collect()
    }

    #[test]
    fn nothing_is_required() {
        let config = load(&[]).unwrap();
        assert!(config.special.is_empty() && config.added.is_empty() && config.chat_template.is_none());
    }

    #[test]
    fn tokens_come_as_text_or_object() {
        let config = load(&[(
            CONFIG,
            json!({"bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": true},
                   "pad_token": null, "add_bos_token": true, "image_token": "<i>", "extra_special_tokens": {"x": "<x>"},
                   "additional_special_tokens": ["<a>"], "split_special_tokens": true, "chat_template": null}),
        )])
        .unwrap();
        assert_eq!(
            contents(&config),
            [("bos_token", "<s>"), ("eos_token", "</s>"), ("image_token", "<i>"), ("x", "<x>")]
        );
        assert_eq!(config.special[1].1, AddedToken::from("</s>", true).lstrip(true));
        assert_eq!(config.extra, [AddedToken::from("<a>", true)]);
        assert!(config.split_special_tokens && config.chat_template.is_none());
    }

    #[test]
    fn declared_ids_give_the_order() {
        let decoder = json!({"10": {"content": "b"}, "9": {"content": "a", "special": true}});
        let map = ("special_tokens_map.json", json!({"bos_token": "<other>"}));
        let config = load(&[(CONFIG, json!({"bos_token": "a", "added_tokens_decoder": decoder})), map]).unwrap();
        assert_eq!(config.added, [AddedToken::from("a", true), AddedToken::from("b", false)]);
        assert_eq!(contents(&config), [("bos_token", "a")], "the older file is not looked at");
        assert!(config.added_overrides);
    }

    #[test]
    fn older_files_serve_where_the_newer_key_is_absent() {
        let config = load(&[
            (CONFIG, json!({"bos_token": "<s>"})),
            ("special_tokens_map.json", json!({"bos_token": "<b>", "eos_token": "<e>"})),
            ("added_tokens.json", json!({"<z>": 8, "<e>": 7})),
        ])
        .unwrap();
        assert_eq!(contents(&config), [("bos_token", "<b>"), ("eos_token", "<e>")]);
        assert_eq!(config.added, [AddedToken::from("<e>", true), AddedToken::from("<z>", false)]);
        assert!(!config.added_overrides);
    }

    #[test]
    fn errors_name_file_key_and_value() {
        let error = |value: Value| load(&[(CONFIG, value)]).unwrap_err().to_string();
        assert!(error(json!([1])).contains("tokenizer_config.json: not a JSON object: "));
        assert!(error(json!({"bos_token": 5})).contains("tokenizer_config.json: `bos_token` is 5; it must be a token"));
        assert!(error(json!({"added_tokens_decoder": {"x": "<a>"}})).contains("`added_tokens_decoder` is \"x\"; "));
        let added = load(&[("added_tokens.json", json!({"<a>": -1}))]).unwrap_err().to_string();
        assert!(added.contains("added_tokens.json: `<a>` is -1; it must be a token id"), "{added}");
    }
}

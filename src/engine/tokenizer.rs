//! A model's tokenizer: `tokenizer.json` with what the files beside it add. The same text always gives the same ids:
//! truncation, padding and merge dropout that the file may ask for are switched off.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokenizers::models::ModelWrapper;
use tokenizers::{AddedToken, PostProcessor, Tokenizer, TruncationParams};

use super::text_error::{TextError, one_line, shown};
use super::tokenizer_config::TokenizerConfig;
use crate::guard::guarded;

/// The tokenizer of one model folder.
#[derive(Debug)]
pub struct ModelTokenizer {
    inner: Tokenizer,
    folder: PathBuf,
    config: TokenizerConfig,
    splits_by_class: bool,
    digest: [u8; 32],
}

impl ModelTokenizer {
    /// Loads the tokenizer of the model in `folder`.
    ///
    /// tokenizer.json is the authority; tokenizer_config.json (or, in older models, special_tokens_map.json and
    /// added_tokens.json) adds tokens to it, and a `tokenizer_class` of GPT-2's kind overrules how it splits a text.
    ///
    /// # Errors
    /// A missing tokenizer.json, or any of the files that cannot be read or understood.
    pub fn load(folder: &Path) -> Result<Self, TextError> {
        let file = folder.join("tokenizer.json");
        let bytes = std::fs::read(&file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TextError::NoTokenizer { file: shown(&file) },
            _ => TextError::unreadable(&file, error),
        })?;
        let config = TokenizerConfig::load(folder)?;
        let digest = digest(&bytes, &config);
        let (inner, splits_by_class) = guarded(|| build(&bytes, &config))
            .unwrap_or_else(|panicked| Err(panicked.into()))
            .map_err(|error| TextError::BadTokenizer { file: shown(&file), message: one_line(&error.to_string()) })?;
        Ok(ModelTokenizer { inner, folder: folder.to_path_buf(), config, splits_by_class, digest })
    }

    /// Token ids of `text`, with what the tokenizer puts around a text (such as its bos token) if asked for.
    pub fn encode(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, TextError> {
        let encoding = guarded(|| self.inner.encode_fast(text, add_special_tokens));
        let encoding = encoding.unwrap_or_else(|panicked| Err(panicked.into())).map_err(|error| TextError::Encode {
            file: shown(&self.folder.join("tokenizer.json")),
            message: one_line(&error.to_string()),
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// From now on texts are cut to `longest` tokens, those put around a text included.
    ///
    /// # Errors
    /// What is put around a text leaves no room for it.
    pub fn truncate(&mut self, longest: usize) -> Result<(), TextError> {
        let fail = |message: String| TextError::BadTokenizer {
            file: shown(&self.folder.join("tokenizer.json")),
            message: one_line(&message),
        };
        let around = self.inner.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
        if around >= longest {
            return Err(fail(format!("a text of {longest} tokens is too short for {around} special ones")));
        }
        let truncation = TruncationParams { max_length: longest, ..TruncationParams::default() };
        self.inner.with_truncation(Some(truncation)).map(drop).map_err(|error| fail(error.to_string()))
    }

    /// The model's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the model's `tokenizer_class` splits texts otherwise than tokenizer.json says.
    pub fn splits_by_class(&self) -> bool {
        self.splits_by_class
    }

    /// Number of ids the tokenizer can give, added tokens included.
    pub fn vocabulary_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Named special tokens, as chat templates see them: (`bos_token`, `<s>`), …
    pub fn special_tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        self.config.special.iter().map(|(name, token)| (name.as_str(), token.content.as_str()))
    }

    /// `chat_template` of tokenizer_config.json as it stands there, with that file's path.
    pub(super) fn configured_template(&self) -> Option<(&Path, &Value)> {
        self.config.chat_template.as_ref().map(|template| (self.config.file.as_path(), template))
    }

    /// SHA-256 that stands for everything that decides the ids of a text.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// The tokenizer, and whether its class splits otherwise than its file.
fn build(bytes: &[u8], config: &TokenizerConfig) -> tokenizers::Result<(Tokenizer, bool)> {
    let mut tokenizer = Tokenizer::from_bytes(bytes)?;
    tokenizer.with_truncation(None)?.with_padding(None);
    switch_off_dropout(&mut tokenizer);
    let by_class = config.splitting.apply(&mut tokenizer)?;
    add_tokens(&mut tokenizer, config)?;
    tokenizer.set_encode_special_tokens(config.split_special_tokens);
    Ok((tokenizer, by_class))
}

/// Merge dropout is for training; left on, it would draw other ids each time.
fn switch_off_dropout(tokenizer: &mut Tokenizer) {
    if let ModelWrapper::BPE(bpe) = tokenizer.get_model()
        && bpe.dropout.is_some()
    {
        let mut bpe = bpe.clone();
        bpe.dropout = None;
        tokenizer.with_model(bpe);
    }
}

/// Adds what tokenizer.json does not know, in the order that gives new tokens their ids: declared ones, then special
/// ones that are still unknown.
fn add_tokens(tokenizer: &mut Tokenizer, config: &TokenizerConfig) -> tokenizers::Result<()> {
    let known = |tokenizer: &Tokenizer, token: &AddedToken| {
        tokenizer.get_added_vocabulary().get_vocab().contains_key(&token.content)
    };
    let declared = config.added.iter().filter(|token| config.added_overrides || !known(tokenizer, token));
    let declared: Vec<_> = declared.cloned().collect();
    tokenizer.add_tokens(declared)?;
    let special = config.special.iter().map(|(_, token)| token).chain(&config.extra);
    let special: Vec<_> = special.filter(|token| !known(tokenizer, token)).cloned().collect();
    tokenizer.add_tokens(special)?;
    Ok(())
}

fn digest(bytes: &[u8], config: &TokenizerConfig) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(Sha256::digest(bytes));
    let names = config.special.iter().map(|(name, token)| (Some(name), token));
    let nameless = config.extra.iter().chain(&config.added).map(|token| (None, token));
    for (name, token) in names.chain(nameless) {
        hasher.update(format!("{name:?} {token:?}\n"));
    }
    hasher.update(format!("{} {} {:?}", config.added_overrides, config.split_special_tokens, config.splitting));
    hasher.finalize().into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;
    use tempfile::TempDir;

    /// A tokenizer of whole words that asks for truncation and padding and puts `<s>` before a text.
    pub(in super::super) fn words() -> Value {
        let vocabulary =
            json!({"<unk>": 0, "<s>": 1, "one": 2, "two": 3, "three": 4, ":": 5, "user": 6, "assistant": 7});
        let bos = json!({"SpecialToken": {"id": "<s>", "type_id": 0}});
        let text = json!({"Sequence": {"id": "A", "type_id": 0}});
        json!({
            "version": "1.0",
            "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
            "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                        "pad_type_id": 0, "pad_token": "<unk>"},
            "added_tokens": [{"id": 1, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
                              "normalized": false, "special": true}],
            "normalizer": null,
            "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": {"type": "TemplateProcessing", "single": [bos, text], "pair": [bos, text],
                               "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
            "decoder": null,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"}
        })
    }

    /// A folder with these files beside [`words`].
    pub(in super::super) fn folder(files: &[(&str, String)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tokenizer.json"), words().to_string()).unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn load(config: Value) -> ModelTokenizer {
        ModelTokenizer::load(folder(&[("tokenizer_config.json", config.to_string())]).path()).unwrap()
    }

    #[test]
    fn neither_truncates_nor_pads() {
        let tokenizer = load(json!({}));
        assert_eq!(tokenizer.encode("one two three", false).unwrap(), [2, 3, 4]);
        assert_eq!(tokenizer.encode("one two three", true).unwrap(), [1, 2, 3, 4]);
        assert_eq!(tokenizer.encode("", false).unwrap(), [0_u32; 0]);
    }

    #[test]
    fn adds_tokens_after_the_vocabulary() {
        let decoder =
            json!({"9": {"content": "<b>"}, "8": {"content": "<a>", "special": true}, "2": {"content": "one"}});
        let tokenizer = load(json!({"added_tokens_decoder": decoder, "eos_token": "</s>", "bos_token": "<s>"}));
        assert_eq!(tokenizer.encode("one<b><a></s>oneone<s>", false).unwrap(), [2, 9, 8, 10, 2, 2, 1]);
        assert_eq!(tokenizer.vocabulary_size(), 11);
        let special: Vec<_> = tokenizer.special_tokens().collect();
        assert_eq!(special, [("eos_token", "</s>"), ("bos_token", "<s>")]);
    }

    #[test]
    fn splits_special_tokens_when_told() {
        let tokenizer = load(json!({"split_special_tokens": true}));
        assert_eq!(tokenizer.encode("<s>", false).unwrap(), [0, 0, 0]);
    }

    #[test]
    fn merge_dropout_is_off() {
        let mut file = words();
        file["model"] = json!({"type": "BPE", "dropout": 1.0, "unk_token": "c",
                               "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3}, "merges": [["a", "b"]]});
        file["post_processor"] = Value::Null;
        let folder = folder(&[("tokenizer.json", file.to_string())]);
        let tokenizer = ModelTokenizer::load(folder.path()).unwrap();
        assert_eq!(tokenizer.encode("ab", false).unwrap(), [2]);
    }

    #[test]
    fn digest_tells_tokenizers_apart() {
        let plain = load(json!({})).digest();
        assert_eq!(plain, load(json!({"model_max_length": 7})).digest());
        let others = [
            json!({"eos_token": "<e>"}),
            json!({"eos_token": "<f>"}),
            json!({"bos_token": "<e>"}),
            json!({"extra_special_tokens": ["<e>"]}),
            json!({"split_special_tokens": true}),
        ];
        let mut digests: Vec<_> = others.into_iter().map(|config| load(config).digest()).collect();
        digests.push(plain);
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 6);
    }

    #[test]
    fn errors_name_the_file() {
        let empty = tempfile::tempdir().unwrap();
        let missing = ModelTokenizer::load(empty.path()).unwrap_err();
        assert!(matches!(missing, TextError::NoTokenizer { .. }), "{missing}");
        let broken = folder(&[("tokenizer.json", "{\"version\": \"1.0\"\n}".into())]);
        let error = ModelTokenizer::load(broken.path()).unwrap_err().to_string();
        assert!(error.contains("tokenizer.json: not a usable tokenizer: ") && !error.contains('\n'), "{error}");
    }
}

//! The tokenizer of one model folder. The same text always gives the same ids: truncation, padding and merge dropout
//! that the file may ask for are switched off.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokenizers::models::ModelWrapper;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use super::super::request::TokenizerRules;
use super::super::text_error::{TextError, shown};
use super::charsmap::check_maps;
use super::choice::{Choice, Named};
use super::class::{Around, Class};
use super::config::TokenizerConfig;
use super::growth::{Growth, MOST};
use super::rebuilt::{Asked, differs, rebuild};
use super::special::SpecialTokens;
use crate::excerpt;
use crate::guard::guarded;

/// The tokenizer of one model folder.
#[derive(Debug)]
pub struct ModelTokenizer {
    inner: Tokenizer,
    folder: PathBuf,
    config: TokenizerConfig,
    special: SpecialTokens,
    rebuilt_by: Option<&'static str>,
    growth: Growth,
    digest: [u8; 32],
}

impl ModelTokenizer {
    /// Loads the tokenizer of the model in `folder`.
    ///
    /// By [`TokenizerRules::Transformers5`] the class that its files name may build it anew from vocabulary and merges;
    /// by [`TokenizerRules::File`] tokenizer.json stands as it is. tokenizer_config.json (or, in older models,
    /// special_tokens_map.json and added_tokens.json) adds tokens to it.
    ///
    /// # Errors
    /// A missing tokenizer.json, any of the files that cannot be read or understood, or a class that is not known here.
    pub fn load(folder: &Path, rules: TokenizerRules) -> Result<Self, TextError> {
        let file = folder.join("tokenizer.json");
        let bytes = std::fs::read(&file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TextError::NoTokenizer { file: shown(&file) },
            _ => TextError::unreadable(&file, error),
        })?;
        let config = TokenizerConfig::load(folder, &bytes)?;
        let fail =
            |message: String| TextError::BadTokenizer { file: shown(&file), message: excerpt::message(&message) };
        let choice = choose(&bytes, &config, rules)
            .map_err(|message| TextError::BadClass { folder: shown(folder), message: excerpt::message(&message) })?;
        let built = guarded(|| Built::new(&bytes, &config, choice)).unwrap_or_else(|panicked| Err(panicked.into()));
        let Built { inner, special, differs } = built.map_err(|error| fail(error.to_string()))?;
        let growth = Growth::of(&inner).map_err(|error| fail(error.to_string()))?;
        let digest = digest(&bytes, &config, &special, choice);
        let rebuilt_by = match choice {
            Choice::Class(class) if differs => Some(class.name),
            _ => None,
        };
        Ok(ModelTokenizer { inner, folder: folder.to_path_buf(), config, special, rebuilt_by, growth, digest })
    }

    /// Token ids of `text`, with what the tokenizer puts around a text (such as its bos token) if asked for.
    pub fn encode(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, TextError> {
        let most = self.growth.longest(text.len());
        if most > MOST {
            let file = shown(&self.folder.join("tokenizer.json"));
            return Err(TextError::Grows { file, bytes: text.len(), most });
        }
        let encoding = guarded(|| self.inner.encode_fast(text, add_special_tokens));
        let encoding = encoding.unwrap_or_else(|panicked| Err(panicked.into())).map_err(|error| TextError::Encode {
            file: shown(&self.folder.join("tokenizer.json")),
            message: excerpt::message(&error.to_string()),
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
            message: excerpt::message(&message),
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

    /// The class that builds it otherwise than tokenizer.json says, if one does.
    pub fn rebuilt_by(&self) -> Option<&'static str> {
        self.rebuilt_by
    }

    /// Number of ids the tokenizer can give, added tokens included.
    pub fn vocabulary_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Named special tokens, as chat templates see them: (`bos_token`, `<s>`), …
    pub fn special_tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        self.special.named.iter().map(|(name, token)| (name.as_str(), token.content()))
    }

    /// `chat_template` of tokenizer_config.json as it stands there, with that file's path.
    pub(in crate::engine) fn configured_template(&self) -> Option<(&Path, &Value)> {
        self.config.chat_template.as_ref().map(|template| (self.config.file.as_path(), template))
    }

    /// SHA-256 that stands for everything that decides the ids of a text.
    pub(in crate::engine) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// Who builds the tokenizer, or why nobody can.
fn choose(bytes: &[u8], config: &TokenizerConfig, rules: TokenizerRules) -> Result<Choice, String> {
    const BYTE_LEVEL: &[u8] = b"\"ByteLevel\"";
    match rules {
        TokenizerRules::File => Ok(Choice::File),
        TokenizerRules::Transformers5 => {
            let byte_level = bytes.windows(BYTE_LEVEL.len()).any(|window| window == BYTE_LEVEL);
            Named { tokenizer: &config.settings, model: &config.model, byte_level }.choose()
        }
    }
}

/// A tokenizer as its class, or its file alone, makes it.
struct Built {
    inner: Tokenizer,
    special: SpecialTokens,
    /// Whether the class makes it otherwise than its file says.
    differs: bool,
}

impl Built {
    fn new(bytes: &[u8], config: &TokenizerConfig, choice: Choice) -> tokenizers::Result<Self> {
        check_maps(bytes)?;
        let mut inner = Tokenizer::from_bytes(bytes)?;
        let class = match choice {
            Choice::File => None,
            Choice::Class(class) => Some(class),
        };
        let padding = inner.get_padding().map(|padding| padding.pad_token.clone());
        let special = SpecialTokens::of(config, class, padding.as_deref());
        let mut built = None;
        if let Some(class) = class {
            let file: Value = serde_json::from_slice(bytes)?;
            let asked = Asked { settings: &config.settings, unknown: special.text("unk_token") };
            let rebuilt = rebuild(class, &file, &asked)?;
            inner = Tokenizer::from_bytes(rebuilt.to_string())?;
            built = Some(differs(&rebuilt, &file));
        }
        inner.with_truncation(None)?.with_padding(None);
        switch_off_dropout(&mut inner);
        special.add(&mut inner, &config.added)?;
        if let Some(class) = class {
            finish(&mut inner, class, &special)?;
        }
        inner.set_encode_special_tokens(config.split_special_tokens);
        Ok(Built { inner, special, differs: built.unwrap_or(false) })
    }
}

/// What a class does once the special tokens have their ids.
fn finish(tokenizer: &mut Tokenizer, class: &Class, special: &SpecialTokens) -> tokenizers::Result<()> {
    special.add_again(tokenizer, class.again)?;
    if let (Around::Bos, Some(bos)) = (class.around, special.text("bos_token")) {
        let id = tokenizer.token_to_id(bos).ok_or_else(|| format!("its bos token `{bos}` has no id"))?;
        let around = TemplateProcessing::builder()
            .try_single(format!("{bos}:0 $A:0"))?
            .special_tokens(vec![(bos.to_owned(), id)])
            .build()?;
        tokenizer.with_post_processor(Some(around));
    }
    Ok(())
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

fn digest(bytes: &[u8], config: &TokenizerConfig, special: &SpecialTokens, choice: Choice) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(Sha256::digest(bytes));
    let asked = ["add_prefix_space", "legacy"].map(|key| config.settings.get(key));
    hasher.update(format!("{choice:?} {asked:?} {special:?} {:?} {}", config.added, config.split_special_tokens));
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{folder, words};
    use super::*;
    use serde_json::json;

    fn load(config: Value) -> ModelTokenizer {
        ModelTokenizer::load(folder(&[("tokenizer_config.json", config.to_string())]).path(), TokenizerRules::default())
            .unwrap()
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
        assert_eq!(
            special,
            [("bos_token", "<s>"), ("eos_token", "</s>"), ("pad_token", "<unk>")],
            "pad: of the padding"
        );
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
        let tokenizer = ModelTokenizer::load(folder.path(), TokenizerRules::default()).unwrap();
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
        let missing = ModelTokenizer::load(empty.path(), TokenizerRules::default()).unwrap_err();
        assert!(matches!(missing, TextError::NoTokenizer { .. }), "{missing}");
        let broken = folder(&[("tokenizer.json", "{\"version\": \"1.0\"\n}".into())]);
        let error = ModelTokenizer::load(broken.path(), TokenizerRules::default()).unwrap_err().to_string();
        assert!(error.contains("tokenizer.json: not a usable tokenizer: ") && !error.contains('\n'), "{error}");
        let mut mapped = words();
        mapped["normalizer"] = json!({"type": "Precompiled", "precompiled_charsmap": "TemplateProcessing=="});
        let short = folder(&[("tokenizer.json", mapped.to_string())]);
        let error = ModelTokenizer::load(short.path(), TokenizerRules::default()).unwrap_err().to_string();
        assert!(error.contains("not a usable tokenizer: a `precompiled_charsmap` says"), "{error}");
        let twice = json!({"type": "Replace", "pattern": {"String": "a"}, "content": "aa"});
        let mut growing = words();
        growing["normalizer"] = json!({"type": "Sequence", "normalizers": vec![twice; 60]});
        let growing = folder(&[("tokenizer.json", growing.to_string())]);
        let loaded = ModelTokenizer::load(growing.path(), TokenizerRules::default()).unwrap();
        let error = loaded.encode("a", false).unwrap_err().to_string();
        assert!(error.contains("a text of 1 bytes may grow to 1152921504606846978 by "), "{error}");
    }
}

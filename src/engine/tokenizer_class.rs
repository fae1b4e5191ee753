//! Which part of `tokenizer.json` the model's `tokenizer_class` overrules. For GPT-2's classes transformers 5 takes
//! only vocabulary and merges from the file and splits texts by GPT-2's own rule, also where the file says otherwise
//! (SmolLM2, Starcoder2: digits one by one). The ids of the recorded field are made so, hence ours are too.

use serde_json::{Map, Value, json};
use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{NormalizerWrapper, Tokenizer};

/// Model types whose tokenizer transformers 5.23 takes as the file has it (or builds by another class), whatever
/// class is named.
const FILE_RULES: [&str; 6] = ["granite", "mistral", "olmo2", "phi3", "qwen2", "stablelm"];

/// How texts are split before the merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Splitting {
    /// As tokenizer.json says.
    #[default]
    File,
    /// By GPT-2's rule over bytes.
    ByteLevel {
        /// Whether texts are brought to Unicode's composed form first.
        compose: bool,
        /// Whether a text is given a leading space.
        prefix_space: bool,
    },
}

impl Splitting {
    /// The splitting that the settings in tokenizer_config.json and config.json name.
    pub(super) fn of(tokenizer: &Map<String, Value>, model: &Map<String, Value>) -> Self {
        let text = |settings: &'_ Map<String, Value>, key| settings.get(key).and_then(Value::as_str).map(str::to_owned);
        let class = text(tokenizer, "tokenizer_class").or_else(|| text(model, "tokenizer_class")).unwrap_or_default();
        let model_type = text(model, "model_type").unwrap_or_default();
        let compose = match class.trim_end_matches("Fast") {
            "GPT2Tokenizer" | "CodeGenTokenizer" => false,
            "GPTNeoXTokenizer" => true,
            _ => return Splitting::File,
        };
        if FILE_RULES.contains(&model_type.as_str()) {
            return Splitting::File;
        }
        Splitting::ByteLevel { compose, prefix_space: tokenizer.get("add_prefix_space") == Some(&Value::Bool(true)) }
    }

    /// Makes `tokenizer` split so, and tells whether that is another way than its file's; only byte-pair merges can.
    pub(super) fn apply(self, tokenizer: &mut Tokenizer) -> tokenizers::Result<bool> {
        let before = rules(tokenizer);
        if let (Splitting::ByteLevel { compose, prefix_space }, ModelWrapper::BPE(_)) = (self, tokenizer.get_model()) {
            let normalizer: Option<NormalizerWrapper> = compose.then(|| NFC.into());
            tokenizer.with_normalizer(normalizer)?;
            tokenizer.with_pre_tokenizer(Some(ByteLevel::new(prefix_space, true, true)));
        }
        Ok(before != rules(tokenizer))
    }
}

/// How a tokenizer normalises and splits, without what only moves the offsets of tokens.
fn rules(tokenizer: &Tokenizer) -> Value {
    let mut rules = json!([tokenizer.get_normalizer(), tokenizer.get_pre_tokenizer()]);
    if let Some(splitting) = rules[1].as_object_mut() {
        splitting.remove("trim_offsets");
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tokenizer: Value, model: Value) -> Splitting {
        Splitting::of(tokenizer.as_object().unwrap(), model.as_object().unwrap())
    }

    #[test]
    fn the_class_decides_unless_the_model_type_does() {
        let gpt2 = Splitting::ByteLevel { compose: false, prefix_space: false };
        let class = |name: &str| json!({ "tokenizer_class": name });
        assert_eq!(of(class("GPT2Tokenizer"), json!({"model_type": "llama"})), gpt2);
        assert_eq!(of(class("GPT2TokenizerFast"), json!({})), gpt2);
        assert_eq!(of(json!({}), class("CodeGenTokenizer")), gpt2);
        let neox = of(json!({"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": true}), json!({}));
        assert_eq!(neox, Splitting::ByteLevel { compose: true, prefix_space: true });
        assert_eq!(of(class("GPT2Tokenizer"), json!({"model_type": "granite"})), Splitting::File);
        for other in ["PreTrainedTokenizerFast", "LlamaTokenizer", "Qwen2Tokenizer"] {
            assert_eq!(of(class(other), json!({})), Splitting::File);
        }
        assert_eq!(of(json!({}), json!({})), Splitting::File);
    }

    #[test]
    fn byte_level_replaces_what_the_file_splits_by() {
        let vocabulary = json!({"1": 0, "2": 1, "12": 2, "é": 3, "Ġ": 4, "Ã": 5, "©": 6});
        let file = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": {"type": "Digits", "individual_digits": true}, "post_processor": null, "decoder": null,
            "model": {"type": "BPE", "vocab": vocabulary, "merges": [["1", "2"]]}
        });
        let mut tokenizer = Tokenizer::from_bytes(file.to_string()).unwrap();
        let ids = |tokenizer: &Tokenizer, text: &str| tokenizer.encode_fast(text, false).unwrap().get_ids().to_vec();
        assert!(!Splitting::File.apply(&mut tokenizer).unwrap());
        assert_eq!(ids(&tokenizer, "12"), [0, 1]);
        let by_class = Splitting::ByteLevel { compose: true, prefix_space: true };
        assert!(by_class.apply(&mut tokenizer).unwrap());
        assert!(!by_class.apply(&mut tokenizer).unwrap(), "it splits so already");
        assert_eq!(ids(&tokenizer, "12"), [4, 2]);
        assert_eq!(ids(&tokenizer, "e\u{301}"), [4, 5, 6]);
    }
}

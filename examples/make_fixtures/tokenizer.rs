//! The tokenizer of all fixtures, and the two ways a conversation is written for them.
//!
//! Byte-level BPE trained on the training split only. Digits stand alone, so every number is spelled the same way.

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::{AddedToken, PreTokenizerWrapper, Tokenizer};

use crate::corpus::Conversation;

/// Entries of the vocabulary, special tokens and single bytes included.
pub const VOCABULARY: usize = 512;

/// Special tokens; the position of each is its id.
const SPECIAL: [&str; 5] = ["<|pad|>", "<|bos|>", "<|end|>", "<|user|>", "<|assistant|>"];

/// How a conversation becomes one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chat {
    /// One line; the template is a string in `tokenizer_config.json`.
    Compact,
    /// One line per turn and per role; the template is the file `chat_template.jinja`.
    Spaced,
}

/// A conversation as a model reads it.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// Token ids of the whole conversation.
    pub ids: Vec<u32>,
    /// How many of them come before the response.
    pub prompt_len: usize,
}

/// Trains the tokenizer on the prompts and responses of `train`.
pub fn train(train: &[Conversation]) -> Result<Tokenizer> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    let pieces: Vec<PreTokenizerWrapper> = vec![Digits::new(true).into(), ByteLevel::new(false, false, true).into()];
    tokenizer.with_pre_tokenizer(Some(Sequence::new(pieces)));
    tokenizer.with_decoder(Some(ByteLevel::new(false, false, true)));
    let mut trainer = TrainerWrapper::from(
        BpeTrainer::builder()
            .vocab_size(VOCABULARY)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .special_tokens(SPECIAL.map(|token| AddedToken::from(token, true)).to_vec())
            .show_progress(false)
            .build(),
    );
    let texts: Vec<&str> = train.iter().flat_map(|c| [c.prompt.as_str(), c.response.as_str()]).collect();
    tokenizer.train(&mut trainer, texts.into_iter()).map_err(|e| anyhow!("the tokenizer cannot be trained: {e}"))?;
    Ok(tokenizer)
}

impl Chat {
    /// Token ids of one conversation.
    pub fn encode(self, tokenizer: &Tokenizer, conversation: &Conversation) -> Result<Encoded> {
        let (prompt, reply) = self.write(conversation);
        let ids =
            |text: String| tokenizer.encode(text, false).map_err(|e| anyhow!("{e}")).map(|e| e.get_ids().to_vec());
        let mut all = ids(prompt)?;
        let prompt_len = all.len();
        all.extend(ids(reply)?);
        Ok(Encoded { ids: all, prompt_len })
    }

    /// The prompt with all that leads to the response, and the response with all that follows.
    fn write(self, Conversation { prompt, response, .. }: &Conversation) -> (String, String) {
        match self {
            Self::Compact => (format!("<|bos|><|user|>{prompt}<|end|><|assistant|>"), format!("{response}<|end|>")),
            Self::Spaced => (format!("<|user|>\n{prompt}<|end|>\n<|assistant|>\n"), format!("{response}<|end|>\n")),
        }
    }

    /// The content of `tokenizer_config.json`.
    pub fn config(self) -> Value {
        let mut config = json!({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": 2048,
            "clean_up_tokenization_spaces": false,
            "pad_token": SPECIAL[0],
            "bos_token": SPECIAL[1],
            "eos_token": SPECIAL[2],
        });
        match self {
            Self::Compact => config["chat_template"] = COMPACT.into(),
            // The hub knows tokens both as plain strings and as objects: one kind of fixture for each.
            Self::Spaced => {
                config["eos_token"] = json!(AddedToken::from(SPECIAL[2], true));
                config["eos_token"]["__type"] = "AddedToken".into();
            }
        }
        config
    }

    /// The content of `chat_template.jinja`, where the template is a file of its own.
    pub fn template_file(self) -> Option<&'static str> {
        match self {
            Self::Compact => None,
            Self::Spaced => Some(SPACED),
        }
    }
}

const COMPACT: &str = "{{ bos_token }}\
    {% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}{% endfor %}\
    {% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

const SPACED: &str = "\
{%- for message in messages %}
    {%- if message.role not in ['user', 'assistant'] %}
        {{- raise_exception('this model knows no role ' + message.role) }}
    {%- endif %}
    {{- '<|' + message.role + '|>\\n' + message.content | trim + eos_token + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n' }}
{%- endif %}
";

//! The shapes of the models and their `config.json`, in the spellings the hub knows.

use serde_json::{Map, Value, json};

use crate::tokenizer::{Chat, VOCABULARY};

/// A family of architectures; each is one competition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `LlamaForCausalLM`, competition `l3`.
    Llama,
    /// `StableLmForCausalLM`, competition `s1`.
    StableLm,
}

/// Everything `config.json` says about a model besides its dtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub family: Family,
    pub hidden: usize,
    pub inner: usize,
    pub tied: bool,
}

const LAYERS: usize = 2;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const POSITIONS: usize = 2048;

impl Family {
    /// How conversations are written for this family.
    pub fn chat(self) -> Chat {
        match self {
            Self::Llama => Chat::Compact,
            Self::StableLm => Chat::Spaced,
        }
    }
}

impl Shape {
    /// The object of `config.json`; `dtype` is the stored one, such as `float32`.
    pub fn config(&self, dtype: &str) -> Map<String, Value> {
        let mut config = self.common();
        config.extend(match self.family {
            Family::Llama => self.llama(dtype),
            Family::StableLm => self.stablelm(dtype),
        });
        config
    }

    fn common(&self) -> Map<String, Value> {
        object(json!({
            "vocab_size": VOCABULARY,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": KV_HEADS,
            "hidden_act": "silu",
            "max_position_embeddings": POSITIONS,
            "initializer_range": 0.02,
            "tie_word_embeddings": self.tied,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "use_cache": true,
        }))
    }

    /// Llama, as transformers 5 spells it.
    fn llama(&self, dtype: &str) -> Map<String, Value> {
        object(json!({
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "head_dim": self.hidden / HEADS,
            "rms_norm_eps": 1e-5,
            "attention_bias": false,
            "mlp_bias": false,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
            "dtype": dtype,
        }))
    }

    /// StableLM, as transformers 4 spells it.
    fn stablelm(&self, dtype: &str) -> Map<String, Value> {
        object(json!({
            "architectures": ["StableLmForCausalLM"],
            "model_type": "stablelm",
            "layer_norm_eps": 1e-5,
            "use_qkv_bias": true,
            "qk_layernorm": false,
            "use_parallel_residual": false,
            "partial_rotary_factor": 0.5,
            "rope_theta": 10000.0,
            "torch_dtype": dtype,
        }))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

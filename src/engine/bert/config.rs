//! config.json of a BERT: its sizes and its activation. Whatever would make another model of it is refused by name.

use std::path::Path;

use candle_transformers::models::bert::{Config, HiddenAct, PositionEmbeddingType};
use serde::Deserialize;
use serde_json::Value;

use super::json::{bad, parse, read_json};
use crate::engine::error::{EngineError, Result};

const MODEL_TYPE: &str = "bert";

/// The sizes of a BERT.
#[derive(Debug, Clone, PartialEq)]
pub struct BertConfig {
    /// Word pieces.
    pub vocab_size: usize,
    /// Components of a token's state.
    pub hidden_size: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads of a layer.
    pub heads: usize,
    /// Components inside a feed-forward block.
    pub inner_size: usize,
    /// Activation of the feed-forward blocks.
    pub activation: Activation,
    /// Longest text in tokens.
    pub positions: usize,
    /// Kinds of segments; only the first is used.
    pub segment_kinds: usize,
    /// Added to the variance in a layer norm.
    pub norm_epsilon: f64,
}

/// Activation of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// x·Φ(x), by the error function.
    Gelu,
    /// Its approximation by tanh.
    #[serde(rename = "gelu_new", alias = "gelu_pytorch_tanh")]
    GeluTanh,
    /// max(x, 0).
    Relu,
}

/// The keys that are read. Those with a default are the ones that transformers fills in.
#[derive(Deserialize)]
struct Stored {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: Activation,
    max_position_embeddings: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "tiny")]
    layer_norm_eps: f64,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

fn two() -> usize {
    2
}

fn tiny() -> f64 {
    1e-12
}

impl BertConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// It is absent, of another model type, or describes something else than a plain encoder.
    pub fn read(path: &Path) -> Result<Self> {
        let json: Value = read_json(path, "config.json")?;
        let model_type = json.get("model_type").and_then(Value::as_str).unwrap_or("none");
        if model_type != MODEL_TYPE {
            let (name, known) = (model_type.to_owned(), MODEL_TYPE.to_owned());
            return Err(EngineError::UnknownArchitecture { path: path.into(), name, known });
        }
        let stored: Stored = parse(path, json)?;
        stored.problem().map_or(Ok(()), |problem| Err(bad(path, problem)))?;
        Ok(stored.into())
    }

    /// Width of an attention head.
    pub fn head_width(&self) -> usize {
        self.hidden_size / self.heads
    }

    /// The same as candle's model wants it.
    pub(super) fn for_candle(&self) -> Config {
        Config {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            num_hidden_layers: self.layers,
            num_attention_heads: self.heads,
            intermediate_size: self.inner_size,
            hidden_act: match self.activation {
                Activation::Gelu => HiddenAct::Gelu,
                Activation::GeluTanh => HiddenAct::GeluApproximate,
                Activation::Relu => HiddenAct::Relu,
            },
            max_position_embeddings: self.positions,
            type_vocab_size: self.segment_kinds,
            layer_norm_eps: self.norm_epsilon,
            position_embedding_type: PositionEmbeddingType::Absolute,
            model_type: None,
            ..Config::default()
        }
    }
}

impl Stored {
    fn problem(&self) -> Option<String> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        if let Some((key, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Some(format!("`{key}` is 0"));
        }
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        if !hidden.is_multiple_of(heads) {
            return Some(format!("`hidden_size` {hidden} cannot be shared by {heads} heads"));
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") if self.is_decoder => Some("`is_decoder` is true; an encoder is needed".into()),
            None | Some("absolute") => None,
            Some(kind) => Some(format!("`position_embedding_type` `{kind}` is not known; known is `absolute`")),
        }
    }
}

impl From<Stored> for BertConfig {
    fn from(stored: Stored) -> Self {
        Self {
            vocab_size: stored.vocab_size,
            hidden_size: stored.hidden_size,
            layers: stored.num_hidden_layers,
            heads: stored.num_attention_heads,
            inner_size: stored.intermediate_size,
            activation: stored.hidden_act,
            positions: stored.max_position_embeddings,
            segment_kinds: stored.type_vocab_size,
            norm_epsilon: stored.layer_norm_eps,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(change: impl FnOnce(&mut Value)) -> Result<BertConfig, String> {
        let mut json = json!({
            "model_type": "bert", "vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 16, "hidden_act": "gelu", "max_position_embeddings": 12
        });
        change(&mut json);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, json.to_string()).unwrap();
        BertConfig::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_keys_are_those_of_transformers() {
        let config = read(|_| {}).unwrap();
        assert_eq!((config.segment_kinds, config.norm_epsilon, config.head_width()), (2, 1e-12, 2));
        assert_eq!(config.activation, Activation::Gelu);
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (key, value, named) in [
            ("model_type", json!("roberta"), "`roberta`"),
            ("model_type", json!(null), "`none`"),
            ("hidden_act", json!("mish"), "`mish`"),
            ("position_embedding_type", json!("relative_key"), "`relative_key`"),
            ("is_decoder", json!(true), "`is_decoder`"),
            ("num_attention_heads", json!(3), "3 heads"),
            ("hidden_size", json!(0), "`hidden_size` is 0"),
            ("vocab_size", json!(-1), "-1"),
        ] {
            let error = read(|json| json[key] = value).unwrap_err();
            assert!(error.contains(named) && error.contains("config.json"), "{key}: {error}");
        }
    }
}

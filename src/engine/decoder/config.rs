//! From a `config.json` to a [`Description`]: finds the architecture, refuses what would change the result and is not
//! computed, and lists the keys that were left unread.

use std::path::Path;

use serde_json::{Map, Value};

use super::architectures::{ARCHITECTURES, Architecture};
use super::description::Description;
use super::fields::{Fields, is_empty};
use crate::engine::error::{EngineError, Result};

/// Keys that no causal LM's loss depends on: training, generation, bookkeeping, classification heads.
const HARMLESS: &[&str] = &[
    "_attn_implementation",
    "_commit_hash",
    "_name_or_path",
    "architectures",
    "attention_dropout",
    "attn_pdrop",
    "auto_map",
    "bos_token_id",
    "cache_implementation",
    "chunk_size_feed_forward",
    "classifier_dropout",
    "dtype",
    "embd_pdrop",
    "embedding_dropout",
    "eos_token_id",
    "hidden_dropout",
    "hidden_dropout_prob",
    "id2label",
    "initializer_range",
    "is_decoder",
    "label2id",
    "max_position_embeddings",
    "max_sequence_length",
    "model_type",
    "n_ctx",
    "output_attentions",
    "output_hidden_states",
    "pad_token_id",
    "pretraining_tp",
    "problem_type",
    "reorder_and_upcast_attn",
    "resid_pdrop",
    "residual_dropout",
    "return_dict",
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    "task_specific_params",
    "torch_dtype",
    "transformers_version",
    "unk_token_id",
    "use_cache",
];

/// Keys that change the result in a way the decoder does not compute; refused unless empty, false or null.
const REFUSED: &[&str] = &[
    "add_cross_attention",
    "alibi",
    "attention_chunk_size",
    "is_encoder_decoder",
    "kv_lora_rank",
    "num_experts",
    "num_local_experts",
    "per_layer_config",
    "pruned_heads",
    "quantization_config",
    "use_bidirectional_attention",
    "use_alibi",
];

/// A parsed configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The decoder to build.
    pub description: Description,
    /// Keys with a value that transformers does not read for this architecture either, so they change nothing; a
    /// careful user wants to know of them all the same.
    pub unread: Vec<String>,
}

/// Reads `config.json` at `path`.
///
/// # Errors
/// The file is absent or no JSON object, the architecture is unknown, a needed key is missing, or a key asks for
/// something that is not computed.
pub fn read_config(path: &Path) -> Result<ModelConfig> {
    let text = std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            EngineError::MissingFile { path: path.into(), needs: "config.json, tokenizer.json and *.safetensors" }
        }
        _ => EngineError::Read { path: path.into(), source },
    })?;
    let map: Map<String, Value> = serde_json::from_slice(&text)
        .map_err(|e| EngineError::Config { path: path.into(), problem: format!("no JSON object: {e}") })?;
    parse_config(path, &map)
}

/// As [`read_config`], for an object at hand; `path` is for messages only.
pub fn parse_config(path: &Path, map: &Map<String, Value>) -> Result<ModelConfig> {
    let refuse = |problem| EngineError::Config { path: path.into(), problem };
    let (entry, overruled) = find_architecture(path, map)?;
    if let Some((key, value)) = map.iter().find(|(key, value)| refused(key, value)) {
        return Err(refuse(format!("`{key}` is {value}, which the decoder does not compute")));
    }
    let fields = Fields::new(map);
    let description = (entry.describe)(entry.class, &fields).map_err(refuse)?;
    let unread = fields.unread().into_iter().filter(|k| !HARMLESS.contains(k)).map(str::to_owned);
    let overruled = overruled.map(|class| format!("architectures ({class})"));
    Ok(ModelConfig { description, unread: overruled.into_iter().chain(unread).collect() })
}

/// Whether a key asks for what the decoder does not compute.
fn refused(key: &str, value: &Value) -> bool {
    match key {
        "is_causal" => value == &Value::Bool(false),
        key => REFUSED.contains(&key) && !is_empty(value),
    }
}

/// The architecture by `model_type`, as transformers builds it; by class only where there is no type. With it the class
/// in `architectures` that the type overrules: another head of the same model, or another model.
fn find_architecture<'m>(path: &Path, map: &'m Map<String, Value>) -> Result<(&'static Architecture, Option<&'m str>)> {
    let class = map.get("architectures").and_then(|a| a.get(0)).and_then(Value::as_str);
    let model_type = map.get("model_type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
    let found = match (model_type, class) {
        (Some(kind), _) => ARCHITECTURES.iter().find(|a| a.model_type == kind),
        (None, Some(class)) => ARCHITECTURES.iter().find(|a| a.class == class),
        (None, None) => {
            let problem = "neither `architectures` nor `model_type` is given".to_owned();
            return Err(EngineError::Config { path: path.into(), problem });
        }
    };
    let entry = found.ok_or_else(|| EngineError::UnknownArchitecture {
        path: path.into(),
        name: [class, model_type].into_iter().flatten().collect::<Vec<_>>().join("` of type `"),
        known: ARCHITECTURES.map(|a| a.class).join(", "),
    })?;
    Ok((entry, class.filter(|class| *class != entry.class)))
}

#[cfg(test)]
mod tests;

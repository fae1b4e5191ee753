//! The files that models compute by: weights and their index, configuration, embedder.

use std::path::Path;

use candle_core::{DType, Device};
use weighhouse::engine::batch::Sequence;
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::causal_lm::{self, LossEngine};
use weighhouse::engine::decoder::read_config;
use weighhouse::engine::embedder::Embedder;
use weighhouse::engine::weights::{Safetensors, WeightSummary};
use weighhouse::hub::{Fingerprint, ModelFolder};

use crate::case::{self, Case};
use crate::harness::Target;

const CONFIG_WORDS: &[&str] = &[
    "architectures",
    "model_type",
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "hidden_act",
    "rms_norm_eps",
    "max_position_embeddings",
    "rope_theta",
    "rope_scaling",
    "rope_parameters",
    "rope_type",
    "type",
    "factor",
    "original_max_position_embeddings",
    "low_freq_factor",
    "high_freq_factor",
    "beta_fast",
    "beta_slow",
    "mscale",
    "mscale_all_dim",
    "attention_factor",
    "short_factor",
    "long_factor",
    "truncate",
    "linear",
    "llama3",
    "yarn",
    "longrope",
    "default",
    "dynamic",
    "sliding_window",
    "layer_types",
    "sliding_attention",
    "full_attention",
    "use_sliding_window",
    "max_window_layers",
    "no_rope_layers",
    "no_rope_layer_interval",
    "partial_rotary_factor",
    "rotary_pct",
    "rotary_emb_base",
    "tie_word_embeddings",
    "attention_bias",
    "mlp_bias",
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "query_pre_attn_scalar",
    "n_embd",
    "n_head",
    "n_layer",
    "n_inner",
    "n_positions",
    "scale_attn_weights",
    "scale_attn_by_inverse_layer_idx",
    "use_qkv_bias",
    "qk_layernorm",
    "use_parallel_residual",
    "embedding_multiplier",
    "logits_scaling",
    "residual_multiplier",
    "attention_multiplier",
    "LlamaForCausalLM",
    "GPT2LMHeadModel",
    "Gemma3ForCausalLM",
    "Phi3ForCausalLM",
    "GPTNeoXForCausalLM",
    "SmolLM3ForCausalLM",
    "Qwen2ForCausalLM",
];

pub const CONFIG: Target = Target {
    name: "config",
    run: |case, folder| {
        let path = folder.join("config.json");
        std::fs::write(&path, case.bytes()).unwrap();
        read_config(&path).map_or_else(|error| error.to_string(), |config| format!("read {:?}", config.unread))
    },
    dictionary: CONFIG_WORDS,
    also: fixture_configs,
    inputs: 4000,
};

/// Weights in one file, or in those that an index names, by their headers and all that walks the folder.
pub const SAFETENSORS: Target = Target {
    name: "safetensors",
    run: weights,
    dictionary: &["dtype", "shape", "data_offsets", "F32", "F16", "BF16", "F64", "I64", "__metadata__", "weight_map"],
    also: Vec::new,
    inputs: 3000,
};

/// A whole model: loaded, and asked for a loss.
pub const MODEL: Target =
    Target { name: "model", run: model, dictionary: CONFIG_WORDS, also: fixture_models, inputs: 300 };

pub const EMBEDDER: Target = Target {
    name: "embedder",
    run: embedder,
    dictionary: &[
        "sentence_transformers.models.Transformer",
        "sentence_transformers.models.Pooling",
        "type",
        "path",
        "idx",
        "sentence_transformers.models.Normalize",
        "word_embedding_dimension",
        "pooling_mode_mean_tokens",
        "pooling_mode_cls_token",
        "pooling_mode_max_tokens",
        "include_prompt",
        "max_seq_length",
        "do_lower_case",
        "model_type",
        "bert",
        "hidden_act",
        "gelu",
        "relu",
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "max_position_embeddings",
        "type_vocab_size",
        "layer_norm_eps",
        "position_embedding_type",
        "is_decoder",
        "default_prompt_name",
        "model_max_length",
        "..",
    ],
    also: Vec::new,
    inputs: 300,
};

/// Models that are here for other tests: each with an option of its own.
fn fixture_models() -> Vec<Case> {
    let mut models = case::kept_in(Path::new("fixtures/conformance-options"));
    models.iter_mut().for_each(|model| model.parts.retain(|part| part.name != "expected.json"));
    // Beside the models may lie files, which cannot be written as a folder.
    models.retain(|model| model.parts.iter().any(|part| part.name == "config.json"));
    models
}

fn fixture_configs() -> Vec<Case> {
    let config = |model: Case| Case::single(model.text("config.json").into_bytes());
    fixture_models().into_iter().map(config).collect()
}

/// Writes an input of several files into a folder that held another one.
pub fn put(case: &Case, folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
    std::fs::create_dir_all(folder).unwrap();
    case.write(folder);
}

fn weights(case: &Case, folder: &Path) -> String {
    put(case, folder);
    let opened = Safetensors::open(folder, DType::F32, &Device::Cpu);
    let opened = opened.map_or_else(|error| error.to_string(), |weights| weights.summary().dtypes());
    let headers = case.parts.iter().map(|part| {
        let length = part.bytes.first_chunk::<8>().map_or(0, |length| u64::from_le_bytes(*length));
        let header = part.bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX).saturating_add(8));
        (Path::new(&part.name), part.bytes.len() as u64, &part.bytes[..header])
    });
    let headers = WeightSummary::of_headers(headers);
    let hashed = ModelFolder::find(folder).and_then(|model| Fingerprint::of(&model));
    format!("{opened} {} {}", headers.map_or_else(|error| error.to_string(), |_| "read".into()), hashed.is_ok())
}

fn model(case: &Case, folder: &Path) -> String {
    put(case, folder);
    let card = causal_lm::read_card(folder).map_or_else(|error| error.to_string(), |card| card.weight_dtype);
    let model = match causal_lm::load(folder, DType::F32, &Device::Cpu) {
        Ok(model) => model.decoder,
        Err(error) => return format!("{card} {error}"),
    };
    let longest = model.longest().unwrap_or(usize::MAX);
    let ids: Vec<u32> = (0..40).map(|index| index % model.vocabulary() as u32).take(longest).collect();
    let (all, some) = (Sequence { ids: &ids, scored_from: 1 }, Sequence { ids: &ids[..ids.len() / 2], scored_from: 5 });
    match model.losses(&[all, some]) {
        Ok(losses) if losses[0].is_finite() => format!("{card} measured"),
        Ok(_) => format!("{card} not finite"),
        Err(error) => format!("{card} {error}"),
    }
}

fn embedder(case: &Case, folder: &Path) -> String {
    put(case, folder);
    let embedder = match BertEmbedder::load(folder, &Device::Cpu, DType::F32) {
        Ok(embedder) => embedder,
        Err(error) => return error.to_string(),
    };
    let texts = ["", "a b c", "abc Abc \u{1f} c b a a b c abc"];
    embedder.embed(&texts).map_or_else(|error| error.to_string(), |embeddings| format!("{} points", embeddings.len()))
}

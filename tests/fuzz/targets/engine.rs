//! The files of models: weights and their index, configuration, tokenizer, chat template, embedder.

use std::path::Path;

use candle_core::{DType, Device};
use chrono::NaiveDateTime;
use serde_json::json;
use weighhouse::engine::batch::Sequence;
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::causal_lm::{self, LossEngine};
use weighhouse::engine::chat::ChatTemplate;
use weighhouse::engine::conversation::ConversationEncoder;
use weighhouse::engine::decoder::read_config;
use weighhouse::engine::embedder::Embedder;
use weighhouse::engine::request::{TemplateRequest, TokenizerRules};
use weighhouse::engine::tokenizer::ModelTokenizer;
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

pub const TOKENIZER: Target = Target {
    name: "tokenizer",
    run: tokenizer,
    dictionary: &[
        "model",
        "vocab",
        "merges",
        "type",
        "BPE",
        "WordPiece",
        "WordLevel",
        "Unigram",
        "unk_token",
        "unk_id",
        "byte_fallback",
        "dropout",
        "continuing_subword_prefix",
        "end_of_word_suffix",
        "fuse_unk",
        "ignore_merges",
        "max_input_chars_per_word",
        "normalizer",
        "Sequence",
        "normalizers",
        "pretokenizers",
        "Replace",
        "Prepend",
        "Precompiled",
        "precompiled_charsmap",
        "AAAAAA==",
        "NFKC",
        "BertNormalizer",
        "Lowercase",
        "Strip",
        "Nmt",
        "pattern",
        "Regex",
        "String",
        "content",
        "(a|a)*$",
        "(?<=(a+))b",
        "\\p{L}+",
        "[^\\s]+|\\s+(?!\\S)",
        "pre_tokenizer",
        "Split",
        "behavior",
        "Isolated",
        "MergedWithPrevious",
        "invert",
        "ByteLevel",
        "Metaspace",
        "replacement",
        "prepend_scheme",
        "Digits",
        "Punctuation",
        "FixedLength",
        "length",
        "CharDelimiterSplit",
        "UnicodeScripts",
        "post_processor",
        "TemplateProcessing",
        "single",
        "pair",
        "SpecialToken",
        "special_tokens",
        "ids",
        "tokens",
        "BertProcessing",
        "RobertaProcessing",
        "sep",
        "cls",
        "added_tokens",
        "id",
        "special",
        "lstrip",
        "rstrip",
        "single_word",
        "normalized",
        "added_tokens_decoder",
        "extra_special_tokens",
        "additional_special_tokens",
        "tokenizer_class",
        "GPT2Tokenizer",
        "GPTNeoXTokenizer",
        "add_prefix_space",
        "chat_template",
        "bos_token",
        "truncation",
        "padding",
        "max_length",
        "stride",
    ],
    also: Vec::new,
    inputs: 1000,
};

pub const TEMPLATE: Target = Target {
    name: "template",
    run: template,
    dictionary: &[
        "{%",
        "%}",
        "{{",
        "}}",
        "{#",
        "#}",
        "{%-",
        "-%}",
        "for",
        "endfor",
        "if",
        "elif",
        "else",
        "endif",
        "set",
        "endset",
        "macro",
        "endmacro",
        "call",
        "endcall",
        "filter",
        "endfilter",
        "with",
        "generation",
        "endgeneration",
        "raw",
        "break",
        "continue",
        "recursive",
        "loop(messages)",
        "loop.index",
        "loop.cycle",
        "loop.previtem",
        "namespace(",
        "messages",
        "add_generation_prompt",
        "message['content']",
        "[::-1]",
        "[1:]",
        "[-1]",
        "~",
        "+",
        "*",
        "**",
        "//",
        "%",
        "in",
        "not",
        "is defined",
        "is string",
        "|tojson(indent=",
        "|trim",
        "|length",
        "|join",
        "|indent(",
        "|format(",
        "|batch(",
        "|slice(",
        "|replace('', ",
        "|map(attribute=",
        "|selectattr(",
        "|groupby(",
        "|sort",
        "|unique",
        "|list",
        "|reverse",
        "|first",
        "|last",
        "|sum",
        "|round(",
        "|int",
        "|float",
        "|default(",
        "|items",
        "|dictsort",
        ".format(",
        ".split(",
        ".strip()",
        ".replace(",
        ".startswith(",
        ".items()",
        ".center(",
        ".join(",
        ".upper()",
        "range(",
        "dict(",
        "strftime_now('%d %b %Y')",
        "strftime_now('%",
        "raise_exception('no')",
        "'{:>9}'",
        "'%5d'",
        "lipsum(",
        "debug()",
        "self",
        "include",
        "extends",
        "block",
        "import",
        "autoescape",
        "true",
        "none",
        "(",
        ")",
    ],
    also: known_templates,
    inputs: 2000,
};

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

fn known_templates() -> Vec<Case> {
    let text = std::fs::read("tests/data/chat-templates.json").unwrap();
    let known: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let template = |case: &serde_json::Value| Case::single(case["template"].as_str().unwrap().into());
    known["cases"].as_array().unwrap().iter().map(template).collect()
}

/// Writes an input of several files into a folder that held another one.
fn put(case: &Case, folder: &Path) {
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

fn noon() -> NaiveDateTime {
    "2026-01-31T12:00:00".parse().unwrap()
}

/// The part `text` is what is encoded; the others are the files of a tokenizer.
fn tokenizer(case: &Case, folder: &Path) -> String {
    put(case, folder);
    let text = case.text("text");
    let mut tokenizer = match ModelTokenizer::load(folder, TokenizerRules::default()) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return error.to_string(),
    };
    let ids = |tokenizer: &ModelTokenizer, special| match tokenizer.encode(&text, special) {
        Ok(ids) => format!("{} ids", if ids.is_empty() { "no" } else { "some" }),
        Err(error) => error.to_string(),
    };
    let (with, without) = (ids(&tokenizer, true), ids(&tokenizer, false));
    let cut = tokenizer.truncate(8).map_or_else(|error| error.to_string(), |()| ids(&tokenizer, true));
    let turns = [json!({"role": "user", "content": "What?"}), json!({"role": "assistant", "content": text})];
    let conversation = ConversationEncoder::load(folder, &TemplateRequest::Auto, TokenizerRules::default(), noon())
        .and_then(|encoder| encoder.encode(&turns, 64))
        .map_or_else(|error| error.to_string(), |_| "encoded".into());
    format!("{with} {without} {cut} {conversation}")
}

fn template(case: &Case, _: &Path) -> String {
    let source = String::from_utf8_lossy(case.bytes());
    let tokens = [("bos_token", "<s>"), ("eos_token", "</s>")].into_iter();
    let template = match ChatTemplate::new("chat_template.jinja".into(), &source, tokens, noon()) {
        Ok(template) => template,
        Err(error) => return error.to_string(),
    };
    let turns =
        [json!({"role": "user", "content": "What is 2 + 2?\n"}), json!({"role": "assistant", "content": "4 — naïve"})];
    let render =
        |turns, prompt| template.render(turns, prompt).map_or_else(|error| error.to_string(), |_| "text".into());
    format!("{} {}", render(&turns, false), render(&turns[..1], true))
}

/// What a template renders without messages, or what it says.
pub fn rendering(source: &str) -> String {
    let template = ChatTemplate::new("chat_template.jinja".into(), source, [].into_iter(), noon());
    template.and_then(|template| template.render(&[], false)).unwrap_or_else(|error| error.to_string())
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

//! Llama and its nearest relatives: Mistral, Qwen, OLMo 2, SmolLM 3, Granite, StarCoder 2. They differ in biases, norms
//! of queries and keys, windows and multipliers.

use super::super::common::{Common, Defaults, HeadDim, KeyHeads, LAYER_NORM, NormRule};
use super::super::description::{Biases, Description, MlpNames, Names, NormNames, QkNorm};
use super::super::fields::{Fields, Problem};
use super::super::pattern::LayerPattern;
use super::super::rope_config::RopeRules;
use super::names::{LLAMA_NAMES, SANDWICH_NORMS};

type Described = Result<Description, Problem>;

pub fn llama(class: &'static str, fields: &Fields) -> Described {
    let bias = Biases { mlp: fields.flag_or("mlp_bias", false)?, ..attention_bias(fields)? };
    Ok(Description { bias, ..Common::read(fields, Defaults::LLAMA)?.describe(class, LLAMA_NAMES)? })
}

/// `attention_bias`, which is on all four projections where it is.
fn attention_bias(fields: &Fields) -> Result<Biases, Problem> {
    let bias = fields.flag_or("attention_bias", false)?;
    Ok(Biases { qkv: bias, out: bias, ..Biases::default() })
}

pub fn mistral(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults { kv_heads: KeyHeads::ToldOr(8), ..Defaults::LLAMA };
    // An absent key means the class default of 4096, an explicit null means no window.
    let layers = LayerPattern::all(fields.window_or("sliding_window", Some(4096))?);
    Common::read(fields, defaults)?.with_layers(layers).describe(class, LLAMA_NAMES)
}

pub fn qwen2(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults { kv_heads: KeyHeads::ToldOr(32), ..Defaults::LLAMA };
    let common = Common::read(fields, defaults)?.with_layers(qwen_layers(fields)?);
    let bias = Biases { qkv: true, ..Biases::default() };
    Ok(Description { bias, ..common.describe(class, LLAMA_NAMES)? })
}

pub fn qwen3(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults { head_dim: HeadDim::ToldOr(128), kv_heads: KeyHeads::ToldOr(32), ..Defaults::LLAMA };
    let common = Common::read(fields, defaults)?.with_layers(qwen_layers(fields)?);
    let bias = attention_bias(fields)?;
    Ok(Description { bias, qk_norm: QkNorm::PerHead, ..common.describe(class, LLAMA_NAMES)? })
}

/// Qwen slides from `max_window_layers` on, if it slides at all.
fn qwen_layers(fields: &Fields) -> Result<LayerPattern, Problem> {
    let slides = fields.flag_or("use_sliding_window", false)?;
    let window = if slides { fields.window_or("sliding_window", Some(4096))? } else { None };
    fields.get("sliding_window");
    let first = fields.count("max_window_layers")?.unwrap_or(28);
    LayerPattern::typed(fields, window, |layer| window.is_some() && layer >= first)
}

pub fn olmo2(class: &'static str, fields: &Fields) -> Described {
    let norms = NormNames { attention_in: None, mlp_in: None, ..SANDWICH_NORMS };
    let defaults = Defaults { norm: NormRule { eps: 1e-5, ..Defaults::LLAMA.norm }, ..Defaults::LLAMA };
    let described = Common::read(fields, defaults)?.describe(class, Names { norms, ..LLAMA_NAMES })?;
    Ok(Description { bias: attention_bias(fields)?, qk_norm: QkNorm::Whole, ..described })
}

pub fn smollm3(class: &'static str, fields: &Fields) -> Described {
    let without_rope = LayerPattern::layers_without_rope(fields)?;
    let window = fields.window_or("sliding_window", None)?;
    let slides = fields.flag_or("use_sliding_window", false)? && window.is_some();
    let layers = LayerPattern::typed(fields, window, |layer| slides && without_rope(layer))?;
    let defaults = Defaults {
        kv_heads: KeyHeads::ToldOr(4),
        tied: true,
        rope: RopeRules { theta: 2_000_000.0, ..RopeRules::PLAIN },
        ..Defaults::LLAMA
    };
    let common = Common::read(fields, defaults)?.with_layers(layers.without_rope(without_rope));
    let bias = Biases { mlp: fields.flag_or("mlp_bias", false)?, ..attention_bias(fields)? };
    Ok(Description { bias, ..common.describe(class, LLAMA_NAMES)? })
}

pub fn granite(class: &'static str, fields: &Fields) -> Described {
    let scale = fields.positive_or("attention_multiplier", 1.0)?;
    Ok(Description {
        bias: Biases { mlp: fields.flag_or("mlp_bias", false)?, ..attention_bias(fields)? },
        embedding_multiplier: fields.number_or("embedding_multiplier", 1.0)?,
        residual_multiplier: fields.number_or("residual_multiplier", 1.0)?,
        logit_divisor: fields.positive_or("logits_scaling", 1.0)?,
        ..Common::read(fields, Defaults::LLAMA)?.with_scale(scale).describe(class, LLAMA_NAMES)?
    })
}

pub fn starcoder2(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults {
        kv_heads: KeyHeads::ToldOr(2),
        norm: NormRule { eps_key: "norm_epsilon", ..LAYER_NORM },
        activation: ("hidden_act", "gelu_pytorch_tanh"),
        tied: true,
        ..Defaults::LLAMA
    };
    let layers = LayerPattern::all(fields.window_or("sliding_window", None)?);
    let names = Names { mlp: MlpNames::Plain { up: "mlp.c_fc", down: "mlp.c_proj" }, ..LLAMA_NAMES };
    let bias = fields.flag_or("use_bias", true)?;
    Ok(Description {
        bias: Biases { qkv: bias, out: bias, mlp: bias, head: false },
        ..Common::read(fields, defaults)?.with_layers(layers).describe(class, names)?
    })
}

//! The table of known architectures: how each one's `config.json` becomes a [`Description`]. An architecture is one
//! short function here and nothing anywhere else. Defaults are those of transformers' configuration classes.

use super::common::{Common, LayerPattern};
use super::description::{
    Activation, Biases, Description, Mlp, MlpNames, Names, Norm, NormKind, NormNames, QkNorm, QkvNames,
};
use super::fields::{Fields, Problem};

/// One entry of the table.
pub struct Architecture {
    /// Class name, as in `architectures[0]`.
    pub class: &'static str,
    /// `model_type`, used when a configuration names no class.
    pub model_type: &'static str,
    /// Reads the configuration.
    pub describe: fn(&'static str, &Fields) -> Result<Description, Problem>,
}

/// Every architecture that the decoder computes.
pub const ARCHITECTURES: [Architecture; 16] = [
    Architecture { class: "LlamaForCausalLM", model_type: "llama", describe: llama },
    Architecture { class: "MistralForCausalLM", model_type: "mistral", describe: mistral },
    Architecture { class: "Qwen2ForCausalLM", model_type: "qwen2", describe: qwen2 },
    Architecture { class: "Qwen3ForCausalLM", model_type: "qwen3", describe: qwen3 },
    Architecture { class: "GemmaForCausalLM", model_type: "gemma", describe: gemma },
    Architecture { class: "Gemma2ForCausalLM", model_type: "gemma2", describe: gemma2 },
    Architecture { class: "Gemma3ForCausalLM", model_type: "gemma3_text", describe: gemma3 },
    Architecture { class: "Phi3ForCausalLM", model_type: "phi3", describe: phi3 },
    Architecture { class: "PhiForCausalLM", model_type: "phi", describe: phi },
    Architecture { class: "StableLmForCausalLM", model_type: "stablelm", describe: stablelm },
    Architecture { class: "GPTNeoXForCausalLM", model_type: "gpt_neox", describe: gpt_neox },
    Architecture { class: "GPT2LMHeadModel", model_type: "gpt2", describe: gpt2 },
    Architecture { class: "Olmo2ForCausalLM", model_type: "olmo2", describe: olmo2 },
    Architecture { class: "SmolLM3ForCausalLM", model_type: "smollm3", describe: smollm3 },
    Architecture { class: "GraniteForCausalLM", model_type: "granite", describe: granite },
    Architecture { class: "Starcoder2ForCausalLM", model_type: "starcoder2", describe: starcoder2 },
];

const PRE_NORMS: NormNames = NormNames {
    attention_in: Some("input_layernorm"),
    attention_out: None,
    mlp_in: Some("post_attention_layernorm"),
    mlp_out: None,
};

const SANDWICH_NORMS: NormNames = NormNames {
    attention_in: Some("input_layernorm"),
    attention_out: Some("post_attention_layernorm"),
    mlp_in: Some("pre_feedforward_layernorm"),
    mlp_out: Some("post_feedforward_layernorm"),
};

const LLAMA_NAMES: Names = Names {
    base: "model.",
    embedding: "embed_tokens",
    positions: "",
    final_norm: "norm",
    head: &["lm_head"],
    layers: "layers.",
    norms: PRE_NORMS,
    qkv: QkvNames::Split(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    qk_norms: ["self_attn.q_norm", "self_attn.k_norm"],
    out: "self_attn.o_proj",
    mlp: MlpNames::Gated { gate: "mlp.gate_proj", up: "mlp.up_proj", down: "mlp.down_proj" },
    transposed: false,
};

/// What Llama and its many relatives share.
fn llama_like(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    Common::read(fields)?.describe(class, LLAMA_NAMES)
}

fn llama(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let attention_bias = fields.flag_or("attention_bias", false)?;
    let bias =
        Biases { qkv: attention_bias, out: attention_bias, mlp: fields.flag_or("mlp_bias", false)?, head: false };
    Ok(Description { bias, ..llama_like(class, fields)? })
}

fn mistral(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    // An absent key means the class default of 4096, an explicit null means no window.
    let window = fields.window_or_default("sliding_window", 4096)?;
    Common::read(fields)?.with_layers(LayerPattern::all(window)).describe(class, LLAMA_NAMES)
}

fn qwen2(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let common = Common::read(fields)?.with_layers(qwen_layers(fields)?);
    let bias = Biases { qkv: true, ..Biases::default() };
    Ok(Description { bias, ..common.describe(class, LLAMA_NAMES)? })
}

fn qwen3(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let attention_bias = fields.flag_or("attention_bias", false)?;
    let bias = Biases { qkv: attention_bias, out: attention_bias, ..Biases::default() };
    let common = Common::read_with_head_dim(fields, Some(128))?.with_layers(qwen_layers(fields)?);
    Ok(Description { bias, qk_norm: QkNorm::PerHead, ..common.describe(class, LLAMA_NAMES)? })
}

/// Qwen slides from `max_window_layers` on, if it slides at all.
fn qwen_layers(fields: &Fields) -> Result<LayerPattern, Problem> {
    let slides = fields.flag_or("use_sliding_window", false)?;
    let first = fields.count("max_window_layers")?.unwrap_or(28);
    let window = fields.window_or_default("sliding_window", 4096)?.filter(|_| slides);
    LayerPattern::typed(fields, window, |layer| layer >= first)
}

fn gemma(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    gemma_like(fields, gemma_common(fields)?.describe(class, LLAMA_NAMES)?)
}

fn gemma_common<'a>(fields: &'a Fields<'a>) -> Result<Common<'a>, Problem> {
    Common::read_with_head_dim(fields, Some(256))?.tied_unless_told(fields, true)
}

/// What all Gemma models share.
fn gemma_like(fields: &Fields, described: Description) -> Result<Description, Problem> {
    let bias = fields.flag_or("attention_bias", false)?;
    Ok(Description {
        norm: Norm { kind: NormKind::RmsPlusOne, ..described.norm },
        mlp: Mlp { gated: true, activation: gemma_activation(fields)? },
        bias: Biases { qkv: bias, out: bias, ..Biases::default() },
        embedding_multiplier: (described.hidden_size as f64).sqrt(),
        ..described
    })
}

/// The first Gemma releases name `gelu` and mean its tanh approximation.
fn gemma_activation(fields: &Fields) -> Result<Activation, Problem> {
    let legacy = fields.text("hidden_act")?;
    let name = fields.text("hidden_activation")?.or(legacy).unwrap_or("gelu_pytorch_tanh");
    Activation::parse(if name == "gelu" { "gelu_pytorch_tanh" } else { name })
}

fn gemma2(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let window = fields.window_or_default("sliding_window", 4096)?;
    let layers = LayerPattern::typed(fields, window, |layer| layer % 2 == 0)?;
    let softcaps = [
        fields.softcap_or_default("attn_logit_softcapping", Some(50.0))?,
        fields.softcap_or_default("final_logit_softcapping", Some(30.0))?,
    ];
    gemma_sandwich(class, fields, layers, softcaps)
}

fn gemma3(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let period = fields.count("sliding_window_pattern")?.unwrap_or(6).max(1);
    fields.get("_sliding_window_pattern");
    let window = fields.window_or_default("sliding_window", 4096)?;
    let layers = LayerPattern::typed(fields, window, |layer| (layer + 1) % period != 0)?.with_local_rope(10_000.0);
    let softcaps = [
        fields.softcap_or_default("attn_logit_softcapping", None)?,
        fields.softcap_or_default("final_logit_softcapping", None)?,
    ];
    Ok(Description { qk_norm: QkNorm::PerHead, ..gemma_sandwich(class, fields, layers, softcaps)? })
}

/// What Gemma 2 and 3 share beyond Gemma: four norms a layer, their own score scale, soft caps.
fn gemma_sandwich(
    class: &'static str,
    fields: &Fields,
    layers: LayerPattern,
    [attention_softcap, logit_softcap]: [Option<f64>; 2],
) -> Result<Description, Problem> {
    let scale = fields.positive_or("query_pre_attn_scalar", 256.0)?.powf(-0.5);
    let theta = if layers.has_local_rope() { 1_000_000.0 } else { 10_000.0 };
    let common = gemma_common(fields)?.with_theta(theta).with_layers(layers).with_scale(scale);
    let described = common.describe(class, Names { norms: SANDWICH_NORMS, ..LLAMA_NAMES })?;
    Ok(Description { attention_softcap, logit_softcap, ..gemma_like(fields, described)? })
}

fn phi3(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let window = fields.window_or_default("sliding_window", 0)?;
    let names = Names {
        qkv: QkvNames::Joined("self_attn.qkv_proj"),
        mlp: MlpNames::Joined { gate_up: "mlp.gate_up_proj", down: "mlp.down_proj" },
        ..LLAMA_NAMES
    };
    Common::read_with_eps(fields, 1e-5)?.with_layers(LayerPattern::all(window)).describe(class, names)
}

fn phi(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let names = Names {
        final_norm: "final_layernorm",
        norms: NormNames { mlp_in: None, ..PRE_NORMS },
        qk_norms: ["self_attn.q_layernorm", "self_attn.k_layernorm"],
        out: "self_attn.dense",
        mlp: MlpNames::Plain { up: "mlp.fc1", down: "mlp.fc2" },
        ..LLAMA_NAMES
    };
    let described = Common::read(fields)?.with_partial(0.5).describe(class, names)?;
    let qk_norm = if fields.flag_or("qk_layernorm", false)? { QkNorm::LayerShared } else { QkNorm::None };
    Ok(Description {
        norm: layer_norm(fields, "layer_norm_eps")?,
        mlp: Mlp { gated: false, activation: Activation::read(fields, "hidden_act", "gelu_new")? },
        bias: Biases { qkv: true, out: true, mlp: true, head: true },
        parallel: true,
        qk_norm,
        ..described
    })
}

fn stablelm(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let parallel = fields.flag_or("use_parallel_residual", false)?;
    let mlp_in = PRE_NORMS.mlp_in.filter(|_| !parallel);
    let names = Names {
        norms: NormNames { mlp_in, ..PRE_NORMS },
        qk_norms: ["self_attn.q_layernorm", "self_attn.k_layernorm"],
        ..LLAMA_NAMES
    };
    let described = Common::read(fields)?.with_partial(0.25).describe(class, names)?;
    let qk_norm = if fields.flag_or("qk_layernorm", false)? { QkNorm::LayerOwn } else { QkNorm::None };
    let bias = Biases { qkv: fields.flag_or("use_qkv_bias", false)?, ..Biases::default() };
    Ok(Description { norm: layer_norm(fields, "layer_norm_eps")?, bias, parallel, qk_norm, ..described })
}

fn gpt_neox(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let names = Names {
        base: "gpt_neox.",
        embedding: "embed_in",
        final_norm: "final_layer_norm",
        head: &["embed_out", "lm_head"],
        qkv: QkvNames::PerHead("attention.query_key_value"),
        out: "attention.dense",
        mlp: MlpNames::Plain { up: "mlp.dense_h_to_4h", down: "mlp.dense_4h_to_h" },
        ..LLAMA_NAMES
    };
    let theta = fields.positive_or("rotary_emb_base", 10_000.0)?;
    let partial = fields.positive_or("rotary_pct", 0.25)?;
    let described = Common::read(fields)?.with_theta(theta).with_partial(partial).describe(class, names)?;
    let attention_bias = fields.flag_or("attention_bias", true)?;
    Ok(Description {
        norm: layer_norm(fields, "layer_norm_eps")?,
        mlp: Mlp { gated: false, activation: Activation::read(fields, "hidden_act", "gelu")? },
        bias: Biases { qkv: attention_bias, out: attention_bias, mlp: true, head: false },
        parallel: fields.flag_or("use_parallel_residual", true)?,
        ..described
    })
}

fn gpt2(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let names = Names {
        base: "transformer.",
        embedding: "wte",
        positions: "wpe",
        final_norm: "ln_f",
        layers: "h.",
        norms: NormNames { attention_in: Some("ln_1"), mlp_in: Some("ln_2"), ..PRE_NORMS },
        qkv: QkvNames::Joined("attn.c_attn"),
        out: "attn.c_proj",
        mlp: MlpNames::Plain { up: "mlp.c_fc", down: "mlp.c_proj" },
        transposed: true,
        ..LLAMA_NAMES
    };
    let common = Common::read_gpt2(fields)?;
    let by_layer = fields.flag_or("scale_attn_by_inverse_layer_idx", false)?;
    let scaled = fields.flag_or("scale_attn_weights", true)?;
    let scale = if scaled { (common.head_dim as f64).powf(-0.5) } else { 1.0 };
    let mut described = common.describe(class, names)?;
    for (index, layer) in described.layers.iter_mut().enumerate() {
        layer.scale = if by_layer { scale / (index + 1) as f64 } else { scale };
    }
    Ok(Description {
        norm: layer_norm(fields, "layer_norm_epsilon")?,
        mlp: Mlp { gated: false, activation: Activation::read(fields, "activation_function", "gelu_new")? },
        bias: Biases { qkv: true, out: true, mlp: true, head: false },
        learned_positions: Some(fields.count("n_positions")?.unwrap_or(1024)),
        ..described
    })
}

fn olmo2(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let norms = NormNames { attention_in: None, mlp_in: None, ..SANDWICH_NORMS };
    let bias = fields.flag_or("attention_bias", false)?;
    Ok(Description {
        bias: Biases { qkv: bias, out: bias, ..Biases::default() },
        qk_norm: QkNorm::Whole,
        ..Common::read_with_eps(fields, 1e-5)?.describe(class, Names { norms, ..LLAMA_NAMES })?
    })
}

fn smollm3(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let without_rope = LayerPattern::layers_without_rope(fields)?;
    let slides = fields.flag_or("use_sliding_window", false)?;
    let window = fields.count("sliding_window")?.filter(|_| slides);
    let layers = LayerPattern::typed(fields, window, |layer| without_rope(layer))?;
    let layers = layers.without_rope(|layer| without_rope(layer));
    let bias = fields.flag_or("attention_bias", false)?;
    let common = Common::read(fields)?.with_theta(2_000_000.0).tied_unless_told(fields, true)?.with_layers(layers);
    let bias = Biases { qkv: bias, out: bias, mlp: fields.flag_or("mlp_bias", false)?, head: false };
    Ok(Description { bias, ..common.describe(class, LLAMA_NAMES)? })
}

fn granite(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let bias = fields.flag_or("attention_bias", false)?;
    let common = Common::read(fields)?.with_scale(fields.positive_or("attention_multiplier", 1.0)?);
    Ok(Description {
        bias: Biases { qkv: bias, out: bias, mlp: fields.flag_or("mlp_bias", false)?, head: false },
        embedding_multiplier: fields.number_or("embedding_multiplier", 1.0)?,
        residual_multiplier: fields.number_or("residual_multiplier", 1.0)?,
        logit_divisor: fields.positive_or("logits_scaling", 1.0)?,
        ..common.describe(class, LLAMA_NAMES)?
    })
}

fn starcoder2(class: &'static str, fields: &Fields) -> Result<Description, Problem> {
    let window = fields.count("sliding_window")?;
    let names = Names { mlp: MlpNames::Plain { up: "mlp.c_fc", down: "mlp.c_proj" }, ..LLAMA_NAMES };
    let common = Common::read(fields)?.tied_unless_told(fields, true)?.with_layers(LayerPattern::all(window));
    let bias = fields.flag_or("use_bias", true)?;
    Ok(Description {
        norm: layer_norm(fields, "norm_epsilon")?,
        mlp: Mlp { gated: false, activation: Activation::read(fields, "hidden_act", "gelu_pytorch_tanh")? },
        bias: Biases { qkv: bias, out: bias, mlp: bias, head: false },
        ..common.describe(class, names)?
    })
}

fn layer_norm(fields: &Fields, eps_key: &str) -> Result<Norm, Problem> {
    Ok(Norm { kind: NormKind::Layer, eps: fields.number_or(eps_key, 1e-5)? })
}

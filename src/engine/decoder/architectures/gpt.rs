//! GPT-2 and GPT-NeoX: the older family, with layer norms, biases everywhere and one projection for queries, keys and
//! values. Both have key names of their own.

use super::super::common::{Common, Defaults, HeadDim, KeyHeads, LAYER_NORM, NormRule};
use super::super::description::{Biases, Description, MlpNames, Names, NormNames, QkvNames};
use super::super::fields::{Fields, Problem};
use super::super::rope_config::RopeRules;
use super::names::{LLAMA_NAMES, PRE_NORMS};

type Described = Result<Description, Problem>;

pub fn gpt_neox(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults {
        head_dim: HeadDim::Divided,
        kv_heads: KeyHeads::AsQueries,
        norm: LAYER_NORM,
        activation: ("hidden_act", "gelu"),
        rope: RopeRules {
            theta_key: "rotary_emb_base",
            share_key: "rotary_pct",
            share: Some(0.25),
            ..RopeRules::PLAIN
        },
        ..Defaults::LLAMA
    };
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
    let bias = fields.flag_or("attention_bias", true)?;
    Ok(Description {
        bias: Biases { qkv: bias, out: bias, mlp: true, head: false },
        parallel: fields.flag_or("use_parallel_residual", true)?,
        ..Common::read(fields, defaults)?.describe(class, names)?
    })
}

const GPT2_NAMES: Names = Names {
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

const GPT2: Defaults = Defaults {
    kv_heads: KeyHeads::AsQueries,
    norm: NormRule { eps_key: "layer_norm_epsilon", ..LAYER_NORM },
    activation: ("activation_function", "gelu_new"),
    tied: true,
    ..Defaults::LLAMA
};

/// Names that transformers takes for GPT-2's own, which come first here.
const GPT2_ALIASES: [[&str; 2]; 4] = [
    ["n_embd", "hidden_size"],
    ["n_head", "num_attention_heads"],
    ["n_layer", "num_hidden_layers"],
    ["n_positions", "max_position_embeddings"],
];

pub fn gpt2(class: &'static str, fields: &Fields) -> Described {
    for [key, alias] in GPT2_ALIASES {
        fields.agreeing(key, fields.number(key)?, alias)?;
    }
    let common = Common::read_gpt2(fields, GPT2)?;
    let scale = if fields.flag_or("scale_attn_weights", true)? { (common.head_dim as f64).powf(-0.5) } else { 1.0 };
    let by_layer = fields.flag_or("scale_attn_by_inverse_layer_idx", false)?;
    let mut described = common.describe(class, GPT2_NAMES)?;
    for (index, layer) in described.layers.iter_mut().enumerate() {
        layer.scale = if by_layer { scale / (index + 1) as f64 } else { scale };
    }
    Ok(Description {
        bias: Biases { qkv: true, out: true, mlp: true, head: false },
        learned_positions: Some(fields.size_or("n_positions", 1024)?),
        ..described
    })
}

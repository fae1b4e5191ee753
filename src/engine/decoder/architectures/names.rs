//! Tensor names that several architectures share.

use super::super::description::{MlpNames, Names, NormNames, QkvNames};

/// A norm before each block.
pub const PRE_NORMS: NormNames = NormNames {
    attention_in: Some("input_layernorm"),
    attention_out: None,
    mlp_in: Some("post_attention_layernorm"),
    mlp_out: None,
};

/// A norm before and after each block.
pub const SANDWICH_NORMS: NormNames = NormNames {
    attention_in: Some("input_layernorm"),
    attention_out: Some("post_attention_layernorm"),
    mlp_in: Some("pre_feedforward_layernorm"),
    mlp_out: Some("post_feedforward_layernorm"),
};

/// Llama's names, which most took over.
pub const LLAMA_NAMES: Names = Names {
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

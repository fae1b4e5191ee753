//! Phi, StableLM and Phi-3: models that rotate a part of each head. The first two have layer norms and can put
//! attention and feed-forward side by side; the third joins its projections and stretches its wavelengths.

use super::super::common::{Common, Defaults, HeadDim, KeyHeads, LAYER_NORM, NormRule};
use super::super::description::{Biases, Description, MlpNames, Names, NormNames, QkNorm, QkvNames};
use super::super::fields::{Fields, Problem};
use super::super::pattern::LayerPattern;
use super::super::rope_config::RopeRules;
use super::names::{LLAMA_NAMES, PRE_NORMS};

type Described = Result<Description, Problem>;

const LAYER_QK_NORMS: [&str; 2] = ["self_attn.q_layernorm", "self_attn.k_layernorm"];

pub fn phi(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults {
        norm: LAYER_NORM,
        activation: ("hidden_act", "gelu_new"),
        rope: RopeRules { share: Some(0.5), ..RopeRules::PLAIN },
        ..Defaults::LLAMA
    };
    let names = Names {
        final_norm: "final_layernorm",
        norms: NormNames { mlp_in: None, ..PRE_NORMS },
        qk_norms: LAYER_QK_NORMS,
        out: "self_attn.dense",
        mlp: MlpNames::Plain { up: "mlp.fc1", down: "mlp.fc2" },
        ..LLAMA_NAMES
    };
    Ok(Description {
        bias: Biases { qkv: true, out: true, mlp: true, head: true },
        parallel: true,
        qk_norm: qk_layernorm(fields, QkNorm::LayerShared)?,
        ..Common::read(fields, defaults)?.describe(class, names)?
    })
}

fn qk_layernorm(fields: &Fields, kind: QkNorm) -> Result<QkNorm, Problem> {
    Ok(if fields.flag_or("qk_layernorm", false)? { kind } else { QkNorm::None })
}

pub fn stablelm(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults {
        head_dim: HeadDim::Divided,
        kv_heads: KeyHeads::ToldOr(32),
        norm: LAYER_NORM,
        rope: RopeRules { share: Some(0.25), ..RopeRules::PLAIN },
        ..Defaults::LLAMA
    };
    let parallel = fields.flag_or("use_parallel_residual", false)?;
    let mlp_in = PRE_NORMS.mlp_in.filter(|_| !parallel);
    let names = Names { norms: NormNames { mlp_in, ..PRE_NORMS }, qk_norms: LAYER_QK_NORMS, ..LLAMA_NAMES };
    Ok(Description {
        bias: Biases { qkv: fields.flag_or("use_qkv_bias", false)?, ..Biases::default() },
        parallel,
        qk_norm: qk_layernorm(fields, QkNorm::LayerOwn)?,
        ..Common::read(fields, defaults)?.describe(class, names)?
    })
}

pub fn phi3(class: &'static str, fields: &Fields) -> Described {
    let defaults = Defaults {
        norm: NormRule { eps: 1e-5, ..Defaults::LLAMA.norm },
        rope: RopeRules { share: Some(1.0), original: Some(4096), long_only: true, ..RopeRules::PLAIN },
        ..Defaults::LLAMA
    };
    let names = Names {
        qkv: QkvNames::Joined("self_attn.qkv_proj"),
        mlp: MlpNames::Joined { gate_up: "mlp.gate_up_proj", down: "mlp.down_proj" },
        ..LLAMA_NAMES
    };
    let layers = LayerPattern::all(fields.window_or("sliding_window", None)?);
    Common::read(fields, defaults)?.with_layers(layers).describe(class, names)
}

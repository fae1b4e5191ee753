//! The three generations of Gemma: norms by 1 + w, embeddings times √hidden; from the second on a norm on either side
//! of each block, sliding layers and soft caps; in the third a rotary embedding of their own for sliding layers.

use super::super::common::{Common, Defaults, HeadDim, KeyHeads, NormRule};
use super::super::description::{Activation, Biases, Description, Mlp, Names, NormKind, QkNorm};
use super::super::fields::{Fields, Problem};
use super::super::pattern::LayerPattern;
use super::super::rope_config::RopeRules;
use super::names::{LLAMA_NAMES, SANDWICH_NORMS};

type Described = Result<Description, Problem>;

const GEMMA: Defaults = Defaults {
    head_dim: HeadDim::ToldOr(256),
    kv_heads: KeyHeads::ToldOr(16),
    norm: NormRule { kind: NormKind::RmsPlusOne, ..Defaults::LLAMA.norm },
    activation: ("hidden_act", "gelu_pytorch_tanh"),
    tied: true,
    ..Defaults::LLAMA
};

const GEMMA2: Defaults =
    Defaults { kv_heads: KeyHeads::ToldOr(4), activation: ("hidden_activation", "gelu_pytorch_tanh"), ..GEMMA };

const GEMMA3: Defaults =
    Defaults { rope: RopeRules { theta: 1_000_000.0, local_theta: Some(10_000.0), ..RopeRules::PLAIN }, ..GEMMA2 };

/// The first releases name `gelu` and mean its tanh approximation.
pub fn gemma(class: &'static str, fields: &Fields) -> Described {
    let described = scaled(fields, Common::read(fields, GEMMA)?.describe(class, LLAMA_NAMES)?)?;
    let legacy = fields.text("hidden_act")? == Some("gelu");
    let activation = if legacy { Activation::GeluTanh } else { described.mlp.activation };
    Ok(Description { mlp: Mlp { activation, ..described.mlp }, ..described })
}

pub fn gemma2(class: &'static str, fields: &Fields) -> Described {
    let layers = sliding_layers(fields, 2)?;
    Ok(Description {
        attention_softcap: fields.softcap_or("attn_logit_softcapping", Some(50.0))?,
        logit_softcap: fields.softcap_or("final_logit_softcapping", Some(30.0))?,
        ..sandwich(class, fields, GEMMA2, layers)?
    })
}

/// transformers does not apply `attn_logit_softcapping` to this generation, so it is left unread.
pub fn gemma3(class: &'static str, fields: &Fields) -> Described {
    fields.get("_sliding_window_pattern");
    let layers = sliding_layers(fields, fields.size_or("sliding_window_pattern", 6)?)?;
    Ok(Description {
        logit_softcap: fields.softcap_or("final_logit_softcapping", None)?,
        qk_norm: QkNorm::PerHead,
        ..sandwich(class, fields, GEMMA3, layers)?
    })
}

/// All layers slide but each `period`-th.
fn sliding_layers(fields: &Fields, period: usize) -> Result<LayerPattern, Problem> {
    let window = fields.window_or("sliding_window", Some(4096))?;
    LayerPattern::typed(fields, window, |layer| !(layer + 1).is_multiple_of(period))
}

/// What the second and third generation share.
fn sandwich(class: &'static str, fields: &Fields, defaults: Defaults, layers: LayerPattern) -> Described {
    // Published configurations repeat the activation under the first generation's key, which is not read.
    let (key, usual) = defaults.activation;
    fields.allow_repeated("hidden_act", fields.text(key)?.unwrap_or(usual));
    let scale = fields.positive_or("query_pre_attn_scalar", 256.0)?.powf(-0.5);
    let common = Common::read(fields, defaults)?.with_layers(layers).with_scale(scale);
    scaled(fields, common.describe(class, Names { norms: SANDWICH_NORMS, ..LLAMA_NAMES })?)
}

/// What all generations share.
fn scaled(fields: &Fields, described: Description) -> Described {
    let bias = fields.flag_or("attention_bias", false)?;
    Ok(Description {
        bias: Biases { qkv: bias, out: bias, ..Biases::default() },
        embedding_multiplier: (described.hidden_size as f64).sqrt(),
        embedding_multiplier_rounded: true,
        ..described
    })
}

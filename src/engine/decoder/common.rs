//! What most configurations spell alike: sizes, head widths, norms, activations, tying. Used by the architectures,
//! which say in [`Defaults`] what their class takes for granted.

use super::description::{
    Activation, Biases, Description, LayerAttention, Mlp, MlpNames, Names, Norm, NormKind, QkNorm,
};
use super::fields::{Fields, Problem};
use super::pattern::LayerPattern;
use super::rope_config::{RopeRules, read_ropes};

/// What a class of configurations takes for granted where a key is absent.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// Width of a head.
    pub head_dim: HeadDim,
    /// Number of key and value heads.
    pub kv_heads: KeyHeads,
    /// Norms over the residual stream.
    pub norm: NormRule,
    /// Key of the activation and its name where the key is absent.
    pub activation: (&'static str, &'static str),
    /// Whether the head is the embedding.
    pub tied: bool,
    /// Rotary embedding.
    pub rope: RopeRules,
}

impl Defaults {
    /// Those of Llama.
    pub const LLAMA: Self = Self {
        head_dim: HeadDim::Told,
        kv_heads: KeyHeads::Told,
        norm: NormRule { kind: NormKind::Rms, eps_key: "rms_norm_eps", eps: 1e-6 },
        activation: ("hidden_act", "silu"),
        tied: false,
        rope: RopeRules::PLAIN,
    };
}

/// Where the width of a head comes from.
#[derive(Debug, Clone, Copy)]
pub enum HeadDim {
    /// `head_dim`, else hidden size / heads.
    Told,
    /// `head_dim`, else this.
    ToldOr(usize),
    /// Hidden size / heads; another `head_dim` is refused.
    Divided,
}

/// Where the number of key and value heads comes from. A null means as many as query heads in every class.
#[derive(Debug, Clone, Copy)]
pub enum KeyHeads {
    /// `num_key_value_heads`, else as many as query heads.
    Told,
    /// `num_key_value_heads`, else this.
    ToldOr(usize),
    /// As many as query heads; the class has no such key.
    AsQueries,
}

/// Kind of the norms and where their ε comes from.
#[derive(Debug, Clone, Copy)]
pub struct NormRule {
    /// Formula.
    pub kind: NormKind,
    /// Key of ε.
    pub eps_key: &'static str,
    /// ε where the key is absent.
    pub eps: f64,
}

/// A layer norm under its most usual key.
pub const LAYER_NORM: NormRule = NormRule { kind: NormKind::Layer, eps_key: "layer_norm_eps", eps: 1e-5 };

/// Sizes and usual settings, before an architecture adds its own.
pub struct Common<'a> {
    fields: &'a Fields<'a>,
    defaults: Defaults,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    heads: usize,
    kv_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
    layer_count: usize,
    rotary: bool,
    layers: LayerPattern,
    scale: Option<f64>,
}

impl<'a> Common<'a> {
    /// Reads the usual keys.
    pub fn read(fields: &'a Fields<'a>, defaults: Defaults) -> Result<Self, Problem> {
        let (hidden_size, heads) = (fields.size("hidden_size")?, fields.size("num_attention_heads")?);
        let common = Self {
            fields,
            defaults,
            vocab_size: fields.size("vocab_size")?,
            hidden_size,
            intermediate_size: fields.size("intermediate_size")?,
            heads,
            kv_heads: defaults.kv_heads.read(fields, heads)?,
            head_dim: defaults.head_dim.read(fields, hidden_size, heads)?,
            layer_count: layer_count(fields, "num_hidden_layers")?,
            rotary: true,
            layers: LayerPattern::all(None),
            scale: None,
        };
        common.checked()
    }

    /// As [`Common::read`] in GPT-2's own spelling; no rotary embedding.
    pub fn read_gpt2(fields: &'a Fields<'a>, defaults: Defaults) -> Result<Self, Problem> {
        let (hidden_size, heads) = (fields.size("n_embd")?, fields.size("n_head")?);
        Ok(Self {
            fields,
            defaults,
            vocab_size: fields.size("vocab_size")?,
            hidden_size,
            intermediate_size: fields.size_or("n_inner", 4 * hidden_size)?,
            heads,
            kv_heads: heads,
            head_dim: divided(hidden_size, heads)?,
            layer_count: layer_count(fields, "n_layer")?,
            rotary: false,
            layers: LayerPattern::all(None),
            scale: None,
        })
    }

    fn checked(self) -> Result<Self, Problem> {
        if self.heads.is_multiple_of(self.kv_heads) {
            return Ok(self);
        }
        let (heads, kv_heads) = (self.heads, self.kv_heads);
        Err(format!("`num_attention_heads` {heads} is no multiple of `num_key_value_heads` {kv_heads}"))
    }

    /// Sets which layers slide and which rotate.
    pub fn with_layers(self, layers: LayerPattern) -> Self {
        Self { layers, ..self }
    }

    /// Sets the factor on attention scores; otherwise it is 1/√head_dim.
    pub fn with_scale(self, scale: f64) -> Self {
        Self { scale: Some(scale), ..self }
    }

    /// A Llama-like description with these sizes.
    pub fn describe(self, architecture: &'static str, names: Names) -> Result<Description, Problem> {
        let (fields, Defaults { norm, activation: (key, name), tied, rope, .. }) = (self.fields, self.defaults);
        let ropes = if self.rotary { read_ropes(fields, self.head_dim, &rope)? } else { Vec::new() };
        Ok(Description {
            architecture,
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            heads: self.heads,
            kv_heads: self.kv_heads,
            head_dim: self.head_dim,
            layers: self.attention_layers(ropes.len()),
            ropes,
            learned_positions: None,
            norm: Norm { kind: norm.kind, eps: fields.positive_or(norm.eps_key, norm.eps)? },
            qk_norm: QkNorm::None,
            mlp: Mlp {
                gated: !matches!(names.mlp, MlpNames::Plain { .. }),
                activation: Activation::parse(key, fields.text(key)?.unwrap_or(name))?,
            },
            bias: Biases::default(),
            parallel: false,
            attention_softcap: None,
            logit_softcap: None,
            embedding_multiplier: 1.0,
            embedding_multiplier_rounded: false,
            residual_multiplier: 1.0,
            logit_divisor: 1.0,
            tied_head: fields.flag_or("tie_word_embeddings", tied)?,
            names,
        })
    }

    fn attention_layers(&self, ropes: usize) -> Vec<LayerAttention> {
        let scale = self.scale.unwrap_or((self.head_dim as f64).powf(-0.5));
        (0..self.layer_count).map(|index| self.layers.layer(index, ropes, scale)).collect()
    }
}

impl HeadDim {
    fn read(self, fields: &Fields, hidden_size: usize, heads: usize) -> Result<usize, Problem> {
        match self {
            Self::Told if fields.has("head_dim") => fields.size("head_dim"),
            Self::Told => divided(hidden_size, heads),
            Self::ToldOr(_) if fields.names("head_dim") => fields.size("head_dim"),
            Self::ToldOr(width) => Ok(width),
            Self::Divided => {
                let width = divided(hidden_size, heads)?;
                fields.agreeing("hidden_size / num_attention_heads", Some(width as f64), "head_dim")?;
                Ok(width)
            }
        }
    }
}

impl KeyHeads {
    fn read(self, fields: &Fields, heads: usize) -> Result<usize, Problem> {
        match self {
            Self::AsQueries => Ok(heads),
            Self::ToldOr(number) if !fields.names("num_key_value_heads") => Ok(number),
            Self::Told | Self::ToldOr(_) => fields.size_or("num_key_value_heads", heads),
        }
    }
}

/// Number of layers; each is described, so an absurd one must not fill the memory.
fn layer_count(fields: &Fields, key: &str) -> Result<usize, Problem> {
    const MOST: usize = 10_000;
    match fields.size(key)? {
        n if n > MOST => Err(format!("`{key}` is {n}, expected 1 to {MOST}")),
        n => Ok(n),
    }
}

fn divided(hidden_size: usize, heads: usize) -> Result<usize, Problem> {
    if hidden_size.is_multiple_of(heads) {
        return Ok(hidden_size / heads);
    }
    Err(format!("`head_dim` is not given and the hidden size {hidden_size} is no multiple of the {heads} heads"))
}

impl Activation {
    /// An activation by transformers' name for it, found under `key`.
    fn parse(key: &str, name: &str) -> Result<Self, Problem> {
        match name {
            "silu" | "swish" => Ok(Self::Silu),
            "gelu" | "gelu_python" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" | "gelu_accurate" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            other => Err(format!(
                "`{key}` is `{other}`, which is not computed; known are silu, gelu, gelu_new, gelu_pytorch_tanh, \
                 gelu_fast, gelu_accurate, relu"
            )),
        }
    }
}

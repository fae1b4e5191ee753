//! What most configurations spell alike: sizes, rotary embeddings in both spellings, the pattern of sliding layers,
//! activations. Used by [`super::architectures`] only.

use super::description::{
    Activation, Biases, Description, LayerAttention, Mlp, MlpNames, Names, Norm, NormKind, QkNorm,
};
use super::fields::{Fields, Problem};
use super::rope::{RopeContext, RopeSpec};

/// Sizes and rotary settings, before an architecture adds its own.
pub struct Common<'a> {
    fields: &'a Fields<'a>,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    heads: usize,
    kv_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
    layer_count: usize,
    eps: f64,
    tied: bool,
    rotary: bool,
    default_theta: f64,
    default_partial: f64,
    layers: LayerPattern,
    scale: Option<f64>,
}

impl<'a> Common<'a> {
    /// Reads the usual keys; a head is hidden size / heads wide unless `head_dim` says otherwise.
    pub fn read(fields: &'a Fields<'a>) -> Result<Self, Problem> {
        Self::read_with_head_dim(fields, None)
    }

    /// As [`Common::read`], for classes whose RMS norms default to another ε.
    pub fn read_with_eps(fields: &'a Fields<'a>, eps: f64) -> Result<Self, Problem> {
        let common = Self::read(fields)?;
        Ok(Self { eps: fields.positive_or("rms_norm_eps", eps)?, ..common })
    }

    /// As [`Common::read`], for classes whose `head_dim` has a default of its own.
    pub fn read_with_head_dim(fields: &'a Fields<'a>, default: Option<usize>) -> Result<Self, Problem> {
        let (hidden_size, heads) = (fields.size("hidden_size")?, fields.size("num_attention_heads")?);
        let head_dim = match fields.count("head_dim")?.or(default) {
            Some(width) => width,
            None => divided(hidden_size, heads)?,
        };
        let common = Self {
            fields,
            vocab_size: fields.size("vocab_size")?,
            hidden_size,
            intermediate_size: fields.size("intermediate_size")?,
            heads,
            kv_heads: fields.count("num_key_value_heads")?.unwrap_or(heads),
            head_dim,
            layer_count: fields.size("num_hidden_layers")?,
            eps: fields.positive_or("rms_norm_eps", 1e-6)?,
            tied: fields.flag_or("tie_word_embeddings", false)?,
            rotary: true,
            default_theta: 10_000.0,
            default_partial: 1.0,
            layers: LayerPattern::all(None),
            scale: None,
        };
        common.checked()
    }

    /// GPT-2's own spelling of the sizes; no rotary embedding.
    pub fn read_gpt2(fields: &'a Fields<'a>) -> Result<Self, Problem> {
        let (hidden_size, heads) = (fields.size("n_embd")?, fields.size("n_head")?);
        let common = Self {
            fields,
            vocab_size: fields.size("vocab_size")?,
            hidden_size,
            intermediate_size: fields.count("n_inner")?.unwrap_or(4 * hidden_size),
            heads,
            kv_heads: heads,
            head_dim: divided(hidden_size, heads)?,
            layer_count: fields.size("n_layer")?,
            eps: 1e-5,
            tied: fields.flag_or("tie_word_embeddings", true)?,
            rotary: false,
            default_theta: 10_000.0,
            default_partial: 1.0,
            layers: LayerPattern::all(None),
            scale: None,
        };
        common.checked()
    }

    fn checked(self) -> Result<Self, Problem> {
        match self.kv_heads {
            0 => Err("`num_key_value_heads` is 0, expected at least 1".into()),
            n if !self.heads.is_multiple_of(n) => {
                Err(format!("`num_attention_heads` {} is no multiple of `num_key_value_heads` {n}", self.heads))
            }
            _ if self.head_dim == 0 => Err("`head_dim` is 0, expected at least 1".into()),
            _ => Ok(self),
        }
    }

    /// Sets which layers slide and which rotate.
    pub fn with_layers(self, layers: LayerPattern) -> Self {
        Self { layers, ..self }
    }

    /// Sets the rotary base of configurations that name none.
    pub fn with_theta(self, default_theta: f64) -> Self {
        Self { default_theta, ..self }
    }

    /// Sets the rotated share of configurations that name none.
    pub fn with_partial(self, default_partial: f64) -> Self {
        Self { default_partial, ..self }
    }

    /// Sets the factor on attention scores; otherwise it is 1/√head_dim.
    pub fn with_scale(self, scale: f64) -> Self {
        Self { scale: Some(scale), ..self }
    }

    /// Sets whether the head is tied where the configuration does not say.
    pub fn tied_unless_told(self, fields: &Fields, default: bool) -> Result<Self, Problem> {
        Ok(Self { tied: fields.flag_or("tie_word_embeddings", default)?, ..self })
    }

    /// A Llama-like description with these sizes.
    pub fn describe(self, architecture: &'static str, names: Names) -> Result<Description, Problem> {
        let ropes = if self.rotary { self.ropes()? } else { Vec::new() };
        let scale = self.scale.unwrap_or((self.head_dim as f64).powf(-0.5));
        let layers = (0..self.layer_count).map(|i| self.layers.layer(i, ropes.len(), scale)).collect();
        let gated = !matches!(names.mlp, MlpNames::Plain { .. });
        let activation = if gated { Activation::read(self.fields, "hidden_act", "silu")? } else { Activation::Gelu };
        Ok(Description {
            architecture,
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            heads: self.heads,
            kv_heads: self.kv_heads,
            head_dim: self.head_dim,
            layers,
            ropes,
            learned_positions: None,
            norm: Norm { kind: NormKind::Rms, eps: self.eps },
            qk_norm: QkNorm::None,
            mlp: Mlp { gated, activation },
            bias: Biases::default(),
            parallel: false,
            attention_softcap: None,
            logit_softcap: None,
            embedding_multiplier: 1.0,
            residual_multiplier: 1.0,
            logit_divisor: 1.0,
            tied_head: self.tied,
            names,
        })
    }

    /// The rotary embeddings: the one of full layers and, where sliding layers have their own, theirs after it.
    fn ropes(&self) -> Result<Vec<RopeSpec>, Problem> {
        let mut context = RopeContext {
            head_dim: self.head_dim,
            theta: self.fields.positive_or("rope_theta", self.default_theta)?,
            partial: self.fields.positive_or("partial_rotary_factor", self.default_partial)?,
            max_positions: self.fields.count("max_position_embeddings")?,
            original: self.fields.count("original_max_position_embeddings")?,
        };
        let legacy = self.fields.object("rope_scaling")?;
        let modern = self.fields.object("rope_parameters")?;
        let spelled = legacy.as_ref().or(modern.as_ref());
        let Some(local_theta) = self.layers.local_theta else {
            return Ok(vec![RopeSpec::parse(spelled, context)?]);
        };
        let local_theta = self.fields.positive_or("rope_local_base_freq", local_theta)?;
        let by_type = spelled.filter(|f| f.has("full_attention") || f.has("sliding_attention"));
        let part = |key| by_type.map(|f| f.object(key)).transpose().map(Option::flatten);
        let full = part("full_attention")?;
        let global = RopeSpec::parse(full.as_ref().or(spelled.filter(|_| by_type.is_none())), context)?;
        context.theta = local_theta;
        Ok(vec![global, RopeSpec::parse(part("sliding_attention")?.as_ref(), context)?])
    }
}

fn divided(hidden_size: usize, heads: usize) -> Result<usize, Problem> {
    if hidden_size.is_multiple_of(heads) {
        Ok(hidden_size / heads)
    } else {
        Err(format!("`hidden_size` {hidden_size} is no multiple of the {heads} attention heads"))
    }
}

/// Which layers slide, and which are rotated how.
#[derive(Default)]
pub struct LayerPattern {
    window: Option<usize>,
    /// Per layer; empty means that all slide if there is a window.
    slides: Vec<bool>,
    /// Per layer; empty means that none lacks a rotary embedding.
    unrotated: Vec<bool>,
    local_theta: Option<f64>,
}

impl LayerPattern {
    /// The same window for all layers.
    pub fn all(window: Option<usize>) -> Self {
        Self { window, ..Self::default() }
    }

    /// `layer_types` where given, else `slides` by layer number.
    pub fn typed(fields: &Fields, window: Option<usize>, slides: impl Fn(usize) -> bool) -> Result<Self, Problem> {
        let layers = fields.size("num_hidden_layers")?;
        let slides = match fields.list("layer_types")? {
            None => (0..layers).map(slides).collect(),
            Some(types) if types.len() != layers => {
                return Err(format!("`layer_types` names {} layers, `num_hidden_layers` is {layers}", types.len()));
            }
            Some(types) => types.iter().map(slides_by_type).collect::<Result<_, _>>()?,
        };
        Ok(Self { window, slides, ..Self::default() })
    }

    /// Sliding layers have a rotary embedding of their own with this base.
    pub fn with_local_rope(self, theta: f64) -> Self {
        Self { local_theta: Some(theta), ..self }
    }

    /// Whether sliding layers have a rotary embedding of their own.
    pub fn has_local_rope(&self) -> bool {
        self.local_theta.is_some()
    }

    /// Takes the rotary embedding from some layers.
    pub fn without_rope(self, unrotated: impl Fn(usize) -> bool) -> Self {
        Self { unrotated: (0..self.slides.len()).map(unrotated).collect(), ..self }
    }

    /// SmolLM3's `no_rope_layers`, in which 1 means that a layer HAS a rotary embedding, or its interval.
    pub fn layers_without_rope(fields: &Fields) -> Result<impl Fn(usize) -> bool + use<>, Problem> {
        let interval = fields.count("no_rope_layer_interval")?.unwrap_or(4).max(1);
        let listed = fields.numbers("no_rope_layers")?;
        let layers = fields.size("num_hidden_layers")?;
        if let Some(list) = &listed
            && list.len() < layers
        {
            return Err(format!("`no_rope_layers` names {} layers, `num_hidden_layers` is {layers}", list.len()));
        }
        Ok(move |layer: usize| match &listed {
            Some(list) => list[layer] == 0.0,
            None => (layer + 1).is_multiple_of(interval),
        })
    }

    fn layer(&self, index: usize, ropes: usize, scale: f64) -> LayerAttention {
        let slides = self.slides.get(index).copied().unwrap_or(true);
        let rotated = ropes > 0 && !self.unrotated.get(index).copied().unwrap_or(false);
        let local = slides && ropes > 1;
        LayerAttention { window: self.window.filter(|_| slides), rope: rotated.then_some(usize::from(local)), scale }
    }
}

fn slides_by_type(value: &serde_json::Value) -> Result<bool, Problem> {
    match value.as_str() {
        Some("sliding_attention") => Ok(true),
        Some("full_attention") => Ok(false),
        _ => Err(format!("layer type {value} is not supported; known are full_attention, sliding_attention")),
    }
}

impl Activation {
    /// Reads the activation named under `key`.
    pub fn read(fields: &Fields, key: &str, default: &str) -> Result<Self, Problem> {
        Self::parse(fields.text(key)?.unwrap_or(default))
    }

    /// An activation by transformers' name for it.
    pub fn parse(name: &str) -> Result<Self, Problem> {
        match name {
            "silu" | "swish" => Ok(Self::Silu),
            "gelu" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            other => Err(format!(
                "activation `{other}` is not supported; known are silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu"
            )),
        }
    }
}

impl Fields<'_> {
    /// A number above zero, or `default`.
    pub fn positive_or(&self, key: &str, default: f64) -> Result<f64, Problem> {
        match self.number_or(key, default)? {
            value if value > 0.0 => Ok(value),
            value => Err(format!("`{key}` is {value}, expected more than 0")),
        }
    }

    /// A sliding window: the class default where the key is absent, none where it is null or 0.
    pub fn window_or_default(&self, key: &str, default: usize) -> Result<Option<usize>, Problem> {
        let window = if self.names(key) { self.count(key)? } else { Some(default) };
        Ok(window.filter(|w| *w > 0))
    }

    /// A soft cap: the class default where the key is absent, none where it is null.
    pub fn softcap_or_default(&self, key: &str, default: Option<f64>) -> Result<Option<f64>, Problem> {
        if !self.names(key) {
            return Ok(default);
        }
        match self.number(key)? {
            Some(cap) if cap <= 0.0 => Err(format!("`{key}` is {cap}, expected more than 0")),
            cap => Ok(cap),
        }
    }
}

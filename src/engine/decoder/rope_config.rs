//! From the rotary keys of a `config.json`, in both spellings, to [`RopeSpec`]s: `rope_theta` and `rope_scaling` at the
//! top level, or all in `rope_parameters`. What a class does not compute with is refused by name.

use super::fields::{Fields, Problem};
use super::rope::{RopeScaling, RopeSpec};

/// How a class spells its rotary settings and what it takes for granted.
#[derive(Debug, Clone, Copy)]
pub struct RopeRules {
    /// Key of the base beside the rope object.
    pub theta_key: &'static str,
    /// Base where no key tells it.
    pub theta: f64,
    /// Key of the rotated share of a head beside the rope object.
    pub share_key: &'static str,
    /// Share where no key tells it; `None` is a class that rotates whole heads only.
    pub share: Option<f64>,
    /// `original_max_position_embeddings` where the top level does not tell it; the rope object's own then counts for
    /// nothing, as transformers has it for Phi-3.
    pub original: Option<usize>,
    /// Phi-3: the only scaling is longrope, and two older names mean it too.
    pub long_only: bool,
    /// Base of the sliding layers, where they have a rotary embedding of their own.
    pub local_theta: Option<f64>,
}

impl RopeRules {
    /// The usual spelling and base.
    pub const PLAIN: Self = Self {
        theta_key: "rope_theta",
        theta: 10_000.0,
        share_key: "partial_rotary_factor",
        share: None,
        original: None,
        long_only: false,
        local_theta: None,
    };
}

/// What is said outside the rope object.
#[derive(Clone, Copy)]
struct Context<'a> {
    rules: &'a RopeRules,
    head_dim: usize,
    theta: f64,
    share: Option<f64>,
    /// `max_position_embeddings`.
    max_positions: Option<usize>,
    /// Top-level `original_max_position_embeddings`, which takes precedence, as transformers has it.
    original: Option<usize>,
}

/// The rotary embeddings: the one of full layers and, where sliding layers have their own, theirs after it.
pub fn read_ropes(fields: &Fields, head_dim: usize, rules: &RopeRules) -> Result<Vec<RopeSpec>, Problem> {
    let context = Context::read(fields, head_dim, rules)?;
    let (legacy, modern) = (fields.object("rope_scaling")?, fields.object("rope_parameters")?);
    match rules.local_theta {
        None => Ok(vec![context.parse(legacy.as_ref().or(modern.as_ref()))?]),
        Some(theta) => {
            let theta = fields.positive_or("rope_local_base_freq", theta)?;
            by_layer_type(legacy.as_ref(), modern.as_ref(), context, Context { theta, ..context })
        }
    }
}

/// `rope_parameters` holds one object per layer type; an old `rope_scaling` is that of full layers.
fn by_layer_type(
    legacy: Option<&Fields>,
    modern: Option<&Fields>,
    full: Context,
    sliding: Context,
) -> Result<Vec<RopeSpec>, Problem> {
    let Some(modern) = modern else { return Ok(vec![full.parse(legacy)?, sliding.parse(None)?]) };
    if legacy.is_some() {
        return Err("both `rope_scaling` and `rope_parameters` are given".into());
    }
    let (full_part, sliding_part) = (modern.object("full_attention")?, modern.object("sliding_attention")?);
    match modern.unread().first() {
        Some(key) => Err(format!("`rope_parameters` holds `{key}`, expected full_attention and sliding_attention")),
        None => Ok(vec![full.parse(full_part.as_ref())?, sliding.parse(sliding_part.as_ref())?]),
    }
}

impl<'a> Context<'a> {
    fn read(fields: &Fields, head_dim: usize, rules: &'a RopeRules) -> Result<Self, Problem> {
        let theta = fields.positive_or(rules.theta_key, rules.theta)?;
        let share = fields.number(rules.share_key)?;
        fields.agreeing(rules.theta_key, Some(theta), "rope_theta")?;
        fields.agreeing(rules.share_key, share.or(rules.share), "partial_rotary_factor")?;
        let nested = rules.local_theta.is_some();
        let original = if nested { None } else { fields.count("original_max_position_embeddings")? };
        let max_positions = fields.count("max_position_embeddings")?;
        Ok(Self { rules, head_dim, theta, share, max_positions, original: original.or(rules.original) })
    }

    /// Reads one rope object; `None` is a plain rotary embedding.
    fn parse(self, fields: Option<&Fields>) -> Result<RopeSpec, Problem> {
        let Some(fields) = fields else { return RopeSpec::plain(self.theta, self.rotated(None)?, self.head_dim) };
        let theta = fields.number_or("rope_theta", self.theta)?;
        let share = self.rotated(fields.number("partial_rotary_factor")?)?;
        let plain = RopeSpec::plain(theta, share, self.head_dim)?;
        let kind = self.kind(fields)?;
        let scaling = self.scaling(kind, fields, plain.pairs())?;
        match fields.unread().first() {
            Some(key) => Err(format!("rope key `{key}` is not understood for rope type `{kind}`")),
            None => Ok(RopeSpec { scaling, ..plain }),
        }
    }

    /// The rotated share of a head, given the rope object's own word on it.
    fn rotated(self, own: Option<f64>) -> Result<f64, Problem> {
        match (self.rules.share, own.or(self.share)) {
            (Some(default), told) => Ok(told.unwrap_or(default)),
            (None, None | Some(1.0)) => Ok(1.0),
            (None, Some(share)) => {
                Err(format!("`partial_rotary_factor` is {share}, but this architecture rotates whole heads"))
            }
        }
    }

    fn kind<'f>(self, fields: &'f Fields) -> Result<&'f str, Problem> {
        let legacy = fields.text("type")?;
        let kind = fields.text("rope_type")?.or(legacy).unwrap_or("default");
        match kind {
            "su" | "yarn" if self.rules.long_only => Ok("longrope"),
            "linear" | "llama3" | "dynamic" if self.rules.long_only => {
                Err(format!("rope type `{kind}` is not supported by this architecture; known are default, longrope"))
            }
            kind => Ok(kind),
        }
    }

    fn scaling(self, kind: &str, fields: &Fields, pairs: usize) -> Result<RopeScaling, Problem> {
        // A finetuned copy may name these beside a type that does not use them; transformers ignores them there.
        for key in ["factor", "original_max_position_embeddings", "finetuned", "max_position_embeddings"] {
            fields.get(key);
        }
        // Shares of a head for time, height and width, which are all the same position in a text.
        fields.get("mrope_section");
        match kind {
            "default" | "mrope" => Ok(RopeScaling::None),
            "dynamic" => self.dynamic(fields, pairs),
            "linear" => Ok(RopeScaling::Linear { factor: required(fields, "factor")? }),
            "llama3" => Ok(RopeScaling::Llama3 {
                factor: required(fields, "factor")?,
                low: required(fields, "low_freq_factor")?,
                high: required(fields, "high_freq_factor")?,
                original: self.original(fields)?,
            }),
            "yarn" => self.yarn(fields),
            "longrope" => self.longrope(fields, pairs),
            other => Err(format!(
                "rope type `{other}` is not supported; known are default, linear, dynamic, llama3, yarn, longrope"
            )),
        }
    }

    fn dynamic(self, fields: &Fields, pairs: usize) -> Result<RopeScaling, Problem> {
        let factor = required(fields, "factor")?;
        match self.max_positions {
            Some(trained) if trained > 0 && pairs > 1 => Ok(RopeScaling::Dynamic { factor, trained: trained as f64 }),
            Some(_) => Err("rope type `dynamic` needs positions and more than two rotated dimensions".into()),
            None => Err("`max_position_embeddings` is missing, from which rope type `dynamic` counts".into()),
        }
    }

    fn yarn(self, fields: &Fields) -> Result<RopeScaling, Problem> {
        let original = self.original(fields)?;
        let factor = self.factor(fields, original)?;
        let gain = |scale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * scale * factor.ln() + 1.0 };
        let (mscale, mscale_all) = (fields.number_or("mscale", 0.0)?, fields.number_or("mscale_all_dim", 0.0)?);
        let inferred = if mscale != 0.0 && mscale_all != 0.0 { gain(mscale) / gain(mscale_all) } else { gain(1.0) };
        Ok(RopeScaling::Yarn {
            factor,
            attention: fields.number("attention_factor")?.unwrap_or(inferred),
            fast: non_zero(fields.number("beta_fast")?, 32.0),
            slow: non_zero(fields.number("beta_slow")?, 1.0),
            original,
            truncate: fields.flag_or("truncate", true)?,
        })
    }

    fn longrope(self, fields: &Fields, pairs: usize) -> Result<RopeScaling, Problem> {
        let original = self.original(fields)?;
        let factor = self.factor(fields, original)?;
        let inferred = if factor <= 1.0 { 1.0 } else { (1.0 + factor.ln() / original.ln()).sqrt() };
        let waves = |key: &str| match fields.numbers(key)? {
            Some(list) if list.len() == pairs => Ok(list),
            Some(list) => Err(format!("`{key}` has {} numbers, expected {pairs}", list.len())),
            None => Err(format!("rope key `{key}` is missing")),
        };
        Ok(RopeScaling::Long {
            short: waves("short_factor")?,
            long: waves("long_factor")?,
            attention: fields.number("attention_factor")?.unwrap_or(inferred),
            original: original as usize,
        })
    }

    /// Length the model was first trained for; the top level takes precedence, `max_position_embeddings` comes last.
    fn original(self, fields: &Fields) -> Result<f64, Problem> {
        let own = fields.count("original_max_position_embeddings")?;
        match self.original.or(own).or(self.max_positions) {
            None => Err("rope key `original_max_position_embeddings` is missing".into()),
            Some(original) if original < 2 => Err(format!("`original_max_position_embeddings` is {original}")),
            Some(original) => Ok(original as f64),
        }
    }

    fn factor(self, fields: &Fields, original: f64) -> Result<f64, Problem> {
        match (fields.number("factor")?, self.max_positions) {
            (Some(_), _) => required(fields, "factor"),
            (None, Some(max)) => Ok(max as f64 / original),
            (None, None) => Err("rope key `factor` is missing".into()),
        }
    }
}

fn required(fields: &Fields, key: &str) -> Result<f64, Problem> {
    match fields.number(key)? {
        Some(value) if value > 0.0 => Ok(value),
        Some(value) => Err(format!("rope key `{key}` is {value}, expected more than 0")),
        None => Err(format!("rope key `{key}` is missing")),
    }
}

fn non_zero(value: Option<f64>, default: f64) -> f64 {
    value.filter(|v| *v != 0.0).unwrap_or(default)
}

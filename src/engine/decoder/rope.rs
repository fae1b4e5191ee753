//! Rotary position embeddings: their description in `config.json` (both spellings) and their tables of cosines and
//! sines, always computed in f64. Formulas as in transformers' `modeling_rope_utils`.

use std::f64::consts::TAU;

use super::fields::{Fields, Problem};

/// One rotary embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct RopeSpec {
    /// Base of the wavelengths.
    pub theta: f64,
    /// Leading dimensions of a head that the wavelengths are computed for. An odd number is rounded up when rotating,
    /// as GPT-NeoX does.
    pub dim: usize,
    /// How the wavelengths are stretched for long texts.
    pub scaling: RopeScaling,
}

/// How wavelengths are stretched.
#[derive(Debug, Clone, PartialEq)]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// All by one factor.
    Linear { factor: f64 },
    /// Long waves by a factor, short ones not, smooth in between.
    Llama3 { factor: f64, low: f64, high: f64, original: f64 },
    /// As YaRN does, with a factor on cosines and sines.
    Yarn { factor: f64, attention: f64, fast: f64, slow: f64, original: f64, truncate: bool },
    /// A factor per wave, one list for texts up to `original` tokens and one for longer ones.
    Long { short: Vec<f64>, long: Vec<f64>, attention: f64, original: usize },
}

/// What a rope description may lean on outside its own object.
#[derive(Debug, Clone, Copy)]
pub struct RopeContext {
    /// Width of a head.
    pub head_dim: usize,
    /// Base where the object names none.
    pub theta: f64,
    /// Rotated share of a head where the object names none.
    pub partial: f64,
    /// `max_position_embeddings`, where given.
    pub max_positions: Option<usize>,
    /// Top-level `original_max_position_embeddings`, which takes precedence, as transformers has it.
    pub original: Option<usize>,
}

impl RopeSpec {
    /// Reads one rope object (`rope_scaling`, `rope_parameters` or a layer type's part of it); `None` is plain rotary.
    pub fn parse(fields: Option<&Fields>, context: RopeContext) -> Result<Self, Problem> {
        let Some(fields) = fields else { return Self::plain(context.theta, context.partial, context.head_dim) };
        let theta = fields.number_or("rope_theta", context.theta)?;
        let partial = fields.number_or("partial_rotary_factor", context.partial)?;
        let plain = Self::plain(theta, partial, context.head_dim)?;
        let legacy_kind = fields.text("type")?;
        let kind = fields.text("rope_type")?.or(legacy_kind).unwrap_or("default");
        let scaling = RopeScaling::parse(kind, fields, context, plain.dim)?;
        match fields.unread().first() {
            Some(key) => Err(format!("rope key `{key}` is not understood for rope type `{kind}`")),
            None => Ok(Self { scaling, ..plain }),
        }
    }

    /// Rotary without scaling.
    pub fn plain(theta: f64, partial: f64, head_dim: usize) -> Result<Self, Problem> {
        let dim = (head_dim as f64 * partial) as usize;
        if theta <= 0.0 || dim == 0 || dim.next_multiple_of(2) > head_dim {
            return Err(format!(
                "rotary base {theta} with a share of {partial} of {head_dim} dimensions is not possible"
            ));
        }
        Ok(Self { theta, dim, scaling: RopeScaling::None })
    }

    /// Whether the table depends on the length of the text.
    pub fn depends_on_length(&self) -> bool {
        matches!(self.scaling, RopeScaling::Long { .. })
    }

    /// Number of pairs of dimensions that are rotated.
    pub fn pairs(&self) -> usize {
        self.dim.div_ceil(2)
    }

    /// Cosines and sines, `positions × pairs` row-major each, for a text of `length` tokens.
    pub fn table(&self, positions: usize, length: usize) -> (Vec<f32>, Vec<f32>) {
        let frequencies = self.frequencies(length);
        let factor = self.attention_factor();
        let angles = (0..positions).flat_map(|p| frequencies.iter().map(move |f| p as f64 * f));
        angles.map(|angle| ((angle.cos() * factor) as f32, (angle.sin() * factor) as f32)).unzip()
    }

    fn attention_factor(&self) -> f64 {
        match self.scaling {
            RopeScaling::Yarn { attention, .. } | RopeScaling::Long { attention, .. } => attention,
            _ => 1.0,
        }
    }

    /// Radians per position of each rotated pair.
    fn frequencies(&self, length: usize) -> Vec<f64> {
        let plain = (0..self.pairs()).map(|i| self.theta.powf(-((2 * i) as f64) / self.dim as f64));
        match &self.scaling {
            RopeScaling::None => plain.collect(),
            RopeScaling::Linear { factor } => plain.map(|f| f / factor).collect(),
            RopeScaling::Llama3 { factor, low, high, original } => {
                plain.map(|f| llama3_frequency(f, *factor, *low, *high, *original)).collect()
            }
            RopeScaling::Yarn { factor, fast, slow, original, truncate, .. } => {
                let ramp = self.yarn_ramp(*fast, *slow, *original, *truncate);
                plain.zip(ramp).map(|(f, r)| f / factor * r + f * (1.0 - r)).collect()
            }
            RopeScaling::Long { short, long, original, .. } => {
                let factors = if length > *original { long } else { short };
                plain.zip(factors).map(|(f, factor)| f / factor).collect()
            }
        }
    }

    /// YaRN's share of interpolation per rotated pair: 0 for short waves, 1 for long ones.
    fn yarn_ramp(&self, fast: f64, slow: f64, original: f64, truncate: bool) -> Vec<f64> {
        let correction =
            |rotations: f64| self.dim as f64 * (original / (rotations * TAU)).ln() / (2.0 * self.theta.ln());
        let (mut low, mut high) = (correction(fast), correction(slow));
        if truncate {
            (low, high) = (low.floor(), high.ceil());
        }
        let (low, mut high) = (low.max(0.0), high.min(self.dim as f64 - 1.0));
        if low == high {
            high += 0.001;
        }
        (0..self.pairs()).map(|i| ((i as f64 - low) / (high - low)).clamp(0.0, 1.0)).collect()
    }
}

impl RopeScaling {
    fn parse(kind: &str, fields: &Fields, context: RopeContext, dim: usize) -> Result<Self, Problem> {
        // A finetuned copy may name these beside a type that does not use them; transformers ignores them there.
        for key in ["factor", "original_max_position_embeddings", "finetuned", "max_position_embeddings"] {
            fields.get(key);
        }
        match kind {
            "default" => Ok(Self::None),
            "linear" => Ok(Self::Linear { factor: required(fields, "factor")? }),
            "llama3" => Ok(Self::Llama3 {
                factor: required(fields, "factor")?,
                low: required(fields, "low_freq_factor")?,
                high: required(fields, "high_freq_factor")?,
                original: original(fields, context)?,
            }),
            "yarn" => Self::parse_yarn(fields, context),
            "longrope" | "su" => Self::parse_long(fields, context, dim),
            other => {
                Err(format!("rope type `{other}` is not supported; known are default, linear, llama3, yarn, longrope"))
            }
        }
    }

    fn parse_yarn(fields: &Fields, context: RopeContext) -> Result<Self, Problem> {
        let original = original(fields, context)?;
        let factor = factor(fields, context, original)?;
        let gain = |scale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * scale * factor.ln() + 1.0 };
        let (mscale, mscale_all) = (fields.number_or("mscale", 0.0)?, fields.number_or("mscale_all_dim", 0.0)?);
        let inferred = if mscale != 0.0 && mscale_all != 0.0 { gain(mscale) / gain(mscale_all) } else { gain(1.0) };
        Ok(Self::Yarn {
            factor,
            attention: fields.number("attention_factor")?.unwrap_or(inferred),
            fast: non_zero(fields.number("beta_fast")?, 32.0),
            slow: non_zero(fields.number("beta_slow")?, 1.0),
            original,
            truncate: fields.flag_or("truncate", true)?,
        })
    }

    fn parse_long(fields: &Fields, context: RopeContext, dim: usize) -> Result<Self, Problem> {
        let original = original(fields, context)?;
        let factor = factor(fields, context, original)?;
        let inferred = if factor <= 1.0 { 1.0 } else { (1.0 + factor.ln() / original.ln()).sqrt() };
        let waves = |key: &str| match fields.numbers(key)? {
            Some(list) if list.len() == dim.div_ceil(2) => Ok(list),
            Some(list) => Err(format!("`{key}` has {} numbers, expected {}", list.len(), dim.div_ceil(2))),
            None => Err(format!("`{key}` is missing for rope type `longrope`")),
        };
        Ok(Self::Long {
            short: waves("short_factor")?,
            long: waves("long_factor")?,
            attention: fields.number("attention_factor")?.unwrap_or(inferred),
            original: original as usize,
        })
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

/// Length the model was first trained for; the top level takes precedence, `max_position_embeddings` comes last.
fn original(fields: &Fields, context: RopeContext) -> Result<f64, Problem> {
    let own = fields.count("original_max_position_embeddings")?;
    let original = context.original.or(own).or(context.max_positions);
    let original = original.ok_or("rope key `original_max_position_embeddings` is missing")?;
    if original < 2 { Err(format!("`original_max_position_embeddings` is {original}")) } else { Ok(original as f64) }
}

fn factor(fields: &Fields, context: RopeContext, original: f64) -> Result<f64, Problem> {
    match (fields.number("factor")?, context.max_positions) {
        (Some(_), _) => required(fields, "factor"),
        (None, Some(max)) => Ok(max as f64 / original),
        (None, None) => Err("rope key `factor` is missing".into()),
    }
}

fn llama3_frequency(frequency: f64, factor: f64, low: f64, high: f64, original: f64) -> f64 {
    let wavelength = TAU / frequency;
    if wavelength < original / high {
        frequency
    } else if wavelength > original / low {
        frequency / factor
    } else {
        let smooth = (original / wavelength - low) / (high - low);
        (1.0 - smooth) * frequency / factor + smooth * frequency
    }
}

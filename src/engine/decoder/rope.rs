//! Rotary position embeddings: what distinguishes them and their tables of cosines and sines, always computed in f64.
//! Formulas as in transformers' `modeling_rope_utils`.

use std::f64::consts::TAU;

use super::fields::Problem;

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

impl RopeSpec {
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

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
    Linear {
        /// Every wavelength is multiplied by it.
        factor: f64,
    },
    /// By a base that grows with the length of the text, beyond the `trained` one.
    Dynamic {
        /// How much it grows.
        factor: f64,
        /// Tokens up to which it is the plain one.
        trained: f64,
    },
    /// Long waves by a factor, short ones not, smooth in between.
    Llama3 {
        /// Long wavelengths are multiplied by it.
        factor: f64,
        /// Waves that fit into `original` less often than this are long.
        low: f64,
        /// Waves that fit into `original` more often than this are short.
        high: f64,
        /// Tokens that the model was first trained for.
        original: f64,
    },
    /// As YaRN does, with a factor on cosines and sines.
    Yarn {
        /// Long wavelengths are multiplied by it.
        factor: f64,
        /// Factor on cosines and sines.
        attention: f64,
        /// Waves that fit into `original` this often or more stay as they are.
        fast: f64,
        /// Waves that fit into `original` this often or less are stretched in full.
        slow: f64,
        /// Tokens that the model was first trained for.
        original: f64,
        /// Whether the bounds between them are rounded outwards to whole dimensions.
        truncate: bool,
    },
    /// A factor per wave, one list for texts up to `original` tokens and one for longer ones.
    Long {
        /// Factor of each wave for texts of up to `original` tokens.
        short: Vec<f64>,
        /// Factor of each wave for longer texts.
        long: Vec<f64>,
        /// Factor on cosines and sines.
        attention: f64,
        /// Tokens that the model was first trained for.
        original: usize,
    },
}

impl RopeSpec {
    /// Rotary without scaling of a `share` of each head.
    ///
    /// # Errors
    /// The base is not positive, or the share is not between 0 and 1 or no pair of dimensions.
    pub fn plain(theta: f64, share: f64, head_dim: usize) -> Result<Self, Problem> {
        let dim = (head_dim as f64 * share.clamp(0.0, 1.0)) as usize;
        if theta <= 0.0 || share > 1.0 || dim == 0 || dim.next_multiple_of(2) > head_dim {
            return Err(format!(
                "rotary base {theta} with a share of {share} of {head_dim} dimensions is not possible"
            ));
        }
        Ok(Self { theta, dim, scaling: RopeScaling::None })
    }

    /// Whether the table depends on the length of the text.
    pub fn depends_on_length(&self) -> bool {
        matches!(self.scaling, RopeScaling::Long { .. } | RopeScaling::Dynamic { .. })
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
        let theta = self.base(length);
        let plain = (0..self.pairs()).map(|i| theta.powf(-((2 * i) as f64) / self.dim as f64));
        match &self.scaling {
            RopeScaling::None | RopeScaling::Dynamic { .. } => plain.collect(),
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

    /// Base of the wavelengths for a text of `length` tokens.
    fn base(&self, length: usize) -> f64 {
        let RopeScaling::Dynamic { factor, trained } = self.scaling else { return self.theta };
        let (length, dim) = ((length as f64).max(trained), self.dim as f64);
        self.theta * (factor * length / trained - (factor - 1.0)).powf(dim / (dim - 2.0))
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fields::Fields;
    use super::super::rope_config::{RopeRules, read_ropes};
    use super::*;

    /// A rotary embedding of heads 16 wide with base 10 000 and 4096 positions.
    fn rope(parameters: Value) -> RopeSpec {
        let config = json!({"rope_parameters": parameters, "max_position_embeddings": 4096});
        let fields = Fields::new(config.as_object().unwrap());
        read_ropes(&fields, 16, &RopeRules::PLAIN).unwrap().remove(0)
    }

    /// Compares with what transformers' functions give in double precision.
    fn assert_frequencies(rope: &RopeSpec, length: usize, expected: [f64; 8], attention: f64) {
        for (found, expected) in rope.frequencies(length).iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-11, "{found} is not {expected}");
        }
        assert!((rope.attention_factor() - attention).abs() < 1e-14, "{}", rope.attention_factor());
    }

    #[test]
    fn linear_scaling_divides_every_frequency() {
        let expected =
            [0.25, 0.0790569415042, 0.025, 0.00790569415042, 0.0025, 0.000790569415042, 0.00025, 7.90569415042e-05];
        assert_frequencies(&rope(json!({"rope_type": "linear", "factor": 4.0})), 10, expected, 1.0);
    }

    #[test]
    fn llama3_scaling_leaves_short_waves_and_smooths_between() {
        let parameters = json!({
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 512,
        });
        let expected =
            [1.0, 0.316227766017, 0.1, 0.0184966754014, 0.00125, 0.000395284707521, 0.000125, 3.95284707521e-05];
        assert_frequencies(&rope(parameters), 10, expected, 1.0);
    }

    #[test]
    fn yarn_ramps_between_whole_dimensions_and_sharpens_attention() {
        let parameters = json!({"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 512});
        let expected =
            [1.0, 0.247052942201, 0.05625, 0.0108703294568, 0.00125, 0.000395284707521, 0.000125, 3.95284707521e-05];
        assert_frequencies(&rope(parameters), 10, expected, 1.2079441541679836);
    }

    #[test]
    fn yarn_without_truncation_ramps_between_fractions() {
        let parameters = json!({
            "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 512, "mscale": 0.7,
            "mscale_all_dim": 1.6, "beta_fast": 16.0, "beta_slow": 2.0, "truncate": false,
        });
        let expected = [
            1.0,
            0.316227766017,
            0.0716084601228,
            0.00732499732629,
            0.00125,
            0.000395284707521,
            0.000125,
            3.95284707521e-05,
        ];
        assert_frequencies(&rope(parameters), 10, expected, 0.8595721140076563);
    }

    #[test]
    fn longrope_takes_other_factors_from_the_first_token_beyond() {
        let rope = rope(json!({
            "rope_type": "longrope", "original_max_position_embeddings": 1024,
            "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7],
            "long_factor": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        }));
        assert!(rope.depends_on_length());
        let short = [
            1.0,
            0.287479787288,
            0.0833333333333,
            0.0243252127705,
            0.00714285714286,
            0.00210818510678,
            0.000625,
            0.000186016332951,
        ];
        let long = [
            1.0,
            0.158113883008,
            0.0333333333333,
            0.00790569415042,
            0.002,
            0.000527046276695,
            0.000142857142857,
            3.95284707521e-05,
        ];
        assert_frequencies(&rope, 1024, short, 1.0954451150103321);
        assert_frequencies(&rope, 1025, long, 1.0954451150103321);
    }

    #[test]
    fn a_table_holds_scaled_cosines_and_sines_of_position_times_frequency() {
        let rope = rope(json!({"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 512}));
        let (cos, sin) = rope.table(1001, 1001);
        assert_eq!((cos.len(), sin.len()), (1001 * 8, 1001 * 8));
        let angle = 1000.0 * 0.05625_f64;
        assert!((f64::from(cos[1000 * 8 + 2]) - 1.2079441541679836 * angle.cos()).abs() < 1e-7);
        assert!((f64::from(sin[1000 * 8 + 2]) - 1.2079441541679836 * angle.sin()).abs() < 1e-7);
        assert!((f64::from(cos[3]) - 1.2079441541679836).abs() < 1e-7 && sin[3] == 0.0, "position 0 is not turned");
    }
}

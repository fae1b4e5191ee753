//! By how much losses are off, as each dtype is held against them.
//!
//! In half precision the models themselves are noisy: transformers' own losses in bf16 are off by a scatter `s` per token
//! (root mean square), from 0.001 to 0.08 nats for the tiny models, and several means of its texts by more than 0.02. So a
//! mean of n tokens may be off by 0.02 or, where that is more, by what chance makes of such a scatter, 5·s/√n; and all
//! tokens together may scatter by 1.5·s. The second is the sharper: one per cent in the norms is more for most models.

use crate::checkup::values::{largest, largest_difference};

/// Largest difference of a token's −ln p in f32, in nats.
pub const TOKEN_LIMIT: f64 = 1e-4;
/// Largest difference of a text's mean in half precision, in nats.
pub const MEAN_LIMIT: f64 = 2e-2;
/// Largest scatter of all tokens in half precision, as a share of transformers' own in bf16.
pub const SCATTER_LIMIT: f64 = 1.5;
/// Standard deviations of a mean that are taken for chance.
const CHANCE: f64 = 5.0;
/// Scatter of a model of which it is not known.
const USUAL_SCATTER: f64 = 0.016;

/// −ln p of a text's targets: as they were found, and as they must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Losses<'a> {
    pub found: Vec<f64>,
    pub expected: &'a [f64],
}

/// Cuts the losses of a batch into those of its texts. What is too much goes to the last text, whose number is wrong
/// then.
pub fn cut<'a>(found: &[f64], expected: impl Iterator<Item = &'a [f64]>) -> Vec<Losses<'a>> {
    let mut rest = found;
    let mut texts: Vec<Losses> = Vec::new();
    for expected in expected {
        let (own, others) = rest.split_at(expected.len().min(rest.len()));
        rest = others;
        texts.push(Losses { found: own.to_vec(), expected });
    }
    if let Some(last) = texts.last_mut() {
        last.found.extend(rest);
    }
    texts
}

/// The largest difference of a token in nats; like all of these no number where there is one that is none, or where the
/// number of losses is not that of the targets.
pub fn off_by_token(texts: &[Losses]) -> f64 {
    largest(&texts.iter().map(|text| largest_difference(&text.found, text.expected)).collect::<Vec<_>>())
}

/// The largest difference of a text's mean in nats, where one that may be more than [`MEAN_LIMIT`] counts as its share.
pub fn off_by_mean(texts: &[Losses], scatter: Option<f64>) -> f64 {
    let off = |text: &Losses| {
        let chance = CHANCE * scatter.unwrap_or(USUAL_SCATTER) / (text.expected.len() as f64).sqrt();
        differences(text).map_or(f64::NAN, |differences| {
            let mean = differences.iter().sum::<f64>() / differences.len() as f64;
            mean.abs() * MEAN_LIMIT / chance.max(MEAN_LIMIT)
        })
    };
    largest(&texts.iter().map(off).collect::<Vec<_>>())
}

/// The root mean square of all tokens' differences, as a share of `scatter`.
pub fn scattered(texts: &[Losses], scatter: f64) -> f64 {
    let all: Option<Vec<Vec<f64>>> = texts.iter().map(differences).collect();
    let Some(all) = all.map(|all| all.concat()) else { return f64::NAN };
    (all.iter().map(|difference| difference.powi(2)).sum::<f64>() / all.len() as f64).sqrt() / scatter
}

fn differences(text: &Losses) -> Option<Vec<f64>> {
    let is_whole = text.found.len() == text.expected.len();
    is_whole.then(|| text.found.iter().zip(text.expected).map(|(found, expected)| found - expected).collect())
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::*;
    use crate::checkup::conformance::cases::read;
    use crate::engine::batch::Batch;
    use crate::engine::decoder::{Decoder, Kernels, read_config};
    use crate::engine::weights::{Safetensors, WeightSource};

    const EXACT: [&[f64]; 2] = [&[1.0, 2.0, 3.0], &[4.0]];

    fn texts(found: &[f64]) -> Vec<Losses<'static>> {
        cut(found, EXACT.into_iter())
    }

    #[test]
    fn tokens_and_means_are_off_by_what_they_differ() {
        let texts = texts(&[1.0, 2.0, 3.0, 4.25]);
        assert_eq!(texts[1], Losses { found: vec![4.25], expected: EXACT[1] });
        assert_eq!(off_by_token(&texts), 0.25);
        assert_eq!(scattered(&texts, 0.125), 1.0);
        // One token may be off by 5 · 0.02, which is five times the limit.
        assert!((off_by_mean(&texts, Some(0.02)) - 0.05).abs() < 1e-12);
        assert!((off_by_mean(&texts, Some(0.001)) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn another_number_of_losses_than_targets_is_no_number() {
        for found in [&[1.0, 2.0, 3.0][..], &[1.0, 2.0, 3.0, 4.0, 4.0], &[], &[1.0, 2.0, f64::NAN, 4.0]] {
            let texts = texts(found);
            let off = [off_by_token(&texts), off_by_mean(&texts, None), scattered(&texts, 0.01)];
            assert!(off.iter().all(|off| off.is_nan()), "{found:?}: {off:?}");
        }
    }

    /// Weights with a defect.
    struct Damaged {
        sound: Safetensors,
        damage: fn(&str, &Tensor) -> candle_core::Result<Tensor>,
    }

    impl WeightSource for Damaged {
        fn contains(&self, name: &str) -> bool {
            self.sound.contains(name)
        }

        fn tensor(&self, name: &str, shape: &[usize]) -> crate::engine::Result<Tensor> {
            Ok((self.damage)(name, &self.sound.tensor(name, shape)?)?)
        }
    }

    /// What half precision is allowed of a case and what it comes to with a defect: means, and all tokens. The rest is
    /// computed in f32, whose own noise is none here.
    fn judged(case: &str, damage: fn(&str, &Tensor) -> candle_core::Result<Tensor>) -> [bool; 2] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance").join(case);
        let (expected, config) = (read(&folder).unwrap(), read_config(&folder.join("config.json")).unwrap());
        let sound = Safetensors::open(&folder, DType::F32, &Device::Cpu).unwrap();
        let decoder = Decoder::new(config.description, &Damaged { sound, damage }, Kernels::Fused).unwrap();
        let (texts, scatter) = (expected.texts(), expected.bf16_scatter.unwrap());
        let sequences: Vec<_> = texts.iter().map(|(sequence, _)| *sequence).collect();
        let found = decoder.negative_log_likelihoods(&Batch::pack(&sequences, false)).unwrap();
        let losses = cut(&found, texts.iter().map(|(_, expected)| *expected));
        [off_by_mean(&losses, Some(scatter)) <= MEAN_LIMIT, scattered(&losses, scatter) <= SCATTER_LIMIT]
    }

    fn is_norm(name: &str) -> bool {
        name.contains("norm") && name.ends_with("weight")
    }

    #[test]
    fn defects_are_more_than_half_precision_is_allowed() {
        for case in ["llama", "mistral-sliding", "qwen3", "phi3", "stablelm", "olmo2"] {
            assert_eq!(judged(case, |_, tensor| Ok(tensor.clone())), [true; 2], "{case} as it is");
            let [_, scatters] =
                judged(case, |name, tensor| if is_norm(name) { tensor * 1.01 } else { Ok(tensor.clone()) });
            assert!(!scatters, "{case} with norms that are one per cent too large");
        }
        for case in ["gpt-neox", "phi", "qwen2", "stablelm", "starcoder2"] {
            let without = judged(
                case,
                |name, tensor| if name.ends_with("bias") { tensor.zeros_like() } else { Ok(tensor.clone()) },
            );
            assert_eq!(without, [false; 2], "{case} without biases");
        }
        let unshifted = judged("gemma", |name, tensor| if is_norm(name) { tensor - 1.0 } else { Ok(tensor.clone()) });
        assert_eq!(unshifted, [false; 2], "gemma whose norms lack their 1 +");
    }
}

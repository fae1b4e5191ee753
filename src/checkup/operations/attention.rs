//! Causal attention with its rotary embedding.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::json;

use super::{kernels, question};
use crate::checkup::error::CheckupError;
use crate::checkup::examination::Examination;
use crate::checkup::reference;
use crate::checkup::values::{Values, doubles, largest_error};
use crate::engine::Result;
use crate::engine::batch::{Batch, Sequence};
use crate::engine::decoder::config::parse_config;
use crate::engine::decoder::description::{Description, LayerAttention};
use crate::engine::decoder::{AttentionInputs, Kernels, attend};

/// Query heads, key heads and their width.
const HEADS: [[usize; 3]; 6] = [[1, 1, 2], [4, 4, 8], [3, 1, 12], [9, 3, 64], [4, 2, 128], [2, 1, 256]];
/// Windows; the last is longer than every text.
const WINDOWS: [Option<usize>; 4] = [None, Some(1), Some(6), Some(1000)];
const BASE: f64 = 10_000.0;

/// Texts by their lengths, the first tokens that neighbours share, and what that is.
const TEXTS: [(&[usize], usize, &str); 4] = [
    (&[2], 0, "one row"),
    (&[2, 71, 34, 6], 0, "ragged"),
    (&[40, 23, 35], 17, "shared prompt"),
    (&[18, 18, 50], 17, "a shared prompt that is all but a token"),
];

/// One case of attention.
#[derive(Clone, Copy)]
struct Case {
    heads: [usize; 3],
    /// Pairs of dimensions that are rotated.
    pairs: usize,
    window: Option<usize>,
    softcap: Option<f64>,
}

/// Checks attention.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check(examination: &mut Examination, dtype: DType) -> Result<(), CheckupError> {
    for (kernels, name) in kernels(&examination.device, dtype) {
        for (index, case) in cases().into_iter().enumerate() {
            let (lengths, shared, texts) = TEXTS[index % TEXTS.len()];
            let told = format!("{texts}, {}", case.words());
            examination.find(question(&format!("attention, {name}"), dtype, &examination.device, told), |device| {
                case.error(lengths, shared, kernels, dtype, device)
            })?;
        }
    }
    Ok(())
}

/// Every head with every window, with and without a soft cap; the share that is rotated and the texts take turns.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for heads in HEADS {
        for window in WINDOWS {
            for softcap in [None, Some(2.0)] {
                let half = heads[2] / 2;
                let pairs = [half, half / 2, 0][cases.len() % 3];
                cases.push(Case { heads, pairs, window, softcap });
            }
        }
    }
    cases
}

impl Case {
    fn words(self) -> String {
        let [heads, kv_heads, width] = self.heads;
        let window = self.window.map_or(String::new(), |window| format!(", window {window}"));
        let softcap = if self.softcap.is_some() { ", soft cap" } else { "" };
        format!("{heads} heads on {kv_heads} of {width}, {} pairs rotated{window}{softcap}", self.pairs)
    }

    fn layer(self) -> LayerAttention {
        LayerAttention {
            window: self.window,
            rope: (self.pairs > 0).then_some(0),
            // Wider than usual, so that scores differ and caps matter.
            scale: 2.0 / (self.heads[2] as f64).sqrt(),
        }
    }

    fn error(self, lengths: &[usize], shared: usize, kernels: Kernels, dtype: DType, device: &Device) -> Result<f64> {
        let [heads, kv_heads, width] = self.heads;
        let mut values = Values::new((heads * 10_007 + kv_heads * 101 + width) as u64);
        let texts = texts(lengths, shared, &mut values);
        let sequences: Vec<Sequence> = texts.iter().map(|ids| Sequence { ids, scored_from: shared.max(1) }).collect();
        let batch = Batch::pack(&sequences, shared > 0);
        let rows = batch.ids.len();
        let mut draw = |heads: usize| values.operand_beside(&[rows, heads * width], [0.0, 1.0], dtype, device);
        let (q, k, v) = (draw(heads)?, draw(kv_heads)?, draw(kv_heads)?);
        let description = self.description()?;
        let rotary = self.rotary(&batch, device)?;
        let inputs = AttentionInputs::new(&description, &batch, kernels, rotary, &q.tensor)?;
        let found = attend(&q.tensor, &k.tensor, &v.tensor, self.layer(), &inputs)?;
        let LayerAttention { window, scale, .. } = self.layer();
        let rotary = (self.pairs > 0).then_some((self.pairs, BASE));
        let attention = reference::Attention {
            batch: &batch,
            heads,
            kv_heads,
            width,
            rotary,
            scale,
            softcap: self.softcap,
            window,
        };
        Ok(largest_error(&doubles(&found)?, &attention.attend(&q.exact, &k.exact, &v.exact)))
    }

    /// A model whose attention is this one.
    fn description(self) -> Result<Description> {
        let [heads, kv_heads, width] = self.heads;
        let config = json!({
            "model_type": "llama", "vocab_size": 8, "hidden_size": heads * width, "intermediate_size": 8,
            "num_hidden_layers": 1, "num_attention_heads": heads, "num_key_value_heads": kv_heads, "head_dim": width,
            "rope_theta": BASE, "rms_norm_eps": 1e-5,
        });
        let map = config.as_object().cloned().unwrap_or_default();
        let description = parse_config(Path::new("a model of the checkup"), &map)?.description;
        Ok(Description { attention_softcap: self.softcap, layers: vec![self.layer()], ..description })
    }

    /// Cosines and sines of every row, as the decoder hands them over.
    fn rotary(self, batch: &Batch, device: &Device) -> Result<Vec<(Tensor, Tensor)>> {
        if self.pairs == 0 {
            return Ok(Vec::new());
        }
        let angle = |position: u32, pair: usize| f64::from(position) * BASE.powf(-(pair as f64) / self.pairs as f64);
        let angles =
            batch.positions.iter().flat_map(|&position| (0..self.pairs).map(move |pair| angle(position, pair)));
        let (cos, sin): (Vec<f32>, Vec<f32>) = angles.map(|angle| (angle.cos() as f32, angle.sin() as f32)).unzip();
        let shape = (batch.ids.len(), self.pairs);
        Ok(vec![(Tensor::from_vec(cos, shape, device)?, Tensor::from_vec(sin, shape, device)?)])
    }
}

/// Texts of these lengths that begin with the same `shared` tokens.
fn texts(lengths: &[usize], shared: usize, values: &mut Values) -> Vec<Vec<u32>> {
    let prompt = values.ids(shared, 1000);
    lengths.iter().map(|length| [prompt.clone(), values.ids(length - shared, 1000)].concat()).collect()
}

//! The operations of the loss as their formulas say, in double precision and plain loops: what a device's results are
//! held against. Nothing here is fast and nothing is shared with the engine but the names of its parts.

use std::f64::consts::PI;

use statrs::function::erf::erf;

use crate::engine::batch::{Batch, Segment};
use crate::engine::decoder::description::{Activation, NormKind};

/// x · Wᵀ + b of rows `[rows × inputs]` and weights `[outputs × inputs]`.
pub fn product(x: &[f64], weights: &[f64], inputs: usize, bias: Option<&[f64]>) -> Vec<f64> {
    let mut out = Vec::new();
    for row in x.chunks_exact(inputs) {
        for (index, weights) in weights.chunks_exact(inputs).enumerate() {
            let sum: f64 = row.iter().zip(weights).map(|(x, w)| x * w).sum();
            out.push(sum + bias.map_or(0.0, |bias| bias[index]));
        }
    }
    out
}

/// A norm over rows of `width`; the weights, and the biases likewise, of row i are those at i · width modulo their
/// number.
pub fn norm(x: &[f64], width: usize, weights: &[f64], bias: Option<&[f64]>, kind: NormKind, eps: f64) -> Vec<f64> {
    let mut out = Vec::new();
    for (index, row) in x.chunks_exact(width).enumerate() {
        let mean = row.iter().sum::<f64>() / width as f64;
        let centre = if kind == NormKind::Layer { mean } else { 0.0 };
        let square = row.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / width as f64;
        for (column, x) in row.iter().enumerate() {
            let weight = weights[(index * width + column) % weights.len()];
            let shift = bias.map_or(0.0, |bias| bias[column]);
            out.push((x - centre) / (square + eps).sqrt() * weight + shift);
        }
    }
    out
}

/// A non-linearity.
pub fn activation(kind: Activation, x: f64) -> f64 {
    match kind {
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Gelu => 0.5 * x * (1.0 + erf(x / 2.0_f64.sqrt())),
        Activation::GeluTanh => 0.5 * x * (1.0 + ((2.0 / PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh()),
        Activation::Relu => x.max(0.0),
    }
}

/// act(gate) · up of rows [gate | up] of `2 · width`.
pub fn gated(kind: Activation, x: &[f64], width: usize) -> Vec<f64> {
    let halves = x.chunks_exact(2 * width).map(|row| row.split_at(width));
    halves.flat_map(|(gate, up)| gate.iter().zip(up).map(|(gate, up)| activation(kind, *gate) * up)).collect()
}

/// c · tanh(x / c), or x.
fn capped(x: f64, cap: Option<f64>) -> f64 {
    cap.map_or(x, |cap| cap * (x / cap).tanh())
}

/// −ln p of the target of each row of logits.
pub fn negative_log_likelihoods(
    logits: &[f64],
    vocabulary: usize,
    targets: &[(usize, u32)],
    divisor: f64,
    softcap: Option<f64>,
) -> Vec<f64> {
    let of = |&(row, id): &(usize, u32)| {
        let ruled: Vec<f64> =
            logits[row * vocabulary..][..vocabulary].iter().map(|logit| capped(logit / divisor, softcap)).collect();
        let largest = ruled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = ruled.iter().map(|logit| (logit - largest).exp()).sum();
        largest + sum.ln() - ruled[id as usize]
    };
    targets.iter().map(of).collect()
}

/// Attention as it is to be computed.
pub struct Attention<'a> {
    /// The packed sequences.
    pub batch: &'a Batch,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub width: usize,
    /// Pairs of dimensions that are rotated, and the base of their wavelengths.
    pub rotary: Option<(usize, f64)>,
    /// Factor on the scores.
    pub scale: f64,
    /// c of c · tanh(score / c).
    pub softcap: Option<f64>,
    /// Keys that a query sees, itself included.
    pub window: Option<usize>,
}

impl Attention<'_> {
    /// Causal attention of queries `[rows × heads·width]` over keys and values `[rows × kv_heads·width]`.
    pub fn attend(&self, queries: &[f64], keys: &[f64], values: &[f64]) -> Vec<f64> {
        let (queries, keys) = (self.rotated(queries, self.heads), self.rotated(keys, self.kv_heads));
        let mut out = Vec::new();
        for segment in &self.batch.segments {
            for row in segment.rows.clone() {
                for head in 0..self.heads {
                    let query = &queries[(row * self.heads + head) * self.width..][..self.width];
                    out.extend(self.attend_one(query, row, head, segment, &keys, values));
                }
            }
        }
        out
    }

    fn attend_one(
        &self,
        query: &[f64],
        row: usize,
        head: usize,
        segment: &Segment,
        keys: &[f64],
        values: &[f64],
    ) -> Vec<f64> {
        let kv_head = head / (self.heads / self.kv_heads);
        let at = |row: usize| (row * self.kv_heads + kv_head) * self.width;
        let position = segment.prefix.len() + row - segment.rows.start;
        // Rows of the text up to this one, in the order of the text.
        let past: Vec<usize> = segment.prefix.clone().chain(segment.rows.start..=row).collect();
        let first = self.window.map_or(0, |window| (position + 1).saturating_sub(window));
        let seen = &past[first..];
        let score = |row: &usize| {
            let dot: f64 = query.iter().zip(&keys[at(*row)..]).map(|(q, k)| q * k).sum();
            capped(dot * self.scale, self.softcap)
        };
        let scores: Vec<f64> = seen.iter().map(score).collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let weighted = |column: usize| {
            let terms = seen.iter().zip(&weights).map(|(row, weight)| weight * values[at(*row) + column]);
            terms.sum::<f64>() / sum
        };
        (0..self.width).map(weighted).collect()
    }

    /// Dimensions i and i + pairs of every head turned by position · base^(−i / pairs).
    fn rotated(&self, x: &[f64], heads: usize) -> Vec<f64> {
        let mut turned = x.to_vec();
        let Some((pairs, base)) = self.rotary else { return turned };
        for (index, head) in turned.chunks_exact_mut(self.width).enumerate() {
            let position = f64::from(self.batch.positions[index / heads]);
            for pair in 0..pairs {
                let angle = position * base.powf(-(pair as f64) / pairs as f64);
                let (first, second) = (head[pair], head[pair + pairs]);
                head[pair] = first * angle.cos() - second * angle.sin();
                head[pair + pairs] = second * angle.cos() + first * angle.sin();
            }
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::Sequence;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{found:?} is not {expected:?}"));
    }

    #[test]
    fn small_cases_are_what_a_pencil_says() {
        close(&product(&[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0], 2, Some(&[0.5, -1.0])), &[11.5, 16.0]);
        close(
            &norm(&[3.0, 4.0], 2, &[1.0, 2.0], None, NormKind::Rms, 0.0),
            &[3.0 / 12.5_f64.sqrt(), 8.0 / 12.5_f64.sqrt()],
        );
        close(&norm(&[1.0, 3.0], 2, &[1.0, 1.0], Some(&[0.0, 5.0]), NormKind::Layer, 0.0), &[-1.0, 6.0]);
        close(&gated(Activation::Relu, &[-1.0, 2.0, 3.0, 4.0], 2), &[0.0, 8.0]);
        close(&negative_log_likelihoods(&[0.0, 3.0_f64.ln()], 2, &[(0, 1)], 1.0, None), &[(4.0_f64 / 3.0).ln()]);
    }

    #[test]
    fn a_query_sees_what_its_window_and_its_text_hold() {
        let ids = [1, 2, 3, 4];
        let batch = Batch::pack(&[Sequence { ids: &ids, scored_from: 1 }], false);
        let attention = Attention {
            batch: &batch,
            heads: 1,
            kv_heads: 1,
            width: 1,
            rotary: None,
            scale: 1.0,
            softcap: None,
            window: Some(2),
        };
        let zeros = [0.0; 3];
        close(&attention.attend(&zeros, &zeros, &[1.0, 3.0, 7.0]), &[1.0, 2.0, 5.0]);
    }
}

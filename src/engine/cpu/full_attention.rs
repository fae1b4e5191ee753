//! Attention of every token of a text to all of them, for encoders: one text on the calling thread, head by head, so that
//! only one head's scores exist at a time.

use super::product::{Shape, View, multiply};
use super::vector;

/// How the components of a row are shared out.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Components of each.
    pub width: usize,
}

/// Attention of one text. `projected` holds the tokens' queries, already scaled, keys and values side by side, `[tokens ×
/// 3·heads·width]`; `context`, `[tokens × heads·width]`, is overwritten. `scores` is memory to be used again.
pub fn attend_to_all(projected: &[f32], heads: Heads, context: &mut [f32], scores: &mut Vec<f32>) {
    let row = heads.count * heads.width;
    let tokens = context.len() / row;
    assert!(context.len() == tokens * row && projected.len() == 3 * context.len(), "attention out of bounds");
    scores.resize(tokens * tokens, 0.0);
    for first in (0..row).step_by(heads.width) {
        let keys = View::transposed(&projected[row + first..], 3 * row);
        let shape = Shape { m: tokens, n: tokens, k: heads.width };
        multiply(shape, scores, tokens, View::rows(&projected[first..], 3 * row), keys, false);
        for scores in scores.chunks_exact_mut(tokens) {
            let largest = vector::max(scores);
            let sum = vector::exp_in_place(scores, largest);
            vector::scale(scores, 1.0 / sum);
        }
        let values = View::rows(&projected[2 * row + first..], 3 * row);
        let shape = Shape { m: tokens, n: heads.width, k: tokens };
        multiply(shape, &mut context[first..], row, View::rows(scores, tokens), values, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores, softmax and weighted sum of one query and head, in f64.
    fn exact(projected: &[f32], heads: Heads, query: usize, head: usize) -> Vec<f64> {
        let row = heads.count * heads.width;
        let part =
            |token: usize, kind: usize| &projected[(3 * token + kind) * row + head * heads.width..][..heads.width];
        let tokens = projected.len() / row / 3;
        let score = |key| part(query, 0).iter().zip(part(key, 1)).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum();
        let weights: Vec<f64> = (0..tokens).map(|key| f64::exp(score(key))).collect();
        let sum: f64 = weights.iter().sum();
        let value = |at: usize| (0..tokens).map(|key| weights[key] / sum * f64::from(part(key, 2)[at])).sum();
        (0..heads.width).map(value).collect()
    }

    #[test]
    fn every_token_sees_all_of_them() {
        let heads = Heads { count: 3, width: 5 };
        let mut scores = Vec::new();
        for tokens in [1, 2, 33, 7] {
            let projected: Vec<f32> = (0..tokens * 45).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
            let mut context = vec![f32::NAN; tokens * 15];
            attend_to_all(&projected, heads, &mut context, &mut scores);
            for (index, found) in context.chunks_exact(5).enumerate() {
                let expected = exact(&projected, heads, index / 3, index % 3);
                let pairs = found.iter().zip(&expected);
                assert!(pairs.clone().all(|(f, e)| (f64::from(*f) - e).abs() < 1e-5), "{tokens} tokens at {index}");
            }
        }
    }
}

//! Frobenius norms of a model's projections, which tell a tampered model before it is run.

use candle_core::Tensor;
use rayon::prelude::*;

use super::description::{Description, MlpNames};
use super::loading::Loader;
use crate::engine::error::Result;
use crate::engine::weights::WeightSource;

/// Names of the projections, in the order of [`projection_norms`].
pub const PROJECTIONS: [&str; 6] = ["q", "k", "v", "o", "up", "down"];

/// Frobenius norms of the weights of q, k, v, o, up and down, each layer by layer; the weights are f32 on the CPU.
///
/// # Errors
/// A tensor is missing or misshaped.
pub fn projection_norms(description: &Description, source: &dyn WeightSource) -> Result<[Vec<f64>; 6]> {
    let loader = Loader::new(source, description);
    let mut norms: [Vec<f64>; 6] = Default::default();
    for index in 0..description.layers.len() {
        let layer = layer_norms(&loader, description, index)?;
        norms.iter_mut().zip(layer).for_each(|(all, norm)| all.push(norm));
    }
    Ok(norms)
}

fn layer_norms(loader: &Loader, description: &Description, index: usize) -> Result<[f64; 6]> {
    let (hidden, inner) = (description.hidden_size, description.intermediate_size);
    let (q, kv) = (description.heads * description.head_dim, description.kv_heads * description.head_dim);
    let load = |name: &str, shape| loader.linear(&loader.layer(index, name), shape, false);
    let qkv = loader.qkv(index)?.weight;
    let (up, down) = match description.names.mlp {
        MlpNames::Joined { gate_up, down } => {
            (load(gate_up, [2 * inner, hidden])?.weight.narrow(0, inner, inner)?, down)
        }
        MlpNames::Gated { up, down, .. } | MlpNames::Plain { up, down } => (load(up, [inner, hidden])?.weight, down),
    };
    Ok([
        frobenius(&qkv.narrow(0, 0, q)?)?,
        frobenius(&qkv.narrow(0, q, kv)?)?,
        frobenius(&qkv.narrow(0, q + kv, kv)?)?,
        frobenius(&load(description.names.out, [hidden, q])?.weight)?,
        frobenius(&up)?,
        frobenius(&load(down, [hidden, inner])?.weight)?,
    ])
}

/// √Σ w², summed in f64.
fn frobenius(weights: &Tensor) -> Result<f64> {
    let values = weights.flatten_all()?.to_vec1::<f32>()?;
    // Partial sums of fixed chunks, added in order: the result does not depend on the number of threads.
    let parts: Vec<f64> =
        values.par_chunks(1 << 16).map(|chunk| chunk.iter().map(|w| f64::from(*w) * f64::from(*w)).sum()).collect();
    Ok(parts.iter().sum::<f64>().sqrt())
}

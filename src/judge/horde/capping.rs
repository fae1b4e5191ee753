//! How a subnet's weights are brought into its limits: bittensor 9.3.0's `process_weights`, in double precision.

use super::chain::U16_MAX;

/// What is added to a sum that a share is taken of.
const EPSILON: f64 = 1e-7;
/// What every neuron has where too few have a weight.
const LEAST: f64 = 1e-5;

/// The weight of a neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UidWeight {
    /// The neuron.
    pub uid: u32,
    /// Its weight.
    pub weight: f64,
}

/// The limits of a subnet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightLimits {
    /// Neurons of the subnet.
    pub neurons: u32,
    /// Fewest neurons that must have a weight.
    pub min_allowed: u32,
    /// The greatest share of one neuron.
    pub most: f64,
    /// The quantile of weights to leave out, in 65535ths.
    pub exclude_quantile: f64,
}

/// Caps shares of the sum at `limit`; equal shares where the sum is 0 or the limit is at or below one n-th.
pub fn cap(weights: &[f64], limit: f64) -> Vec<f64> {
    let count = weights.len() as f64;
    let total: f64 = weights.iter().sum();
    if total == 0.0 || count * limit <= 1.0 {
        return vec![1.0 / count; weights.len()];
    }
    let mut shares: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    shares.sort_unstable_by(f64::total_cmp);
    if shares.last().is_none_or(|&most| most <= limit) {
        return weights.iter().map(|weight| weight / total).collect();
    }
    let cutoff = cutoff(&shares, limit) * total;
    let capped: Vec<f64> = weights.iter().map(|weight| weight.min(cutoff)).collect();
    let sum: f64 = capped.iter().sum();
    capped.iter().map(|weight| weight / sum).collect()
}

/// The share at which ascending shares must be cut off so that none is above `limit` of what is left.
fn cutoff(shares: &[f64], limit: f64) -> f64 {
    let (mut below, mut of_below, mut sum) = (0, 0.0, 0.0);
    for (place, share) in shares.iter().enumerate() {
        sum += share;
        let others = (shares.len() - place - 1) as f64;
        if share / (others * share + sum + EPSILON) < limit {
            below += 1;
            of_below = sum;
        }
    }
    (limit * of_below - EPSILON) / (1.0 - limit * (shares.len() - below) as f64)
}

/// The weights above 0, without the lowest quantile, capped.
///
/// Where none is above 0, or the subnet has fewer neurons than must have a weight, all have the same; where fewer have a
/// weight than must, all have a little of one.
pub fn process_weights(weights: &[UidWeight], limits: &WeightLimits) -> Vec<UidWeight> {
    let mut above: Vec<UidWeight> = weights.iter().copied().filter(|own| own.weight > 0.0).collect();
    let fewest = limits.min_allowed as usize;
    if above.is_empty() || limits.neurons < limits.min_allowed {
        let equal = 1.0 / f64::from(limits.neurons);
        return (0..limits.neurons).map(|uid| UidWeight { uid, weight: equal }).collect();
    }
    if above.len() < fewest {
        above = with_all(&above, limits.neurons);
    } else {
        let most = (above.len() - fewest) as f64 / above.len() as f64;
        let lowest = quantile(&above, (limits.exclude_quantile / U16_MAX).min(most));
        above.retain(|own| lowest <= own.weight);
    }
    let capped = cap(&above.iter().map(|own| own.weight).collect::<Vec<f64>>(), limits.most);
    above.iter().zip(capped).map(|(own, weight)| UidWeight { uid: own.uid, weight }).collect()
}

/// The weights on top of a little for every neuron.
fn with_all(weights: &[UidWeight], neurons: u32) -> Vec<UidWeight> {
    let mut all: Vec<UidWeight> = (0..neurons).map(|uid| UidWeight { uid, weight: LEAST }).collect();
    for own in weights {
        if let Some(sum) = all.get_mut(own.uid as usize) {
            sum.weight += own.weight;
        }
    }
    all
}

/// A quantile of at least one weight, linear between two.
fn quantile(weights: &[UidWeight], fraction: f64) -> f64 {
    let mut sorted: Vec<f64> = weights.iter().map(|own| own.weight).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (sorted.len() - 1) as f64 * fraction;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + place.fract() * (above - below)
}

//! Burning: a share of all weight goes to burners, most of it to one of them.

use super::capping::{UidWeight, WeightLimits, process_weights};

/// How much is burnt, and by whom.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Burn {
    /// The share of all weight.
    pub rate: f64,
    /// The main burner's share of it.
    pub partition: f64,
    /// Registered burners, in the order of their hotkeys.
    pub burners: Vec<u32>,
    /// The main one, as it was recorded: the original draws it.
    pub main: Option<u32>,
}

/// The weights that a validator sets: scores within the limits, less the rate, with the burners' shares, within the limits
/// again. Without a score only burners have a weight; without a burner nothing is burnt.
pub fn burn(scores: &[UidWeight], rule: &Burn, limits: &WeightLimits) -> Vec<UidWeight> {
    let mut weights = if scores.is_empty() { Vec::new() } else { process_weights(scores, limits) };
    let Some(main) = rule.main.filter(|_| rule.rate > 0.0) else { return weights };
    weights.iter_mut().for_each(|own| own.weight *= 1.0 - rule.rate);
    let others: Vec<u32> = rule.burners.iter().copied().filter(|&uid| uid != main).collect();
    let partition = if others.is_empty() { 1.0 } else { rule.partition };
    add(&mut weights, main, rule.rate * partition);
    for &uid in &others {
        add(&mut weights, uid, rule.rate * (1.0 - partition) / others.len() as f64);
    }
    process_weights(&weights, limits)
}

fn add(weights: &mut Vec<UidWeight>, uid: u32, weight: f64) {
    match weights.iter_mut().find(|own| own.uid == uid) {
        Some(own) => own.weight += weight,
        None => weights.push(UidWeight { uid, weight }),
    }
}

//! `softmax`: drawn by quality and share of the task, hotter for users (pull request 76).

use super::{Candidate, Field, Policy, Stats, drawn};
use crate::stats::Draws;

/// What the share of the task counts beside the quality.
const NET_SCORE_WEIGHT: f64 = 0.7;
/// Temperature for a user's request.
const ORGANIC: f64 = 2.0;
/// Temperature for the validator's own.
const SYNTHETIC: f64 = 1.0;

/// Weighted draws without replacement. With fewer contenders than a request is tried with, where the original fails, all
/// are drawn.
#[derive(Debug)]
pub struct Softmax;

impl Policy for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn values(&self, field: &Field<'_>) -> Vec<f64> {
        self.chances(field).iter().map(|chance| -chance).collect()
    }

    fn chances(&self, field: &Field<'_>) -> Vec<f64> {
        let temperature = if field.is_organic { ORGANIC } else { SYNTHETIC };
        let quality = scaled(field.candidates, |stats| stats.quality);
        let net_score = scaled(field.candidates, |stats| stats.net_score);
        let both =
            quality.iter().zip(&net_score).map(|(quality, score)| (quality + NET_SCORE_WEIGHT * score) / temperature);
        let both: Vec<f64> = both.collect();
        let most = both.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = both.iter().map(|one| (one - most).exp()).collect();
        let total: f64 = powers.iter().sum();
        powers.iter().map(|power| power / total).collect()
    }

    fn order(&self, field: &Field<'_>, draws: &mut Draws) -> Vec<usize> {
        let mut chances = self.chances(field);
        let mut tried = Vec::new();
        for _ in 0..field.rules.top.min(chances.len()) {
            let Some(place) = drawn(&chances, draws) else { break };
            chances[place] = 0.0;
            tried.push(place);
        }
        tried
    }
}

/// Each value from 0 to 1 between the least and the greatest; 0 where all are equal. Whoever has none counts as 0.
fn scaled(candidates: &[Candidate], read: impl Fn(&Stats) -> f64) -> Vec<f64> {
    let values = || candidates.iter().map(|one| one.stats.as_ref().map_or(0.0, &read));
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    values().map(|value| if high > low { (value - low) / (high - low) } else { 0.0 }).collect()
}

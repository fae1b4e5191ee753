//! `net-score`: the best by their last share of the task, then whoever was asked least. The original (pull request 73)
//! cannot run as it is written; this is what it describes.

use super::{Field, Policy, least};

/// So many of the best are tried before those that were asked least.
const OF_THE_BEST: usize = 3;

/// The best net scores first.
#[derive(Debug)]
pub struct NetScore;

impl Policy for NetScore {
    fn name(&self) -> &'static str {
        "net-score"
    }

    fn values(&self, field: &Field<'_>) -> Vec<f64> {
        let mut values: Vec<f64> = field.candidates.iter().map(|one| one.requests).collect();
        let score = |one: &super::Candidate| one.stats.map_or(f64::INFINITY, |stats| -stats.net_score);
        let scores: Vec<f64> = field.candidates.iter().map(score).collect();
        let best = least(&scores, OF_THE_BEST).into_iter().filter(|&place| scores[place].is_finite());
        // Requests are never below 0: the best stand before all others, in their order.
        best.enumerate().for_each(|(rank, place)| values[place] = rank as f64 - OF_THE_BEST as f64);
        values
    }
}

//! The competition as a candidate meets it: who is there, which samples come from one source, and what the candidate's
//! losses are at a level of improvement.

use super::super::super::{Contestant, Matching};
use super::levels::Levels;

/// Standard errors that a rival may be behind before it is left out.
const BEHIND: f64 = 6.0;

/// A competition's participants, with a candidate among them.
pub(super) struct Field<'l> {
    pub matching: Matching,
    /// 1 − the end of ε.
    pub keep_at_end: f64,
    pub contestants: Vec<Contestant<'l>>,
    /// The candidate's place.
    pub candidate: usize,
    /// Of each sample the number of its cluster.
    pub places: Vec<usize>,
    /// Number of clusters.
    pub clusters: usize,
    /// The fewest clusters that a step draws.
    pub fewest: usize,
    pub levels: Levels,
}

impl Field<'_> {
    /// The places of the others.
    pub fn rivals(&self) -> Vec<usize> {
        (0..self.contestants.len()).filter(|&place| place != self.candidate).collect()
    }

    /// The candidate's losses at a level.
    pub fn losses(&self, level: usize) -> Vec<f64> {
        let remains = self.levels.remains(level);
        self.contestants[self.candidate].losses().iter().map(|loss| loss * remains).collect()
    }

    /// Values by sample, summed by cluster.
    pub fn by_cluster(&self, values: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sums = vec![0.0; self.clusters];
        self.places.iter().zip(values).for_each(|(&cluster, value)| sums[cluster] += value);
        sums
    }

    /// Whether what is so much ahead on each cluster is surely ahead in every step: by more than 6 standard errors, of
    /// the recording and of a step's draw together.
    pub fn is_surely_ahead(&self, ahead: &[f64]) -> bool {
        let count = ahead.len() as f64;
        if count < 2.0 {
            return false;
        }
        let mean = ahead.iter().sum::<f64>() / count;
        let variance = ahead.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        mean > BEHIND * (variance * (count.recip() + (self.fewest as f64).recip())).sqrt()
    }
}

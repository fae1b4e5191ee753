//! Rewards by volume: the last buckets of every contender, as places in a normal distribution.

use std::collections::{BTreeMap, VecDeque};

use super::rules::VolumeEra;
use crate::stats::normal::cdf;

/// The buckets of volume that count.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    window: usize,
    buckets: VecDeque<Bucket>,
}

/// Volumes that arrived one after the other in one tempo.
#[derive(Debug, Clone, PartialEq)]
struct Bucket {
    tempo: u64,
    volumes: BTreeMap<usize, f64>,
}

/// A contender and its reward.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolumeReward {
    /// Number of the contender.
    pub contender: usize,
    /// Its volume in the buckets that count.
    pub volume: f64,
    /// From 0 to 1; nothing of one beyond the table, where those do not count.
    pub reward: Option<f64>,
}

impl Ledger {
    /// One that keeps so many buckets, at least 1.
    pub fn new(window: usize) -> Self {
        Self { window, buckets: VecDeque::new() }
    }

    /// Adds a volume to the last bucket, or begins one where the tempo is another: a tempo that comes back has a bucket
    /// anew, as in the original. The oldest one goes where there are too many.
    pub fn add(&mut self, tempo: u64, contender: usize, volume: f64) {
        if self.buckets.back().is_none_or(|last| last.tempo != tempo) {
            self.buckets.push_back(Bucket { tempo, volumes: BTreeMap::new() });
        }
        if let Some(last) = self.buckets.back_mut() {
            *last.volumes.entry(contender).or_insert(0.0) += volume;
        }
        if self.buckets.len() > self.window {
            self.buckets.pop_front();
        }
    }

    /// The reward of everyone with a volume in the buckets; `is_listed`: whether one is in the network's table.
    ///
    /// Φ((v − mean) / population standard deviation); 0 for all where nothing deviates; 1 for one that is alone, even
    /// with a volume of 0.
    pub fn rewards(&self, era: VolumeEra, is_listed: impl Fn(usize) -> bool) -> Vec<VolumeReward> {
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        for (&contender, volume) in self.buckets.iter().flat_map(|bucket| &bucket.volumes) {
            *sums.entry(contender).or_insert(0.0) += volume;
        }
        let counts = |contender: usize| era == VolumeEra::C0d6955 || is_listed(contender);
        let is_alone = sums.keys().filter(|&&contender| counts(contender)).count() == 1;
        let count = sums.len() as f64;
        let mean = sums.values().sum::<f64>() / count;
        let deviation = (sums.values().map(|volume| (volume - mean).powi(2)).sum::<f64>() / count).sqrt();
        let reward = |volume: f64| match deviation {
            _ if is_alone => 1.0,
            deviation if deviation > 0.0 => cdf((volume - mean) / deviation),
            _ => 0.0,
        };
        let row =
            |(contender, volume)| VolumeReward { contender, volume, reward: counts(contender).then(|| reward(volume)) };
        sums.into_iter().map(row).collect()
    }
}

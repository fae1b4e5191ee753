//! Flags of units tallied by cluster, and their rate with the interval to quote. Strata, windows and copies share it, so
//! that no rate of theirs is quoted as if its units were independent.

use std::collections::BTreeMap;

use super::rates::{Quoted, quoted};
use super::spec::CalibrationSpec;
use crate::stats::bootstrap::Counts;
use crate::stats::cluster::Ratio;
use crate::stats::{ClusterCounts, Confidence, Evidence, StatsError};

/// Keeps the bootstrap's draws of these rates apart from those of parts and sizes.
const GROUP: u32 = 5000;
const FLAGS: usize = 0;
const TRIALS: usize = 1;

/// Flags and trials of each cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByCluster(BTreeMap<usize, [u32; 2]>);

/// A rate whose units hang together by cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterRate {
    /// Flags and trials, and how they lie in clusters.
    pub found: ClusterCounts,
    /// The interval to quote; `None` without a trial.
    pub quoted: Option<Quoted>,
}

impl ByCluster {
    /// Counts one more unit of a cluster.
    pub fn add(&mut self, cluster: usize, is_flagged: bool) {
        let row = self.0.entry(cluster).or_default();
        row[FLAGS] += u32::from(is_flagged);
        row[TRIALS] += 1;
    }

    /// Flags and trials of each cluster.
    pub fn parts(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.values().map(|row| (row[FLAGS].into(), row[TRIALS].into()))
    }

    /// The rate. Resamples whole clusters only where counting them does not do.
    ///
    /// # Errors
    /// The bootstrap's parameters cannot be used.
    pub fn rate(&self, spec: &CalibrationSpec) -> Result<ClusterRate, StatsError> {
        let confidence = Confidence::new(spec.bootstrap.confidence)?;
        let rows: Vec<[u32; 2]> = self.0.values().copied().collect();
        let found = ClusterCounts::of(self.parts());
        let is_counted = found.is_independent() || found.evidence() == Evidence::Few;
        let bca = if is_counted {
            None
        } else {
            let table = Counts { rows: rows.as_flattened(), width: 2 };
            let ratio = Ratio { events: FLAGS, trials: TRIALS };
            spec.bootstrap.rates(GROUP, table, &[ratio])?.first().and_then(|rate| rate.bca)
        };
        Ok(ClusterRate { found, quoted: quoted(found, bca, confidence) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::rates::Basis;
    use super::*;

    fn of(clusters: usize, flagged: usize, size: usize) -> ClusterRate {
        let mut tally = ByCluster::default();
        for unit in 0..clusters * size {
            tally.add(unit / size, unit / size < flagged);
        }
        let mut spec = CalibrationSpec::default();
        spec.bootstrap.resamples = 500;
        tally.rate(&spec).unwrap()
    }

    #[test]
    fn units_of_a_cluster_count_once() {
        let width = |rate: ClusterRate| rate.quoted.map(|quoted| quoted.interval.high - quoted.interval.low).unwrap();
        assert!(width(of(100, 40, 9)) > 2.5 * width(of(900, 360, 1)), "as 100 units, not as 900");
        assert_eq!(of(900, 360, 1).quoted.unwrap().basis, Basis::Exact);
        let basis = |flagged| of(100, flagged, 9).quoted.unwrap().basis;
        assert_eq!([basis(9), basis(29), basis(30)], [Basis::Counting, Basis::Both, Basis::Resampling]);
        assert_eq!(of(0, 0, 1).quoted, None);
    }
}

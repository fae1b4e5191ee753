//! What is resampled together: a request with all its responses, or, where there are very many, a block of requests
//! that followed each other.

use super::responses::ResponseRow;
use crate::stats::ratio::{Sums, ratios};
use crate::stats::{BootstrapSpec, Estimate, Interval};

/// Clusters at most, so that the cost of resampling is bounded: more of them would hardly change an interval. Blocks of
/// requests also keep what lasts longer than one.
pub const MOST_CLUSTERS: usize = 1024;
/// What may lie from 0 on.
pub(super) const POSITIVE: Interval = Interval { low: 0.0, high: f64::INFINITY };
/// What is a share.
pub(super) const SHARE: Interval = Interval { low: 0.0, high: 1.0 };
/// What may lie anywhere.
pub(super) const ANYWHERE: Interval = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };

/// Requests by cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clusters {
    /// Requests that are resampled together: 1 unless there are more than [`MOST_CLUSTERS`].
    pub requests: usize,
    /// Number of clusters.
    pub count: usize,
}

impl Clusters {
    /// The clusters of so many requests.
    pub fn new(requests: usize) -> Self {
        let together = requests.div_ceil(MOST_CLUSTERS).max(1);
        Self { requests: together, count: requests.div_ceil(together) }
    }

    /// The cluster of a request.
    pub fn of(self, request: usize) -> usize {
        request / self.requests
    }

    /// A sum by cluster of what rows add; `read` gives nothing of a row that does not count.
    pub(super) fn sums<'a>(
        self,
        rows: impl Iterator<Item = &'a ResponseRow>,
        read: impl Fn(&ResponseRow) -> Option<f64>,
    ) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); self.count];
        for row in rows {
            if let Some(above) = read(row) {
                sums[self.of(row.request)].add(Sums { above, below: 1.0 });
            }
        }
        sums
    }
}

/// The mean of each column, with the interval of the studentised bootstrap over clusters where its ends are finite.
pub(super) fn means(columns: &[Vec<Sums>], bounds: Interval, bootstrap: &BootstrapSpec) -> Vec<Option<Estimate>> {
    let is_finite = |ends: &Interval| ends.low.is_finite() && ends.high.is_finite();
    let of = |found: Option<Estimate>| found.map(|one| Estimate { interval: one.interval.filter(is_finite), ..one });
    ratios(columns, bounds, &bootstrap.sparing()).into_iter().map(of).collect()
}

/// The rows of each contender, as places.
pub(super) fn by_contender(rows: &[ResponseRow], contenders: usize) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); contenders];
    (0..).zip(rows).for_each(|(place, row)| found[row.contender].push(place));
    found
}

/// The mean of values; `None` of none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u64);
    values.for_each(|value| {
        sum += value;
        count += 1;
    });
    (count > 0).then(|| sum / count as f64)
}

/// The median of values, between the middle two of an even number; `None` of none.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    crate::stats::quantile(&values, 0.5)
}

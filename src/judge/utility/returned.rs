//! How good the response is that the caller gets where responses are ordered by one score or another.

use super::clusters::{ANYWHERE, Clusters, POSITIVE, means};
use super::order::{Candidate, best};
use super::responses::ResponseRow;
use super::rules::{Rules, TimeTerm};
use crate::stats::ratio::Sums;
use crate::stats::{BootstrapSpec, Estimate};

/// What responses are ordered by; equal ones by latency, then as contenders were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// Utility with the run's weights and this time term.
    Utility(TimeTerm),
    /// The score by missing fields.
    MissingFields,
    /// The score by differences from the truth.
    Difference,
    /// Valid fields alone, as utility counts them.
    ValidFields,
    /// Latency alone.
    Latency,
}

impl OrderBy {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Utility(TimeTerm::Inverse),
        Self::Utility(TimeTerm::Timeout),
        Self::Utility(TimeTerm::Fastest),
        Self::Utility(TimeTerm::Logistic),
        Self::Utility(TimeTerm::Rank),
        Self::MissingFields,
        Self::Difference,
        Self::ValidFields,
        Self::Latency,
    ];

    /// What a response has by it.
    pub(super) fn value(self, row: &ResponseRow, rules: &Rules) -> Option<f64> {
        match self {
            Self::Utility(time) => Some(row.utility_by(rules, time)),
            Self::MissingFields => row.missing_fields,
            Self::Difference => row.difference,
            Self::ValidFields => Some(row.counted_fields),
            Self::Latency => Some(0.0),
        }
    }

    /// The row of a request that is returned, if any.
    pub fn returned<'a>(self, request: &'a [ResponseRow], rules: &Rules) -> Option<&'a ResponseRow> {
        let candidate = |row: &'a ResponseRow| {
            let score = self.value(row, rules).filter(|_| row.is_returnable)?;
            Some((Candidate { score, latency: row.seconds }, row))
        };
        best(request.iter().filter_map(candidate))
    }
}

/// A difference below this is what rounding leaves.
const ROUNDING: f64 = 1e-12;

/// What the quality of a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Its score by differences from the truth.
    Difference,
    /// Its valid fields; not known without a schema.
    ValidFields,
    /// The share of the required fields that it has; not known without a schema.
    Fields,
}

impl Quality {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Difference, Self::ValidFields, Self::Fields];

    fn of(self, row: &ResponseRow) -> Option<f64> {
        let quality = match self {
            Self::Difference => row.difference,
            Self::ValidFields => row.valid_fields,
            Self::Fields => row.fields,
        };
        quality.filter(|_| row.is_returnable)
    }
}

/// The quality of what one order returns, mean over requests where that of any response is known; 0 where only its own is
/// not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReturnedRow {
    /// The order.
    pub by: OrderBy,
    /// The quality.
    pub quality: Quality,
    /// Requests that something is returned to, and where the quality of any response is known.
    pub requests: u64,
    /// That of what is returned.
    pub returned: Option<Estimate>,
    /// The best that any response to the same requests had.
    pub best: Option<Estimate>,
    /// What lies between them.
    pub regret: Option<Estimate>,
}

/// Every order and every quality.
pub(super) fn returned(
    rows: &[ResponseRow],
    rules: &Rules,
    clusters: Clusters,
    bootstrap: &BootstrapSpec,
) -> Vec<ReturnedRow> {
    let kinds: Vec<(OrderBy, Quality)> =
        OrderBy::ALL.into_iter().flat_map(|by| Quality::ALL.map(|quality| (by, quality))).collect();
    let mut columns = vec![vec![[Sums::default(); 3]; clusters.count]; kinds.len()];
    for request in rows.chunk_by(|one, other| one.request == other.request) {
        let cluster = clusters.of(request[0].request);
        let best = Quality::ALL.map(|quality| request.iter().filter_map(|row| quality.of(row)).reduce(f64::max));
        for (order, by) in OrderBy::ALL.into_iter().enumerate() {
            let Some(row) = by.returned(request, rules) else { continue };
            for (place, quality) in Quality::ALL.into_iter().enumerate() {
                if let Some(best) = best[place] {
                    // What has no quality though others have is worth nothing: broken JSON has no difference from the truth.
                    let own = quality.of(row).unwrap_or(0.0);
                    let regret = if best - own < ROUNDING { 0.0 } else { best - own };
                    let sums = &mut columns[order * Quality::ALL.len() + place][cluster];
                    for (sum, above) in sums.iter_mut().zip([own, best, regret]) {
                        sum.add(Sums { above, below: 1.0 });
                    }
                }
            }
        }
    }
    let of = |place: usize, bounds| {
        let column = |column: &Vec<[Sums; 3]>| column.iter().map(|sums| sums[place]).collect();
        means(&columns.iter().map(column).collect::<Vec<Vec<Sums>>>(), bounds, bootstrap)
    };
    let [returned, best, regret] = [(0, ANYWHERE), (1, ANYWHERE), (2, POSITIVE)].map(|(at, bounds)| of(at, bounds));
    let row = |(place, (by, quality)): (usize, (OrderBy, Quality))| ReturnedRow {
        by,
        quality,
        requests: columns[place].iter().map(|sums| sums[0].below).sum::<f64>() as u64,
        returned: returned[place],
        best: best[place],
        regret: regret[place],
    };
    kinds.into_iter().enumerate().map(row).collect()
}

//! Who leads at how many points.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::points::Swept;
use crate::stats::Interval;

/// A submission that leads at some points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeaderRow {
    /// The submission; `None` for the points at which nobody has a weight.
    pub submission: Option<usize>,
    /// At how many points it leads.
    pub points: u64,
    /// Their share of all points.
    pub share: f64,
    /// The first of them.
    pub first: usize,
    /// The lowest and the highest weight that it has where it leads.
    pub weights: Interval,
}

/// Everybody who leads at some of these points, the most frequent first.
pub fn leaders(points: &[Swept]) -> Vec<LeaderRow> {
    let mut places = HashMap::new();
    let mut rows: Vec<LeaderRow> = Vec::new();
    for (first, point) in points.iter().enumerate() {
        let (submission, weight) = (point.ends.leader, point.ends.leader_weight.unwrap_or(0.0));
        let weights = Interval { low: weight, high: weight };
        let place = *places.entry(submission).or_insert(rows.len());
        if place == rows.len() {
            rows.push(LeaderRow { submission, points: 0, share: 0.0, first, weights });
        }
        let row = &mut rows[place];
        row.points += 1;
        row.share = row.points as f64 / points.len() as f64;
        row.weights = row.weights.hull(weights);
    }
    rows.sort_by_key(|row| Reverse(row.points));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::Alternative;

    #[test]
    fn leaders_stand_by_their_points() {
        let point = |weights: [f64; 2]| Swept {
            ends: Alternative::new(&weights, &weights),
            effective: None,
            earliest: None,
            kept: 0,
        };
        let rows = leaders(&[point([0.5, 0.2]), point([0.1, 0.3]), point([0.0, 0.9]), point([0.0, 0.0])]);
        assert_eq!(rows.iter().map(|row| row.submission).collect::<Vec<_>>(), [Some(1), Some(0), None]);
        assert_eq!((rows[0].points, rows[0].share, rows[0].first), (2, 0.5, 1));
        assert_eq!(rows[0].weights, Interval { low: 0.3, high: 0.9 });
        assert!(leaders(&[]).is_empty());
    }
}

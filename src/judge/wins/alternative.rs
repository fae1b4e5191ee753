//! How a run ends by other rules, held against how it ends by its own.

use crate::stats::ranks::{kendall_tau, ranks};

/// The weights at the end by other rules, beside those by a run's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternative {
    /// Place of the submission with the highest weight, of equal ones the first; `None` where nobody has a weight above 0.
    pub leader: Option<usize>,
    /// Its weight.
    pub leader_weight: Option<f64>,
    /// What the leader by the run's own rules gets by the others.
    pub own_leader_weight: Option<f64>,
    /// Submissions with a weight above 0.
    pub paid: usize,
    /// Kendall's τ-b of both weights; `None` where by one of them all are equal.
    pub tau: Option<f64>,
    /// Submissions whose rank differs.
    pub ranks_changed: usize,
}

impl Alternative {
    /// Holds the weights by `other` rules against the run's `own`, both in the order of the submissions.
    pub fn new(own: &[f64], other: &[f64]) -> Self {
        let first = leader(other);
        Self {
            leader: first,
            leader_weight: first.map(|place| other[place]),
            own_leader_weight: leader(own).and_then(|place| other.get(place).copied()),
            paid: other.iter().filter(|weight| **weight > 0.0).count(),
            tau: kendall_tau(own, other),
            ranks_changed: ranks(own).iter().zip(ranks(other)).filter(|(one, other)| **one != *other).count(),
        }
    }
}

/// The place of the highest weight above 0, of equal ones the first.
pub(super) fn leader(weights: &[f64]) -> Option<usize> {
    let above = |best: Option<usize>, place: usize| {
        let most = best.map_or(0.0, |best| weights[best]);
        if weights[place] > most { Some(place) } else { best }
    };
    (0..weights.len()).fold(None, above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_weights_are_held_against_the_own() {
        let found = Alternative::new(&[0.5, 0.3, 0.0], &[0.125, 0.5, 0.0]);
        let expected = Alternative {
            leader: Some(1),
            leader_weight: Some(0.5),
            own_leader_weight: Some(0.125),
            paid: 2,
            tau: Some(1.0 / 3.0),
            ranks_changed: 2,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn where_nobody_is_paid_nobody_leads() {
        let found = Alternative::new(&[0.0, 0.0], &[f64::NAN, 0.0]);
        assert_eq!((found.leader, found.leader_weight, found.own_leader_weight, found.tau), (None, None, None, None));
        assert_eq!(Alternative::new(&[0.2, 0.2], &[0.1, 0.1]).leader, Some(0), "the first of equal ones");
    }
}

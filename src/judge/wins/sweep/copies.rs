//! Copies and ε: from which ε on a submission no longer wins against the earlier one that it is most like, and from which
//! on a copy of the leader gains nothing by noise on its losses.

mod copied;
mod likeness;
mod perturbed;

#[cfg(test)]
mod tests;

pub use likeness::{Likeness, likenesses};
pub use perturbed::{CopySpec, FLOOR, Perturbed, Spread, Threshold, perturbed};

/// The smallest ε at which a loss does not win against the boosted one of an earlier submission: 0 where it never does,
/// and 1 where it does at every ε below. Exact: the next smaller number loses.
fn enough(later: f64, earlier: f64) -> f64 {
    let wins = |epsilon: f64| later < earlier * (1.0 - epsilon);
    if !wins(0.0) {
        return 0.0;
    }
    // Numbers above 0 are ordered as their bits are, and at 1 nothing is won.
    let (mut low, mut high) = (0.0_f64.to_bits(), 1.0_f64.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        *(if wins(f64::from_bits(middle)) { &mut low } else { &mut high }) = middle;
    }
    f64::from_bits(high)
}

/// An ε below 1.
fn below_one(epsilon: f64) -> Option<f64> {
    Some(epsilon).filter(|&epsilon| epsilon < 1.0)
}

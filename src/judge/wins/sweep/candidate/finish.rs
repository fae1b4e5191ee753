//! How a step comes out for a candidate, and the least level at which it leads.

use super::levels::Levels;

/// How a step comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finish {
    /// The least level at which the candidate leads; the number of levels where it does at none.
    pub first: usize,
    /// Whether it leads as it is.
    pub leads: bool,
}

impl Finish {
    /// By whether the candidate leads at a level.
    pub fn of(levels: &Levels, start: usize, leads: impl Fn(usize) -> bool) -> Self {
        let zero = levels.zero();
        let leads_now = leads(zero);
        let (low, high) = if leads_now { (None, zero) } else { (Some(zero), levels.count()) };
        Self { first: levels.first(low, high, start, leads), leads: leads_now }
    }
}

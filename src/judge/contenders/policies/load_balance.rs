//! `load-balance`: whoever was asked least, as it was before the pull request.

use super::{Field, Policy};

/// The fewest requests first.
#[derive(Debug)]
pub struct LoadBalance;

impl Policy for LoadBalance {
    fn name(&self) -> &'static str {
        "load-balance"
    }

    fn values(&self, field: &Field<'_>) -> Vec<f64> {
        field.candidates.iter().map(|one| one.requests).collect()
    }
}

//! `nineteen-pr75`: whoever was asked least, less what its history is worth in requests.

use super::{Field, Policy};

/// The least rank value first.
#[derive(Debug)]
pub struct NineteenPr75;

impl Policy for NineteenPr75 {
    fn name(&self) -> &'static str {
        "nineteen-pr75"
    }

    fn values(&self, field: &Field<'_>) -> Vec<f64> {
        field.candidates.iter().map(|one| one.rank_value(field.rules)).collect()
    }
}

//! How much a model has to multiply for a batch.

use super::shapes::Shape;
use crate::engine::batch::{Batch, Sequence};

/// The work of one pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// Tokens that are read.
    pub tokens: usize,
    /// Multiplications and additions of its matrix products: projections, attention as far as a query sees, head of
    /// what is scored.
    pub operations: f64,
}

/// The work of these sequences, together in a batch.
pub fn of(shape: &Shape, sequences: &[Sequence]) -> Work {
    let batch = Batch::pack(sequences, true);
    let queries = shape.heads * shape.width;
    let attention = shape.hidden * (2 * queries + 2 * shape.kv_heads * shape.width);
    let projections = shape.layers * (attention + 3 * shape.hidden * shape.inner);
    let seen = batch.segments.iter().map(|segment| {
        let (own, before) = (segment.rows.len(), segment.prefix.len());
        own * before + own * (own + 1) / 2
    });
    // A score and its part of the weighted sum.
    let pairs = seen.sum::<usize>() * shape.layers * 2 * queries;
    let scored = shape.hidden * shape.vocabulary * scored_rows(&batch);
    Work { tokens: batch.ids.len(), operations: 2.0 * (batch.ids.len() * projections + pairs + scored) as f64 }
}

fn scored_rows(batch: &Batch) -> usize {
    let mut rows: Vec<usize> = batch.targets.iter().map(|target| target.row).collect();
    rows.sort_unstable();
    rows.dedup();
    rows.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::bench::shapes::SHAPES;

    #[test]
    fn work_is_counted_by_hand() {
        let shape =
            Shape { hidden: 2, inner: 3, layers: 1, heads: 1, kv_heads: 1, width: 2, vocabulary: 5, ..SHAPES[0] };
        let ids = [1, 2, 3];
        // Two rows: 16 + 18 weights of projections each; 1 + 2 pairs of width 2, twice; two rows of a head of 10.
        let expected = 2.0 * (2.0 * 34.0 + 3.0 * 2.0 * 2.0 + 2.0 * 10.0);
        assert_eq!(of(&shape, &[Sequence { ids: &ids, scored_from: 0 }]), Work { tokens: 2, operations: expected });
    }
}

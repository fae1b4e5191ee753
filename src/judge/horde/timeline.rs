//! What the two classes weighed in production, over time.

use super::class_weights::ClassWeights;

/// A change of the class weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The day from which it holds, as YYYY-MM-DD; empty for the weights ahead of all changes.
    pub from: &'static str,
    /// Weight of the hash jobs' class (24 GB).
    pub hash: f64,
    /// Weight of the language model jobs' class (A6000).
    pub llm: f64,
}

/// All changes, the oldest first.
pub const CHANGES: [Change; 10] = [
    Change { from: "", hash: 95.0, llm: 5.0 },
    Change { from: "2024-10-29", hash: 90.0, llm: 10.0 },
    Change { from: "2024-10-31", hash: 85.0, llm: 15.0 },
    Change { from: "2024-12-02", hash: 75.0, llm: 25.0 },
    Change { from: "2024-12-04", hash: 65.0, llm: 35.0 },
    Change { from: "2025-01-14", hash: 55.0, llm: 45.0 },
    Change { from: "2025-01-15", hash: 45.0, llm: 55.0 },
    Change { from: "2025-01-16", hash: 25.0, llm: 75.0 },
    Change { from: "2025-01-17", hash: 5.0, llm: 95.0 },
    Change { from: "2025-01-29", hash: 0.0, llm: 100.0 },
];

/// The weights on a day that is written as YYYY-MM-DD.
pub fn class_weights_at(day: &str) -> ClassWeights {
    let after = CHANGES.partition_point(|change| change.from <= day);
    let change = CHANGES[after.saturating_sub(1)];
    ClassWeights::of(change.hash, change.llm)
}

//! What the chain takes: whole numbers for weights, and the blocks at which they may be committed and revealed.

use super::epochs::Span;

/// The greatest whole number of a weight.
pub const U16_MAX: f64 = 65_535.0;

/// Why weights cannot be committed; the original stops there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No weight.
    #[error("there is no weight to commit")]
    NoWeights,
    /// None above 0 to scale by.
    #[error("the greatest weight is 0, by which none can be scaled")]
    ZeroWeights,
    /// One that is no finite number.
    #[error("a weight is no finite number")]
    NotFinite,
}

/// Weights as whole numbers, the greatest as `most`: w·most/max, halves to the even side.
pub fn commit_integers(weights: &[f64], most: f64) -> Result<Vec<i64>, ChainError> {
    let greatest = weights.iter().copied().reduce(f64::max).ok_or(ChainError::NoWeights)?;
    if greatest == 0.0 {
        return Err(ChainError::ZeroWeights);
    }
    if !weights.iter().all(|weight| weight.is_finite()) {
        return Err(ChainError::NotFinite);
    }
    Ok(weights.iter().map(|weight| (weight * most / greatest).round_ties_even() as i64).collect())
}

/// How an interval of blocks is shared between revealing and committing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitReveal {
    /// Blocks of an interval.
    pub length: i64,
    /// Blocks from its start to the first at which weights may be committed.
    pub commit_offset: i64,
    /// Blocks at its end at which they may not.
    pub commit_buffer: i64,
    /// Blocks ahead of the first commit at which none may be revealed.
    pub reveal_buffer: i64,
}

/// The two windows of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// When weights may be revealed.
    pub reveal: Span,
    /// When they may be committed.
    pub commit: Span,
}

impl Default for CommitReveal {
    fn default() -> Self {
        Self { length: 722, commit_offset: 361, commit_buffer: 15, reveal_buffer: 15 }
    }
}

impl CommitReveal {
    /// The windows of the interval of a block.
    pub fn interval(&self, block: i64) -> Interval {
        let start = block - block.rem_euclid(self.length.max(1));
        let commit = start + self.commit_offset;
        Interval {
            reveal: Span { start, stop: commit - self.reveal_buffer },
            commit: Span { start: commit, stop: start + self.length - self.commit_buffer },
        }
    }
}

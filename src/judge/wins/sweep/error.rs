//! What can be wrong with a question about a recording. Each message is one line with the value and the remedy.

use super::super::WinsError;
use crate::stats::StatsError;

/// Why a recording cannot answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// A submission that took part in no last step.
    #[error("uid {0} is not in the last recorded step of any competition; name one that took part there")]
    Absent(u32),
    /// A submission without losses.
    #[error("uid {0} was skipped in the last recorded step, so it has no losses; name one that was evaluated")]
    Skipped(u32),
    /// A number of samples that no step has.
    #[error("a step of {0} samples cannot be drawn; give a number from 1 to 1000000")]
    Samples(usize),
    /// A noise that is no standard deviation.
    #[error("noise {0} is out of range; give a standard deviation from 0, relative to the loss")]
    Noise(f64),
    /// Rules, bootstrap or losses that do not hold.
    #[error(transparent)]
    Wins(#[from] WinsError),
}

impl From<StatsError> for SweepError {
    fn from(error: StatsError) -> Self {
        Self::Wins(error.into())
    }
}

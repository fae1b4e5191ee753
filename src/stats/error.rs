//! What can be wrong with the parameters of a statistic. Each message is one line with the value and the remedy.

/// A parameter that no statistic can be computed with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// A bootstrap without resamples, or with more than its streams are numbered for.
    #[error("{0} resamples cannot be drawn; give a number from 1 to {max}", max = u32::MAX)]
    Resamples(usize),
    /// A confidence level that is no proportion.
    #[error("confidence {0} is not a proportion; give a value above 0 and below 1, for example 0.95")]
    Confidence(f64),
}

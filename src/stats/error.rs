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
    /// Too few resamples for the ends of an interval at this confidence.
    #[error(
        "{resamples} resamples do not reach the confidence {confidence}: fewer than 25 of them lie beyond an end; give \
         at least {needed}, or a lower confidence"
    )]
    TooFewResamples {
        /// Number of resamples.
        resamples: usize,
        /// Confidence of the intervals.
        confidence: f64,
        /// The least number that reaches it.
        needed: u64,
    },
    /// A target false-positive rate that no threshold can be chosen for.
    #[error("target false-positive rate {0} cannot be used; give a value above 0 and below 1, for example 0.01")]
    TargetFpr(f64),
    /// A score that cannot be ordered among the others, at its place in the input (from 0).
    #[error("score {value} (number {place}, counted from 0) is not a finite number; leave it out or correct it")]
    NotFinite {
        /// Place of the score in the input, from 0.
        place: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// No scores where at least one is needed.
    #[error("there are no {0} scores; give at least one")]
    NoScores(&'static str),
    /// More events than there were chances for them.
    #[error("{events} events in {trials} trials cannot be; each trial has one event at most")]
    MoreEventsThanTrials {
        /// Number of events.
        events: u64,
        /// Number of trials.
        trials: u64,
    },
    /// Counts that are not whole rows of the stated width.
    #[error("{counts} counts are not whole rows of {width}; give each sample the same number of counts, at least 1")]
    RaggedCounts {
        /// Number of counts in all rows together.
        counts: usize,
        /// Stated counts per row.
        width: usize,
    },
    /// A column that the rows of counts do not have.
    #[error("column {column} is not among the {width} columns of the counts; columns are numbered from 0")]
    NoSuchColumn {
        /// The column asked for, from 0.
        column: usize,
        /// Counts per row.
        width: usize,
    },
    /// A loss that nothing can be compared with, at its place among those of its submission.
    #[error(
        "loss {value} of submission {submission}, pair {place} (both counted from 0), is not a finite number below \
         1e90; leave the pair out or correct it"
    )]
    Loss {
        /// Place of the submission, from 0.
        submission: usize,
        /// Place of the pair, from 0.
        place: usize,
        /// NaN, an infinity, or a number beyond all losses.
        value: f64,
    },
    /// A margin or a tail loss that cannot be allowed for.
    #[error("margin {0} cannot be used; give a number from 0 to 1e90, for example 0.01")]
    Margin(f64),
    /// No look at all.
    #[error("0 looks cannot share the level; give 1, or how often the question is asked")]
    Looks,
    /// Too few resamples for the ends of paired differences.
    #[error("{resamples} resamples are too few to compare with; give at least {needed}")]
    ResamplesToCompare {
        /// Number of resamples.
        resamples: usize,
        /// The least number that suffices.
        needed: u64,
    },
    /// Too few sources for any end.
    #[error("{0} sources of equal size leave no degree of freedom; give losses of at least 20 sources")]
    FewSources(f64),
}

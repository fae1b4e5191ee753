//! What can be wrong with rules, submissions or plans. Each message is one line with the value and the remedy.

use crate::stats::StatsError;

/// Why judging cannot begin or go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WinsError {
    /// An ε that is written in no known form.
    #[error(
        "epsilon `{0}` is not understood; write a number such as 0.01, linear:START:END:BLOCKS or exponential:START:FACTOR:BLOCKS"
    )]
    EpsilonForm(String),
    /// An ε that would turn a loss negative or away from the earlier submission.
    #[error("epsilon {0} is out of range; give a value from 0 to below 1")]
    EpsilonRange(f64),
    /// An ε that takes no time to fall.
    #[error("the epsilon falls over 0 blocks; give at least 1, or write its end value alone")]
    EpsilonBlocks,
    /// An exponential ε that would grow or change its sign.
    #[error("factor {0} of an exponential epsilon is out of range; give a value from 0 to 1")]
    EpsilonFactor(f64),
    /// A moving average that extrapolates.
    #[error("alpha {0} is out of range; the weight of the old value is from 0 to 1")]
    Alpha(f64),
    /// A softmax that is upside down or undefined.
    #[error("temperature {0} is out of range; give a value from 1.2e-38 to 3.4e38, as the softmax is computed in f32")]
    Temperature(f64),
    /// A minimum weight that is no weight.
    #[error("minimum weight {0} is out of range; give a value from 0 to 1")]
    MinimumWeight(f64),
    /// An exponent that would turn the order of the win rates around.
    #[error("skew {0} is out of range; give a finite value above 0")]
    Skew(f64),
    /// Nobody would be left after a step.
    #[error("sample_min is 0, so a step would keep nobody; give at least 1")]
    SampleMin,
    /// More submissions than uids.
    #[error("{submissions} submissions do not fit into {slots} slots; raise the number of slots or leave some out")]
    Slots {
        /// Slots of the rules.
        slots: usize,
        /// Submissions of the run.
        submissions: usize,
    },
    /// Rules that nobody can enter.
    #[error("there is no competition; name at least one")]
    NoCompetition,
    /// Two competitions of one name.
    #[error("competition `{0}` is listed twice; give each an id of its own")]
    RepeatedCompetition(String),
    /// A share that is no proportion.
    #[error("reward share {share} of competition `{id}` is out of range; give a value from 0 to 1")]
    RewardShare {
        /// The competition.
        id: String,
        /// Its share.
        share: f64,
    },
    /// Shares that pay more or less than the whole reward.
    #[error("the reward shares of the competitions add up to {0}; make them add up to 1")]
    RewardShares(f64),
    /// An index beyond the competitions of the rules.
    #[error("{what} names competition number {competition}, but there are {competitions}, counted from 0")]
    UnknownCompetition {
        /// Who names it.
        what: String,
        /// The index.
        competition: usize,
        /// Number of competitions.
        competitions: usize,
    },
    /// Two submissions of one uid.
    #[error("uid {0} is listed twice; keep one submission per uid")]
    RepeatedUid(u32),
    /// A loss that cannot be a cross-entropy.
    #[error(
        "uid {uid} has the negative loss {loss} on sample {sample}; a cross-entropy is never negative: measure again"
    )]
    NegativeLoss {
        /// The submission.
        uid: u32,
        /// Index of the sample in the pool.
        sample: usize,
        /// The loss.
        loss: f64,
    },
    /// A plan that asks for a sample that was never measured.
    #[error(
        "step {step} draws sample {sample}, but uid {uid} has {losses} losses; plan over the pool that was measured"
    )]
    SampleOutside {
        /// The step.
        step: usize,
        /// Index of the sample in the pool.
        sample: usize,
        /// The submission.
        uid: u32,
        /// Number of its losses.
        losses: usize,
    },
    /// Steps that go back in time.
    #[error("step {step} is at block {block}, before the step ahead of it; order the steps by block")]
    StepsOutOfOrder {
        /// The step.
        step: usize,
        /// Its block.
        block: u64,
    },
    /// Parameters of the bootstrap that cannot be used.
    #[error(transparent)]
    Bootstrap(#[from] StatsError),
}

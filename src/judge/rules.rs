//! The rules of a network as data: the block-age boost, the weighting and the competitions.

/// The block-age boost ε: the loss of the strictly earlier submission is multiplied by 1 − ε.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Epsilon {
    /// The same ε at any age.
    Constant(f64),
    /// ε falls in a straight line from `start` to `end` over `blocks` blocks of the earlier submission's age.
    Linear { start: f64, end: f64, blocks: u64 },
}

/// How win rates become weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weighting {
    /// softmax(win rate / temperature) over the step's submissions, then a moving average over all.
    Softmax { temperature: f64 },
    /// The published pseudocode: win share added to running weights, softmax over all `slots` uids.
    RunningSoftmax { temperature: f64, slots: usize },
    /// The highest win rate takes all (ties split); weights of a competition below `minimum` are zeroed.
    WinnerTakesAll { minimum: f64 },
}

/// One competition: who may enter and which share of the reward it pays.
#[derive(Debug, Clone, PartialEq)]
pub struct Competition {
    /// Identifier as submissions name it, for example `l3`.
    pub id: String,
    /// Accepted `architectures[0]` values; empty accepts any.
    pub architectures: Vec<String>,
    /// Largest number of parameters, if limited.
    pub max_parameters: Option<u64>,
    /// Share of the reward, in 0..=1; shares of all competitions sum to 1.
    pub reward_share: f64,
}

/// All that judging needs to know of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The block-age boost.
    pub epsilon: Epsilon,
    /// From win rates to weights.
    pub weighting: Weighting,
    /// Weight of the OLD value in the moving average over steps.
    pub alpha: f64,
    /// Submissions kept for a competition's next step, by win rate.
    pub sample_min: usize,
    /// Competitions in round-robin order.
    pub competitions: Vec<Competition>,
}

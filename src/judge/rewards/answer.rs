//! What a judge of rewards needs to know of an answer.

/// One response that was up for a reward.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Answer {
    /// Whose it is, as a place among the run's uids.
    pub miner: usize,
    /// What it depends on: answers to one problem share a number, by which they are drawn again together.
    pub problem: u64,
    /// Whether it came, with status 200.
    pub is_answered: bool,
    /// Cosine to the reference's reasoning.
    pub similarity: Option<f64>,
    /// From −1 over 0 to 1.
    pub correctness: Option<f64>,
    /// Seconds that it took.
    pub process_time: Option<f64>,
    /// Seconds that it might have taken; `None` for the usual.
    pub timeout: Option<f64>,
    /// From 0 to 1.
    pub penalty: Option<f64>,
    /// Requests per epoch of its miner.
    pub epoch_volume: Option<f64>,
}

/// A loop of the validator: the answers that it rewarded, in the order in which it did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Round {
    /// Its number.
    pub number: u64,
    /// They.
    pub answers: Vec<Answer>,
}

//! The tables that judging reads and writes. Plain data; every float that is not known is `None` or absent.

use crate::stats::Interval;

/// A submission as judging sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// Its uid, unique in the run.
    pub uid: u32,
    /// The block it was committed at; `None` (unknown) counts as later than every known block.
    pub block: Option<u64>,
    /// Index into [`super::Rules::competitions`]; `None` where no competition takes it.
    pub competition: Option<usize>,
    /// Mean loss in nats per pool sample, indexed as the pool; `None` when the submission was skipped
    /// (not loadable, a duplicate, …): an empty loss list. NaN and +inf are allowed, negative losses are not.
    /// Samples that no step draws may hold NaN.
    pub losses: Option<Vec<f64>>,
}

/// What one step will look at, fixed before anything is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct StepPlan {
    /// Step number from 0.
    pub step: usize,
    /// Index into [`super::Rules::competitions`].
    pub competition: usize,
    /// The chain's block during the step, for a decaying ε and for submissions not yet made.
    pub current_block: u64,
    /// Pool indices of the step's samples, in the order they are drawn; the same for all submissions.
    pub samples: Vec<usize>,
    /// Whether it is the last competition of its step. Where weights move once a step, they move then.
    pub concludes: bool,
}

/// Wins and matches of every ordered pair of a step's submissions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WinTable {
    /// Number of submissions n.
    pub size: usize,
    /// n × n row-major: `wins[a * n + b]` is how often a won against b.
    pub wins: Vec<u64>,
    /// n × n row-major: how often a and b were compared; 0 on the diagonal.
    pub matches: Vec<u64>,
}

/// How far a submission is ahead of the best of the others in its step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead {
    /// Index of that other into the run's submissions: the step's leader or, for the leader itself, the second.
    pub over: usize,
    /// Win rate minus that of the other; negative behind it.
    pub by: f64,
    /// Bootstrap interval of the difference, both rates from the same resamples.
    pub interval: Option<Interval>,
}

/// One submission in one step: what a step reports.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// Index into the run's submissions.
    pub submission: usize,
    /// ε at this step that its loss is reduced by against later submissions.
    pub epsilon: f64,
    /// Plain mean of the per-sample losses; +inf for an empty loss list.
    pub average_loss: f64,
    /// Mean of exp(loss); +inf for an empty loss list.
    pub perplexity: f64,
    /// Wins over all opponents and samples.
    pub wins: u64,
    /// Matches over all opponents and samples.
    pub matches: u64,
    /// wins / matches, 0 without a match.
    pub win_rate: f64,
    /// The win rate that the same losses have when age is no help to anybody.
    pub unboosted_win_rate: f64,
    /// Bootstrap interval of the win rate over the sources of the samples.
    pub win_rate_interval: Option<Interval>,
    /// Its lead over the best of the others, where both have matches.
    pub lead: Option<Lead>,
    /// The weight this step alone gives: the step's softmax (or its preset's equivalent), before rewards and average.
    pub step_weight: f64,
    /// Bootstrap interval of the step weight.
    pub step_weight_interval: Option<Interval>,
    /// Kept for the competition's next step.
    pub kept: bool,
}

/// One step with its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct StepTable {
    /// The plan it followed.
    pub plan: StepPlan,
    /// One row per submission of the step, in submission order.
    pub rows: Vec<StepRow>,
    /// Whether nobody was left to win after the filter: the step changed nothing.
    pub is_void: bool,
    /// Pairwise wins, indexed as `rows`.
    pub wins: WinTable,
    /// Moving-average weight of EVERY submission of the run after this step, indexed as the run's submissions.
    pub weights: Vec<f64>,
    /// Bootstrap interval of `weights` for submissions that took part in a step so far, all steps resampled together.
    pub weight_intervals: Vec<Option<Interval>>,
}

/// All steps of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// Steps in order.
    pub steps: Vec<StepTable>,
}

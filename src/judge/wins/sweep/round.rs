//! What the sweeps read: one competition of one recorded step, and what its entrants come to by rules.

use super::super::cohort::{Cohort, Counted};
use super::super::{Entrant, Matching, Rules, Sources, StepPlan, Tally, WinsError, step_weights};

/// One competition of one recorded step.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// The step.
    pub plan: StepPlan,
    /// Its participants; their submissions are places in the run's uids.
    pub entrants: Vec<Entrant>,
    /// The sources of the plan's samples.
    pub sources: Sources,
}

impl Round {
    /// The place of a submission among the entrants.
    pub(super) fn place(&self, submission: usize) -> Option<usize> {
        self.entrants.iter().position(|entrant| entrant.submission == submission)
    }

    /// The participants as they were recorded, about to be judged.
    pub(super) fn judged<'a>(&'a self, rules: &'a Rules, uids: &'a [u32]) -> Judged<'a> {
        let Self { plan, entrants, .. } = self;
        Judged { rules, uids, plan, current_block: plan.current_block, entrants }
    }

    /// The block at which the step is judged with a submission of `block` in it: its own, or the submission's where that
    /// is later, so that it has been made by then.
    pub(super) fn current_block(&self, block: Option<u64>) -> u64 {
        block.map_or(self.plan.current_block, |block| block.max(self.plan.current_block))
    }
}

/// The last round of each competition, by competition.
pub(super) fn last_rounds(rounds: &[Round]) -> Vec<&Round> {
    let mut last: Vec<&Round> = Vec::new();
    for round in rounds {
        match last.iter_mut().find(|other| other.plan.competition == round.plan.competition) {
            Some(other) => *other = round,
            None => last.push(round),
        }
    }
    last.sort_by_key(|round| round.plan.competition);
    last
}

/// What the entrants of a step come to.
pub(super) struct Outcome {
    /// What each reached.
    pub tallies: Vec<Tally>,
    /// The weight of each by this step alone; 0 for all where the filter leaves nobody.
    pub weights: Vec<f64>,
}

impl Outcome {
    /// What they reached, weighed by the rules.
    pub(super) fn of(rules: &Rules, tallies: Vec<Tally>) -> Self {
        let is_void = rules.matching == Matching::PerContender && !tallies.iter().any(|tally| tally.unopposed);
        let weights = if is_void { vec![0.0; tallies.len()] } else { step_weights(&rules.weighting, &tallies) };
        Self { tallies, weights }
    }

    /// What they reached by wins and matches, weighed by the rules.
    pub(super) fn of_totals(rules: &Rules, totals: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let tally = |(wins, matches)| Tally { wins, matches, unopposed: false };
        Self::of(rules, totals.into_iter().map(tally).collect())
    }

    /// The place of the highest win rate, of equal ones the first.
    pub(super) fn leader(&self) -> Option<usize> {
        self.best(|_| true)
    }

    /// The place of the highest win rate among those that `counts` takes, of equal ones the first.
    pub(super) fn best(&self, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let better = |best: Option<usize>, place: usize| match best {
            Some(best) if self.tallies[best].win_rate() >= self.tallies[place].win_rate() => Some(best),
            _ => Some(place),
        };
        (0..self.tallies.len()).filter(|&place| counts(place)).fold(None, better)
    }

    /// The rank of a place by win rate: 1 and as many as have a higher one.
    pub(super) fn rank(&self, place: usize) -> usize {
        1 + self.tallies.iter().filter(|tally| tally.win_rate() > self.tallies[place].win_rate()).count()
    }
}

/// Entrants about to be judged.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub rules: &'a Rules,
    pub uids: &'a [u32],
    pub plan: &'a StepPlan,
    pub current_block: u64,
    pub entrants: &'a [Entrant],
}

impl<'a> Judged<'a> {
    /// The losses that count.
    pub(super) fn counted(&self) -> Counted {
        Counted::new(self.rules.matching, self.entrants)
    }

    /// The entrants with these losses.
    ///
    /// # Errors
    /// [`WinsError::NegativeLoss`].
    pub(super) fn cohort<'l>(&self, counted: &'l Counted) -> Result<Cohort<'l>, WinsError> {
        Cohort::new(self.rules, self.current_block, self.entrants, counted).map_err(|(place, negative)| {
            WinsError::NegativeLoss {
                uid: self.uids.get(self.entrants[place].submission).copied().unwrap_or_default(),
                sample: self.plan.samples.get(negative.sample).copied().unwrap_or(negative.sample),
                loss: negative.loss,
            }
        })
    }

    /// What is read from them.
    ///
    /// # Errors
    /// [`WinsError::NegativeLoss`].
    pub(super) fn read<T>(&self, read: impl FnOnce(&Cohort<'_>) -> T) -> Result<T, WinsError> {
        self.cohort(&self.counted()).map(|cohort| read(&cohort))
    }

    /// What they come to.
    ///
    /// # Errors
    /// [`WinsError::NegativeLoss`].
    pub(super) fn outcome(&self) -> Result<Outcome, WinsError> {
        self.read(|cohort| Outcome::of(self.rules, cohort.tallies(&cohort.pairs())))
    }
}

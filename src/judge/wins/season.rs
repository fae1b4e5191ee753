//! A run of steps, one after another: each takes its participants as they are given and moves the weights. Nothing of a
//! step is kept but these, so a run may be as long as it likes.

use super::arena::Arena;
use super::resampling::Resamples;
use super::{Entrant, Resampling, Rules, RunningWeights, StepPlan, StepTable, WinsError};

/// A run of steps.
pub struct Season<'a> {
    rules: &'a Rules,
    uids: &'a [u32],
    weights: RunningWeights,
    resamples: Option<Resamples<'a>>,
}

impl<'a> Season<'a> {
    /// A run of the submissions with these uids that begins from `weights`.
    ///
    /// `plans` are the steps whose samples are drawn again together in resampling, so that steps with the same samples
    /// move together; without them each step's samples are drawn for themselves.
    ///
    /// # Errors
    /// [`WinsError`] for rules or bootstrap parameters that do not hold.
    pub fn new(
        rules: &'a Rules,
        uids: &'a [u32],
        weights: RunningWeights,
        resampling: Option<Resampling<'a>>,
        plans: Option<&[StepPlan]>,
    ) -> Result<Self, WinsError> {
        rules.validate()?;
        resampling.map_or(Ok(()), |resampling| resampling.bootstrap.validate())?;
        let resamples = resampling.map(|resampling| Resamples::new(resampling, plans, &weights, uids.len()));
        Ok(Self { rules, uids, weights, resamples })
    }

    /// Judges the next step of `entrants`, whose submissions are places in the run's uids.
    ///
    /// # Errors
    /// [`WinsError::NegativeLoss`].
    pub fn step(&mut self, plan: &StepPlan, entrants: &[Entrant]) -> Result<StepTable, WinsError> {
        let arena = Arena { rules: self.rules, uids: self.uids, plan, entrants, before: &self.weights };
        let (table, after) = arena.judge(self.resamples.as_mut())?;
        self.weights = after;
        Ok(table)
    }
}

//! A run of steps, one after another: each takes its participants as they are given and moves the weights. Nothing of a
//! step is kept but these, so a run may be as long as it likes.

use super::arena::Arena;
use super::resampling::Resamples;
use super::{Adopted, Entrant, Rules, RunningWeights, Sources, StepPlan, StepTable, Together, WinsError};
use crate::stats::BootstrapSpec;

/// A run of steps.
pub struct Season<'a> {
    rules: &'a Rules,
    uids: &'a [u32],
    weights: RunningWeights,
    resamples: Option<Resamples>,
}

impl<'a> Season<'a> {
    /// A run of the submissions with these uids that begins from `weights`.
    ///
    /// With `bootstrap` all that comes of the losses has intervals: samples are drawn again by their sources, those of the
    /// steps in `together` once for all of them, without it those of each step for themselves.
    ///
    /// # Errors
    /// [`WinsError`] for rules or bootstrap parameters that do not hold.
    pub fn new(
        rules: &'a Rules,
        uids: &'a [u32],
        weights: RunningWeights,
        bootstrap: Option<BootstrapSpec>,
        together: Option<Together<'_>>,
    ) -> Result<Self, WinsError> {
        rules.validate()?;
        bootstrap.map_or(Ok(()), |bootstrap| bootstrap.validate())?;
        let resamples = bootstrap.map(|bootstrap| Resamples::new(bootstrap, together, &weights, uids.len()));
        Ok(Self { rules, uids, weights, resamples })
    }

    /// Judges the next step of `entrants`, whose submissions are places in the run's uids; `sources` are those of the
    /// plan's samples.
    ///
    /// # Errors
    /// [`WinsError::NegativeLoss`].
    pub fn step(&mut self, plan: &StepPlan, entrants: &[Entrant], sources: &Sources) -> Result<StepTable, WinsError> {
        let arena = Arena { rules: self.rules, uids: self.uids, plan, entrants, sources, before: &self.weights };
        let (table, after) = arena.judge(self.resamples.as_mut())?;
        self.weights = after;
        Ok(table)
    }

    /// A submission's average within a competition, where each competition has its own.
    pub fn within(&self, competition: usize, submission: usize) -> Option<f64> {
        self.weights.within(competition, submission)
    }

    /// Goes on from what a log says of the members of a competition. Resamples go on from their own weights, so a run with
    /// intervals has no use for this.
    pub fn adopt(&mut self, competition: usize, members: &[Adopted]) {
        self.weights.adopt(competition, members);
    }
}

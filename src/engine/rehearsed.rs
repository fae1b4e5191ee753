//! A model on a device that fails on purpose: its losses until the fault comes.

use super::batch::Sequence;
use super::causal_lm::LossEngine;
use super::error::Result;
use super::rehearsal::Stage;

/// A model on a device that fails.
pub struct Rehearsed<'a> {
    /// The model.
    pub engine: &'a dyn LossEngine,
    /// What fails.
    pub stage: &'a Stage,
}

impl LossEngine for Rehearsed<'_> {
    fn losses(&self, sequences: &[Sequence]) -> Result<Vec<f64>> {
        self.stage.batch(sequences.len())?;
        self.engine.losses(sequences)
    }

    fn vocabulary(&self) -> usize {
        self.engine.vocabulary()
    }

    fn longest(&self) -> Option<usize> {
        self.engine.longest()
    }

    fn shares_prompts(&self) -> bool {
        self.engine.shares_prompts()
    }
}

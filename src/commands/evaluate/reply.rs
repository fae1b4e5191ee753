//! What came of measuring a model, before anybody is told.

use std::time::Instant;

use anyhow::Result;

use super::bench::Bench;
use super::fatal::ends_the_run;
use super::recalling::check_pulled_norms;
use crate::hub::Puller;
use crate::measure::{Measured, Order};
use crate::report::Timing;

/// What is left to measure of one candidate.
pub struct Left {
    /// Index of the candidate.
    pub candidate: usize,
    /// Its slot.
    pub uid: u32,
    /// What is to be measured.
    pub order: Order,
    /// What loading it may take, in bytes: its weights as they are stored and as they are computed with.
    pub bytes: u64,
    /// Its place among the models that are pulled, if it is one.
    pub pulled: Option<usize>,
}

/// What came of it.
pub struct Reply {
    /// What was measured, or why not.
    pub result: Result<Measured>,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

impl Left {
    /// Waits for the model's weights, where they have to be pulled, and looks at them.
    ///
    /// # Errors
    /// They cannot be had or look tampered with.
    pub fn fetch(&self, bench: &Bench, puller: &Puller, timings: &mut Vec<Timing>) -> Result<()> {
        if let Some(order) = self.pulled {
            let start = Instant::now();
            puller.wait(order)?;
            timings.push(self.timing("pull", start.elapsed().as_secs_f64(), None));
            check_pulled_norms(bench, &self.order)?;
        }
        Ok(())
    }

    /// The model is not needed any more, unless its error ends the run.
    ///
    /// # Errors
    /// The bookkeeping of what was pulled cannot be written.
    pub fn release(&self, puller: &Puller, result: &Result<Measured>) -> Result<()> {
        match (self.pulled, result) {
            (None, _) => Ok(()),
            (Some(_), Err(error)) if ends_the_run(error) => Ok(()),
            (Some(order), _) => Ok(puller.release(order)?),
        }
    }

    /// Time that was spent on it.
    pub fn timing(&self, phase: &str, seconds: f64, tokens: Option<u64>) -> Timing {
        Timing { uid: Some(self.uid), tokens, ..Timing::of_all(phase, seconds) }
    }
}

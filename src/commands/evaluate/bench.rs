//! What all who measure share: settings, stores, devices, and whom they tell.

use anyhow::Result;

use super::devices::Devices;
use super::fatal::ends_the_run;
use crate::commands::candidates::Candidate;
use crate::commands::finished::Interrupted;
use crate::commands::notices::Notices;
use crate::commands::settings::EvaluateSettings;
use crate::hub::HubError;
use crate::measure::models::ChildError;
use crate::measure::{MeasureError, Measured};
use crate::outcome::SampleStatus;
use crate::reporter::Reporter;
use crate::store::{LossStore, NormStore};

/// Everything that measuring needs beside the candidates.
pub struct Bench<'a> {
    /// How it is run.
    pub settings: &'a EvaluateSettings,
    /// Losses.
    pub store: &'a LossStore,
    /// Weight norms.
    pub norms: NormStore,
    /// Whom it tells.
    pub notices: &'a Notices<'a>,
    /// Number of drawn samples.
    pub samples: usize,
    /// Where it measures.
    pub devices: Devices,
}

impl Bench<'_> {
    /// What `work` makes of a candidate; `None` where it was or is skipped.
    ///
    /// # Errors
    /// What would come again for every candidate, or the user asked to stop.
    pub fn attempt<T>(
        &self,
        candidate: &mut Candidate,
        work: impl FnOnce(&Candidate) -> Result<T>,
    ) -> Result<Option<T>> {
        if candidate.skipped.is_some() {
            return Ok(None);
        }
        match work(candidate) {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_interruption(&error) => Err(Interrupted.into()),
            // Which of the hub's errors end the run, and how that is told, is known there.
            Err(error) if error.is::<HubError>() => self.leave_out(candidate, error),
            Err(error) if ends_the_run(&error) => Err(error.context(candidate.label())),
            Err(error) => self.leave_out(candidate, error),
        }
    }

    fn leave_out<T>(&self, candidate: &mut Candidate, error: anyhow::Error) -> Result<Option<T>> {
        self.notices.advance(self.samples as u64);
        candidate.leave_out(error, self.notices)?;
        Ok(None)
    }

    /// One line of what came of a model, and one if some of its losses are no numbers.
    pub fn report(&self, candidate: &Candidate, measured: &Measured) {
        let (label, outcomes) = (candidate.label(), &measured.outcomes);
        let count = |status| outcomes.iter().filter(|outcome| outcome.status == status).count();
        let (all, nan, infinite) = (outcomes.len(), count(SampleStatus::Nan), count(SampleStatus::Inf));
        if nan + infinite > 0 {
            let losses = format!("of {all} losses {nan} are NaN and {infinite} infinite");
            self.notices.warn(&format!("{label}: {losses}; it wins none of these, so look at its weights"));
        }
        let mean = outcomes.iter().map(|outcome| outcome.loss).sum::<f64>() / all as f64;
        let source = match measured {
            Measured { samples: 0, .. } => "from the store".to_owned(),
            Measured { tokens, seconds, .. } => format!("{:.0} tokens/s", *tokens as f64 / seconds),
        };
        let model = &candidate.submission.model;
        self.notices.info(&format!("{label} ({model}): {all} samples, mean loss {mean:.4}, {source}"));
    }
}

fn is_interruption(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(MeasureError::Interrupted))
        || matches!(error.downcast_ref(), Some(ChildError::Interrupted))
}

//! Measures every candidate on every drawn sample, one model at a time, loaded only if the store lacks something. A
//! model that turns out unusable is skipped with the reason; only the store or the user ends the whole.

use std::time::Instant;

use anyhow::Result;
use candle_core::{DType, Device};
use chrono::{Local, NaiveDate};

use super::candidates::Candidate;
use super::inputs::Inputs;
use super::tokenising::Tokenising;
use crate::commands::notices::Notices;
use crate::commands::outcome::Interrupted;
use crate::commands::settings::EvaluateSettings;
use crate::engine::causal_lm::{self, VERSION};
use crate::engine::device::{compute_dtype, device_kind, open_device};
use crate::engine::outcome::{SampleOutcome, SampleStatus};
use crate::measure::{self, Conversations, MeasureError, Measured, Request};
use crate::report::Timing;
use crate::reporter::Reporter;
use crate::store::{LossStore, MeasuredLosses, ModelIdentity, StoreError};

/// Outcomes of one candidate on the drawn samples, in the order of the pool; `None` if it was skipped.
pub type Outcomes = Option<Vec<SampleOutcome>>;

/// Everything that measuring needs beside the candidates.
pub struct Laboratory<'a> {
    settings: &'a EvaluateSettings,
    store: &'a LossStore,
    notices: &'a Notices<'a>,
    tokenising: Tokenising<'a>,
    timings: Vec<Timing>,
    samples: usize,
    /// The device in use.
    pub device: Device,
    /// Number type of the computation.
    pub dtype: DType,
}

impl<'a> Laboratory<'a> {
    /// Opens the device that the settings ask for; `pool` names the samples to measure.
    ///
    /// # Errors
    /// The device is not there, or cannot compute in the number type asked for; the template is a bad file.
    pub fn open(
        settings: &'a EvaluateSettings,
        store: &'a LossStore,
        (inputs, pool): (&'a Inputs, &'a [usize]),
        notices: &'a Notices<'a>,
    ) -> Result<Self> {
        let device = open_device(settings.device)?;
        let dtype = compute_dtype(settings.dtype, &device)?;
        let date = settings.date.unwrap_or_else(|| Local::now().date_naive());
        let texts = (&inputs.samples, pool);
        let tokenising = Tokenising::new(texts, (&settings.template, settings.sequence_length), date, notices)?;
        Ok(Self { settings, store, notices, tokenising, timings: Vec::new(), samples: pool.len(), device, dtype })
    }

    /// The date that chat templates see.
    pub fn date(&self) -> NaiveDate {
        self.tokenising.date
    }

    /// Where the time went, handed over.
    pub fn take_timings(&mut self) -> Vec<Timing> {
        std::mem::take(&mut self.timings)
    }

    /// Measures all candidates that are not skipped; one that turns out unusable is skipped with the reason.
    ///
    /// # Errors
    /// The store cannot be read or written, or the user asked to stop.
    pub fn measure_all(&mut self, candidates: &mut [Candidate]) -> Result<Vec<Outcomes>> {
        let waiting = candidates.iter().filter(|candidate| candidate.skipped.is_none()).count();
        self.notices.start("evaluating", (waiting * self.samples) as u64);
        let mut all = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            all.push(if candidate.skipped.is_none() { self.measure_or_skip(candidate)? } else { None });
        }
        self.notices.finish();
        Ok(all)
    }

    fn measure_or_skip(&mut self, candidate: &mut Candidate) -> Result<Outcomes> {
        match self.measure(candidate) {
            Ok(outcomes) => Ok(Some(outcomes)),
            Err(error) if matches!(error.downcast_ref(), Some(MeasureError::Interrupted)) => {
                Err(Interrupted { store: self.settings.store.clone() }.into())
            }
            // A store that fails would fail for every candidate.
            Err(error) if error.is::<StoreError>() || error.is::<MeasureError>() => Err(error),
            Err(reason) => {
                self.notices.advance(self.samples as u64);
                candidate.skip(format!("{reason:#}"), self.notices);
                Ok(None)
            }
        }
    }

    fn measure(&mut self, candidate: &Candidate) -> Result<Vec<SampleOutcome>> {
        let (Some(folder), Some(identity)) = (&candidate.folder, self.identity(candidate)) else {
            anyhow::bail!("it was not inspected");
        };
        let conversations = self.tokenising.conversations(&folder.path, &candidate.label())?;
        if self.settings.fresh {
            self.store.forget(identity.key())?;
        }
        let known = self.store.read(identity.key(), self.notices)?;
        let measured = match measure::recall(&conversations, &known) {
            Some(outcomes) => {
                self.notices.advance(self.samples as u64);
                Measured { outcomes, ..Measured::default() }
            }
            None => self.ask_model(candidate, &identity, &conversations, known)?,
        };
        self.report(candidate, &measured);
        Ok(measured.outcomes)
    }

    /// Loads the model and measures what is not known.
    fn ask_model(
        &mut self,
        candidate: &Candidate,
        identity: &ModelIdentity,
        conversations: &Conversations,
        known: MeasuredLosses,
    ) -> Result<Measured> {
        let folder = candidate.folder.as_ref().map(|folder| folder.path.clone()).unwrap_or_default();
        let (uid, label) = (candidate.submission.uid, candidate.label());
        let start = Instant::now();
        let model = causal_lm::load(&folder, self.dtype, &self.device)?;
        self.timings.push(timing(uid, "load", start.elapsed().as_secs_f64(), None));
        self.report_left_over(&label, &model.left_over);
        let writer = self.store.writer(identity)?;
        let batch_tokens = self.settings.batch_tokens;
        let request = Request { conversations, known, batch_tokens, label: &label };
        let measured = measure::measure(&model.decoder, request, writer, self.notices)?;
        self.timings.push(timing(uid, "evaluate", measured.seconds, Some(measured.tokens)));
        Ok(measured)
    }

    fn identity(&self, candidate: &Candidate) -> Option<ModelIdentity> {
        Some(ModelIdentity {
            engine_version: VERSION.into(),
            content_hash: candidate.fingerprint.as_ref()?.content.clone(),
            device_kind: device_kind(&self.device).into(),
            compute_dtype: self.dtype.as_str().into(),
            weight_dtype: candidate.card.as_ref()?.weight_dtype.clone(),
        })
    }

    fn report_left_over(&self, label: &str, left_over: &[String]) {
        if let Some(first) = left_over.first() {
            let count = left_over.len();
            let what = format!("{label}: {count} tensors of its weight files have no place in the model");
            self.notices.warn(&format!("{what} and are not used, the first is `{first}`"));
        }
    }

    /// One line of what came of a model, and one if some of its losses are no numbers.
    fn report(&self, candidate: &Candidate, measured: &Measured) {
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

fn timing(uid: u32, phase: &str, seconds: f64, tokens: Option<u64>) -> Timing {
    Timing { uid: Some(uid), phase: phase.into(), seconds, tokens }
}

//! Measures every candidate on every drawn sample. First what the store holds is recalled; then the models that are left
//! are pulled and loaded, one at a time, while the next are already on their way. A model that turns out unusable is
//! skipped with the reason; only the store, the device or the user ends the whole.

use std::time::Instant;

use anyhow::Result;
use candle_core::{DType, Device};
use chrono::{Local, NaiveDate};

use super::inputs::Inputs;
use super::tokenising::Tokenising;
use crate::commands::candidates::{Candidate, Model};
use crate::commands::finished::Interrupted;
use crate::commands::notices::Notices;
use crate::commands::settings::EvaluateSettings;
use crate::engine::EngineError;
use crate::engine::causal_lm;
use crate::engine::decoder::{PROJECTIONS, projection_norms, read_config};
use crate::engine::device::{compute_dtype, device_kind, open_device, trim};
use crate::engine::rehearsal::Stage;
use crate::engine::rehearsed::Rehearsed;
use crate::engine::weights::Safetensors;
use crate::hub::{Hub, Puller, Survey};
use crate::judge::wins::tampering;
use crate::measure::{self, Conversations, MeasureError, Measured, Task};
use crate::outcome::{SampleOutcome, SampleStatus};
use crate::report::Timing;
use crate::reporter::{Reporter, Silent};
use crate::store::{LossStore, MeasuredLosses, ModelIdentity, NormStore, Norms, StoreError};

/// Outcomes of one candidate on the drawn samples, in the order of the pool; `None` if it was skipped.
pub type Outcomes = Option<Vec<SampleOutcome>>;

/// Everything that measuring needs beside the candidates.
pub struct Laboratory<'a> {
    settings: &'a EvaluateSettings,
    store: &'a LossStore,
    norms: NormStore,
    notices: &'a Notices<'a>,
    tokenising: Tokenising<'a>,
    timings: Vec<Timing>,
    samples: usize,
    stage: Option<Stage>,
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
        inputs: &'a Inputs,
        pool: &'a [usize],
        notices: &'a Notices<'a>,
    ) -> Result<Self> {
        let norms = NormStore::open(&settings.store)?;
        let device = open_device(settings.device, notices)?;
        let dtype = compute_dtype(settings.dtype, &device)?;
        let date = settings.date.unwrap_or_else(|| Local::now().date_naive());
        let tokenising = Tokenising::new(&inputs.samples, pool, settings, date, notices)?;
        Ok(Self {
            settings,
            store,
            norms,
            notices,
            tokenising,
            timings: Vec::new(),
            samples: pool.len(),
            stage: settings.device.rehearsal().map(Stage::new),
            device,
            dtype,
        })
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
    /// The store cannot be read or written, the device failed, or the user asked to stop.
    pub fn measure_all(&mut self, candidates: &mut [Candidate], hub: &Hub) -> Result<Vec<Outcomes>> {
        let waiting = candidates.iter().filter(|candidate| candidate.skipped.is_none()).count();
        self.notices.start("evaluating", (waiting * self.samples) as u64);
        let mut all = Vec::with_capacity(candidates.len());
        for candidate in candidates.iter_mut() {
            all.push(self.attempt(candidate, Self::recall)?.flatten());
        }
        let left: Vec<usize> =
            (0..all.len()).filter(|&index| all[index].is_none() && candidates[index].skipped.is_none()).collect();
        let surveys: Vec<Survey> = left.iter().filter_map(|&index| survey_of(&candidates[index])).cloned().collect();
        Puller::new(hub, self.settings.room, &surveys).run(self.settings.hub.jobs, |puller| {
            let mut order = 0;
            for index in left {
                let candidate = &mut candidates[index];
                let pulled = survey_of(candidate).map(|_| order);
                order += usize::from(pulled.is_some());
                let weights = pulled.map(|order| (puller, order));
                all[index] = self.attempt(candidate, |this, candidate| this.pull_and_measure(candidate, weights))?;
                if let Some((puller, order)) = weights {
                    puller.release(order)?;
                }
            }
            anyhow::Ok(())
        })?;
        self.notices.finish();
        Ok(all)
    }

    /// What `work` makes of a candidate; `None` where it was or is skipped.
    fn attempt<T>(
        &mut self,
        candidate: &mut Candidate,
        work: impl FnOnce(&mut Self, &Candidate) -> Result<T>,
    ) -> Result<Option<T>> {
        if candidate.skipped.is_some() {
            return Ok(None);
        }
        match work(self, candidate) {
            Ok(value) => Ok(Some(value)),
            Err(error) if matches!(error.downcast_ref(), Some(MeasureError::Interrupted)) => Err(Interrupted.into()),
            Err(error) if ends_the_run(&error) => Err(error.context(candidate.label())),
            Err(error) => {
                self.notices.advance(self.samples as u64);
                candidate.leave_out(error, self.notices)?;
                Ok(None)
            }
        }
    }

    /// The outcomes of a candidate, if the store holds them all.
    fn recall(&mut self, candidate: &Candidate) -> Result<Option<Vec<SampleOutcome>>> {
        let (model, identity) = self.inspected(candidate)?;
        let conversations = self.tokenising.conversations(&model.folder, &candidate.label())?;
        if self.settings.fresh {
            self.store.forget(identity.key())?;
        }
        let known = self.store.read(identity.key(), self.notices)?;
        if self.settings.weight_norms {
            match self.kept_norms(&identity) {
                Some(norms) => judge_norms(&norms)?,
                None if model.survey.is_some() => return Ok(None),
                None => self.check_norms(model, &identity)?,
            }
        }
        let Some(outcomes) = measure::recall(&conversations, &known) else { return Ok(None) };
        self.notices.advance(self.samples as u64);
        let measured = Measured { outcomes, ..Measured::default() };
        self.report(candidate, &measured);
        Ok(Some(measured.outcomes))
    }

    /// Waits for the model's weights, where they have to be pulled, and measures what is not known.
    fn pull_and_measure(
        &mut self,
        candidate: &Candidate,
        weights: Option<(&Puller, usize)>,
    ) -> Result<Vec<SampleOutcome>> {
        let (model, identity) = self.inspected(candidate)?;
        if let Some((puller, order)) = weights {
            let start = Instant::now();
            puller.wait(order)?;
            self.timings.push(timing(candidate.submission.uid, "pull", start.elapsed().as_secs_f64(), None));
            if self.settings.weight_norms && self.kept_norms(&identity).is_none() {
                self.check_norms(model, &identity)?;
            }
        }
        let conversations = self.tokenising.conversations(&model.folder, &candidate.label())?;
        // What is damaged was told when it was read first.
        let known = self.store.read(identity.key(), &Silent)?;
        let measured = self.ask_model(candidate, &identity, &conversations, known)?;
        self.report(candidate, &measured);
        Ok(measured.outcomes)
    }

    fn inspected<'c>(&self, candidate: &'c Candidate) -> Result<(&'c Model, ModelIdentity)> {
        match (&candidate.model, self.identity(candidate)) {
            (Some(model), Some(identity)) => Ok((model, identity)),
            _ => anyhow::bail!("it was not inspected"),
        }
    }

    /// The weight norms that the store holds, unless all is to be computed again.
    fn kept_norms(&self, identity: &ModelIdentity) -> Option<Norms> {
        self.norms.read(&identity.content_hash).filter(|_| !self.settings.fresh)
    }

    /// Computes the weight norms of a model that is here, keeps them, and holds them against the limits.
    fn check_norms(&self, model: &Model, identity: &ModelIdentity) -> Result<()> {
        let config = read_config(&model.folder.join("config.json"))?;
        let weights = Safetensors::open(&model.folder, DType::F32, &Device::Cpu)?;
        let norms: Norms = projection_norms(&config.description, &weights)?.into();
        self.norms.write(&identity.content_hash, &norms)?;
        judge_norms(&norms)
    }

    /// Loads the model and measures what is not known.
    fn ask_model(
        &mut self,
        candidate: &Candidate,
        identity: &ModelIdentity,
        conversations: &Conversations,
        known: MeasuredLosses,
    ) -> Result<Measured> {
        let folder = candidate.model.as_ref().map(|model| model.folder.clone()).unwrap_or_default();
        let (uid, label) = (candidate.submission.uid, candidate.label());
        let start = Instant::now();
        if let Some(stage) = &self.stage {
            stage.load()?;
        }
        let model = causal_lm::load_with(&folder, self.dtype, &self.device, self.settings.kernels)?;
        self.timings.push(timing(uid, "load", start.elapsed().as_secs_f64(), None));
        self.report_left_over(&label, &model.left_over);
        let writer = self.store.writer(identity)?;
        let batch_tokens = self.settings.batch_tokens;
        let task = Task { conversations, known, batch_tokens, label: &label };
        let measured = match &self.stage {
            Some(stage) => {
                let rehearsed = Rehearsed { engine: &model.decoder, stage };
                measure::measure(&rehearsed, task, writer, self.notices)?
            }
            None => measure::measure(&model.decoder, task, writer, self.notices)?,
        };
        drop(model);
        trim(&self.device)?;
        self.timings.push(timing(uid, "evaluate", measured.seconds, Some(measured.tokens)));
        Ok(measured)
    }

    fn identity(&self, candidate: &Candidate) -> Option<ModelIdentity> {
        Some(ModelIdentity {
            engine_version: causal_lm::version(self.settings.kernels),
            content_hash: candidate.fingerprint.as_ref()?.content.clone(),
            device_kind: device_kind(&self.device).into(),
            compute_dtype: self.dtype.as_str().into(),
            weight_dtype: candidate.card.as_ref()?.weight_dtype.clone(),
            tokenizer_rules: self.settings.tokenizer_rules.to_string(),
        })
    }

    fn report_left_over(&self, label: &str, left_over: &[String]) {
        if let Some(first) = left_over.first() {
            let more = match left_over.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let what = format!("`{first}`{more} in its weight files");
            self.notices.warn(&format!("{label}: {what}, which the model has no place for, is not used"));
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

/// Whether an error would come again for every candidate: a store or a device that fails.
fn ends_the_run(error: &anyhow::Error) -> bool {
    match (error.downcast_ref::<MeasureError>(), error.downcast_ref::<EngineError>()) {
        (Some(MeasureError::Model(_)), _) => false,
        (Some(_), _) | (_, Some(EngineError::Fault(_))) => true,
        _ => error.is::<StoreError>(),
    }
}

fn timing(uid: u32, phase: &str, seconds: f64, tokens: Option<u64>) -> Timing {
    Timing { uid: Some(uid), tokens, ..Timing::of_all(phase, seconds) }
}

/// What the hub says of a model that is to be pulled.
fn survey_of(candidate: &Candidate) -> Option<&Survey> {
    candidate.model.as_ref()?.survey.as_ref()
}

fn judge_norms(norms: &[Vec<f64>]) -> Result<()> {
    match tampering::refuse_norms(&PROJECTIONS, norms) {
        Some(reason) => anyhow::bail!(reason),
        None => Ok(()),
    }
}

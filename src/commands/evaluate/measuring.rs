//! Measures every candidate on every drawn sample, one model at a time: tokenised once per distinct tokenizer, loaded
//! only if the store lacks something.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;
use candle_core::{DType, Device};
use chrono::{Local, NaiveDate, NaiveTime};

use super::candidates::Candidate;
use super::inputs::Inputs;
use super::notices::Notices;
use crate::commands::settings::EvaluateSettings;
use crate::engine::causal_lm::{self, VERSION};
use crate::engine::conversation::{Conversation, ConversationEncoder};
use crate::engine::device::{compute_dtype, device_kind, open_device};
use crate::engine::outcome::SampleOutcome;
use crate::measure::{self, Measured, Request};
use crate::report::Timing;
use crate::reporter::Reporter;
use crate::store::{LossStore, ModelIdentity};

/// Outcomes of one candidate on the drawn samples, in the order of the pool; `None` if it was skipped.
pub type Outcomes = Option<Vec<SampleOutcome>>;

/// Drawn samples as one tokenizer sees them; `None` where a text could not be tokenised.
type Conversations = Rc<Vec<Option<Conversation>>>;

/// Everything that measuring needs beside the candidates.
pub struct Laboratory<'a> {
    settings: &'a EvaluateSettings,
    store: &'a LossStore,
    inputs: &'a Inputs,
    notices: &'a Notices<'a>,
    /// The device in use.
    pub device: Device,
    /// Number type of the computation.
    pub dtype: DType,
    /// The date that chat templates see.
    pub date: NaiveDate,
    tokenised: HashMap<String, Conversations>,
}

impl<'a> Laboratory<'a> {
    /// Opens the device that the settings ask for.
    ///
    /// # Errors
    /// It is not there, or cannot compute in the number type asked for.
    pub fn open(
        settings: &'a EvaluateSettings,
        store: &'a LossStore,
        inputs: &'a Inputs,
        notices: &'a Notices<'a>,
    ) -> Result<Self> {
        let device = open_device(settings.device)?;
        let dtype = compute_dtype(settings.dtype, &device)?;
        let date = settings.date.unwrap_or_else(|| Local::now().date_naive());
        Ok(Self { settings, store, inputs, notices, device, dtype, date, tokenised: HashMap::new() })
    }

    /// Measures all candidates that are not skipped; one that turns out unusable is skipped with the reason.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn measure_all(
        &mut self,
        candidates: &mut [Candidate],
        pool: &[usize],
        timings: &mut Vec<Timing>,
    ) -> Result<Vec<Outcomes>> {
        let waiting = candidates.iter().filter(|candidate| candidate.skipped.is_none()).count();
        self.notices.start("evaluating", (waiting * pool.len()) as u64);
        let mut all = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            all.push(if candidate.skipped.is_none() { self.measure_or_skip(candidate, pool, timings)? } else { None });
        }
        self.notices.finish();
        Ok(all)
    }

    fn measure_or_skip(
        &mut self,
        candidate: &mut Candidate,
        pool: &[usize],
        timings: &mut Vec<Timing>,
    ) -> Result<Outcomes> {
        match self.measure(candidate, pool, timings) {
            Ok(outcomes) => Ok(Some(outcomes)),
            // A store that fails would fail for every candidate.
            Err(error) if error.is::<crate::store::StoreError>() => Err(error),
            Err(error) => {
                self.notices.advance(pool.len() as u64);
                candidate.skipped = Some(format!("{error:#}"));
                Ok(None)
            }
        }
    }

    fn measure(
        &mut self,
        candidate: &Candidate,
        pool: &[usize],
        timings: &mut Vec<Timing>,
    ) -> Result<Vec<SampleOutcome>> {
        let (Some(folder), Some(identity)) = (&candidate.folder, self.identity(candidate)) else {
            anyhow::bail!("it was not inspected");
        };
        let conversations = self.conversations(&folder.path, pool)?;
        let uid = candidate.submission.uid;
        if self.settings.fresh {
            self.store.forget(identity.key())?;
        }
        let known = self.store.read(identity.key(), self.notices)?;
        if let Some(outcomes) = measure::recall(&conversations, &known) {
            self.notices.advance(pool.len() as u64);
            return Ok(outcomes);
        }
        let start = Instant::now();
        let model = causal_lm::load(&folder.path, self.dtype, &self.device)?;
        timings.push(timing(uid, "load", start.elapsed().as_secs_f64(), None));
        self.report_left_over(uid, &model.left_over);
        let writer = self.store.writer(&identity)?;
        let label = format!("uid {uid}");
        let batch_tokens = self.settings.batch_tokens;
        let request = Request { conversations: &conversations, known, batch_tokens, label: &label };
        let Measured { outcomes, tokens, seconds } = measure::measure(&model.decoder, request, writer, self.notices)?;
        timings.push(timing(uid, "evaluate", seconds, Some(tokens)));
        Ok(outcomes)
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

    fn report_left_over(&self, uid: u32, left_over: &[String]) {
        if let Some(first) = left_over.first() {
            let count = left_over.len();
            let what = format!("uid {uid}: {count} tensors of its weight files have no place in the model");
            self.notices.warn(&format!("{what} and are not used, the first is `{first}`"));
        }
    }

    /// The drawn samples as the model in `folder` sees them; tokenised once per distinct tokenizer and template.
    fn conversations(&mut self, folder: &std::path::Path, pool: &[usize]) -> Result<Conversations> {
        let now = self.date.and_time(NaiveTime::MIN);
        let encoder = ConversationEncoder::load(folder, &self.settings.template, now)?;
        if let Some(known) = self.tokenised.get(&encoder.fingerprint()) {
            return Ok(known.clone());
        }
        let samples = &self.inputs.samples.rows;
        let texts: Vec<_> = pool.iter().map(|&i| (samples[i].prompt.as_str(), samples[i].response.as_str())).collect();
        let (mut failed, mut first) = (0, None);
        let encoded =
            encoder.encode_all(&texts, self.settings.sequence_length).into_iter().map(|result| match result {
                Ok(conversation) => Some(conversation),
                Err(error) => {
                    failed += 1;
                    first.get_or_insert(error);
                    None
                }
            });
        let conversations: Conversations = Rc::new(encoded.collect());
        match first {
            Some(error) if failed == pool.len() => return Err(error.into()),
            Some(error) => {
                self.notices.warn(&format!("{failed} samples count as an infinite loss; the first: {error}"));
            }
            None => {}
        }
        self.tokenised.insert(encoder.fingerprint(), conversations.clone());
        Ok(conversations)
    }
}

fn timing(uid: u32, phase: &str, seconds: f64, tokens: Option<u64>) -> Timing {
    Timing { uid: Some(uid), phase: phase.into(), seconds, tokens }
}

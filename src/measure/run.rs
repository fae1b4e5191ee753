//! One model, many samples: look up, measure what is missing, keep it. Equal samples are measured once; one that the
//! model cannot take costs the others nothing, and a device that fails never becomes a loss.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::batches;
use super::conversations::{Conversations, Outline};
use super::error::MeasureError;
use crate::engine::EngineError;
use crate::engine::batch::Sequence;
use crate::engine::causal_lm::LossEngine;
use crate::engine::fault::DeviceFault;
use crate::outcome::SampleOutcome;
use crate::reporter::Reporter;
use crate::store::{LossWriter, MeasuredLosses, SampleKey};

/// Measured losses wait at most this long before they are written, or this part of the time spent so far if that is
/// more: a run that is killed loses little of its work, and a long one does not leave thousands of small files.
const FLUSH_AFTER: Duration = Duration::from_millis(250);
const FLUSH_PART: f64 = 0.02;

/// What to measure.
pub struct Task<'a> {
    /// Tokenised samples.
    pub conversations: &'a Conversations,
    /// Losses that the store already holds for this model.
    pub known: MeasuredLosses,
    /// Largest number of rows in a batch.
    pub batch_tokens: usize,
    /// Whom warnings concern, for example `uid 7`.
    pub label: &'a str,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Measured {
    /// One outcome per conversation.
    pub outcomes: Vec<SampleOutcome>,
    /// Distinct samples that went through the model now.
    pub samples: usize,
    /// Their tokens.
    pub tokens: u64,
    /// Seconds spent in the model.
    pub seconds: f64,
    /// Samples that the model cannot take; the store does not hold them.
    pub refused: usize,
}

/// Measures every conversation under `engine` and keeps what is new through `writer`.
///
/// # Errors
/// The store cannot be written, the device or the model failed, or the user asked to stop; what was measured until then
/// is kept. A sample that the model has no place for is no error: it counts as failed and is reported.
pub fn measure(
    engine: &dyn LossEngine,
    request: Task,
    mut writer: LossWriter,
    reporter: &dyn Reporter,
) -> Result<Measured, MeasureError> {
    let Task { conversations, known, batch_tokens, label } = request;
    let mut session = Session::new(engine, reporter, known);
    let result = session.measure_all(conversations, batch_tokens, &mut writer);
    writer.finish()?;
    session.report_halving(label);
    result?;
    session.report_failures(label);
    Ok(session.gather(conversations))
}

/// What the store already holds of every conversation; `None` where anything is left to measure.
pub fn recall(conversations: &Conversations, known: &MeasuredLosses) -> Option<Vec<SampleOutcome>> {
    let outcome = |outline: &Option<Outline>| {
        let outline = outline.as_ref()?;
        let settled = (outline.scored() == 0).then(SampleOutcome::no_target);
        settled.or_else(|| known.get(&outline.key).copied())
    };
    conversations.outlines().iter().map(outcome).collect()
}

/// The outcomes of what was measured by another process, which kept it in the store but for `refused` samples; `None`
/// where the store lacks any others.
pub fn recount(conversations: &Conversations, known: &MeasuredLosses, refused: usize) -> Option<Vec<SampleOutcome>> {
    let mut lacking = 0;
    let mut outcome = |outline: &Option<Outline>| match outline {
        None => SampleOutcome::failed(0),
        Some(outline) if outline.scored() == 0 => SampleOutcome::no_target(),
        Some(outline) => known.get(&outline.key).copied().unwrap_or_else(|| {
            lacking += 1;
            SampleOutcome::failed(outline.scored() as u32)
        }),
    };
    let outcomes = conversations.outlines().iter().map(&mut outcome).collect();
    (lacking == refused).then_some(outcomes)
}

/// A measurement under way.
struct Session<'a> {
    engine: &'a dyn LossEngine,
    reporter: &'a dyn Reporter,
    outcomes: HashMap<SampleKey, SampleOutcome>,
    failures: Failures,
    /// So many tokens were too many for the device's memory.
    too_many: Option<usize>,
    samples: usize,
    tokens: u64,
    seconds: f64,
}

/// Samples that count as an infinite loss, and what the first of them met with.
#[derive(Default)]
struct Failures {
    count: usize,
    first: Option<String>,
}

impl<'a> Session<'a> {
    fn new(engine: &'a dyn LossEngine, reporter: &'a dyn Reporter, known: MeasuredLosses) -> Self {
        let failures = Failures::default();
        Self { engine, reporter, outcomes: known, failures, too_many: None, samples: 0, tokens: 0, seconds: 0.0 }
    }

    /// Measures batch by batch and writes from time to time.
    fn measure_all(
        &mut self,
        conversations: &Conversations,
        batch_tokens: usize,
        writer: &mut LossWriter,
    ) -> Result<(), MeasureError> {
        let questions = self.questions(conversations);
        let (start, mut flushed) = (Instant::now(), Instant::now());
        for batch in batches::cut(&questions, batch_tokens, self.engine.shares_prompts()) {
            if self.reporter.interrupted() {
                return Err(MeasureError::Interrupted);
            }
            self.measure_missing(&questions[batch], conversations, writer)?;
            if flushed.elapsed() >= FLUSH_AFTER.max(start.elapsed().mul_f64(FLUSH_PART)) {
                writer.flush()?;
                flushed = Instant::now();
            }
        }
        Ok(())
    }

    /// Settles the samples that the model need not, or must not, see, and gives the others: distinct, known or not,
    /// equal prompts beside each other.
    fn questions(&mut self, conversations: &Conversations) -> Vec<Outline> {
        let mut seen = HashSet::new();
        let mut questions = Vec::new();
        for outline in conversations.outlines().iter().flatten() {
            if outline.scored() == 0 {
                self.outcomes.insert(outline.key, SampleOutcome::no_target());
            } else if let Some(problem) = self.refusal(outline) {
                self.fail(outline.key, outline.scored(), problem);
            } else if seen.insert(outline.key) {
                questions.push(*outline);
            }
        }
        let missing = questions.iter().filter(|outline| !self.outcomes.contains_key(&outline.key)).count();
        self.reporter.advance((conversations.len() - missing) as u64);
        batches::order(&mut questions);
        questions
    }

    /// Why the engine cannot take this sample.
    fn refusal(&self, outline: &Outline) -> Option<String> {
        let (id, vocabulary) = (outline.largest, self.engine.vocabulary());
        if id as usize >= vocabulary {
            return Some(format!("token id {id} lies outside the model's vocabulary of {vocabulary}"));
        }
        let (length, longest) = (outline.length as usize, self.engine.longest()?);
        (length > longest).then(|| format!("{length} tokens are more than the model's {longest} positions"))
    }

    /// Measures what is not known of a batch.
    fn measure_missing(
        &mut self,
        batch: &[Outline],
        conversations: &Conversations,
        writer: &mut LossWriter,
    ) -> Result<(), MeasureError> {
        let missing = || batch.iter().filter(|outline| !self.outcomes.contains_key(&outline.key));
        let ids = missing().map(|outline| conversations.ids(outline)).collect::<Result<Vec<_>, _>>()?;
        let (sequences, keys): (Vec<Sequence>, Vec<SampleKey>) =
            missing().zip(&ids).map(|(o, ids)| (Sequence { ids, scored_from: o.first_scored() }, o.key)).unzip();
        if sequences.is_empty() { Ok(()) } else { self.measure_batch(&sequences, &keys, writer) }
    }

    /// Measures a batch; one that the device's memory does not hold is halved.
    fn measure_batch(
        &mut self,
        batch: &[Sequence],
        keys: &[SampleKey],
        writer: &mut LossWriter,
    ) -> Result<(), MeasureError> {
        let tokens = batch.iter().map(|sequence| sequence.ids.len()).sum();
        if batch.len() > 1 && self.too_many.is_some_and(|too_many| tokens >= too_many) {
            return self.measure_halves(batch, keys, writer);
        }
        let start = Instant::now();
        match self.engine.losses(batch) {
            Ok(losses) => {
                self.seconds += start.elapsed().as_secs_f64();
                self.tokens += tokens as u64;
                self.keep(batch, keys, &losses, writer);
                Ok(())
            }
            Err(EngineError::Fault(DeviceFault::OutOfMemory { .. })) if batch.len() > 1 => {
                self.too_many = Some(tokens);
                self.measure_halves(batch, keys, writer)
            }
            Err(EngineError::Fault(fault)) => {
                let samples = if batch.len() == 1 { "one sample".into() } else { format!("{} samples", batch.len()) };
                Err(MeasureError::Device { fault, samples, tokens })
            }
            Err(error) => Err(MeasureError::Model(error)),
        }
    }

    fn measure_halves(
        &mut self,
        batch: &[Sequence],
        keys: &[SampleKey],
        writer: &mut LossWriter,
    ) -> Result<(), MeasureError> {
        let half = batch.len() / 2;
        self.measure_batch(&batch[..half], &keys[..half], writer)?;
        self.measure_batch(&batch[half..], &keys[half..], writer)
    }

    fn keep(&mut self, batch: &[Sequence], keys: &[SampleKey], losses: &[f64], writer: &mut LossWriter) {
        for ((sequence, key), loss) in batch.iter().zip(keys).zip(losses) {
            let outcome = SampleOutcome::measured(*loss, sequence.targets() as u32);
            writer.push(*key, outcome);
            self.outcomes.insert(*key, outcome);
        }
        self.samples += batch.len();
        self.reporter.advance(batch.len() as u64);
    }

    /// A sample that the model cannot take counts as an infinite loss; the store does not keep it.
    fn fail(&mut self, key: SampleKey, scored: usize, problem: String) {
        self.outcomes.insert(key, SampleOutcome::failed(scored as u32));
        self.failures.count += 1;
        self.failures.first.get_or_insert(problem);
    }

    /// Says that the device holds less than it was given.
    fn report_halving(&self, label: &str) {
        if let Some(tokens) = self.too_many {
            let remedy = "smaller batches were measured instead; a lower --batch-tokens saves the attempts";
            self.reporter.warn(&format!("{label}: the device's memory did not hold {tokens} tokens at once; {remedy}"));
        }
    }

    /// One line, however many there are.
    fn report_failures(&self, label: &str) {
        if let Failures { count, first: Some(first) } = &self.failures {
            self.reporter.warn(&format!("{label}: {count} samples count as an infinite loss; the first: {first}"));
        }
    }

    /// One outcome per conversation.
    fn gather(self, conversations: &Conversations) -> Measured {
        let known = |outline: &Outline| self.outcomes.get(&outline.key).copied();
        let outcome =
            |outline: &Option<Outline>| outline.as_ref().and_then(known).unwrap_or_else(|| SampleOutcome::failed(0));
        let outcomes = conversations.outlines().iter().map(outcome).collect();
        let refused = self.failures.count;
        Measured { outcomes, samples: self.samples, tokens: self.tokens, seconds: self.seconds, refused }
    }
}

#[cfg(test)]
mod tests;

//! One model, many samples: look up, measure what is missing, keep it. Equal samples are measured once; one that fails
//! costs the others nothing.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::batches;
use super::error::MeasureError;
use crate::engine::batch::Sequence;
use crate::engine::causal_lm::LossEngine;
use crate::engine::conversation::Conversation;
use crate::engine::outcome::SampleOutcome;
use crate::reporter::Reporter;
use crate::store::{LossWriter, MeasuredLosses, SampleKey};

/// Longest time that measured losses wait before they are written.
const FLUSH_EVERY: Duration = Duration::from_millis(250);

/// What to measure.
pub struct Request<'a> {
    /// Tokenised samples; `None` where a text could not be tokenised, which was reported then.
    pub conversations: &'a [Option<Conversation>],
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
}

/// Measures every conversation under `engine` and keeps what is new through `writer`.
///
/// # Errors
/// The store cannot be written, or the user asked to stop; what was measured until then is kept. A sample that fails
/// alone is no error: it counts as failed and is reported.
pub fn measure(
    engine: &dyn LossEngine,
    request: Request,
    mut writer: LossWriter,
    reporter: &dyn Reporter,
) -> Result<Measured, MeasureError> {
    let Request { conversations, known, batch_tokens, label } = request;
    let keys: Vec<Option<SampleKey>> = conversations.iter().map(|c| c.as_ref().map(key_of)).collect();
    let mut session = Session::new(engine, reporter, known);
    let questions = session.questions(conversations, &keys);
    let sequences: Vec<Sequence> = questions.iter().map(|(sequence, _)| *sequence).collect();
    let mut flushed = Instant::now();
    for batch in batches::cut(&sequences, batch_tokens, engine.shares_prompts()) {
        if reporter.interrupted() {
            writer.finish()?;
            return Err(MeasureError::Interrupted);
        }
        session.measure_missing(&questions[batch], &mut writer);
        if flushed.elapsed() >= FLUSH_EVERY {
            writer.flush()?;
            flushed = Instant::now();
        }
    }
    writer.finish()?;
    session.report_failures(label);
    Ok(session.gather(&keys))
}

/// What the store already holds of every conversation; `None` where anything is left to measure.
pub fn recall(conversations: &[Option<Conversation>], known: &MeasuredLosses) -> Option<Vec<SampleOutcome>> {
    let outcome = |conversation: &Option<Conversation>| {
        let conversation = conversation.as_ref()?;
        let settled = (conversation.scored() == 0).then(SampleOutcome::no_target);
        settled.or_else(|| known.get(&key_of(conversation)).copied())
    };
    conversations.iter().map(outcome).collect()
}

fn key_of(conversation: &Conversation) -> SampleKey {
    SampleKey::new(&conversation.ids, conversation.prompt_len)
}

/// What a model is asked, and the key that its answer is known by.
type Question<'c> = (Sequence<'c>, SampleKey);

/// A measurement under way.
struct Session<'a> {
    engine: &'a dyn LossEngine,
    reporter: &'a dyn Reporter,
    outcomes: HashMap<SampleKey, SampleOutcome>,
    failures: Failures,
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
        Self { engine, reporter, outcomes: known, failures, samples: 0, tokens: 0, seconds: 0.0 }
    }

    /// Settles the samples that the model need not, or must not, see, and gives the others: distinct, known or not,
    /// equal prompts beside each other.
    fn questions<'c>(
        &mut self,
        conversations: &'c [Option<Conversation>],
        keys: &[Option<SampleKey>],
    ) -> Vec<Question<'c>> {
        let mut seen = HashSet::new();
        let mut questions = Vec::new();
        for (conversation, key) in conversations.iter().zip(keys) {
            let (Some(conversation), Some(key)) = (conversation, *key) else { continue };
            if conversation.scored() == 0 {
                self.outcomes.insert(key, SampleOutcome::no_target());
            } else if let Some(problem) = self.refusal(conversation) {
                self.fail(key, conversation.scored(), problem);
            } else if seen.insert(key) {
                questions.push((Sequence { ids: &conversation.ids, scored_from: conversation.prompt_len }, key));
            }
        }
        let missing = questions.iter().filter(|(_, key)| !self.outcomes.contains_key(key)).count();
        self.reporter.advance((conversations.len() - missing) as u64);
        sorted(&questions)
    }

    /// Why the engine cannot take this sample.
    fn refusal(&self, conversation: &Conversation) -> Option<String> {
        let vocabulary = self.engine.vocabulary();
        if let Some(id) = conversation.ids.iter().find(|&&id| id as usize >= vocabulary) {
            return Some(format!("token id {id} lies outside the model's vocabulary of {vocabulary}"));
        }
        let longest = self.engine.longest()?;
        let length = conversation.ids.len();
        (length > longest).then(|| format!("{length} tokens are more than the model's {longest} positions"))
    }

    /// Measures what is not known of a batch.
    fn measure_missing(&mut self, batch: &[Question], writer: &mut LossWriter) {
        let missing = batch.iter().filter(|(_, key)| !self.outcomes.contains_key(key)).copied();
        let (sequences, keys): (Vec<Sequence>, Vec<SampleKey>) = missing.unzip();
        if !sequences.is_empty() {
            self.measure_batch(&sequences, &keys, writer);
        }
    }

    fn measure_batch(&mut self, batch: &[Sequence], keys: &[SampleKey], writer: &mut LossWriter) {
        let start = Instant::now();
        match self.engine.losses(batch) {
            Ok(losses) => {
                self.seconds += start.elapsed().as_secs_f64();
                self.samples += batch.len();
                self.tokens += batch.iter().map(|sequence| sequence.ids.len() as u64).sum::<u64>();
                for ((sequence, key), loss) in batch.iter().zip(keys).zip(losses) {
                    let outcome = SampleOutcome::measured(loss, sequence.targets() as u32);
                    writer.push(*key, outcome);
                    self.outcomes.insert(*key, outcome);
                }
                self.reporter.advance(batch.len() as u64);
            }
            // One of the samples may be to blame, so each is tried alone.
            Err(_) if batch.len() > 1 => {
                batch.chunks(1).zip(keys.chunks(1)).for_each(|(one, key)| self.measure_batch(one, key, writer));
            }
            Err(error) => {
                self.fail(keys[0], batch[0].targets(), error.to_string());
                self.reporter.advance(1);
            }
        }
    }

    /// A sample that cannot be measured counts as an infinite loss; the store does not keep it.
    fn fail(&mut self, key: SampleKey, scored: usize, problem: String) {
        self.outcomes.insert(key, SampleOutcome::failed(scored as u32));
        self.failures.count += 1;
        self.failures.first.get_or_insert(problem);
    }

    /// One line, however many there are.
    fn report_failures(&self, label: &str) {
        if let Failures { count, first: Some(first) } = &self.failures {
            self.reporter.warn(&format!("{label}: {count} samples count as an infinite loss; the first: {first}"));
        }
    }

    /// One outcome per conversation.
    fn gather(self, keys: &[Option<SampleKey>]) -> Measured {
        let outcome = |key: &Option<SampleKey>| {
            key.and_then(|key| self.outcomes.get(&key)).copied().unwrap_or_else(|| SampleOutcome::failed(0))
        };
        let outcomes = keys.iter().map(outcome).collect();
        Measured { outcomes, samples: self.samples, tokens: self.tokens, seconds: self.seconds }
    }
}

/// Questions with equal prompts beside each other.
fn sorted<'c>(questions: &[Question<'c>]) -> Vec<Question<'c>> {
    let sequences: Vec<Sequence> = questions.iter().map(|(sequence, _)| *sequence).collect();
    batches::order(&sequences).into_iter().map(|index| questions[index]).collect()
}

#[cfg(test)]
mod tests;

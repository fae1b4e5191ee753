//! One model, many samples: look up, measure what is missing, keep it.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::batches;
use crate::engine::batch::Sequence;
use crate::engine::causal_lm::LossEngine;
use crate::engine::conversation::Conversation;
use crate::engine::outcome::SampleOutcome;
use crate::reporter::Reporter;
use crate::store::{LossWriter, MeasuredLosses, SampleKey, StoreError};

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
    /// Tokens that went through the model now; 0 where the store held everything.
    pub tokens: u64,
    /// Seconds spent in the model.
    pub seconds: f64,
}

/// Measures every conversation under `engine` and keeps what is new through `writer`.
///
/// # Errors
/// The store cannot be written. A sample that fails alone counts as failed and is reported.
pub fn measure(
    engine: &dyn LossEngine,
    request: Request,
    mut writer: LossWriter,
    reporter: &dyn Reporter,
) -> Result<Measured, StoreError> {
    let Request { conversations, known, batch_tokens, label } = request;
    let mut session = Session { engine, reporter, label, outcomes: known, tokens: 0, seconds: 0.0 };
    let keys: Vec<Option<SampleKey>> = conversations.iter().map(|c| c.as_ref().map(key_of)).collect();
    session.settle_without_model(conversations, &keys);
    let (sequences, sequence_keys) = session.missing(conversations, &keys);
    let mut remaining = sequence_keys.as_slice();
    let mut flushed = Instant::now();
    for batch in batches::cut(&sequences, batch_tokens, engine.shares_prompts()) {
        let (batch_keys, rest) = remaining.split_at(batch.len());
        remaining = rest;
        session.measure_batch(batch, batch_keys, &mut writer);
        if flushed.elapsed() >= FLUSH_EVERY {
            writer.flush()?;
            flushed = Instant::now();
        }
    }
    writer.finish()?;
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

fn sequence_of(conversation: &Conversation) -> Sequence<'_> {
    Sequence { ids: &conversation.ids, scored_from: conversation.prompt_len }
}

/// A measurement under way.
struct Session<'a> {
    engine: &'a dyn LossEngine,
    reporter: &'a dyn Reporter,
    label: &'a str,
    outcomes: HashMap<SampleKey, SampleOutcome>,
    tokens: u64,
    seconds: f64,
}

impl Session<'_> {
    /// Settles the samples that the model need not, or must not, see.
    fn settle_without_model(&mut self, conversations: &[Option<Conversation>], keys: &[Option<SampleKey>]) {
        let (mut without_target, mut refusals) = (0, Vec::new());
        for (conversation, key) in conversations.iter().zip(keys) {
            let (Some(conversation), Some(key)) = (conversation, key) else { continue };
            if conversation.scored() == 0 {
                without_target += 1;
                self.outcomes.insert(*key, SampleOutcome::no_target());
            } else if let Some(problem) = self.refusal(conversation) {
                refusals.push(problem);
                self.outcomes.insert(*key, SampleOutcome::failed(conversation.scored() as u32));
            }
        }
        self.report_settled(without_target, &refusals);
    }

    /// One line for each kind of settled samples, however many there are.
    fn report_settled(&self, without_target: usize, refusals: &[String]) {
        let label = self.label;
        if without_target > 0 {
            self.reporter.warn(&format!(
                "{label}: in {without_target} samples the prompt fills the sequence length and nothing is scored; \
                 raise --sequence-length or shorten them"
            ));
        }
        if let Some(first) = refusals.first() {
            let count = refusals.len();
            self.reporter.warn(&format!("{label}: {count} samples count as an infinite loss; the first: {first}"));
        }
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

    /// Distinct samples not yet known, equal prompts beside each other.
    fn missing<'c>(
        &self,
        conversations: &'c [Option<Conversation>],
        keys: &[Option<SampleKey>],
    ) -> (Vec<Sequence<'c>>, Vec<SampleKey>) {
        let mut seen = HashSet::new();
        let pairs = conversations.iter().zip(keys).filter_map(|(c, key)| Some((c.as_ref()?, (*key)?)));
        let new = pairs.filter(|(_, key)| !self.outcomes.contains_key(key) && seen.insert(*key));
        let (sequences, keys): (Vec<Sequence>, Vec<SampleKey>) = new.map(|(c, key)| (sequence_of(c), key)).unzip();
        let order = batches::order(&sequences);
        (order.iter().map(|&i| sequences[i]).collect(), order.iter().map(|&i| keys[i]).collect())
    }

    fn measure_batch(&mut self, batch: &[Sequence], keys: &[SampleKey], writer: &mut LossWriter) {
        let start = Instant::now();
        match self.engine.losses(batch) {
            Ok(losses) => {
                self.seconds += start.elapsed().as_secs_f64();
                self.tokens += batch.iter().map(|sequence| sequence.ids.len() as u64).sum::<u64>();
                for ((sequence, key), loss) in batch.iter().zip(keys).zip(losses) {
                    self.keep(*key, SampleOutcome::measured(loss, sequence.targets() as u32), writer);
                }
            }
            // One of the samples may be to blame, so each is tried alone.
            Err(_) if batch.len() > 1 => {
                batch.chunks(1).zip(keys.chunks(1)).for_each(|(one, key)| self.measure_batch(one, key, writer));
            }
            Err(error) => {
                self.reporter.warn(&format!("{}: a sample failed and counts as an infinite loss: {error}", self.label));
                self.keep(keys[0], SampleOutcome::failed(batch[0].targets() as u32), writer);
            }
        }
    }

    fn keep(&mut self, key: SampleKey, outcome: SampleOutcome, writer: &mut LossWriter) {
        writer.push(key, outcome);
        self.outcomes.insert(key, outcome);
        self.reporter.advance(1);
    }

    /// One outcome per conversation.
    fn gather(self, keys: &[Option<SampleKey>]) -> Measured {
        let outcome = |key: &Option<SampleKey>| {
            key.and_then(|key| self.outcomes.get(&key)).copied().unwrap_or_else(|| SampleOutcome::failed(0))
        };
        Measured { outcomes: keys.iter().map(outcome).collect(), tokens: self.tokens, seconds: self.seconds }
    }
}

//! The drawn samples as token ids, made once per distinct tokenizer and template. What keeps samples from being scored
//! is told here, once for all models that share them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use chrono::{NaiveDate, NaiveTime};

use crate::commands::notices::Notices;
use crate::commands::settings::EvaluateSettings;
use crate::engine::chat::ChatTemplate;
use crate::engine::conversation::ConversationEncoder;
use crate::engine::text_error::TextError;
use crate::measure::{Conversations, MeasureError};
use crate::records::Samples;
use crate::reporter::Reporter;

/// Samples tokenised at a time, on all cores.
const CHUNK: usize = 4096;

/// Tokenises, and remembers what it has tokenised.
pub struct Tokenising<'a> {
    samples: &'a Samples,
    pool: &'a [usize],
    settings: &'a EvaluateSettings,
    notices: &'a Notices<'a>,
    /// The date that chat templates see.
    pub date: NaiveDate,
    done: HashMap<String, Arc<Conversations>>,
}

impl<'a> Tokenising<'a> {
    /// For those of `samples` that `pool` names.
    ///
    /// # Errors
    /// The template is a file that cannot be read or is no template.
    pub fn new(
        samples: &'a Samples,
        pool: &'a [usize],
        settings: &'a EvaluateSettings,
        date: NaiveDate,
        notices: &'a Notices<'a>,
    ) -> Result<Self> {
        ChatTemplate::check(&settings.template, date.and_time(NaiveTime::MIN))?;
        Ok(Self { samples, pool, settings, notices, date, done: HashMap::new() })
    }

    /// The samples as the model in `folder` sees them; `label` says whose model it is.
    ///
    /// # Errors
    /// Tokenizer or template cannot be used, or can tokenise none of the samples: a [`TextError`]. Samples cannot be
    /// set aside or read back: a [`MeasureError`].
    pub fn conversations(&mut self, folder: &Path, label: &str) -> Result<Arc<Conversations>> {
        let EvaluateSettings { template, tokenizer_rules, .. } = self.settings;
        let now = self.date.and_time(NaiveTime::MIN);
        let encoder = ConversationEncoder::load(folder, template, *tokenizer_rules, now).map_err(blamed)?;
        let fingerprint = encoder.fingerprint();
        if let Some(known) = self.done.get(&fingerprint) {
            return Ok(known.clone());
        }
        let conversations = Arc::new(self.tokenise(&encoder, label)?);
        self.done.insert(fingerprint, conversations.clone());
        Ok(conversations)
    }

    fn tokenise(&self, encoder: &ConversationEncoder, label: &str) -> Result<Conversations> {
        let mut conversations = Conversations::default();
        let (mut failed, mut first) = (0, None);
        for chunk in self.pool.chunks(CHUNK) {
            let turns = chunk.iter().map(|&index| self.samples.turns(&self.samples.rows[index]));
            let turns = turns.collect::<std::io::Result<Vec<_>>>().map_err(MeasureError::SetAside)?;
            for result in encoder.encode_all(&turns, self.settings.sequence_length) {
                conversations.push(result.as_ref().ok()).map_err(MeasureError::SetAside)?;
                if let Err(error) = result {
                    if !error.is_of_the_text() {
                        return Err(blamed(error));
                    }
                    failed += 1;
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(error) if failed == conversations.len() => return Err(error.into()),
            Some(error) => self.warn(label, &format!("{failed} samples count as an infinite loss; the first: {error}")),
            None => {}
        }
        self.report(encoder, &conversations, label);
        Ok(conversations)
    }

    fn report(&self, encoder: &ConversationEncoder, conversations: &Conversations, label: &str) {
        if let Some(class) = encoder.tokenizer().rebuilt_by() {
            self.notices.info(&format!(
                "{label}: {class} builds its tokenizer otherwise than tokenizer.json says and is followed, as by \
                 transformers 5; --tokenizer-rules file takes the file as it stands"
            ));
        }
        let without_target = conversations.outlines().iter().flatten().filter(|one| one.scored() == 0).count();
        if without_target > 0 {
            let what = "the prompt fills the sequence length and nothing is scored";
            self.warn(label, &format!("in {without_target} samples {what}; raise --sequence-length or shorten them"));
        }
    }

    fn warn(&self, label: &str, what: &str) {
        self.notices.warn(&format!("{label} and those with its tokenizer: {what}"));
    }
}

/// A tokenizer or template that cannot be used is its model's fault, a machine that gives no thread nobody's.
fn blamed(error: TextError) -> anyhow::Error {
    match error {
        TextError::NoThread(_) => MeasureError::Machine(error).into(),
        error => error.into(),
    }
}

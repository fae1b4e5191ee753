//! The drawn samples as token ids, made once per distinct tokenizer and template. What keeps samples from being scored
//! is told here, once for all models that share them.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use chrono::{NaiveDate, NaiveTime};

use super::notices::Notices;
use crate::engine::chat::ChatTemplate;
use crate::engine::conversation::{Conversation, ConversationEncoder};
use crate::engine::request::TemplateRequest;
use crate::engine::text_error::TextError;
use crate::records::Sample;
use crate::reporter::Reporter;

/// Drawn samples as one tokenizer sees them; `None` where a text could not be tokenised.
pub type Conversations = Rc<Vec<Option<Conversation>>>;

/// Tokenises, and remembers what it has tokenised.
pub struct Tokenising<'a> {
    samples: &'a [Sample],
    pool: &'a [usize],
    template: &'a TemplateRequest,
    sequence_length: usize,
    notices: &'a Notices<'a>,
    /// The date that chat templates see.
    pub date: NaiveDate,
    done: HashMap<String, Conversations>,
}

impl<'a> Tokenising<'a> {
    /// For those of `samples` that `pool` names.
    ///
    /// # Errors
    /// The template is a file that cannot be read or is no template.
    pub fn new(
        (samples, pool): (&'a [Sample], &'a [usize]),
        (template, sequence_length): (&'a TemplateRequest, usize),
        date: NaiveDate,
        notices: &'a Notices<'a>,
    ) -> Result<Self, TextError> {
        ChatTemplate::check(template, date.and_time(NaiveTime::MIN))?;
        Ok(Self { samples, pool, template, sequence_length, notices, date, done: HashMap::new() })
    }

    /// The samples as the model in `folder` sees them; `label` says whose model it is.
    ///
    /// # Errors
    /// Tokenizer or template cannot be used, or can tokenise none of the samples.
    pub fn conversations(&mut self, folder: &Path, label: &str) -> Result<Conversations, TextError> {
        let encoder = ConversationEncoder::load(folder, self.template, self.date.and_time(NaiveTime::MIN))?;
        let fingerprint = encoder.fingerprint();
        if let Some(known) = self.done.get(&fingerprint) {
            return Ok(known.clone());
        }
        let conversations = Rc::new(self.tokenise(&encoder, label)?);
        self.done.insert(fingerprint, conversations.clone());
        Ok(conversations)
    }

    fn tokenise(&self, encoder: &ConversationEncoder, label: &str) -> Result<Vec<Option<Conversation>>, TextError> {
        let sample = |&index: &usize| (self.samples[index].prompt.as_str(), self.samples[index].response.as_str());
        let texts: Vec<_> = self.pool.iter().map(sample).collect();
        let results = encoder.encode_all(&texts, self.sequence_length);
        let failed = results.iter().filter(|result| result.is_err()).count();
        let mut first = None;
        let keep = |result: Result<Conversation, TextError>| result.map_err(|error| first.get_or_insert(error)).ok();
        let conversations: Vec<_> = results.into_iter().map(keep).collect();
        match first {
            Some(error) if failed == texts.len() => return Err(error),
            Some(error) => self.warn(label, &format!("{failed} samples count as an infinite loss; the first: {error}")),
            None => {}
        }
        self.report(encoder, &conversations, label);
        Ok(conversations)
    }

    fn report(&self, encoder: &ConversationEncoder, conversations: &[Option<Conversation>], label: &str) {
        if encoder.tokenizer().splits_by_class() {
            self.notices.info(&format!(
                "{label}: its tokenizer_class splits texts otherwise than its tokenizer.json says; the class is \
                 followed, as transformers does"
            ));
        }
        let without_target = conversations.iter().flatten().filter(|one| one.scored() == 0).count();
        if without_target > 0 {
            let what = "the prompt fills the sequence length and nothing is scored";
            self.warn(label, &format!("in {without_target} samples {what}; raise --sequence-length or shorten them"));
        }
    }

    fn warn(&self, label: &str, what: &str) {
        self.notices.warn(&format!("{label} and those with its tokenizer: {what}"));
    }
}

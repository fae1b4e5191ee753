//! From a sample's texts to token ids: what is fed to the model, and from where on it is scored. The ids are exactly
//! those of the recorded field: the chat template over all turns, cut behind the sequence length.

use std::path::Path;

use chrono::NaiveDateTime;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::chat::ChatTemplate;
use super::request::{TemplateRequest, TokenizerRules};
use super::text_error::TextError;
use super::tokenizer::ModelTokenizer;
use crate::hex::hex;
use crate::turns::content;

/// A sample as token ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Prompt and response as the template joins them, at most the sequence length.
    pub ids: Vec<u32>,
    /// Length of the prompt with the generation prompt, at most the sequence length; may reach or pass `ids.len()`.
    pub prompt_len: usize,
}

impl Conversation {
    /// Index of the first scored target: the response's first id, but never the first id of all, which nothing
    /// predicts.
    pub fn first_scored(&self) -> usize {
        self.prompt_len.max(1)
    }

    /// Number of scored targets; 0 where the prompt fills the sequence.
    pub fn scored(&self) -> usize {
        self.ids.len().saturating_sub(self.first_scored())
    }
}

/// How one model turns conversations into ids: its tokenizer and the template in use.
#[derive(Debug)]
pub struct ConversationEncoder {
    tokenizer: ModelTokenizer,
    template: Option<ChatTemplate>,
}

impl ConversationEncoder {
    /// Loads the tokenizer of the model in `folder` by `rules` and the template that `choice` names; `now` is the date
    /// that templates see.
    ///
    /// # Errors
    /// Everything [`ModelTokenizer::load`] and [`ChatTemplate::choose`] refuse.
    pub fn load(
        folder: &Path,
        choice: &TemplateRequest,
        rules: TokenizerRules,
        now: NaiveDateTime,
    ) -> Result<Self, TextError> {
        let tokenizer = ModelTokenizer::load(folder, rules)?;
        let template = ChatTemplate::choose(choice, &tokenizer, now)?;
        Ok(ConversationEncoder { tokenizer, template })
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &ModelTokenizer {
        &self.tokenizer
    }

    /// SHA-256 in lower-case hex: two encoders with the same one give the same ids for every conversation.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.tokenizer.digest());
        if let Some(template) = &self.template {
            hasher.update(template.digest());
        }
        hex(&hasher.finalize())
    }

    /// Encodes one conversation; see [`conversation`].
    pub fn encode(&self, turns: &[Value], sequence_length: usize) -> Result<Conversation, TextError> {
        conversation(&self.tokenizer, self.template.as_ref(), turns, sequence_length)
    }

    /// Encodes many conversations on all cores; results stand in their order, and the failure of one does not touch
    /// the others.
    pub fn encode_all(
        &self,
        conversations: &[Vec<Value>],
        sequence_length: usize,
    ) -> Vec<Result<Conversation, TextError>> {
        conversations.par_iter().map(|turns| self.encode(turns, sequence_length)).collect()
    }
}

/// Encodes one conversation as at most `sequence_length` ids. Its turns are objects with `role` and `content`; the
/// last is the assistant's and scored, all before it are the prompt.
///
/// With a template: ids are those of all rendered turns, and the prompt is the rendered
/// turns before the last with the generation prompt; the tokenizer adds nothing, since the template writes its special
/// tokens itself. Without: the prompt, a line for each turn, with the special tokens the tokenizer puts around a text,
/// followed by the response without any.
///
/// # Errors
/// A template that refuses the conversation, or a text the tokenizer cannot encode.
pub fn conversation(
    tokenizer: &ModelTokenizer,
    template: Option<&ChatTemplate>,
    turns: &[Value],
    sequence_length: usize,
) -> Result<Conversation, TextError> {
    let (mut ids, prompt_len) = match template {
        Some(template) => rendered(tokenizer, template, turns)?,
        None => joined(tokenizer, turns)?,
    };
    ids.truncate(sequence_length);
    Ok(Conversation { ids, prompt_len: prompt_len.min(sequence_length) })
}

fn rendered(
    tokenizer: &ModelTokenizer,
    template: &ChatTemplate,
    turns: &[Value],
) -> Result<(Vec<u32>, usize), TextError> {
    let ids = tokenizer.encode(&template.render(turns, false)?, false)?;
    let prompt = &turns[..turns.len().saturating_sub(1)];
    let prompt_ids = tokenizer.encode(&template.render(prompt, true)?, false)?;
    Ok((ids, prompt_ids.len()))
}

fn joined(tokenizer: &ModelTokenizer, turns: &[Value]) -> Result<(Vec<u32>, usize), TextError> {
    let mut texts: Vec<String> = turns.iter().map(|turn| content(turn).unwrap_or_default()).collect();
    let response = texts.pop().unwrap_or_default();
    let mut ids = tokenizer.encode(&texts.join("\n"), true)?;
    let prompt_len = ids.len();
    ids.extend(tokenizer.encode(&response, false)?);
    Ok((ids, prompt_len))
}

#[cfg(test)]
mod tests {
    use super::super::tokenizer::testing::folder;
    use super::*;
    use serde_json::json;

    const TURNS: &str = "{{ bos_token }}{% for m in messages %}{{ m.role }} : {{ m.content }} {% endfor %}\
                         {% if add_generation_prompt %}assistant : {% endif %}";

    fn encoder_with(template: &str, choice: &TemplateRequest, day: u32) -> Result<ConversationEncoder, TextError> {
        let config = json!({"bos_token": "<s>", "chat_template": template}).to_string();
        let now = chrono::NaiveDate::from_ymd_opt(2024, 7, day).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let folder = folder(&[("tokenizer_config.json", config)]);
        ConversationEncoder::load(folder.path(), choice, TokenizerRules::default(), now)
    }

    fn turns(prompt: &str, response: &str) -> Vec<Value> {
        vec![json!({"role": "user", "content": prompt}), json!({"role": "assistant", "content": response})]
    }

    fn encoder(choice: &TemplateRequest) -> ConversationEncoder {
        encoder_with(TURNS, choice, 1).unwrap()
    }

    #[test]
    fn the_template_carries_the_special_tokens() {
        let conversation = encoder(&TemplateRequest::Auto).encode(&turns("one two", "three"), 99).unwrap();
        assert_eq!(conversation.ids, [1, 6, 5, 2, 3, 7, 5, 4]);
        assert_eq!((conversation.prompt_len, conversation.scored()), (7, 1));
    }

    #[test]
    fn without_template_the_tokenizer_adds_its_own() {
        let conversation = encoder(&TemplateRequest::None).encode(&turns("one two", "three one"), 99).unwrap();
        assert_eq!(conversation, Conversation { ids: vec![1, 2, 3, 4, 2], prompt_len: 3 });
    }

    #[test]
    fn all_turns_before_the_last_are_the_prompt() {
        let mut conversation = turns("one", "two");
        conversation.extend(turns("two", "three"));
        conversation[2]["content"] = json!([{"type": "text", "text": "tw"}, {"type": "text", "text": "o"}]);
        let none = encoder(&TemplateRequest::None).encode(&conversation, 99).unwrap();
        assert_eq!((none.prompt_len, none.scored()), (4, 1), "{:?}", none.ids);
        assert_eq!(none.ids, [1, 2, 3, 3, 4]);
        conversation[2]["content"] = json!("two");
        let rendered = encoder(&TemplateRequest::Auto).encode(&conversation, 99).unwrap();
        assert_eq!(rendered.ids, [1, 6, 5, 2, 7, 5, 3, 6, 5, 3, 7, 5, 4]);
        assert_eq!((rendered.prompt_len, rendered.scored()), (12, 1));
    }

    #[test]
    fn a_template_sees_every_field_of_a_turn() {
        let template = "{% for m in messages %}{{ m.name if m.name is defined else m.role }} {% endfor %}";
        let encoder = encoder_with(template, &TemplateRequest::Auto, 1).unwrap();
        let mut conversation = turns("", "");
        conversation[0]["name"] = json!("three");
        assert_eq!(encoder.encode(&conversation, 99).unwrap().ids, [4, 7]);
    }

    #[test]
    fn ids_and_prompt_are_cut_alike() {
        let encoder = encoder(&TemplateRequest::Auto);
        let cut = |length| {
            let conversation = encoder.encode(&turns("one", "two three"), length).unwrap();
            (conversation.ids.len(), conversation.prompt_len, conversation.scored())
        };
        assert_eq!([cut(9), cut(8), cut(7), cut(6), cut(3)], [(8, 6, 2), (8, 6, 2), (7, 6, 1), (6, 6, 0), (3, 3, 0)]);
        assert_eq!(cut(0), (0, 0, 0));
    }

    #[test]
    fn the_first_id_is_never_scored() {
        let conversation = Conversation { ids: vec![4, 5], prompt_len: 0 };
        assert_eq!((conversation.first_scored(), conversation.scored()), (1, 1));
        assert_eq!(Conversation { ids: vec![4], prompt_len: 7 }.scored(), 0);
    }

    #[test]
    fn all_keep_their_order_and_fail_alone() {
        let template = "{% if messages[0].content == 'two' %}{{ raise_exception('no two') }}{% endif %}\
                        {% for m in messages %}{{ m.content }} {% endfor %}";
        let encoder = encoder_with(template, &TemplateRequest::Auto, 1).unwrap();
        let results = encoder.encode_all(&[turns("one", "two"), turns("two", "one"), turns("three", "one")], 99);
        let ids: Vec<_> = results.into_iter().map(|result| result.map(|one| one.ids)).collect();
        assert_eq!(ids[0].as_deref().unwrap(), [2, 3]);
        assert!(ids[1].as_ref().unwrap_err().to_string().contains("no two"));
        assert_eq!(ids[2].as_deref().unwrap(), [4, 2]);
    }

    #[test]
    fn fingerprint_follows_template_and_date() {
        let fingerprint =
            |template, choice: &TemplateRequest, day| encoder_with(template, choice, day).unwrap().fingerprint();
        let auto = TemplateRequest::Auto;
        assert_eq!(fingerprint(TURNS, &auto, 1), fingerprint(TURNS, &auto, 2), "no date in it");
        assert_ne!(fingerprint(TURNS, &auto, 1), fingerprint("other", &auto, 1));
        assert_ne!(fingerprint(TURNS, &auto, 1), fingerprint(TURNS, &TemplateRequest::None, 1));
        assert_eq!(fingerprint(TURNS, &TemplateRequest::None, 1), fingerprint("other", &TemplateRequest::None, 1));
        let dated = "{{ strftime_now('%d') }}";
        assert_ne!(fingerprint(dated, &auto, 1), fingerprint(dated, &auto, 2));
    }
}

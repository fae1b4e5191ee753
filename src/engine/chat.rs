//! Chat templates: how a conversation becomes the text that a model was trained on. They are Jinja programs that come
//! with the model, rendered as the hub's own library renders them, and with a date that is given, not read from a
//! clock, so that the same input always gives the same text.

mod arguments;
mod budget;
mod characters;
mod environment;
mod filters;
mod globals;
mod methods;
mod namespace;
mod numbers;
mod python;
mod sandbox;
mod source;

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use environment::{FUEL, NAME, compile};
use sandbox::{Failure, LONGEST, sandboxed};

use super::request::TemplateRequest;
use super::text_error::{TextError, shown};
use super::tokenizer::ModelTokenizer;
use crate::excerpt;

/// A chat template, ready to render.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    special_tokens: Vec<(String, String)>,
    file: PathBuf,
    digest: [u8; 32],
}

impl ChatTemplate {
    /// The template that `choice` names for a model; `None` where none is to be used. chat_template.jinja goes before
    /// `chat_template` of tokenizer_config.json; of a list of named ones, `default` is taken.
    ///
    /// # Errors
    /// [`TemplateRequest::Auto`] on a model without a template, a file that cannot be read, or a template that is no Jinja.
    pub fn choose(
        choice: &TemplateRequest,
        tokenizer: &ModelTokenizer,
        now: NaiveDateTime,
    ) -> Result<Option<Self>, TextError> {
        let (file, source) = match choice {
            TemplateRequest::None => return Ok(None),
            TemplateRequest::File(path) => (path.clone(), read(path)?),
            TemplateRequest::Auto => own_template(tokenizer)?,
        };
        ChatTemplate::new(file, &source, tokenizer.special_tokens(), now).map(Some)
    }

    /// Checks a choice that is the same for every model, so that a bad file is told once and at once.
    ///
    /// # Errors
    /// A template file that cannot be read or is no Jinja.
    pub fn check(choice: &TemplateRequest, now: NaiveDateTime) -> Result<(), TextError> {
        match choice {
            TemplateRequest::File(path) => ChatTemplate::new(path.clone(), &read(path)?, [].into_iter(), now).map(drop),
            TemplateRequest::Auto | TemplateRequest::None => Ok(()),
        }
    }

    /// Compiles `source`, which stands in `file`; `special_tokens` are the names and texts it may use, `now` is what
    /// `strftime_now` formats.
    ///
    /// # Errors
    /// A template that is no Jinja.
    pub fn new<'a>(
        file: PathBuf,
        source: &str,
        special_tokens: impl Iterator<Item = (&'a str, &'a str)>,
        now: NaiveDateTime,
    ) -> Result<Self, TextError> {
        let special_tokens = special_tokens.map(|(name, token)| (name.to_owned(), token.to_owned())).collect();
        let digest = digest(source, now);
        let compiled = match source.len() {
            length if length > LONGEST => {
                Err(Failure::Template(format!("it has {length} bytes; at most {LONGEST} are read")))
            }
            _ => sandboxed(|| compile(source, now)),
        };
        let environment =
            compiled.map_err(|failure| failure.or(&file, |file, message| TextError::BadTemplate { file, message }))?;
        Ok(ChatTemplate { environment, special_tokens, file, digest })
    }

    /// The text of a conversation, with the beginning of the assistant's turn appended if asked for. A turn is an object
    /// with `role`, `content` and whatever else was recorded.
    ///
    /// # Errors
    /// The template's own refusal (`raise_exception`), or its failure.
    pub fn render(&self, turns: &[Json], add_generation_prompt: bool) -> Result<String, TextError> {
        let context = self.context(turns, add_generation_prompt);
        let render = || {
            budget::begin(&context);
            self.environment.get_template(NAME)?.render(context)
        };
        let failed = |file, message| TextError::Render { file, message };
        sandboxed(render).map_err(|failure| failure.or(&self.file, failed))
    }

    /// SHA-256 that stands for the text of every conversation, special tokens aside.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// What a template sees. `tools` and `documents` are none rather than undefined: templates ask `is not none`.
    fn context(&self, turns: &[Json], add_generation_prompt: bool) -> Value {
        let tokens = self.special_tokens.iter().map(|(name, token)| (name.as_str(), Value::from(token.as_str())));
        let turns: Vec<Value> = turns.iter().map(|turn| Value::from(Serde(turn))).collect();
        Value::from_pairs(tokens.chain([
            ("messages", Value::from(turns)),
            ("tools", Value::from(())),
            ("documents", Value::from(())),
            ("add_generation_prompt", Value::from(add_generation_prompt)),
        ]))
    }
}

/// The model's own template and the file it stands in.
fn own_template(tokenizer: &ModelTokenizer) -> Result<(PathBuf, String), TextError> {
    let file = tokenizer.folder().join("chat_template.jinja");
    if file.exists() {
        return read(&file).map(|source| (file, source));
    }
    match tokenizer.configured_template() {
        Some((file, template)) => Ok((file.to_path_buf(), configured(file, template)?)),
        None => Err(TextError::NoTemplate { folder: shown(tokenizer.folder()) }),
    }
}

/// The template in `chat_template`: the text itself, or the `default` of several, in a list of `{name, template}` or in
/// an object by name.
fn configured(file: &Path, template: &Json) -> Result<String, TextError> {
    let expected = "a text, a list of objects with `name` and `template`, or an object of templates by name";
    let bad = |value: &Json| TextError::bad_key(file, NAME, value, expected);
    let named: Vec<Option<(&str, &str)>> = match template {
        Json::String(text) => return Ok(text.clone()),
        Json::Array(list) => list.iter().map(named).collect(),
        Json::Object(map) => map.iter().map(|(name, text)| Some((name.as_str(), text.as_str()?))).collect(),
        other => return Err(bad(other)),
    };
    let templates: Vec<(&str, &str)> = named.into_iter().collect::<Option<_>>().ok_or_else(|| bad(template))?;
    let default = templates.iter().find(|(name, _)| *name == "default");
    default.map(|(_, text)| (*text).to_owned()).ok_or_else(|| {
        let names: Vec<_> = templates.iter().map(|(name, _)| format!("`{name}`")).collect();
        TextError::NoDefaultTemplate { file: shown(file), names: names.join(", ") }
    })
}

/// Name and text of one template of a list.
fn named(entry: &Json) -> Option<(&str, &str)> {
    Some((entry.get("name")?.as_str()?, entry.get("template")?.as_str()?))
}

fn read(path: &Path) -> Result<String, TextError> {
    std::fs::read_to_string(path).map_err(|error| TextError::unreadable(path, error))
}

/// The date belongs to a template only where the template can see it.
fn digest(source: &str, now: NaiveDateTime) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(source);
    if source.contains("strftime_now") {
        hasher.update(format!("\0{now}"));
    }
    hasher.finalize().into()
}

/// What went wrong and on which line, without the engine's own words where the template has its own.
fn message(error: &Error) -> String {
    let text = match error.kind() {
        ErrorKind::OutOfFuel => format!("a rendering cannot take more than {FUEL} steps"),
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    };
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    excerpt::message(&text) + &line
}

#[cfg(test)]
mod tests;

//! What can go wrong between a sample's texts and its token ids. Each message is one line that names the file, what
//! is wrong in it and what to do.

use std::io;
use std::path::Path;

use serde_json::Value;
use thiserror::Error;

use crate::excerpt::keep_start;

/// A tokenizer or chat template that is missing, broken, or refuses a text.
#[derive(Debug, Error)]
pub enum TextError {
    /// The model brings no fast tokenizer.
    #[error("{file}: no such file; save the tokenizer with transformers' save_pretrained, which writes it")]
    NoTokenizer {
        /// The file.
        file: String,
    },
    /// A file that cannot be read.
    #[error("{file}: cannot be read: {error}; it must be a readable file")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A file of settings that is no JSON object.
    #[error("{file}: not a JSON object: {message}; write it again")]
    Json {
        /// The file.
        file: String,
        /// What is wrong, in the words of its reader.
        message: String,
    },
    /// A key of the settings with a value of the wrong kind.
    #[error("{file}: `{key}` is {value}; it must be {expected}")]
    BadKey {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// Its value, shortened.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A tokenizer that its library refuses.
    #[error("{file}: not a usable tokenizer: {message}; write it again")]
    BadTokenizer {
        /// The file.
        file: String,
        /// What is wrong, in the words of its reader.
        message: String,
    },
    /// A tokenizer whose class cannot build it.
    #[error("{folder}: its tokenizer cannot be built: {message}")]
    BadClass {
        /// The model's folder.
        folder: String,
        /// Why, and what to do.
        message: String,
    },
    /// A text that the tokenizer cannot encode.
    #[error("{file}: a text cannot be encoded: {message}; see that the tokenizer has an unknown token")]
    Encode {
        /// The file.
        file: String,
        /// What is wrong, in the words of its reader.
        message: String,
    },
    /// A text that the tokenizer may make too large for any memory.
    #[error(
        "{file}: a text of {bytes} bytes may grow to {most} by what it does before and after cutting it into tokens; repair its normalizer, pre_tokenizer or post_processor"
    )]
    Grows {
        /// The file.
        file: String,
        /// Length of the text.
        bytes: usize,
        /// Bytes or tokens that may come of it.
        most: u64,
    },
    /// The model says nothing about how a conversation becomes a text.
    #[error(
        "{folder}: the model has no chat template; give one with `--template FILE`, or `--template none` to join prompt and response"
    )]
    NoTemplate {
        /// The model's folder.
        folder: String,
    },
    /// A named list of templates without the one that conversations use.
    #[error("{file}: no chat template is named `default`, only {names}; give one with `--template FILE`")]
    NoDefaultTemplate {
        /// The file.
        file: String,
        /// The names that it holds.
        names: String,
    },
    /// A chat template with a mistake in its syntax.
    #[error("{file}: the chat template is not valid: {message}; give another with `--template FILE`")]
    BadTemplate {
        /// The file that the template stands in.
        file: String,
        /// What is wrong, in the words of its reader.
        message: String,
    },
    /// The machine has no room for the thread that a template runs on, which says nothing of the template or the text.
    #[error("no thread can be had for a chat template: {0}; allow more threads or memory and run again")]
    NoThread(#[source] io::Error),
    /// A chat template that refuses a conversation in its own words, by `raise_exception`.
    #[error("{file}: the chat template refuses the conversation: {message}; give another with `--template FILE`")]
    Refused {
        /// The file that the template stands in.
        file: String,
        /// Its words.
        message: String,
    },
    /// A chat template that fails on a conversation, or that cannot be followed here.
    #[error("{file}: the chat template cannot be rendered: {message}; give another with `--template FILE`")]
    Render {
        /// The file that the template stands in.
        file: String,
        /// What is wrong, in the words of its reader.
        message: String,
    },
}

impl TextError {
    /// Whether the text itself is to blame, as opposed to the tokenizer or template, or to what can be followed here.
    pub fn is_of_the_text(&self) -> bool {
        matches!(self, TextError::Refused { .. } | TextError::Encode { .. })
    }

    /// Whether a file is not there or not readable, as opposed to one that was read and found wrong.
    pub fn is_missing_input(&self) -> bool {
        matches!(self, TextError::NoTokenizer { .. } | TextError::Unreadable { .. })
    }

    pub(super) fn unreadable(path: &Path, error: io::Error) -> Self {
        TextError::Unreadable { file: shown(path), error }
    }

    /// The error of a key's value, of which at most 60 characters are shown.
    pub(super) fn bad_key(file: &Path, key: &str, value: &Value, expected: &'static str) -> Self {
        let value = keep_start(&value.to_string(), 60);
        TextError::BadKey { file: shown(file), key: key.to_owned(), value, expected }
    }
}

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

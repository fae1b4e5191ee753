//! engine

pub mod chat;
pub mod conversation;
pub mod text_error;
pub mod tokenizer;
mod tokenizer_class;
mod tokenizer_config;

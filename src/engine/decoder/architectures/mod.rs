//! The known architectures: how each one's `config.json` becomes a description. An architecture is one short function
//! here and nothing anywhere else. Defaults are those of transformers' configuration classes.

mod gemma;
mod gpt;
mod llama;
mod names;
mod phi;
mod table;

pub use table::ARCHITECTURES;
pub(crate) use table::Architecture;

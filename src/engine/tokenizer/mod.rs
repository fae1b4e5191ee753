//! A model's tokenizer: tokenizer.json, what the files beside it add, and what the class that they name makes of it.
//! Either as transformers 5 does, which rebuilds some classes, or with tokenizer.json as it stands.

mod charsmap;
mod choice;
mod class;
mod config;
mod growth;
mod model_tokenizer;
mod rebuilt;
mod special;
#[cfg(test)]
pub(super) mod testing;
mod token;

pub use model_tokenizer::ModelTokenizer;

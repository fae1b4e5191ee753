//! Attacks: copies of an answer by construction, edited as one who hides a cached answer would edit it. They are the
//! positives of a calibration without labelled ones. Pure: text, attack, seed and index say all; a strength of 0 and
//! the attack `exact` return the text byte by byte.

pub mod apply;
pub mod attack;
mod edits;
pub mod error;
mod layout;
#[cfg(test)]
mod properties;
mod replacements;
mod vocabulary;

pub(crate) use apply::attacked;
pub(crate) use attack::{Attack, AttackKind};
pub(crate) use error::AttackError;

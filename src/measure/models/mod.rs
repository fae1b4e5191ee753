//! Models measured in processes of their own, one for each device: what is asked of a child and what it says, line by
//! line ([`job`], [`said`]), the child ([`child`]), the child as its parent has it ([`process`]), and the parent that
//! hears it and notices its death ([`worker`]).
//!
//! Losses go from the child straight into the store, and the parent recalls them from there; only what the store does
//! not hold is said. A child lives by its stdin: whoever closes it, or dies, ends the child; one that does not end by
//! that is killed.

pub(crate) mod child;
mod error;
pub(crate) mod job;
mod process;
mod said;
mod worker;

pub(crate) use error::ChildError;
pub(crate) use job::Place;
pub(crate) use said::Said;
pub(crate) use worker::{Answer, Worker};

/// The hidden subcommand that is such a child: it reads a [`Place`] and orders from stdin and prints what it has to say
/// as lines of JSON.
pub(crate) const SUBCOMMAND: &str = "measure-models";

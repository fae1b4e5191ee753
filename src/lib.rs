//! Weighhouse weighs what miners submit to incentive networks: models by their loss.
//!
//! One idea carries the crate: measure once, judge many times. Data flows one way,
//! [`records`] → measuring ([`hub`], [`engine`], [`store`], [`measure`]) → judging ([`judge`], [`stats`]) → [`report`];
//! nothing on the left knows anything to its right. [`commands`] tells the story of each subcommand and
//! [`cli`] is the only place that prints, exits or draws progress.

#![warn(missing_docs)]
// Public is what the program, its tests, benches and examples use; the pages are read with all items.
#![allow(rustdoc::private_intra_doc_links)]
// Errors are returned and the command line reports them; nothing panics, prints or exits on its own.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro, clippy::exit)]

pub mod call;
mod check;
mod checkup;
pub mod cli;
mod commands;
pub mod engine;
mod excerpt;
pub mod guard;
mod hex;
pub mod hub;
pub mod imports;
pub mod judge;
pub mod labels;
pub mod measure;
pub mod outcome;
pub mod payload;
pub mod records;
pub mod report;
pub mod reporter;
pub mod runs;
pub mod similarity;
mod spool;
pub mod stats;
pub mod store;
mod turns;
mod version;

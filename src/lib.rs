//! Weighhouse weighs what miners submit to incentive networks: models by their loss.
//!
//! One idea carries the crate: measure once, judge many times. Data flows one way,
//! [`records`] → measuring ([`hub`], [`engine`], [`store`], [`measure`]) → judging ([`judge`], [`stats`]) → [`report`];
//! nothing on the left knows anything to its right. [`commands`] tells the story of each subcommand and
//! [`cli`] is the only place that prints, exits or draws progress.

pub mod cli;
pub mod commands;
pub mod engine;
pub mod hub;
pub mod judge;
pub mod measure;
pub mod records;
pub mod report;
pub mod reporter;
pub mod stats;
pub mod store;
pub mod version;

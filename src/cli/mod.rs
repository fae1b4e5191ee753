//! What was typed, and what is printed. Parse, resolve, run: `args` and one file per subcommand declare the flags,
//! `layers` and `config` resolve flag > environment > file > preset > default into plain settings, commands do the
//! work. Nothing outside this folder prints, exits, reads the environment or draws progress.

mod app;
mod args;
mod baseline;
mod calibrate;
mod compare;
mod competitions;
mod config;
mod contenders;
mod declared;
mod doctor;
mod error;
mod evaluate;
pub(crate) mod exit;
mod grid;
mod groups;
mod horde;
mod horde_rules;
mod hub;
mod import;
mod interrupt;
mod keys;
mod layers;
mod measure_call;
mod measure_models;
mod models;
mod pages;
mod printer;
mod progress;
mod pull;
mod replay;
mod resolving;
mod rewards;
mod rules;
mod schedule;
mod schema;
mod show;
mod spelling;
mod sweep;
#[cfg(test)]
mod testing;
mod transfers;
mod utility;
mod utility_rules;

pub use app::main;
pub use args::keys;
pub use config::ConfigFile;

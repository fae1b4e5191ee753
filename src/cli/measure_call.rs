//! `weighhouse measure-call`: as what the program runs itself to measure the memory of calls. It is not for people and
//! in no help.

use std::io;

use anyhow::Result;
use clap::Command;

use super::error::SettingsError;
use super::exit;
use super::printer::print;
use crate::commands::measure_call::{self, Request, SUBCOMMAND};

/// Its name.
pub const NAME: &str = SUBCOMMAND;

/// It on the command line.
pub fn command() -> Command {
    Command::new(NAME).hide(true).about("Measure the memory of one set of calls, told as JSON on stdin")
}

/// Reads what to measure from stdin and prints what it comes to.
///
/// # Errors
/// Stdin holds no such thing, or the calls cannot be made.
pub fn run() -> Result<u8> {
    let request: Request = serde_json::from_str(&io::read_to_string(io::stdin())?)
        .map_err(|error| SettingsError::Conflict(format!("stdin holds no call to measure: {error}")))?;
    measure_call::run(&request, |line| Ok(print(line)?))?;
    Ok(exit::OK)
}

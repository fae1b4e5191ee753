//! `weighhouse measure-models`: as what the program runs itself to measure models in several processes. It is not for
//! people and in no help.

use std::io::{self, BufRead, BufReader};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Command;

use super::error::SettingsError;
use super::exit;
use super::printer::print;
use crate::commands::measure_models::{self, SUBCOMMAND, Said, read_place};

/// Its name.
pub const NAME: &str = SUBCOMMAND;
/// How long it may go on when its stdin has ended.
const GRACE: Duration = Duration::from_secs(1);

/// It on the command line.
pub fn command() -> Command {
    Command::new(NAME).hide(true).about("Measure models, told as lines of JSON on stdin")
}

/// Reads from stdin where and what to measure and prints what it comes to, until stdin ends. Ctrl-C is for the parent,
/// which then closes it.
///
/// # Errors
/// Stdin does not begin with a place to measure in.
pub fn run() -> Result<u8> {
    ctrlc::set_handler(|| {}).context("cannot listen for Ctrl-C")?;
    let mut lines = BufReader::new(io::stdin()).lines();
    let place = read_place(&mut lines)
        .map_err(|error| SettingsError::Conflict(format!("stdin names no place to measure in: {error}")))?;
    measure_models::run(&place, lines, &say, end);
    Ok(exit::OK)
}

/// Prints a line. Whoever does not hear it any more has closed stdin too.
fn say(said: &Said) {
    let _ = serde_json::to_string(said).map_err(io::Error::from).and_then(|line| print(&line));
}

/// Ends a process that does not end by itself in time.
#[expect(clippy::exit, reason = "a thread has no other way to end the program")]
fn end() {
    std::thread::sleep(GRACE);
    std::process::exit(exit::INTERRUPTED.into());
}

//! The command line as tests type it.

use clap::ArgMatches;

use super::args;

/// What is parsed of `flags` behind `command`, for example `store clean`.
pub fn parsed(command: &str, flags: &[&str]) -> ArgMatches {
    let typed = ["weighhouse"].into_iter().chain(command.split(' ')).chain(flags.iter().copied());
    let mut matches = args::command().try_get_matches_from(typed).expect("parses");
    while let Some((_, inner)) = matches.remove_subcommand() {
        matches = inner;
    }
    matches
}

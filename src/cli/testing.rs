//! The command line as tests type it.

use clap::ArgMatches;

use super::args;
use super::declared::Declared;
use crate::commands::settings::ResolvedSetting;

/// What is parsed of `flags` behind `command`, for example `models remove`.
pub fn parsed(command: &str, flags: &[&str]) -> ArgMatches {
    let typed = ["weighhouse"].into_iter().chain(command.split(' ')).chain(flags.iter().copied());
    let mut matches = args::command().try_get_matches_from(typed).expect("parses");
    while let Some((_, inner)) = matches.remove_subcommand() {
        matches = inner;
    }
    matches
}

/// Fails unless resolving `declared` read each of its keys once, beside those that stand only in a file.
pub fn assert_all_resolved(declared: &Declared, resolved: &[ResolvedSetting]) {
    let names = resolved.iter().map(|setting| setting.key.as_str()).filter(|name| !name.starts_with("competitions."));
    // The program reads `quiet` itself, ahead of the command.
    let expected = declared.keys().map(|key| key.name).filter(|name| *name != "quiet");
    let (mut names, mut expected): (Vec<_>, Vec<_>) = (names.collect(), expected.collect());
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

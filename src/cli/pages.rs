//! `weighhouse completions` and `weighhouse man`: what the declaration of the command line gives to a shell and to `man`.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use clap_mangen::Man;

use super::error::SettingsError;
use super::keys::Key;

const COMPLETIONS: &str = "\
Examples:
  weighhouse completions bash > ~/.local/share/bash-completion/completions/weighhouse
  weighhouse completions zsh > ~/.zfunc/_weighhouse
  weighhouse completions fish > ~/.config/fish/completions/weighhouse.fish

Exit codes:
  0 done; 2 usage";

const MAN: &str = "\
Examples:
  weighhouse man
      The page of the program, in the language of man.
  weighhouse man replay wins > weighhouse-replay-wins.1
      The page of a subcommand.
  weighhouse man compare | man -l -
      Read it at once.

Exit codes:
  0 done; 2 usage";

/// Both commands.
pub fn commands() -> [Command; 2] {
    let shell = Arg::new("shell").value_name("SHELL").help("The shell").required(true);
    let words = Arg::new("command").value_name("COMMAND").help("A subcommand, like replay wins").num_args(0..);
    [
        Command::new("completions")
            .about("Print what a shell needs to complete commands, flags and names")
            .arg(shell.value_parser(value_parser!(Shell)))
            .after_long_help(COMPLETIONS),
        Command::new("man")
            .about("Print the manual page of the program or of a subcommand")
            .arg(words)
            .after_long_help(MAN),
    ]
}

/// The script for a shell, of the command line with these settings.
///
/// # Errors
/// The shell is not given, which parsing refuses before.
pub fn completions(flags: &ArgMatches, command: Command, keys: &[&Key]) -> Result<String, SettingsError> {
    let unknown = || SettingsError::Conflict("`shell` has no value; give SHELL".to_owned());
    let shell = flags.get_one::<Shell>("shell").copied().ok_or_else(unknown)?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_names(command, keys), "weighhouse", &mut script);
    Ok(String::from_utf8_lossy(&script).trim_end().to_owned())
}

/// The command line with the names that settings can have, which shells complete.
fn with_names(command: Command, keys: &[&Key]) -> Command {
    let name = |argument: Arg| match keys.iter().find(|key| key.name == argument.get_id().as_str()) {
        Some(key) if !key.choices.is_empty() => argument.value_parser(PossibleValuesParser::new(key.choices)),
        _ => argument,
    };
    command.mut_args(name).mut_subcommands(|command| with_names(command, keys))
}

/// A manual page of the command line.
///
/// # Errors
/// There is no such subcommand.
pub fn manual(flags: &ArgMatches, mut command: Command) -> Result<String, SettingsError> {
    command.build();
    let mut name = command.get_name().to_owned();
    for word in flags.get_many::<String>("command").into_iter().flatten() {
        let found = command.find_subcommand(word).cloned();
        command = found.ok_or_else(|| {
            SettingsError::Conflict(format!(
                "{name} has no command `{word}`; `{}` lists them",
                name.replace('-', " ") + " --help"
            ))
        })?;
        name = format!("{name}-{}", command.get_name());
    }
    let mut page = Vec::new();
    Man::new(command.display_name(name.clone()).bin_name(name.replace('-', " ")))
        .title(name)
        .render(&mut page)
        .map_err(|error| SettingsError::Conflict(error.to_string()))?;
    Ok(String::from_utf8_lossy(&page).trim_end().to_owned())
}

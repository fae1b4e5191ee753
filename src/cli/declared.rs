//! What a subcommand is: one declaration with its name, what it does, its examples and its settings, from which clap's
//! command follows.

use clap::{Arg, ArgAction, Command, ValueHint};

use super::groups::{GENERAL, Group};
use super::keys::Key;

/// A subcommand as it is declared once.
#[derive(Debug)]
pub struct Declared {
    /// Its name.
    pub name: &'static str,
    /// What it does, one sentence without a full stop.
    pub about: &'static str,
    /// What stands below the options in `--help`.
    pub examples: &'static str,
    /// Its settings; those that every command has are added.
    pub groups: &'static [Group],
}

impl Declared {
    /// The keys of its settings.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.groups.iter().chain([&GENERAL]).flat_map(|group| group.keys.iter().copied())
    }

    /// It as clap knows it.
    pub fn command(&self) -> Command {
        let settings = self
            .groups
            .iter()
            .chain([&GENERAL])
            .flat_map(|group| group.keys.iter().map(|key| key.argument().help_heading(group.heading)));
        let command = Command::new(self.name).about(self.about).after_long_help(self.examples);
        command.args(settings).args(steering().map(|flag| flag.help_heading(GENERAL.heading)))
    }
}

/// Flags that steer this program and are no settings: they stand in no file.
fn steering() -> [Arg; 2] {
    [
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .help("Read settings from this file instead of weighhouse.toml in the current folder"),
        Arg::new("show-settings")
            .long("show-settings")
            .action(ArgAction::SetTrue)
            .help("Print every setting with its value and where it came from, and stop"),
    ]
}

//! The command line as a whole: which subcommands there are, and what each takes. Values are all text here and are
//! read through [`Layers`](super::layers::Layers), which knows the other places a value may come from.

use clap::{Arg, ArgAction, Command, ValueHint};

use super::groups::{GENERAL, Group};
use super::keys::Key;
use super::{calibrate, evaluate, import, pull, replay, schema, store};
use crate::version;

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

    fn command(&self) -> Command {
        let settings = self
            .groups
            .iter()
            .chain([&GENERAL])
            .flat_map(|group| group.keys.iter().map(|key| key.argument().help_heading(group.heading)));
        let command = Command::new(self.name).about(self.about).after_long_help(self.examples);
        command.args(settings).args(steering().map(|flag| flag.help_heading(GENERAL.heading)))
    }
}

/// The subcommands that have none of their own.
const COMMANDS: [&Declared; 5] =
    [&evaluate::DECLARED, &calibrate::DECLARED, &pull::DECLARED, &import::DECLARED, &schema::DECLARED];
/// The subcommands of `replay`.
const OF_REPLAY: [&Declared; 1] = [&replay::WINS];
/// The subcommands of `store`.
const OF_STORE: [&Declared; 2] = [&store::LIST, &store::CLEAN];

/// The command line, ready to parse.
pub fn command() -> Command {
    let family = |name, about, of: &[&Declared]| {
        let family = Command::new(name).about(about).arg_required_else_help(true).subcommand_required(true);
        family.subcommands(of.iter().map(|declared| declared.command()))
    };
    Command::new("weighhouse")
        .about("Weighs what miners submit to incentive networks: losses, wins, weights")
        .version(version::LONG)
        .max_term_width(110)
        .arg_required_else_help(true)
        .subcommand_required(true)
        .subcommands(COMMANDS.map(Declared::command))
        .subcommand(family("replay", "Judge recorded data again, by the rules of any network", &OF_REPLAY))
        .subcommand(family("store", "Show or remove what was pulled", &OF_STORE))
        .after_help(
            "Every option is also an environment variable and a key in weighhouse.toml; see the help of each command.",
        )
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

fn all() -> impl Iterator<Item = &'static Declared> {
    COMMANDS.into_iter().chain(OF_REPLAY).chain(OF_STORE)
}

/// The keys of all subcommands, each once, by name.
pub fn keys() -> Vec<&'static Key> {
    let mut keys: Vec<&Key> = all().flat_map(Declared::keys).collect();
    keys.sort_by_key(|key| key.name);
    keys.dedup_by_key(|key| key.name);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn one_name_means_one_thing_wherever_it_stands() {
        for key in all().flat_map(Declared::keys) {
            let first = keys().into_iter().find(|known| known.name == key.name).expect("a known key");
            assert_eq!((key.hint, key.variables), (first.hint, first.variables), "{}", key.name);
        }
        assert!(keys().iter().all(|key| key.name != "config" && key.name != "show-settings"));
    }
}

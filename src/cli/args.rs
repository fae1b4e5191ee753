//! The command line as a whole. Flags are declared here and in one file per subcommand; their values are all text
//! and are read through [`Layers`](super::layers::Layers), which knows the other places a value may come from.

use clap::{Arg, CommandFactory, Parser, Subcommand, ValueHint};

use super::calibrate::CalibrateArgs;
use super::evaluate::EvaluateArgs;
use super::groups::SWITCH;
use super::pull::PullArgs;
use super::store::StoreArgs;
use crate::version;

/// Weighs what miners submit to incentive networks: losses, wins, weights.
#[derive(Debug, Parser)]
#[command(name = "weighhouse", version = version::LONG, arg_required_else_help = true, max_term_width = 110)]
#[command(after_help = "Every option is also an environment variable and a key in weighhouse.toml; see the help of \
                        each command.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is made, once")]
pub enum Command {
    /// Measure submissions on samples, and turn losses into wins and weights.
    Evaluate(EvaluateArgs),
    /// Measure how alike recorded answers are, and choose a similarity threshold with its false-positive rate.
    Calibrate(CalibrateArgs),
    /// Fetch the models of submissions into the cache, verified and within limits.
    Pull(PullArgs),
    /// Show or remove what was pulled.
    Store(StoreArgs),
}

/// Names of flags that steer this program and are no settings: they stand in no file.
const NO_SETTINGS: [&str; 4] = ["config", "show-settings", "help", "version"];

/// A key that may stand in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name, with hyphens.
    pub name: String,
    /// What its value is.
    pub kind: KeyKind,
}

/// What the value of a key is, as far as it matters where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A path, relative to the file that names it.
    Path,
    /// A folder, relative to the file that names it, or the name of a repository.
    Model,
    /// Anything else.
    Plain,
}

/// The command line, ready to parse.
pub fn command() -> clap::Command {
    Cli::command().mut_subcommands(complete_switches)
}

fn complete_switches(command: clap::Command) -> clap::Command {
    command.mut_args(complete).mut_subcommands(complete_switches)
}

/// A switch stands alone, `--fresh`, or takes a value after `=`, `--fresh=false`, to overrule what a file says.
/// Any other flag takes negative numbers, if only to refuse them with the numbers that it wants.
fn complete(argument: Arg) -> Arg {
    if argument.get_value_names().is_none_or(|names| names != [SWITCH]) {
        let takes_value = argument.get_long().is_some() && argument.get_action().takes_values();
        return argument.allow_negative_numbers(takes_value);
    }
    argument.num_args(0..=1).require_equals(true).default_missing_value("true")
}

/// The keys of all subcommands: every flag that is a setting.
pub fn keys() -> Vec<Key> {
    let mut keys: Vec<Key> = command().get_subcommands().flat_map(settings_of).collect();
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    keys.dedup_by(|a, b| a.name == b.name);
    keys
}

/// The keys of one subcommand.
#[cfg(test)]
pub fn keys_of(subcommand: &str) -> Vec<Key> {
    command().find_subcommand(subcommand).map(settings_of).unwrap_or_default()
}

/// The settings of a command and of its subcommands.
fn settings_of(command: &clap::Command) -> Vec<Key> {
    let own = command.get_arguments().map(key_of).filter(|key| !NO_SETTINGS.contains(&key.name.as_str()));
    own.chain(command.get_subcommands().flat_map(settings_of)).collect()
}

fn key_of(argument: &Arg) -> Key {
    let kind = match argument.get_value_hint() {
        ValueHint::FilePath | ValueHint::DirPath => KeyKind::Path,
        ValueHint::AnyPath => KeyKind::Model,
        _ => KeyKind::Plain,
    };
    Key { name: argument.get_id().as_str().replace('_', "-"), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn every_flag_but_the_steering_ones_is_a_key() {
        let keys = keys();
        let find = |name: &str| keys.iter().find(|key| key.name == name);
        assert_eq!(find("samples"), Some(&Key { name: "samples".into(), kind: KeyKind::Path }));
        assert_eq!(find("samples-per-step"), Some(&Key { name: "samples-per-step".into(), kind: KeyKind::Plain }));
        assert!(NO_SETTINGS.iter().all(|name| find(name).is_none()));
    }
}

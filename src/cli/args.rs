//! The command line as a whole: which subcommands there are, and what each takes. Values are all text here and are
//! read through [`Layers`](super::layers::Layers), which knows the other places a value may come from.

use clap::Command;

use super::declared::Declared;
use super::keys::Key;
use super::{
    baseline, calibrate, compare, contenders, doctor, evaluate, horde, import, measure_call, measure_models, models,
    pages, pull, replay, rewards, schedule, schema, sweep, utility,
};
use crate::version;

/// The subcommands that have none of their own.
const COMMANDS: [&Declared; 8] = [
    &evaluate::DECLARED,
    &calibrate::DECLARED,
    &compare::DECLARED,
    &sweep::DECLARED,
    &pull::DECLARED,
    &import::DECLARED,
    &doctor::DECLARED,
    &schema::DECLARED,
];
/// The subcommands of `replay`.
const OF_REPLAY: [&Declared; 6] =
    [&replay::WINS, &rewards::REWARDS, &schedule::SCHEDULE, &contenders::CONTENDERS, &horde::HORDE, &utility::UTILITY];
/// The subcommands of `baseline`.
const OF_BASELINE: [&Declared; 3] = [&baseline::SAVE, &baseline::ACCEPT, &baseline::SHOW];
/// The subcommands of `models`.
const OF_MODELS: [&Declared; 2] = [&models::LIST, &models::REMOVE];

/// The command line, ready to parse.
pub fn command() -> Command {
    let family = |name, about, of: &[&Declared]| {
        let family = Command::new(name).about(about).arg_required_else_help(true).subcommand_required(true);
        family.subcommands(of.iter().map(|declared| declared.command()))
    };
    // What they were called before still works.
    let models = family("models", "Show or remove the models that were pulled", &OF_MODELS).alias("store");
    let models = models.mut_subcommand("remove", |remove| remove.alias("clean"));
    Command::new("weighhouse")
        .about("Weighs what miners submit to incentive networks: losses, wins, weights")
        .version(version::LONG)
        .max_term_width(110)
        .arg_required_else_help(true)
        .subcommand_required(true)
        .subcommands(COMMANDS.map(Declared::command))
        .subcommand(family("replay", "Judge recorded data again, by the rules of any network", &OF_REPLAY))
        .subcommand(family("baseline", "Keep a run to compare later ones with", &OF_BASELINE))
        .subcommand(models)
        .subcommands(pages::commands())
        .subcommand(measure_call::command())
        .subcommand(measure_models::command())
        .after_help(
            "Every option is also an environment variable and a key in weighhouse.toml; see the help of each command.",
        )
}

fn all() -> impl Iterator<Item = &'static Declared> {
    COMMANDS.into_iter().chain(OF_REPLAY).chain(OF_BASELINE).chain(OF_MODELS)
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

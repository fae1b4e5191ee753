//! The program from the first argument to the exit code. Whatever happens ends in one line on stderr and a documented
//! code; nothing is printed twice and no backtrace is shown.

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::ArgMatches;

use super::config::ConfigFile;
use super::error::SettingsError;
use super::groups::QUIET;
use super::layers::Layers;
use super::progress::{Progress, write_line};
use super::{
    args, baseline, calibrate, compare, contenders, doctor, evaluate, exit, horde, import, interrupt, measure_call,
    measure_models, models, pages, printer, pull, replay, rewards, schedule, schema, show, sweep, utility,
};
use crate::commands::settings::Settings;
use crate::commands::{self, Finished};
use crate::excerpt::escaped;
use crate::guard;
use crate::reporter::Reporter;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(report_bug));
    let code = panic::catch_unwind(AssertUnwindSafe(|| run(std::env::args_os())));
    ExitCode::from(code.unwrap_or(exit::INTERNAL))
}

fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    match args::command().try_get_matches_from(arguments) {
        Ok(matches) => dispatch(&matches).unwrap_or_else(|error| report(&error)),
        Err(error) => usage(&error),
    }
}

fn dispatch(matches: &ArgMatches) -> Result<u8> {
    match matches.subcommand() {
        Some(("evaluate", flags)) => perform(flags, evaluate::resolve, commands::evaluate::run),
        Some(("calibrate", flags)) => perform(flags, calibrate::resolve, commands::calibrate::run),
        Some(("compare", flags)) => perform(flags, compare::resolve, commands::compare::run),
        Some(("sweep", flags)) => perform(flags, sweep::resolve, commands::sweep::run),
        Some(("pull", flags)) => perform(flags, pull::resolve, commands::pull::run),
        Some(("import", flags)) => perform(flags, import::resolve, commands::import::run),
        Some(("doctor", flags)) => perform(flags, doctor::resolve, commands::doctor::run),
        Some(("schema", flags)) => perform(flags, schema::resolve, commands::schema::run),
        Some(("replay", mechanism)) => match mechanism.subcommand() {
            Some(("wins", flags)) => perform(flags, replay::resolve_wins, commands::replay::wins::run),
            Some(("schedule", flags)) => perform(flags, schedule::resolve, commands::replay::schedule::run),
            Some(("contenders", flags)) => perform(flags, contenders::resolve, commands::replay::contenders::run),
            Some(("horde", flags)) => perform(flags, horde::resolve, commands::replay::horde::run),
            Some(("utility", flags)) => perform(flags, utility::resolve, commands::replay::utility::run),
            Some(("rewards", flags)) => perform(flags, rewards::resolve, commands::replay::rewards::run),
            _ => Err(undone()),
        },
        Some(("baseline", action)) => match action.subcommand() {
            Some(("save", flags)) => perform(flags, baseline::resolve_save, commands::baseline::run),
            Some(("accept", flags)) => perform(flags, baseline::resolve_accept, commands::baseline::run),
            Some(("show", flags)) => perform(flags, baseline::resolve_show, commands::baseline::run),
            _ => Err(undone()),
        },
        Some(("models", action)) => match action.subcommand() {
            Some(("list", flags)) => perform(flags, models::resolve_list, commands::models::run),
            Some(("remove", flags)) => perform(flags, models::resolve_remove, commands::models::run),
            _ => Err(undone()),
        },
        Some((measure_call::NAME, _)) => measure_call::run(),
        Some((measure_models::NAME, _)) => measure_models::run(),
        Some(("completions", flags)) => tell(pages::completions(flags, args::command(), &args::keys())),
        Some(("man", flags)) => tell(pages::manual(flags, args::command())),
        _ => Err(undone()),
    }
}

/// Prints what only the command line itself knows.
fn tell(text: Result<String, SettingsError>) -> Result<u8> {
    printer::print(&text?)?;
    Ok(exit::OK)
}

fn undone() -> anyhow::Error {
    anyhow::anyhow!("this command is declared and does nothing; please report it")
}

/// Resolves the settings of a subcommand and runs it.
fn perform<S: Settings>(
    flags: &ArgMatches,
    resolve: impl FnOnce(Layers) -> Result<S, SettingsError>,
    run: impl FnOnce(&S, &dyn Reporter) -> Result<Finished>,
) -> Result<u8> {
    let file = config_file(flags)?;
    let mut layers = Layers::new(flags, &environment, &file);
    let quiet = layers.get(&QUIET)?;
    let settings = resolve(layers)?;
    if flags.get_flag("show-settings") {
        printer::print(&show::settings(settings.sources(), settings.format()))?;
        return Ok(exit::OK);
    }
    let progress = Arc::new(Progress::new(quiet));
    interrupt::install(progress.clone(), &settings.kept()).context("cannot listen for Ctrl-C")?;
    let outcome = run(&settings, progress.as_ref()).map_err(|error| match exit::code_of(&error) {
        exit::INTERRUPTED => error.context(interrupt::line(&settings.kept())),
        _ => error,
    });
    conclude(&progress, outcome)
}

/// Takes the bar away, prints the summary and tells the exit code.
fn conclude(progress: &Progress, outcome: Result<Finished>) -> Result<u8> {
    progress.finish();
    let outcome = outcome?;
    printer::print(&outcome.summary)?;
    Ok(exit::code_of_ending(outcome.ending))
}

fn config_file(flags: &ArgMatches) -> Result<ConfigFile> {
    let named = flags.get_one::<String>("config").cloned().or_else(|| environment("WEIGHHOUSE_CONFIG"));
    let named = named.filter(|name| !name.is_empty()).map(PathBuf::from);
    Ok(ConfigFile::find(named.as_deref().map(Path::new), &args::keys())?)
}

/// A variable of this process; one that is not Unicode counts as not set.
fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// Prints help and version where they were asked for, and one line for everything that was typed wrong.
fn usage(error: &clap::Error) -> u8 {
    if error.use_stderr() && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        write_line(&one_line(before_usage(&error.to_string())));
        return exit::USAGE;
    }
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(exit::USAGE)
}

/// What clap says before it repeats how to use the command.
fn before_usage(text: &str) -> &str {
    text.split("\nUsage:").next().unwrap_or(text).trim_end_matches("\n\nFor more information, try '--help'.\n")
}

fn report(error: &anyhow::Error) -> u8 {
    let code = exit::code_of(error);
    match code {
        exit::OK => {}
        exit::INTERRUPTED => write_line(&one_line(&with_causes(error))),
        _ => write_line(&one_line(&format!("error: {}", with_causes(error)))),
    }
    code
}

/// The message with its causes, each said once.
fn with_causes(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

/// Text of several lines as one, without a character that steers the terminal.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    escaped(&lines.join("; "))
}

/// A panic that no guard awaits is a bug of ours; it is said in one line like any other failure.
fn report_bug(panic: &PanicHookInfo<'_>) {
    if guard::is_guarded() {
        return;
    }
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = one_line(text.unwrap_or("no message"));
    write_line(&format!("error: this is a bug in weighhouse, please report it: {message} ({place})"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_joined_and_said_once() {
        let error = anyhow::anyhow!("no such file").context("a.jsonl: no such file").context("cannot evaluate");
        assert_eq!(with_causes(&error), "cannot evaluate: a.jsonl: no such file");
    }

    #[test]
    fn several_lines_become_one() {
        assert_eq!(one_line("error: a\n\n  tip: b\n"), "error: a; tip: b");
    }

    #[test]
    fn what_clap_says_is_cut_before_the_usage() {
        assert_eq!(before_usage("error: a\n\n  tip: b\n\nUsage: weighhouse"), "error: a\n\n  tip: b\n");
        assert_eq!(before_usage("error: a\n\nFor more information, try '--help'.\n"), "error: a");
    }
}

//! `weighhouse replay contenders`: its settings, and how they resolve into [`ReplayContendersSettings`].

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group};
use super::keys::{Optional, Setting, choice, names, own, setting, within};
use super::layers::Layers;
use super::resolving::{reachable, reading};
use crate::commands::settings::{Origin, Picking, ReplayContendersSettings};
use crate::judge::contenders::policies::{NAMES as POLICY_NAMES, place};
use crate::judge::contenders::{self, Load, RowsOf, Rules};
use crate::records::{Source, second};
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse replay contenders
      Replay the recording that comes with the program.
  weighhouse replay contenders periods.jsonl --similarity pairs.jsonl --requests served.jsonl
      How would each policy have fared with your own?
  weighhouse replay contenders periods.jsonl --requests served.jsonl --grid history-weight=0,200
      What would a history be worth that counts for fewer or more requests?
  weighhouse replay contenders p.jsonl --requests r.jsonl --tasks t.jsonl --rows own-task
      Which weights follow from requests and periods, if no other task's requests top a task up?
  weighhouse replay contenders periods.parquet
      Rank the contenders, and estimate the similarity of tasks from their history.

Exit codes:
  0 done; 1 internal; 2 usage; 4 no contender serves anything; 65 bad input; 66 missing input; 130 interrupted";

const ROWS: [(&str, RowsOf); 2] = [("topped-up", RowsOf::ToppedUp), ("own-task", RowsOf::OwnTask)];
const LOADS: [(&str, Load); 2] = [("own", Load::Own), ("recorded", Load::Recorded)];

/// The sample data beside the sample periods.
const SAMPLE: [(&str, &str); 3] = [
    ("similarity", "datasets/contenders/similarity.jsonl"),
    ("requests", "datasets/contenders/requests.jsonl.gz"),
    ("tasks", "datasets/contenders/tasks.jsonl"),
];

/// A preset by name.
#[derive(Debug, Clone)]
struct NamedRules {
    name: String,
    rules: Rules,
}

const PERIODS: Setting<Source> = setting(
    "periods",
    "PERIODS",
    "What contenders were asked for, period by period: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of \
     *.parquet; - for JSON lines from stdin",
    own,
)
.hint(ValueHint::FilePath)
.default("datasets/contenders/periods.jsonl.gz")
.positional();
const SIMILARITY: Optional<Source> =
    setting("similarity", "FILE", "Similarities of tasks: left_task, right_task and similarity, one row per pair", own)
        .hint(ValueHint::FilePath)
        .or("none");
const REQUESTS: Optional<Source> = setting(
    "requests",
    "FILE",
    "Requests that were served, in the order of time, for the replay over time and the weights",
    own,
)
.hint(ValueHint::FilePath)
.or("none");
const TASKS: Optional<Source> =
    setting("tasks", "FILE", "What each task counts: task and weight, one row each; for the weights", own)
        .hint(ValueHint::FilePath)
        .or("no weights");
const PRESET: Setting<NamedRules> = setting("preset", "NAME", "Rules of a network", |text| {
    let rules = Rules::preset(text).map(|rules| NamedRules { name: text.to_owned(), rules });
    rules.ok_or_else(|| format!("expected one of {}", contenders::NAMES.join(", ")))
})
.one_of(&contenders::NAMES)
.default("nineteen");
const DROP_OFF: Setting<f64> =
    setting("drop-off", "NUMBER", "By what a history loses its worth in an interval", |text| {
        within(text, 1.0..=1e6, "a number from 1 to 1e6")
    })
    .of_preset();
const INTERVAL: Setting<f64> =
    setting("interval-seconds", "SECONDS", "The interval in which it does", seconds).of_preset();
const WINDOW: Setting<f64> =
    setting("history-seconds", "SECONDS", "Time that a period stays in the history", seconds).of_preset();
const WEIGHT: Setting<f64> =
    setting("history-weight", "REQUESTS", "Requests that a unit of history is worth", |text| {
        within(text, 0.0..=1e9, "a number from 0 to 1e9")
    })
    .of_preset();
const FACTOR: Setting<f64> = setting(
    "similarity-factor",
    "NUMBER",
    "By what the similarities of tasks are multiplied; none exceeds 1",
    |text| within(text, 0.0..=1e9, "a number from 0 to 1e9"),
)
.of_preset();
const TRIES: Setting<usize> = setting("tries", "COUNT", "Contenders that a request is tried with", |text| {
    within(text, 1..=1000, "a whole number from 1 to 1000")
})
.of_preset();
const PERIOD: Setting<f64> = setting("period-seconds", "SECONDS", "Time of a period", seconds).of_preset();
const ROWS_SECONDS: Setting<f64> =
    setting("rows-seconds", "SECONDS", "Time that requests and periods count for quality, speed and weights", seconds)
        .of_preset();
const ROWS_OF: Setting<RowsOf> = setting(
    "rows",
    "HOW",
    "Requests that quality and speed come from: those of the task, fewer than 50 topped up with the node's newest of any \
     task, or not",
    |text| choice(text, &ROWS),
)
.one_of(&names(&ROWS))
.of_preset();
const SCORES: Setting<f64> =
    setting("scores-seconds", "SECONDS", "Time from one computation of the scores to the next", seconds).of_preset();
const POLICY: Setting<usize> =
    setting("policy", "NAME", "The policy that the report and --grid are about; all are replayed", |text| {
        place(text).ok_or_else(|| format!("expected one of {}", POLICY_NAMES.join(", ")))
    })
    .one_of(&POLICY_NAMES)
    .default("nineteen-pr75");
const LOAD: Setting<Load> = setting(
    "balance",
    "HOW",
    "Requests that policies balance by in the replay: those that they would have made, or those that were recorded",
    |text| choice(text, &LOADS),
)
.one_of(&names(&LOADS))
.default("own");
const NOW: Optional<f64> = setting("now", "TIME", "When contenders are ranked, after all that is recorded", |text| {
    second(text).ok_or_else(|| "expected a time like 2026-01-31T12:00:00Z, or seconds since 1970".to_owned())
})
.or("the last time that is recorded");
const RESAMPLES: Setting<usize> = groups::RESAMPLES.default("1000");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/replay-contenders");

fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.001..=1e9, "a number of seconds from 0.001 to 1e9")
}

/// What rules come from.
const RULES: Group = Group {
    heading: Some("Rules"),
    keys: &[
        &PRESET.key,
        &DROP_OFF.key,
        &INTERVAL.key,
        &WINDOW.key,
        &WEIGHT.key,
        &FACTOR.key,
        &TRIES.key,
        &PERIOD.key,
        &SCORES.key,
        &ROWS_OF.key,
        &ROWS_SECONDS.key,
    ],
};

/// `replay contenders` on the command line.
pub const CONTENDERS: Declared = Declared {
    name: "contenders",
    about: "Pick contenders by their history again: who is tried first by which policy, how it fares, and what it weighs",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&PERIODS.key]),
        Group { heading: Some("Input"), keys: &[&SIMILARITY.key, &REQUESTS.key, &TASKS.key] },
        groups::RECORDS,
        RULES,
        Group { heading: Some("What if"), keys: &[&POLICY.key, &LOAD.key, &NOW.key, &GRID.key] },
        Group { heading: Some("Output"), keys: &[&OUT.key] },
        Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key] },
    ],
};

/// Resolves every setting of `replay contenders`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<ReplayContendersSettings, SettingsError> {
    let periods = layers.get(&PERIODS)?;
    if layers.source_of(&PERIODS.key) == Some(&Origin::Default) {
        layers.set_preset("sample data", SAMPLE.map(|(key, file)| (key, file.to_owned())).into());
    }
    let (similarity, requests) = (layers.find(&SIMILARITY)?, layers.find(&REQUESTS)?);
    let tasks = layers.find(&TASKS)?;
    let reading = reading(&mut layers)?;
    let picking = picking(&mut layers)?;
    let bootstrap = BootstrapSpec {
        resamples: layers.get(&RESAMPLES)?,
        confidence: layers.get(&groups::CONFIDENCE)?,
        seed: layers.get(&groups::SEED)?,
    };
    reachable(bootstrap)?;
    let settings = ReplayContendersSettings {
        periods,
        similarity,
        requests,
        tasks,
        reading,
        picking,
        grid: grid::resolve(&mut layers, RULES.keys, self::picking)?,
        policy: layers.get(&POLICY)?,
        now: layers.find(&NOW)?,
        load: layers.get(&LOAD)?,
        bootstrap,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    Ok(ReplayContendersSettings { sources: layers.into_resolved(), ..settings })
}

/// The preset's rules with the user's changes.
fn picking(layers: &mut Layers) -> Result<Picking, SettingsError> {
    let NamedRules { name, rules: baseline } = layers.get(&PRESET)?;
    let rules = baseline;
    let rows = ROWS.iter().find(|(_, rows)| *rows == rules.rows_of).map_or("topped-up", |(name, _)| name);
    let constants = vec![
        (DROP_OFF.key.name, rules.drop_off.to_string()),
        (INTERVAL.key.name, rules.interval.to_string()),
        (WINDOW.key.name, rules.window.to_string()),
        (WEIGHT.key.name, rules.weight.to_string()),
        (FACTOR.key.name, rules.similarity_factor.to_string()),
        (TRIES.key.name, rules.top.to_string()),
        (ROWS_SECONDS.key.name, rules.rows_window.to_string()),
        (ROWS_OF.key.name, rows.to_owned()),
        (PERIOD.key.name, "1800".to_owned()),
        (SCORES.key.name, "3600".to_owned()),
    ];
    layers.set_preset(&name, constants);
    let rules = Rules {
        drop_off: layers.get(&DROP_OFF)?,
        interval: layers.get(&INTERVAL)?,
        window: layers.get(&WINDOW)?,
        weight: layers.get(&WEIGHT)?,
        similarity_factor: layers.get(&FACTOR)?,
        top: layers.get(&TRIES)?,
        rows_window: layers.get(&ROWS_SECONDS)?,
        rows_of: layers.get(&ROWS_OF)?,
    };
    Ok(Picking { rules, baseline, period_seconds: layers.get(&PERIOD)?, scores_seconds: layers.get(&SCORES)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<ReplayContendersSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("replay contenders", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&CONTENDERS, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn the_rules_are_the_preset_s_but_for_what_was_changed() {
        let rules = |flags: &[&str]| resolved(flags).expect("resolves").picking.rules;
        assert_eq!(Some(rules(&[])), Rules::preset("nineteen"));
        let changed = rules(&["--history-weight", "10", "--rows", "own-task"]);
        assert!(changed.weight == 10.0 && changed.rows_of == RowsOf::OwnTask && changed.interval == 3600.0);
        assert_eq!(Some(resolved(&["--drop-off", "4"]).expect("resolves").picking.baseline), Rules::preset("nineteen"));
    }

    #[test]
    fn sample_data_stands_beside_sample_periods_only() {
        let sample = resolved(&[]).expect("resolves");
        assert!(sample.similarity.is_some() && sample.requests.is_some() && sample.tasks.is_some());
        let own = resolved(&["p.jsonl", "--tasks", "t.jsonl"]).expect("resolves");
        assert!(own.similarity.is_none() && own.requests.is_none() && own.tasks.is_some());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for flag in ["--drop-off=0.5", "--tries=0", "--policy=best", "--now=yesterday", "--balance=none", "--rows=all"]
        {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = resolved(&[flag]).expect_err("refused").to_string();
            assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
        }
    }
}

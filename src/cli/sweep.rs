//! `weighhouse sweep`: its settings, each of which may take many values, and how they resolve into [`SweepSettings`].

mod ruling;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::PathBuf;
use std::str::FromStr;

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{self, Group};
use super::keys::{Key, Optional, Setting, natural, setting};
use super::layers::Layers;
use super::replay::{LOSSES, SHARES};
use super::resolving::{reachable, reading};
use super::rules::{ALPHA, EPSILON, MINIMUM_WEIGHT, SAMPLE_MIN, SKEW, TEMPERATURE};
use crate::commands::settings::{LossInput, Origin, SweepSettings, distinct};
use crate::commands::sweep::RunRules;
use crate::judge::wins::{Epsilon, presets};
use crate::records::Source;
use crate::stats::BootstrapSpec;

use ruling::{Ruling, Sides};

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse sweep
      Who would lead by which epsilon, on the losses that come with the program?
  weighhouse sweep losses.jsonl --epsilon 0:0.05:0.001 --temperature 0.01,0.04,0.08
      A table of every pair, a heat map, and how likely another leader is at each.
  weighhouse sweep losses.jsonl --preset finetuning-subnet,pretraining,coldint --shares 0=0.6,1=0.4
      What would the rules of other networks pay?
  weighhouse sweep reports/evaluate --candidate 63 --at-block 5200000 --samples-per-step 100,400
      Would this model win, if it were submitted at that block, and how much better must it be?
  weighhouse sweep losses.jsonl --epsilon linear:0.05:0.01:36000,0.01 --clones 1,5,20
      How does a falling epsilon compare, and what would clones of the leader do?

Values:
  Each rule takes one value, a list A,B,C or a range START:END:STEP; all combinations are judged, 100000 at most.

Exit codes:
  0 done; 1 internal; 2 usage; 4 nothing was measured; 65 bad input; 66 missing input; 130 interrupted";

/// Most points of a sweep.
const MOST_POINTS: usize = 100_000;

/// The values of ε where the user lets nothing vary.
const USUAL: &str = "0:0.05:0.001";

const RUN: Setting<Source> = LOSSES.called("RUN|LOSSES").help(
    "Recorded losses, the rows of a step together: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of \
     *.parquet; or the folder of a run of evaluate",
);
const PRESETS: Setting<Vec<String>> =
    setting("preset", "NAMES", "Rules of networks", values).one_of(&presets::NAMES).default("finetuning-subnet");
const EPSILONS: Optional<Vec<String>> = setting(
    EPSILON.key.name,
    "VALUES",
    "Boosts of the earlier submission: numbers, linear:START:END:BLOCKS or exponential:START:FACTOR:BLOCKS",
    values,
)
.or("0:0.05:0.001 where nothing has two values, else the preset's");
const TEMPERATURES: Optional<Vec<String>> = varied(&TEMPERATURE.key, "Temperatures of the softmax over win rates");
const SKEWS: Optional<Vec<String>> = varied(&SKEW.key, "Exponents of the win rates, where these are the weights");
const MINIMUM_WEIGHTS: Optional<Vec<String>> =
    varied(&MINIMUM_WEIGHT.key, "Least averages within a competition that are paid");
const ALPHAS: Optional<Vec<String>> = varied(&ALPHA.key, "Weights of the old value in the moving average over steps");
const SAMPLE_MINS: Optional<Vec<String>> =
    varied(&SAMPLE_MIN.key, "Submissions that a competition keeps for its next step");
const CANDIDATE: Optional<u32> =
    setting("candidate", "UID", "Would this submission win? How likely, and how much better must it be?", natural)
        .or("nobody is asked about");
const AT_BLOCK: Optional<u64> =
    setting("at-block", "BLOCK", "Block at which the candidate would be submitted", natural).or("its own");
const SAMPLES: Optional<Vec<usize>> =
    setting("samples-per-step", "COUNTS", "Samples of a step in which the candidate would have to win", |text| {
        counts(text, 1_000_000)
    })
    .or("as many as are recorded");
const CLONES: Setting<Vec<usize>> =
    setting("clones", "COUNTS", "Exact clones of the leader, under other hashes, that are added", |text| {
        counts(text, 1000)
    })
    .default("1,2,5,10,20");
const CLONE_BLOCKS: Optional<Vec<u64>> =
    setting("clone-blocks", "BLOCKS", "Blocks at which they are submitted", |text| {
        numbers(text, |_: &u64| true, "whole block numbers")
    })
    .or("right after the leader, and at the end");
const NOISE: Setting<Vec<f64>> =
    setting("noise", "SHARES", "Noise of perturbed copies of the leader, as a share of each loss", |text| {
        numbers(text, |share| (1e-9..=1.0).contains(share), "numbers from 1e-9 to 1")
    })
    .default("0.001,0.003,0.01,0.03");
const RESAMPLES: Setting<usize> = groups::RESAMPLES.default("1000");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/sweep");

/// Whole numbers from 1 to `most`, each once, in ascending order.
fn counts(text: &str, most: usize) -> Result<Vec<usize>, String> {
    let expected = format!("whole numbers from 1 to {most}");
    let mut counts = numbers(text, |count: &usize| (1..=most).contains(count), &expected)?;
    counts.sort_unstable();
    Ok(counts)
}

/// Numbers, each once.
fn numbers<T: FromStr + PartialEq + ToString>(
    text: &str,
    fits: impl Fn(&T) -> bool,
    expected: &str,
) -> Result<Vec<T>, String> {
    let number = |part: &str| part.trim().parse().ok().filter(&fits);
    let numbers: Option<Vec<T>> = text.split(',').map(number).collect();
    let numbers = numbers.ok_or_else(|| format!("expected {expected}, separated by commas"))?;
    let twice = (1..numbers.len()).find(|&place| numbers[..place].contains(&numbers[place]));
    twice.map_or(Ok(()), |place| Err(has_twice(&numbers[place].to_string())))?;
    Ok(numbers)
}

/// The values of a rule as they are typed; two that read the same are one.
fn values(text: &str) -> Result<Vec<String>, String> {
    let values = distinct(text, MOST_POINTS)?;
    let mut seen = HashSet::new();
    let twice = values.iter().find(|value| !seen.insert(plain(value)));
    twice.map_or(Ok(()), |value| Err(has_twice(&plain(value))))?;
    Ok(values)
}

/// A value in the one form that all texts of it share.
fn plain(value: &str) -> String {
    match (value.parse::<f64>(), value.parse::<Epsilon>()) {
        // Adding 0 makes 0 of −0.
        (Ok(number), _) => (number + 0.0).to_string(),
        (Err(_), Ok(epsilon)) => epsilon.to_string(),
        (Err(_), Err(_)) => value.to_owned(),
    }
}

fn has_twice(value: &str) -> String {
    format!("has the value {value} twice")
}

/// A rule of which many values may be given.
const fn varied(key: &Key, help: &'static str) -> Optional<Vec<String>> {
    setting(key.name, "VALUES", help, values).of_preset().or("the preset's")
}

/// All that may vary, in the order in which it varies: the last one first.
const RULES: Group = Group {
    heading: Some("Rules, each with one value or many"),
    keys: &[
        &PRESETS.key,
        &EPSILONS.key,
        &TEMPERATURES.key,
        &SKEWS.key,
        &MINIMUM_WEIGHTS.key,
        &ALPHAS.key,
        &SAMPLE_MINS.key,
    ],
};

/// `sweep` on the command line.
pub const DECLARED: Declared = Declared {
    name: "sweep",
    about: "Judge recorded losses by many rules at once: what would a change of a constant do, before it is made?",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&RUN.key]),
        Group { heading: Some("Input"), keys: &[&groups::LACKING.key] },
        groups::RECORDS,
        RULES,
        Group { heading: RULES.heading, keys: &[&SHARES.key] },
        Group { heading: Some("Will it win?"), keys: &[&CANDIDATE.key, &AT_BLOCK.key, &SAMPLES.key] },
        Group { heading: Some("Copies"), keys: &[&CLONES.key, &CLONE_BLOCKS.key, &NOISE.key] },
        Group { heading: Some("Output"), keys: &[&OUT.key] },
        Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key] },
    ],
};

/// Resolves every setting of `sweep`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<SweepSettings, SettingsError> {
    let losses = layers.get(&RUN)?;
    let run = RunRules::of(&losses);
    if let Some(run) = &run {
        layers.set_preset(&run.name, vec![(PRESETS.key.name, run.preset.to_owned())]);
    }
    let sides = Sides::read(&mut layers)?;
    let shares = layers.find(&SHARES)?;
    let ruling = Ruling { run: run.as_ref(), shares: shares.as_ref() };
    let settings = SweepSettings {
        input: LossInput { losses, submissions: layers.find(&groups::LACKING)?, reading: reading(&mut layers)? },
        shares_given: shares.is_some() || layers.file().competitions.is_some(),
        // First, since it tells what it refuses with its point.
        grid: ruling.grid(&mut layers, &sides.sides)?,
        baseline: ruling.baseline(&mut layers, &sides)?,
        candidate: layers.find(&CANDIDATE)?,
        at_block: layers.find(&AT_BLOCK)?,
        samples: layers.find(&SAMPLES)?.unwrap_or_default(),
        clones: layers.get(&CLONES)?,
        clone_blocks: layers.find(&CLONE_BLOCKS)?.unwrap_or_default(),
        noise: layers.get(&NOISE)?,
        bootstrap: BootstrapSpec {
            resamples: layers.get(&RESAMPLES)?,
            confidence: layers.get(&groups::CONFIDENCE)?,
            seed: layers.get(&groups::SEED)?,
        },
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    reachable(settings.bootstrap)?;
    of_one_network(&settings, sides.presets())?;
    let mut sources = layers.into_resolved();
    for setting in sources.iter_mut().filter(|setting| setting.key == EPSILONS.key.name) {
        match sides.usual {
            Some(usual) => setting.value = usual.to_owned(),
            None if setting.source == Origin::Default => setting.value = "(the preset's)".to_owned(),
            None => {}
        }
    }
    Ok(SweepSettings { sources, ..settings })
}

/// Refuses what is about a candidate where there is none, or more than one network to ask by.
fn of_one_network(settings: &SweepSettings, presets: &[String]) -> Result<(), SettingsError> {
    let reason = match settings.candidate {
        None if settings.at_block.is_some() || !settings.samples.is_empty() => {
            "--at-block and --samples-per-step are about a candidate; name it by --candidate UID".to_owned()
        }
        Some(_) if presets.len() > 1 => format!(
            "--candidate is asked by the rules of one network, and --preset has {}; sweep them one by one, or leave \
             --candidate out",
            presets.len()
        ),
        _ => return Ok(()),
    };
    Err(SettingsError::Conflict(reason))
}

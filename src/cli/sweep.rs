//! `weighhouse sweep`: its settings, each of which may take many values, and how they resolve into [`SweepSettings`].

use std::path::PathBuf;
use std::str::FromStr;

use super::declared::Declared;
use super::error::SettingsError;
use super::grid;
use super::groups::{self, Group};
use super::keys::{Key, Optional, Setting, natural, setting};
use super::layers::Layers;
use super::replay::{LOSSES, SHARES};
use super::resolving::{reachable, reading};
use super::rules::{self, ALPHA, EPSILON, MINIMUM_WEIGHT, SAMPLE_MIN, SKEW, TEMPERATURE};
use crate::commands::settings::{
    CountList, Grid, LossInput, PresetRules, ShareList, SweepSettings, combinations, distinct,
};
use crate::commands::sweep::RunRules;
use crate::judge::wins::{Rules, presets};
use crate::records::Source;
use crate::stats::BootstrapSpec;

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
const EPSILONS: Optional<Vec<String>> = varied(
    &EPSILON.key,
    "Boosts of the earlier submission: numbers, linear:START:END:BLOCKS or exponential:START:FACTOR:BLOCKS",
);
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

fn counts(text: &str, most: usize) -> Result<Vec<usize>, String> {
    let counts = text.parse::<CountList>().ok().filter(|list| list.0.iter().all(|&count| count <= most));
    counts.map(|list| list.0).ok_or_else(|| format!("expected whole numbers from 1 to {most}, separated by commas"))
}

fn numbers<T: FromStr>(text: &str, fits: impl Fn(&T) -> bool, expected: &str) -> Result<Vec<T>, String> {
    let number = |part: &str| part.trim().parse().ok().filter(&fits);
    let numbers = text.split(',').map(number).collect::<Option<_>>();
    numbers.ok_or_else(|| format!("expected {expected}, separated by commas"))
}

fn values(text: &str) -> Result<Vec<String>, String> {
    distinct(text, MOST_POINTS)
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

/// A setting of which there are values to judge by.
struct Side {
    key: &'static Key,
    values: Vec<String>,
}

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
    let sides = sides(&mut layers)?;
    let shares = layers.find(&SHARES)?;
    let ruling = Ruling { run: run.as_ref(), shares: shares.as_ref() };
    let settings = SweepSettings {
        input: LossInput { losses, submissions: layers.find(&groups::LACKING)?, reading: reading(&mut layers)? },
        shares_given: shares.is_some() || layers.file().competitions.is_some(),
        baseline: ruling.baseline(&mut layers, &sides[0].values[0])?,
        grid: ruling.grid(&mut layers, &sides)?,
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
    if settings.candidate.is_none() && (settings.at_block.is_some() || !settings.samples.is_empty()) {
        let reason = "--at-block and --samples-per-step are about a candidate; name it by --candidate UID";
        return Err(SettingsError::Conflict(reason.to_owned()));
    }
    Ok(SweepSettings { sources: layers.into_resolved(), ..settings })
}

/// The presets, then every rule that the user gave values; ε, where nothing would vary.
fn sides(layers: &mut Layers) -> Result<Vec<Side>, SettingsError> {
    let mut sides = vec![Side { key: &groups::PRESET.key, values: layers.get(&PRESETS)? }];
    let rules: [(&Key, Optional<Vec<String>>); 6] = [
        (&EPSILON.key, EPSILONS),
        (&TEMPERATURE.key, TEMPERATURES),
        (&SKEW.key, SKEWS),
        (&MINIMUM_WEIGHT.key, MINIMUM_WEIGHTS),
        (&ALPHA.key, ALPHAS),
        (&SAMPLE_MIN.key, SAMPLE_MINS),
    ];
    for (key, rule) in rules {
        sides.extend(layers.find(&rule)?.map(|values| Side { key, values }));
    }
    if sides.iter().all(|side| side.values.len() == 1 && side.key.name != EPSILON.key.name) {
        let values = values(USUAL).map_err(SettingsError::Conflict)?;
        sides.push(Side { key: &EPSILON.key, values });
    }
    Ok(sides)
}

/// What rules come from beside presets and values.
struct Ruling<'a> {
    run: Option<&'a RunRules>,
    shares: Option<&'a ShareList>,
}

impl Ruling<'_> {
    /// The rules that every point is held against: those of the run, or of the first preset, whatever varies.
    fn baseline(&self, layers: &mut Layers, preset: &str) -> Result<PresetRules, SettingsError> {
        let own = |layers: &mut Layers| layers.supposing(&[(&groups::PRESET.key, preset)], |layers| self.rules(layers));
        let baseline = layers.untold(RULES.keys, own)?;
        if let Some(preset) = presets::preset(preset) {
            // For the record of the run.
            rules::competitions(&preset, layers);
        }
        Ok(baseline)
    }

    /// The rules at every combination of values.
    fn grid(&self, layers: &mut Layers, sides: &[Side]) -> Result<Grid<PresetRules>, SettingsError> {
        let count = sides.iter().map(|side| side.values.len()).try_fold(1, usize::checked_mul);
        if count.is_none_or(|count| count > MOST_POINTS) {
            let sizes: Vec<String> = sides.iter().map(|side| side.values.len().to_string()).collect();
            let sizes = sizes.join(" x ");
            let reason =
                format!("{sizes} values make more than {MOST_POINTS} points; give fewer values or larger steps");
            return Err(SettingsError::Conflict(reason));
        }
        let varied: Vec<&'static Key> = sides.iter().map(|side| side.key).collect();
        let typed = |supposed: &[(&Key, &str)]| {
            supposed.iter().map(|(key, value)| format!("--{} {value}", key.name)).collect::<Vec<_>>().join(" ")
        };
        let points = combinations(sides.iter().map(|side| side.values.as_slice()));
        grid::at_points(layers, &varied, points, typed, |layers| self.rules(layers))
    }

    /// The rules of the layers as they are.
    fn rules(&self, layers: &mut Layers) -> Result<PresetRules, SettingsError> {
        let preset = rules::choose_preset(layers)?;
        let name = preset.name;
        if let Some(run) = self.run.filter(|run| run.preset == name) {
            layers.amend_preset(&run.values);
        }
        let rules = rules::resolve(preset, layers)?;
        let competitions = self.shares.map_or(rules.competitions, |ShareList(shares)| shares.clone());
        Ok(PresetRules { preset: name, rules: Rules { competitions, ..rules } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};
    use crate::judge::wins::{Epsilon, Weighting};

    fn resolved(flags: &[&str]) -> Result<SweepSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("sweep", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&DECLARED, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn epsilon_varies_where_nothing_else_does() {
        let settings = resolved(&[]).expect("resolves");
        assert_eq!((settings.grid.keys.as_slice(), settings.grid.points.len()), (&["preset", "epsilon"][..], 51));
        assert_eq!(Some(&settings.baseline.rules), presets::preset("finetuning-subnet").map(|it| it.rules).as_ref());
        assert_eq!(resolved(&["--epsilon", "0.02"]).expect("resolves").grid.points.len(), 1);
        assert_eq!(resolved(&["--alpha", "0.5,0.9"]).expect("resolves").grid.points.len(), 2);
    }

    #[test]
    fn every_combination_of_values_is_a_point() {
        let flags = ["--epsilon", "0,0.01,linear:0.1:0:9", "--temperature", "0.01:0.03:0.01", "--alpha", "0.5"];
        let SweepSettings { grid, baseline, .. } = resolved(&flags).expect("resolves");
        assert_eq!((grid.keys.len(), grid.points.len()), (4, 9));
        let last = &grid.points[8].rules;
        assert_eq!(last.rules.weighting, Weighting::Softmax { temperature: 0.03 });
        assert_eq!((last.rules.alpha, last.rules.epsilon), (0.5, "linear:0.1:0:9".parse().expect("an epsilon")));
        assert_eq!((baseline.rules.alpha, baseline.rules.epsilon), (0.9, Epsilon::Constant(0.01)));
        let presets = resolved(&["--preset", "coldint,pretraining", "--epsilon", "0,0.1"]).expect("resolves").grid;
        let names: Vec<&str> = presets.points.iter().map(|point| point.rules.preset).collect();
        assert_eq!(names, ["coldint", "coldint", "pretraining", "pretraining"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for flag in ["--epsilon=0.02:0.01:0.001", "--alpha=0.1,,0.2", "--preset=a,a", "--clones=0", "--noise=2"] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = resolved(&[flag]).expect_err("refused").to_string();
            assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
        }
        let refusal = |flags: &[&str]| resolved(flags).expect_err("refused").to_string();
        let many = ["--epsilon", "0:0.5:0.001", "--temperature", "0.01:10:0.01"];
        assert!(refusal(&many).starts_with("1 x 501 x 1000 values make more than 100000 points"));
        assert!(
            refusal(&["--alpha=2"])
                .starts_with("--preset finetuning-subnet --alpha 2 --epsilon 0: invalid value `2` for --alpha")
        );
        assert!(refusal(&["--preset=finetuning-successor", "--temperature=1"]).contains("has no meaning"));
        assert!(refusal(&["--at-block=7"]).contains("--candidate UID"));
        assert!(refusal(&["--resamples=10"]).contains("at least 1000"));
    }
}

//! `weighhouse replay horde`: its settings, and how they resolve into [`ReplayHordeSettings`].

use std::path::PathBuf;

use clap::ValueHint;

use super::calibrate::{self, EMBEDDER};
use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group, STORE};
use super::horde_rules::{RULES, scoring};
use super::hub;
use super::keys::{Optional, Setting, own, setting, share, within};
use super::layers::Layers;
use super::resolving::{reachable, reading};
use crate::commands::settings::{AnswerSettings, AttackList, ChainSettings, Origin, ReplayHordeSettings};
use crate::records::Source;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse replay horde
      Score the recording that comes with the program by the rules of June 2025 and later.
  weighhouse replay horde recording --preset computehorde-2024-12
      Your own, by the rules of December 2024: only checks count, and each job has its own bonus.
  weighhouse replay horde recording --class-weights 25/75 --dancing-bonus 1.1
      What would other class weights and a smaller bonus pay?
  weighhouse replay horde recording --grid preset=computehorde-2024-12,computehorde-2025-02
      How would the rules of each era have shared weights out?
  weighhouse replay horde recording --grid class-weights=95/5,65/35,25/75,0/100
      Who wins and who loses as weight moves to the language models?
  weighhouse replay horde recording --grid llm-timeout=30:150:20
      How many jobs pass at which timeout, and what does that move?
  weighhouse replay horde --answers answers.jsonl --embedder ./all-MiniLM-L6-v2
      Would a similarity above a threshold be a better check of answers than equality?
  weighhouse replay horde recording --stake-minimum 50000 --other-stake 30000
      Which excuses rest on validators between two minima of stake?

Exit codes:
  0 done; 1 internal; 2 usage; 4 nobody has a score; 65 bad input; 66 missing input; 130 interrupted";

const RECORDING: Setting<PathBuf> = setting(
    "recording-folder",
    "FOLDER",
    "Folder that holds batches, manifests and jobs, perhaps receipts and validators: each as .jsonl, .json or .csv, perhaps \
     .gz or .zst, or as .parquet",
    own,
)
.hint(ValueHint::DirPath)
.default("datasets/horde")
.positional();
const OWN_HOTKEYS: Optional<Vec<String>> = setting(
    "own-hotkeys",
    "HOTKEY,…",
    "Hotkeys whose receipts count whatever their stake: the validator's own, and its operator's",
    hotkeys,
)
.or("none");
const OTHER_STAKE: Setting<f64> =
    setting("other-stake", "STAKE", "Another minimum of stake: which excuses does it turn?", |text| {
        within(text, 0.0..=1e15, "a number from 0 to 1e15")
    })
    .default("50000");
const CHEAT_SHARE: Setting<f64> =
    setting("cheat-share", "SHARE", "Fraction of right answers that a cheat gives, for the checks of prompts", share)
        .default("0.9");
const ERROR_RATE: Setting<f64> = setting(
    "error-rate",
    "SHARE",
    "Share of wrong answers that an honest miner gives, for the checks of prompts",
    share,
)
.default("0.01");
const ANSWERS: Optional<Source> = setting(
    "answers",
    "FILE",
    "Answers to prompts, two to each, the first from the trusted miner: is a similarity a better check than equality?",
    own,
)
.hint(ValueHint::FilePath)
.or("none");
const CHEATS: Setting<AttackList> = setting(
    "cheats",
    "LIST",
    "Edits of an honest answer that stand for a cheat's, beside another prompt's answer: none, or a list such as words:0.3",
    own,
)
.default("words:0.3,truncate:0.5");
const TARGET_REJECT: Setting<f64> =
    setting("target-reject", "RATE", "Share of honest answers that a similarity may reject", |text| {
        within(text, 1e-6..=0.5, "a number from 0.000001 to 0.5")
    })
    .default("0.05");
const MAX_WEIGHT: Setting<f64> =
    setting("max-weight", "SHARE", "The greatest weight that the chain lets one hotkey have", |text| {
        within(text, 1e-6..=1.0, "a number from 0.000001 to 1")
    })
    .default("1");
const BURN_RATE: Setting<f64> =
    setting("burn-rate", "SHARE", "Share of all weight that is burnt, with --burners", share).default("0");
const BURN_PARTITION: Setting<f64> =
    setting("burn-partition", "SHARE", "The main burner's part of it; the others share the rest", share).default("0.9");
const BURNERS: Optional<Vec<String>> =
    setting("burners", "HOTKEY,…", "Hotkeys that burn, the main one first", hotkeys).or("none");
const RESAMPLES: Setting<usize> = groups::RESAMPLES.default("1000");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/replay-horde");

fn hotkeys(text: &str) -> Result<Vec<String>, String> {
    let all: Vec<String> = text.split(',').map(|hotkey| hotkey.trim().to_owned()).collect();
    let is_blank = all.iter().any(String::is_empty);
    if is_blank { Err("expected hotkeys, separated by commas".to_owned()) } else { Ok(all) }
}

/// `replay horde` on the command line.
pub const HORDE: Declared = Declared {
    name: "horde",
    about: "Score compute jobs again: what each miner earns by which rules, and what bonuses, excuses and timeouts change",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&RECORDING.key]),
        Group { heading: Some("Input"), keys: &[&OWN_HOTKEYS.key] },
        groups::RECORDS,
        RULES,
        Group { heading: Some("Chain"), keys: &[&MAX_WEIGHT.key, &BURN_RATE.key, &BURN_PARTITION.key, &BURNERS.key] },
        Group { heading: Some("What if"), keys: &[&OTHER_STAKE.key, &CHEAT_SHARE.key, &ERROR_RATE.key, &GRID.key] },
        Group {
            heading: Some("Answers"),
            keys: &[
                &ANSWERS.key,
                &CHEATS.key,
                &TARGET_REJECT.key,
                &EMBEDDER.key,
                &calibrate::DEVICE.key,
                &calibrate::EMBEDDER_DTYPE.key,
            ],
        },
        Group { heading: Some("Output"), keys: &[&OUT.key, &STORE.key] },
        hub::GROUP,
        Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key] },
    ],
};

/// Resolves every setting of `replay horde`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<ReplayHordeSettings, SettingsError> {
    let scoring_of_run = scoring(&mut layers)?;
    let bootstrap = BootstrapSpec {
        resamples: layers.get(&RESAMPLES)?,
        confidence: layers.get(&groups::CONFIDENCE)?,
        seed: layers.get(&groups::SEED)?,
    };
    reachable(bootstrap)?;
    let settings = ReplayHordeSettings {
        recording: layers.get(&RECORDING)?,
        own_hotkeys: layers.find(&OWN_HOTKEYS)?.unwrap_or_default(),
        reading: reading(&mut layers)?,
        scoring: scoring_of_run,
        grid: grid::resolve(&mut layers, RULES.keys, scoring)?,
        other_stake: layers.get(&OTHER_STAKE)?,
        cheat_share: layers.get(&CHEAT_SHARE)?,
        error_rate: layers.get(&ERROR_RATE)?,
        chain: chain(&mut layers)?,
        answers: answers(&mut layers)?,
        bootstrap,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    Ok(ReplayHordeSettings { sources: layers.into_resolved(), ..settings })
}

fn chain(layers: &mut Layers) -> Result<ChainSettings, SettingsError> {
    let chain = ChainSettings {
        max_weight: layers.get(&MAX_WEIGHT)?,
        burn_rate: layers.get(&BURN_RATE)?,
        burn_partition: layers.get(&BURN_PARTITION)?,
        burners: layers.find(&BURNERS)?.unwrap_or_default(),
    };
    match chain.burners.is_empty() && chain.burn_rate > 0.0 {
        true => Err(SettingsError::Conflict("nobody burns; give --burners with --burn-rate".into())),
        false => Ok(chain),
    }
}

/// What only matters where answers are checked is read in any case, so that all is on record.
fn answers(layers: &mut Layers) -> Result<Option<AnswerSettings>, SettingsError> {
    let source = layers.find(&ANSWERS)?;
    let AttackList(cheats) = layers.get(&CHEATS)?;
    let target = layers.get(&TARGET_REJECT)?;
    let embedding = calibrate::embedding(layers)?;
    let is_sample_embedder = layers.source_of(&EMBEDDER.key) == Some(&Origin::Default);
    Ok(source.map(|source| AnswerSettings { source, embedding, cheats, target, is_sample_embedder }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};
    use crate::judge::horde::{ClassWeights, NAMES, Rules};

    fn resolved(flags: &[&str]) -> Result<ReplayHordeSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("replay horde", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&HORDE, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn every_preset_comes_through_as_it_is() {
        for name in NAMES {
            let scoring = resolved(&["--preset", name]).expect("resolves").scoring;
            assert_eq!(Some(&scoring.rules), Rules::preset(name).as_ref(), "{name}");
            assert_eq!(scoring.rules, scoring.baseline, "{name}");
        }
    }

    #[test]
    fn rules_are_the_preset_s_but_for_what_was_changed() {
        let scoring = resolved(&["--class-weights", "25/75", "--stake-minimum", "none", "--central-size", "20"]);
        let scoring = scoring.expect("resolves").scoring;
        assert_eq!(scoring.rules.class_weights, ClassWeights::of(25.0, 75.0));
        assert_eq!((scoring.rules.minimum_stake, scoring.rules.shape.delta), (None, 0.05));
        assert_eq!(Some(scoring.baseline), Rules::preset("computehorde-2025-02-once"));
        let pairs = resolved(&["--class-weights", "always_on.llm.a6000=2,spin_up-4min.gpu-24gb=8"]).expect("resolves");
        assert_eq!(pairs.scoring.rules.class_weights.get("spin_up-4min.gpu-24gb"), Some(8.0));
    }

    #[test]
    fn a_grid_has_the_rules_of_each_value() {
        let grid = resolved(&["--grid", "class-weights=95/5,0/100"]).expect("resolves").grid.expect("a grid");
        let weights: Vec<_> = grid.points.iter().map(|point| point.rules.rules.class_weights.clone()).collect();
        assert_eq!(weights, [ClassWeights::of(95.0, 5.0), ClassWeights::of(0.0, 100.0)]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for flag in [
            "--preset=computehorde-2023",
            "--class-weights=95",
            "--class-weights=gpu=1",
            "--class-weights=-1/2",
            "--dancing-bonus=-1",
            "--size-ratio=0.5",
            "--central-size=0",
            "--stake-minimum=much",
            "--llm-timeout=0",
            "--organic-limit=-1",
            "--dancing=often",
            "--cheat-share=2",
            "--error-rate=-1",
            "--own-hotkeys=a,,b",
            "--target-reject=0",
            "--cheats=all:2",
        ] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = resolved(&[flag]).expect_err("refused").to_string();
            assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
        }
    }
}

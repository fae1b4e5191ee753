//! `weighhouse replay rewards`: its settings, and how they resolve into [`ReplayRewardsSettings`].

use std::path::PathBuf;

use clap::ValueHint;

use super::calibrate::{self, EMBEDDER, PROFILE, RECORDING};
use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group, STORE};
use super::hub;
use super::keys::{Key, Optional, Setting, choice, count, names, own, setting, share, within};
use super::layers::Layers;
use super::resolving::{reachable, reading};
use crate::commands::settings::{Copying, Origin, RateInput, Recompute, ReplayRewardsSettings, ThresholdList};
use crate::judge::rewards::{self, RewardsSpec, Rules};
use crate::records::Source;
use crate::similarity::attacks::Attack;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse replay rewards
      Reward the recording that comes with the program.
  weighhouse replay rewards responses.jsonl --threshold 0.97
      Who loses what at another threshold?
  weighhouse replay rewards responses.jsonl --penalties recompute --embedder ./all-MiniLM-L6-v2
      Compute the penalties anew and hold those of the recording against them.
  weighhouse replay rewards responses.jsonl --penalties recompute --attack words:0.3 --copiers 4
      What would four miners keep that copy with 30 % of the words changed?
  weighhouse replay rewards responses.jsonl --grid correctness-weight=0.5:0.9:0.1
      What would other weights of the correctness pay?
  weighhouse replay rewards responses.jsonl --preset logicnet-single
      The same without the second rescale.

Exit codes:
  0 done; 1 internal; 2 usage; 4 no reward is known; 65 bad input; 66 missing input;
  75 the network or the device failed; 130 interrupted";

/// The presets' rules by name.
const PRESET: Setting<NamedRules> = setting("preset", "NAME", "Rules of a network", |text| {
    let rules = Rules::preset(text).map(|rules| NamedRules { name: text.to_owned(), rules });
    rules.ok_or_else(|| format!("expected one of {}", rewards::NAMES.join(", ")))
})
.one_of(&rewards::NAMES)
.default("logicnet-pr99");

/// A preset.
#[derive(Debug, Clone)]
struct NamedRules {
    name: String,
    rules: Rules,
}

const PENALTIES: [(&str, bool); 2] = [("recorded", false), ("recompute", true)];
const RESCALES: [(&str, bool); 2] = [("once", false), ("twice", true)];

const RESPONSES: Setting<Source> = RECORDING.default("datasets/rewards.jsonl");
const RECOMPUTE: Setting<bool> =
    setting("penalties", "HOW", "Where penalties are from", |text| choice(text, &PENALTIES))
        .one_of(&names(&PENALTIES))
        .default("recorded");
const THRESHOLD: Setting<f64> = setting("threshold", "NUMBER", "A penalty above it is taken", share).of_preset();
const SIMILARITY: Setting<f64> =
    setting("similarity-weight", "NUMBER", "Weight of the similarity to the reference", share).of_preset();
const CORRECTNESS: Setting<f64> =
    setting("correctness-weight", "NUMBER", "Weight of the correctness", share).of_preset();
const TIME: Setting<f64> = setting("time-weight", "NUMBER", "What the whole of the timeout costs", share).of_preset();
const RESCALE: Setting<bool> = setting(
    "rescale",
    "HOW",
    "How often the reward is brought from -1..1 to 0..1, the second time after the penalty",
    |text| choice(text, &RESCALES),
)
.one_of(&names(&RESCALES))
.of_preset();
const FULL_VOLUME: Setting<f64> =
    setting("full-volume", "COUNT", "Requests per epoch from which a miner is paid in full", |text| {
        within(text, f64::MIN_POSITIVE..=f64::MAX, "a number above 0")
    })
    .of_preset();
const KEPT: Setting<usize> = setting("kept-loops", "COUNT", "Loops whose scores count", |text| {
    within(text, 1..=u8::MAX.into(), "a whole number from 1 to 255")
})
.of_preset();
const THRESHOLDS: Setting<ThresholdList> =
    setting("thresholds", "LIST", "Thresholds to look at: 0.9,0.95 or START:END:STEP", own).default("0.8:0.99:0.01");
const TOP: Setting<usize> =
    setting("top", "COUNT", "Miners at the top of which it is told whether they stay there", count).default("10");
const ATTACK: Optional<NamedAttack> = setting(
    "attack",
    "NAME",
    "Edit of the copies that --copiers makes, one of calibrate's attacks: exact, words:0.3, ...",
    |text| match Attack::list(text).map_err(|error| error.to_string())?.as_slice() {
        [attack] => Ok(NamedAttack { attack: *attack, name: text.to_owned() }),
        _ => Err("expected one attack with its strength, like words:0.3".to_owned()),
    },
)
.or("nobody is made to copy");
const COPIERS: Setting<usize> =
    setting("copiers", "COUNT", "Miners that are made to copy from others, with --attack", count).default("2");
const STAKES: Optional<Source> =
    setting("stakes", "FILE", "Stakes of the validators, for what each may ask of a miner", own)
        .hint(ValueHint::FilePath)
        .or("no rates");
const VALIDATOR: Optional<u32> = setting("validator", "UID", "The validator whose rates are told", |text| {
    within(text, 0.., "a whole number from 0 to 4294967295")
})
.or("all of them");
const LEAST_STAKE: Setting<f64> = setting("least-stake", "NUMBER", "Validators with less share in nothing", |text| {
    within(text, 0.0..=f64::MAX, "a number of 0 or more")
})
.default("10000");
const RATES: Optional<Source> =
    setting("rates", "FILE", "Rate limits of the miners as recorded: uid and rate_limit, one row each", own)
        .hint(ValueHint::FilePath)
        .or("none");
const RESAMPLES: Setting<usize> = groups::RESAMPLES.default("1000");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/replay-rewards");

/// An attack, and as it was typed.
#[derive(Debug, Clone)]
struct NamedAttack {
    attack: Attack,
    name: String,
}

/// What rules come from.
const RULES: Group = Group {
    heading: Some("Rules"),
    keys: &[
        &PRESET.key,
        &THRESHOLD.key,
        &SIMILARITY.key,
        &CORRECTNESS.key,
        &TIME.key,
        &RESCALE.key,
        &FULL_VOLUME.key,
        &KEPT.key,
    ],
};

/// `replay rewards` on the command line.
pub const REWARDS: Declared = Declared {
    name: "rewards",
    about: "Reward recorded answers again: penalties, ranks, weights, and who loses what at which threshold",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&RESPONSES.key]),
        Group {
            heading: Some("Penalties"),
            keys: &[
                &RECOMPUTE.key,
                &EMBEDDER.key,
                &PROFILE.key,
                &calibrate::DEVICE.key,
                &calibrate::EMBEDDER_DTYPE.key,
            ],
        },
        RULES,
        Group { heading: Some("What if"), keys: &[&THRESHOLDS.key, &TOP.key, &ATTACK.key, &COPIERS.key, &GRID.key] },
        Group { heading: Some("Rates"), keys: &[&STAKES.key, &VALIDATOR.key, &LEAST_STAKE.key, &RATES.key] },
        Group { heading: Some("Output"), keys: &[&OUT.key, &STORE.key] },
        groups::RECORDS,
        hub::GROUP,
        Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key] },
    ],
};

/// Resolves every setting of `replay rewards`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<ReplayRewardsSettings, SettingsError> {
    let seed = layers.get(&groups::SEED)?;
    let settings = ReplayRewardsSettings {
        recording: layers.get(&RESPONSES)?,
        reading: reading(&mut layers)?,
        recompute: recompute(&mut layers)?,
        spec: spec(&mut layers, seed)?,
        grid: grid::resolve(&mut layers, RULES.keys, rules)?,
        rates: rates(&mut layers)?,
        is_sample_embedder: false,
        seed,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    let is_default = |key: &Key| layers.source_of(key) == Some(&Origin::Default);
    let is_sample_embedder = settings.recompute.is_some() && is_default(&EMBEDDER.key) && !is_default(&RESPONSES.key);
    Ok(ReplayRewardsSettings { is_sample_embedder, sources: layers.into_resolved(), ..settings })
}

/// What only matters where penalties are computed anew is read in any case, so that all is on record.
fn recompute(layers: &mut Layers) -> Result<Option<Recompute>, SettingsError> {
    let wanted = layers.get(&RECOMPUTE)?;
    let (attack, copiers) = (layers.find(&ATTACK)?, layers.get(&COPIERS)?);
    if attack.is_none() && layers.source_of(&COPIERS.key).is_some_and(|source| *source != Origin::Default) {
        return Err(SettingsError::Conflict("nobody copies without an edit; give --attack with --copiers".into()));
    }
    if attack.is_some() && !wanted {
        return Err(SettingsError::Conflict(
            "copies have no recorded penalty; give --penalties recompute with --attack".into(),
        ));
    }
    let copying = attack.map(|NamedAttack { attack, name }| Copying { attack, name, copiers });
    let recompute = Recompute { embedding: calibrate::embedding(layers)?, profile: layers.get(&PROFILE)?, copying };
    Ok(wanted.then_some(recompute))
}

fn spec(layers: &mut Layers, seed: u64) -> Result<RewardsSpec, SettingsError> {
    let rules = rules(layers)?;
    let ThresholdList(thresholds) = layers.get(&THRESHOLDS)?;
    let bootstrap =
        BootstrapSpec { resamples: layers.get(&RESAMPLES)?, confidence: layers.get(&groups::CONFIDENCE)?, seed };
    reachable(bootstrap)?;
    Ok(RewardsSpec { rules, thresholds, top: layers.get(&TOP)?, bootstrap: Some(bootstrap) })
}

/// The preset's rules with the user's changes.
fn rules(layers: &mut Layers) -> Result<Rules, SettingsError> {
    let NamedRules { name, rules } = layers.get(&PRESET)?;
    let rescale = RESCALES.iter().find(|(_, is)| *is == rules.is_rescaled_twice).map_or("twice", |(name, _)| name);
    let constants = vec![
        (THRESHOLD.key.name, rules.threshold.to_string()),
        (SIMILARITY.key.name, rules.similarity.to_string()),
        (CORRECTNESS.key.name, rules.correctness.to_string()),
        (TIME.key.name, rules.time.to_string()),
        (RESCALE.key.name, rescale.to_owned()),
        (FULL_VOLUME.key.name, rules.full_volume.to_string()),
        (KEPT.key.name, rules.kept.to_string()),
    ];
    layers.set_preset(&name, constants);
    Ok(Rules {
        threshold: layers.get(&THRESHOLD)?,
        similarity: layers.get(&SIMILARITY)?,
        correctness: layers.get(&CORRECTNESS)?,
        time: layers.get(&TIME)?,
        is_rescaled_twice: layers.get(&RESCALE)?,
        full_volume: layers.get(&FULL_VOLUME)?,
        kept: layers.get(&KEPT)?,
    })
}

fn rates(layers: &mut Layers) -> Result<RateInput, SettingsError> {
    let rates = RateInput {
        stakes: layers.find(&STAKES)?,
        validator: layers.find(&VALIDATOR)?,
        least_stake: layers.get(&LEAST_STAKE)?,
        recorded: layers.find(&RATES)?,
    };
    if rates.stakes.is_none() && (rates.validator.is_some() || rates.recorded.is_some()) {
        return Err(SettingsError::Conflict(
            "rates come from stakes; give --stakes with --validator and --rates".into(),
        ));
    }
    if rates.recorded.is_some() && rates.validator.is_none() {
        return Err(SettingsError::Conflict("recorded rates are one validator's; say whose with --validator".into()));
    }
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<ReplayRewardsSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("replay rewards", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&REWARDS, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn the_rules_are_the_preset_s_but_for_what_was_changed() {
        let rules = |flags: &[&str]| resolved(flags).expect("resolves").spec.rules;
        assert_eq!(Some(rules(&[])), Rules::preset("logicnet-pr99"));
        assert_eq!(Some(rules(&["--preset", "logicnet-single"])), Rules::preset("logicnet-single"));
        let changed = rules(&["--threshold", "0.9", "--rescale", "once"]);
        assert!(changed.threshold == 0.9 && !changed.is_rescaled_twice && changed.kept == 5);
    }

    #[test]
    fn thresholds_are_round() {
        let thresholds = |list: &str| resolved(&["--thresholds", list]).expect("resolves").spec.thresholds;
        assert_eq!(thresholds("0.9:0.95:0.01"), [0.9, 0.91, 0.92, 0.93, 0.94, 0.95]);
        assert_eq!(thresholds("0.5, 0.7"), [0.5, 0.7]);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let refusal = |flags: &[&str]| resolved(flags).expect_err("refused").to_string();
        assert!(refusal(&["--attack", "exact"]).contains("--penalties recompute"));
        assert!(refusal(&["--validator", "3"]).contains("--stakes"));
        assert!(refusal(&["--stakes", "s.jsonl", "--rates", "r.jsonl"]).contains("--validator"));
        for flag in [
            "--thresholds=0.9:0.8:0.01",
            "--thresholds=2",
            "--thresholds=0:1:0",
            "--attack=all",
            "--kept-loops=0",
            "--threshold=2",
        ] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = refusal(&["--penalties=recompute", flag]);
            assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
        }
    }
}

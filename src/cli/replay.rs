//! `weighhouse replay`: its subcommands and settings, and how they resolve.

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group};
use super::keys::{Optional, Setting, own, setting};
use super::layers::Layers;
use super::resolving::{reachable, reading};
use super::rules::{self, RULES};
use crate::commands::settings::{LossInput, ReplayWinsSettings, ShareList};
use crate::judge::wins::{Preset, Rules};
use crate::records::Source;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse replay wins
      Judge the losses that come with the program.
  weighhouse replay wins losses.jsonl --preset pretraining --shares 0=0.6,1=0.4
      Judge your own by the rules of another network.
  weighhouse replay wins losses.jsonl --epsilon 0.02 --against finetuning-subnet
      Who wins and who loses by another epsilon?
  weighhouse replay wins losses.jsonl --grid epsilon=0:0.05:0.005
      From which epsilon on does somebody else lead, and by how much?
  weighhouse replay wins reports/evaluate/losses.parquet --submissions submissions.jsonl
      Judge again what evaluate measured, as one step over all samples.

Exit codes:
  0 done; 1 internal; 2 usage; 4 nothing was measured; 65 bad input; 66 missing input; 130 interrupted";

/// The recorded losses.
pub const LOSSES: Setting<Source> = setting(
    "losses",
    "LOSSES",
    "Recorded losses, the rows of a step together: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of \
     *.parquet",
    |text| match own(text)? {
        Source::Stdin => Err("a recording is read twice, so it cannot come from stdin; give a file".to_owned()),
        file @ Source::File(_) => Ok(file),
    },
)
.hint(ValueHint::FilePath)
.default("datasets/losses.jsonl")
.positional();
/// The reward shares.
pub const SHARES: Optional<ShareList> =
    setting("shares", "ID=SHARE,…", "Reward shares of the competitions, like l3=0.6,s1=0.4", own)
        .or("the preset's, or those of [competitions.ID]");
const AGAINST: Optional<Preset> =
    setting("against", "PRESET", "Show how ranks and weights differ from those by this preset", groups::PRESET.parse)
        .or("none");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/replay-wins");

/// `replay wins` on the command line.
pub const WINS: Declared = Declared {
    name: "wins",
    about: "Judge recorded losses again: wins, weights and who is kept, step by step",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&LOSSES.key]),
        Group { heading: Some("Input"), keys: &[&groups::LACKING.key] },
        groups::RECORDS,
        Group { heading: Some("Output"), keys: &[&OUT.key] },
        RULES,
        Group { heading: RULES.heading, keys: &[&SHARES.key] },
        Group { heading: Some("What if"), keys: &[&AGAINST.key, &GRID.key] },
        Group {
            heading: Some("Uncertainty"),
            keys: &[&groups::RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key],
        },
    ],
};

/// Resolves every setting of `replay wins`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve_wins(mut layers: Layers) -> Result<ReplayWinsSettings, SettingsError> {
    let rules = rules_of(&mut layers)?;
    let shares = layers.find(&SHARES)?;
    let settings = ReplayWinsSettings {
        input: LossInput {
            losses: layers.get(&LOSSES)?,
            submissions: layers.find(&groups::LACKING)?,
            reading: reading(&mut layers)?,
        },
        shares_given: shares.is_some() || layers.file().competitions.is_some(),
        rules: shares.map_or(rules.clone(), |ShareList(competitions)| Rules { competitions, ..rules }),
        against: layers.find(&AGAINST)?,
        grid: grid::resolve(&mut layers, RULES.keys, rules_of)?,
        resamples: layers.get(&groups::RESAMPLES)?,
        confidence: layers.get(&groups::CONFIDENCE)?,
        seed: layers.get(&groups::SEED)?,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    let ReplayWinsSettings { resamples, confidence, seed, .. } = settings;
    reachable(BootstrapSpec { resamples, confidence, seed })?;
    Ok(ReplayWinsSettings { sources: layers.into_resolved(), ..settings })
}

/// The preset's rules with the user's changes.
fn rules_of(layers: &mut Layers) -> Result<Rules, SettingsError> {
    let preset = rules::choose_preset(layers)?;
    rules::resolve(preset, layers)
}

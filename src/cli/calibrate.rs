//! `weighhouse calibrate`: its flags, and how they resolve into [`CalibrateSettings`].

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group, STORE, rate};
use super::hub;
use super::keys::{Key, Optional, Setting, count, natural, own, setting, share};
use super::layers::Layers;
use super::resolving::{reachable, reading, store};
use crate::commands::settings::{AttackList, CalibrateSettings, CountList, EmbeddingSettings, SizeList};
use crate::engine::request::{DeviceRequest, DtypeRequest};
use crate::hub::ModelName;
use crate::judge::calibration::{CalibrationSpec, Unit};
use crate::records::Source;
use crate::similarity::Profile;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse calibrate
      Calibrate on the recording that comes with the program.
  weighhouse calibrate responses.jsonl --embedder sentence-transformers/all-MiniLM-L6-v2
      Calibrate on your own, with the embedding model of the network.
  weighhouse calibrate responses.jsonl --target-fpr 0.02 --confidence 0.99
      Which threshold keeps the share of flagged minibatches below 2 %, with 99 % confidence?
  weighhouse calibrate responses.jsonl --threshold 0.95 --max-fpr 0.05 --unit response
      A gate for CI: exit code 3 unless at most 5 % of independent responses are flagged.
  weighhouse calibrate responses.jsonl --attacks exact,words:0.2,words:0.5
      From which share of changed words on does a cached answer slip through?
  weighhouse calibrate responses.jsonl --grid threshold=0.8:0.99:0.01
      What would each threshold flag, and how many copies would it find?

Attacks:
  A list of NAME or NAME:STRENGTH, strength being the share of the text that is changed;
  a name alone stands for 0.1, 0.2, 0.3, 0.5 and 0.8. Names: exact, whitespace, case,
  punctuation, swap, words, drop, reorder, truncate, prefix, suffix, numbers.

Exit codes:
  0 done; 1 internal; 2 usage; 3 the gate failed; 4 no false-positive rate was measured;
  5 the gate could not decide (with --fail-on-inconclusive); 65 bad input;
  66 missing input; 75 the network or the device failed; 130 interrupted";

pub(super) const RECORDING: Setting<Source> = setting(
    "recording",
    "RECORDING",
    "Recorded responses, one row each, those of a request together: .jsonl, .json or .csv, perhaps .gz or .zst, \
     .parquet, a folder of *.parquet",
    |text| match own(text)? {
        Source::Stdin => Err("a recording is read twice, so it cannot come from stdin; give a file".to_owned()),
        file @ Source::File(_) => Ok(file),
    },
)
.hint(ValueHint::FilePath)
.default("datasets/minibatches.jsonl")
.positional();
pub(super) const EMBEDDER: Setting<ModelName> = setting(
    "embedder",
    "MODEL",
    "The embedding model, a BERT in sentence-transformers layout: a folder, or namespace/name[@revision] on the hub",
    own,
)
.hint(ValueHint::AnyPath)
.default("fixtures/models/embedder");
pub(super) const PROFILE: Setting<Profile> =
    setting("profile", "NAME", "How likeness becomes a penalty", own).one_of(&Profile::NAMES).default("logicnet-pr99");
pub(super) const DEVICE: Setting<DeviceRequest> =
    groups::DEVICE.help("Where to embed: auto, cpu, cuda, cuda:N or metal");
pub(super) const EMBEDDER_DTYPE: Setting<DtypeRequest> = setting(
    "embedder-dtype",
    "DTYPE",
    "Number type to embed in: f32, or on a CPU with AVX512-BF16 bf16, faster and less exact",
    |text| match own(text) {
        Ok(dtype @ (DtypeRequest::F32 | DtypeRequest::Bf16)) => Ok(dtype),
        _ => Err("expected f32 or bf16".to_owned()),
    },
)
.one_of(&["f32", "bf16"])
.default("f32");
const THRESHOLD: Optional<f64> = setting("threshold", "NUMBER", "Look at this threshold", share)
    .or("the guaranteed one, or 0.95 where none below 1 is guaranteed");
const TARGET_FPR: Setting<f64> =
    setting("target-fpr", "RATE", "False-positive rate to choose thresholds for", rate).default("0.01");
const SPLIT: Setting<f64> = setting(
    "split",
    "SHARE",
    "Share of the requests that thresholds are chosen on; the others report what they are worth",
    rate,
)
.default("0.5");
const ATTACKS: Setting<AttackList> =
    setting("attacks", "LIST", "Copies to make: all, none, or a list such as exact,words:0.3", own).default("all");
const ATTACK_REQUESTS: Setting<usize> = setting(
    "attack-requests",
    "COUNT",
    "Requests that copies are made in, at most; each embeds one text per attack",
    natural,
)
.default("200");
const MINIBATCH_SIZE: Setting<SizeList> =
    setting("minibatch-size", "SIZES", "Other minibatch sizes to form from the recorded responses", own)
        .default("2,3,4");
const UIDS: Setting<u64> =
    setting("uids", "COUNT", "Uids of the network, for the chance that colluders meet in a minibatch", count)
        .default("256");
const COLLUDERS: Setting<CountList> =
    setting("colluders", "COUNTS", "Numbers of colluding uids to look at", own).default("2,4,8,16");
const MAX_FPR: Optional<f64> = setting(
    "max-fpr",
    "RATE",
    "Fail unless the false-positive rate is shown to be at most this, at the confidence of --confidence",
    rate,
)
.or("no gate");
const UNIT: Setting<Unit> =
    setting("unit", "UNIT", "Unit of the gate's rate: pair, response or minibatch", own).default("response");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/calibrate");

/// What judging goes by, with the same scores.
const JUDGING: [&Key; 6] =
    [&PROFILE.key, &THRESHOLD.key, &TARGET_FPR.key, &SPLIT.key, &MAX_FPR.key, &groups::CONFIDENCE.key];

/// `calibrate` on the command line.
pub const DECLARED: Declared = Declared {
    name: "calibrate",
    about: "Measure how alike recorded answers are, and choose a similarity threshold with its false-positive rate",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&RECORDING.key]),
        Group { heading: Some("Comparing"), keys: &[&EMBEDDER.key, &PROFILE.key, &DEVICE.key, &EMBEDDER_DTYPE.key] },
        Group { heading: Some("Thresholds"), keys: &[&THRESHOLD.key, &TARGET_FPR.key, &SPLIT.key, &groups::SEED.key] },
        Group {
            heading: Some("What if"),
            keys: &[&ATTACKS.key, &ATTACK_REQUESTS.key, &MINIBATCH_SIZE.key, &UIDS.key, &COLLUDERS.key, &GRID.key],
        },
        Group { heading: Some("Gate"), keys: &[&MAX_FPR.key, &UNIT.key, &groups::FAIL_ON_INCONCLUSIVE.key] },
        Group { heading: Some("Output"), keys: &[&OUT.key, &STORE.key] },
        groups::RECORDS,
        hub::GROUP,
        groups::UNCERTAINTY,
    ],
};

/// Resolves every setting of `calibrate`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<CalibrateSettings, SettingsError> {
    let settings = CalibrateSettings {
        recording: layers.get(&RECORDING)?,
        reading: reading(&mut layers)?,
        embedding: embedding(&mut layers)?,
        spec: spec(&mut layers)?,
        attacks: layers.get(&ATTACKS)?,
        attack_requests: layers.get(&ATTACK_REQUESTS)?,
        fail_on_inconclusive: layers.get(&groups::FAIL_ON_INCONCLUSIVE)?,
        grid: grid::resolve(&mut layers, &JUDGING, spec)?,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    Ok(CalibrateSettings { sources: layers.into_resolved(), ..settings })
}

/// Resolves how texts are embedded.
///
/// # Errors
/// A value does not fit.
pub fn embedding(layers: &mut Layers) -> Result<EmbeddingSettings, SettingsError> {
    Ok(EmbeddingSettings {
        embedder: layers.get(&EMBEDDER)?,
        hub: hub::access(layers)?,
        store: store(layers)?,
        device: layers.get(&DEVICE)?,
        dtype: layers.get(&EMBEDDER_DTYPE)?,
    })
}

fn spec(layers: &mut Layers) -> Result<CalibrationSpec, SettingsError> {
    let SizeList(minibatch_sizes) = layers.get(&MINIBATCH_SIZE)?;
    let CountList(colluders) = layers.get(&COLLUDERS)?;
    let spec = CalibrationSpec {
        profile: layers.get(&PROFILE)?,
        threshold: layers.find(&THRESHOLD)?,
        target_fpr: layers.get(&TARGET_FPR)?,
        split: layers.get(&SPLIT)?,
        bootstrap: BootstrapSpec {
            seed: layers.get(&groups::SEED)?,
            resamples: layers.get(&groups::RESAMPLES)?,
            confidence: layers.get(&groups::CONFIDENCE)?,
        },
        minibatch_sizes,
        uids: layers.get(&UIDS)?,
        colluders,
        ..CalibrationSpec::default()
    };
    reachable(spec.bootstrap)?;
    let max_fpr = layers.find(&MAX_FPR)?;
    let unit = layers.get(&UNIT)?;
    Ok(CalibrationSpec { gate: max_fpr.map(|max_fpr| (max_fpr, unit)), ..spec })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};
    use crate::similarity::attacks::Attack;

    fn resolved(flags: &[&str]) -> Result<CalibrateSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("calibrate", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let settings = resolved(&[]).expect("resolves");
        assert_eq!(settings.spec, CalibrationSpec::default());
        assert_eq!(settings.attacks.0, Attack::all());
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&DECLARED, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn the_help_names_every_attack() {
        let mut command = args::command();
        let calibrate = command.find_subcommand_mut("calibrate").expect("declared");
        let help = calibrate.render_long_help().to_string();
        assert!(Attack::KINDS.iter().all(|(_, name, _)| help.contains(name)), "{help}");
    }

    #[test]
    fn a_gate_has_a_limit_and_a_unit() {
        let gate = |flags: &[&str]| resolved(flags).expect("resolves").spec.gate;
        assert_eq!(gate(&["--unit", "pair"]), None);
        assert_eq!(gate(&["--max-fpr", "0.05"]), Some((0.05, Unit::Response)));
        assert_eq!(gate(&["--max-fpr", "0.05", "--unit", "minibatch"]), Some((0.05, Unit::Minibatch)));
    }

    #[test]
    fn lists_are_read() {
        let settings = resolved(&["--minibatch-size", "8, 2,2", "--attacks", "none"]).expect("resolves");
        assert_eq!(settings.spec.minibatch_sizes, [2, 8]);
        assert!(settings.attacks.0.is_empty());
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for flag in [
            "--threshold=1.5",
            "--target-fpr=0",
            "--split=1",
            "--max-fpr=1",
            "--unit=batch",
            "--profile=pr99",
            "--attacks=typos",
            "--attacks=words:2",
            "--minibatch-size=0",
            "--minibatch-size=2,1025",
            "--minibatch-size=4294967295",
            "--colluders=2,x",
            "--uids=0",
            "--confidence=1",
        ] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = resolved(&[flag]).expect_err("refused").to_string();
            assert!(
                refusal.starts_with("invalid value `") && refusal.contains(&format!("` for {name}: ")),
                "{refusal}"
            );
        }
        let refusal = resolved(&["--resamples=999"]).expect_err("refused").to_string();
        assert!(refusal.contains("at least 1000"), "{refusal}");
        assert!(resolved(&["-"]).expect_err("refused").to_string().contains("cannot come from stdin"));
    }
}

//! `weighhouse calibrate`: its flags, and how they resolve into [`CalibrateSettings`].

use clap::{Args, ValueHint};

use super::error::SettingsError;
use super::groups::{CommonArgs, RecordsArgs, SWITCH, UncertaintyArgs};
use super::hub::{self, HubArgs};
use super::layers::Layers;
use super::resolving::{COUNT, NATURAL, OPEN_UNIT, reachable, reading, store};
use crate::commands::settings::{CalibrateSettings, CountList, SizeList};
use crate::judge::calibration::{CalibrationSpec, Unit};
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

Attacks:
  A list of NAME or NAME:STRENGTH, strength being the share of the text that is changed;
  a name alone stands for 0.1, 0.2, 0.3, 0.5 and 0.8. Names: exact, whitespace, case,
  punctuation, swap, words, drop, reorder, truncate, prefix, suffix, numbers.

Exit codes:
  0 done; 1 internal; 2 usage; 3 the gate failed; 4 no false-positive rate was measured;
  5 the gate could not decide (with --fail-on-inconclusive); 65 bad input;
  66 missing input; 75 the network or the device failed; 130 interrupted";

/// The flags of `calibrate`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct CalibrateArgs {
    /// Recorded responses, one row each, those of a request together: .jsonl, .json or .csv, perhaps .gz or
    /// .zst, .parquet, a folder of *.parquet.
    #[arg(value_hint = ValueHint::FilePath, default_value = "datasets/minibatches.jsonl")]
    pub recording: Option<String>,
    /// How answers are compared.
    #[command(flatten)]
    pub comparing: ComparingArgs,
    /// Which thresholds are looked at.
    #[command(flatten)]
    pub thresholds: ThresholdArgs,
    /// What else is looked at.
    #[command(flatten)]
    pub what_if: WhatIfArgs,
    /// The gate.
    #[command(flatten)]
    pub gate: GateArgs,
    /// What is written.
    #[command(flatten)]
    pub output: CalibrateOutputArgs,
    /// How records are read.
    #[command(flatten)]
    pub records: RecordsArgs,
    /// How the hub is reached.
    #[command(flatten)]
    pub hub: HubArgs,
    /// How sure the result is.
    #[command(flatten)]
    pub uncertainty: UncertaintyArgs,
    /// What every command has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// How answers are compared.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub struct ComparingArgs {
    /// The embedding model, a BERT in sentence-transformers layout: a folder, or namespace/name[@revision] on the hub.
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::AnyPath, default_value = "fixtures/models/embedder")]
    pub embedder: Option<String>,
    /// How likeness becomes a penalty: logicnet-pr99 or joint.
    #[arg(long, value_name = "NAME", default_value = "logicnet-pr99")]
    pub profile: Option<String>,
    /// Where to embed: auto, cpu, cuda, cuda:N or metal.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: Option<String>,
}

/// Which thresholds are looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "Thresholds")]
pub struct ThresholdArgs {
    /// Look at this threshold [default: the guaranteed one, or 0.95 where none below 1 is guaranteed].
    #[arg(long, value_name = "NUMBER")]
    pub threshold: Option<String>,
    /// False-positive rate to choose thresholds for.
    #[arg(long, value_name = "RATE", default_value = "0.01")]
    pub target_fpr: Option<String>,
    /// Share of the requests that thresholds are chosen on; the others report what they are worth.
    #[arg(long, value_name = "SHARE", default_value = "0.5")]
    pub split: Option<String>,
    /// Seed of everything that is drawn at random.
    #[arg(long, value_name = "NUMBER", default_value = "0")]
    pub seed: Option<String>,
}

/// What else is looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "What if")]
pub struct WhatIfArgs {
    /// Copies to make: all, none, or a list such as exact,words:0.3.
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub attacks: Option<String>,
    /// Requests that copies are made in, at most; each embeds one text per attack.
    #[arg(long, value_name = "COUNT", default_value = "200")]
    pub attack_requests: Option<String>,
    /// Other minibatch sizes to form from the recorded responses.
    #[arg(long, value_name = "SIZES", default_value = "2,3,4")]
    pub minibatch_size: Option<String>,
    /// Uids of the network, for the chance that colluders meet in a minibatch.
    #[arg(long, value_name = "COUNT", default_value = "256")]
    pub uids: Option<String>,
    /// Numbers of colluding uids to look at.
    #[arg(long, value_name = "COUNTS", default_value = "2,4,8,16")]
    pub colluders: Option<String>,
}

/// The gate.
#[derive(Debug, Args)]
#[command(next_help_heading = "Gate")]
pub struct GateArgs {
    /// Fail unless the false-positive rate is shown to be at most this, at the confidence of --confidence.
    #[arg(long, value_name = "RATE")]
    pub max_fpr: Option<String>,
    /// Unit of the gate's rate: pair, response or minibatch.
    #[arg(long, value_name = "UNIT", default_value = "response")]
    pub unit: Option<String>,
    /// Fail too where there are too few requests to decide.
    #[arg(long, value_name = SWITCH)]
    pub fail_on_inconclusive: Option<String>,
}

/// What is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct CalibrateOutputArgs {
    /// Folder for the tables, plots and the report.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "reports/calibrate")]
    pub out: Option<String>,
    /// Folder in which embeddings are kept for later runs [default: the user's cache folder].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<String>,
}

/// Resolves every setting of `calibrate`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<CalibrateSettings, SettingsError> {
    const RATE: &str = "a number above 0 and below 1";
    let settings = CalibrateSettings {
        recording: layers.required("recording")?,
        reading: reading(&mut layers)?,
        embedder: layers.required("embedder")?,
        hub: hub::access(&mut layers)?,
        device: layers.required("device")?,
        spec: spec(&mut layers, RATE)?,
        attacks: layers.required("attacks")?,
        attack_requests: layers.number("attack-requests", 0.., NATURAL)?,
        fail_on_inconclusive: layers.switch("fail-on-inconclusive")?,
        out: layers.required("out")?,
        store: store(&mut layers)?,
        format: layers.required("format")?,
        sources: Vec::new(),
    };
    if settings.recording == crate::records::Source::Stdin {
        let message = "a recording is read twice, so it cannot come from stdin; give a file";
        return Err(SettingsError::Conflict(message.to_owned()));
    }
    Ok(CalibrateSettings { sources: layers.into_resolved(), ..settings })
}

fn spec(layers: &mut Layers, rate: &str) -> Result<CalibrationSpec, SettingsError> {
    let sizes: SizeList = layers.required("minibatch-size")?;
    let colluders: CountList = layers.required("colluders")?;
    let spec = CalibrationSpec {
        profile: layers.required("profile")?,
        threshold: layers.optional_number(
            "threshold",
            0.0..=1.0,
            "a number from 0 to 1",
            "the guaranteed one, or 0.95 where none below 1 is guaranteed",
        )?,
        target_fpr: layers.number("target-fpr", OPEN_UNIT, rate)?,
        split: layers.number("split", OPEN_UNIT, rate)?,
        bootstrap: BootstrapSpec {
            seed: layers.number("seed", 0.., NATURAL)?,
            resamples: layers.number("resamples", 1..=u32::MAX as usize, COUNT)?,
            confidence: layers.number("confidence", OPEN_UNIT, rate)?,
        },
        minibatch_sizes: sizes.0,
        uids: layers.number("uids", 1.., COUNT)?,
        colluders: colluders.0,
        ..CalibrationSpec::default()
    };
    reachable(spec.bootstrap)?;
    let max_fpr = layers.optional_number("max-fpr", OPEN_UNIT, rate, "no gate")?;
    let unit: Unit = layers.required("unit")?;
    Ok(CalibrationSpec { gate: max_fpr.map(|max_fpr| (max_fpr, unit)), ..spec })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::parsed;
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
        let settings = resolved(&[]).expect("resolves");
        let mut names: Vec<&str> = settings.sources.iter().map(|setting| setting.key.as_str()).collect();
        names.sort_unstable();
        let mut expected: Vec<String> = args::keys_of("calibrate").into_iter().map(|key| key.name).collect();
        expected.retain(|name| name != "quiet");
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn the_help_names_every_attack_and_profile() {
        let mut command = args::command();
        let calibrate = command.find_subcommand_mut("calibrate").expect("declared");
        let help = calibrate.render_long_help().to_string();
        assert!(Attack::KINDS.iter().all(|(_, name, _)| help.contains(name)), "{help}");
        assert!(crate::similarity::Profile::NAMES.iter().all(|name| help.contains(name)), "{help}");
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

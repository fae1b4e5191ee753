//! `weighhouse evaluate`: its flags, and how they resolve into [`EvaluateSettings`].

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::args::CommonArgs;
use super::error::SettingsError;
use super::layers::Layers;
use super::rules;
use crate::commands::settings::EvaluateSettings;
use crate::records;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse evaluate
      Evaluate the submissions and samples that come with the program.
  weighhouse evaluate submissions.jsonl --samples samples.parquet --out reports/today
      Evaluate your own.
  weighhouse evaluate --epsilon linear:0.05:0.01:36000 --temperature 0.04
      What if epsilon fell with age? Losses that were measured before are not measured again.
  weighhouse evaluate --steps 20 --samples-per-step 100 --seed 7
      Simulate 20 steps of a validator.
  cat samples.jsonl | weighhouse evaluate submissions.jsonl --samples - --format json
      Read the samples from stdin, print the table for a machine.

Settings:
  Each option is also an environment variable and a key in weighhouse.toml: what
  --samples-per-step says, WEIGHHOUSE_SAMPLES_PER_STEP and samples-per-step = 100 say
  too. An option is stronger than the environment, that is stronger than the file, and
  that is stronger than the preset. Tables [competitions.ID] in weighhouse.toml, with
  architectures, max_parameters and reward_share, replace the preset's competitions.

Exit codes:
  0 done; 1 internal; 2 usage; 4 nothing was measured; 65 bad input; 66 missing input;
  75 try again; 130 interrupted";

/// The flags of `evaluate`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct EvaluateArgs {
    /// Submissions, JSONL or Parquet by extension; - for JSON lines from stdin.
    #[arg(value_hint = ValueHint::FilePath, default_value = "fixtures/submissions.jsonl")]
    pub submissions: Option<String>,
    /// Samples, JSONL or Parquet by extension; - for JSON lines from stdin.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "datasets/samples.jsonl", help_heading = "Input")]
    pub samples: Option<String>,
    /// Drop samples whose response holds one of the phrases in this file, one a line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Input")]
    pub drop_phrases: Option<String>,
    /// Largest size of a submission's folder in bytes [default: the preset's].
    #[arg(long, value_name = "BYTES", help_heading = "Input")]
    pub max_repo_bytes: Option<String>,
    /// Skip submissions whose weight norms look tampered with.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true", help_heading = "Input")]
    pub weight_norms: Option<String>,
    /// Open no socket; whatever is not on this machine is an error.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Input")]
    pub offline: Option<String>,

    /// Folder for the tables, plots and the report.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "reports/evaluate", help_heading = "Output")]
    pub out: Option<String>,
    /// Folder in which measured losses are kept for later runs [default: the user's cache folder].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub store: Option<String>,
    /// Measure all again, whatever the store holds.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Output")]
    pub fresh: Option<String>,

    /// Rules of a network: finetuning-subnet, finetuning-doc, pretraining or finetuning-successor.
    #[arg(long, value_name = "NAME", default_value = "finetuning-subnet", help_heading = "Rules")]
    pub preset: Option<String>,
    /// Boost of the earlier submission: a number, or linear:START:END:BLOCKS [default: the preset's].
    #[arg(long, value_name = "EPSILON", help_heading = "Rules")]
    pub epsilon: Option<String>,
    /// Temperature of the softmax over win rates [default: the preset's].
    #[arg(long, value_name = "NUMBER", help_heading = "Rules")]
    pub temperature: Option<String>,
    /// Weight of the old value in the moving average over steps [default: the preset's].
    #[arg(long, value_name = "NUMBER", help_heading = "Rules")]
    pub alpha: Option<String>,
    /// Submissions that a competition keeps for its next step [default: the preset's].
    #[arg(long, value_name = "COUNT", help_heading = "Rules")]
    pub sample_min: Option<String>,

    /// Number of steps [default: one per competition].
    #[arg(long, value_name = "COUNT", help_heading = "Steps")]
    pub steps: Option<String>,
    /// Samples that a step draws, the same for all submissions [default: the preset's].
    #[arg(long, value_name = "COUNT", help_heading = "Steps")]
    pub samples_per_step: Option<String>,
    /// The chain's block at the first step [default: the latest block among the submissions].
    #[arg(long, value_name = "BLOCK", help_heading = "Steps")]
    pub current_block: Option<String>,
    /// Blocks that pass from one step to the next.
    #[arg(long, value_name = "COUNT", default_value = "360", help_heading = "Steps")]
    pub blocks_per_step: Option<String>,
    /// Seed of everything that is drawn at random.
    #[arg(long, value_name = "NUMBER", default_value = "0", help_heading = "Steps")]
    pub seed: Option<String>,

    /// Where to measure: auto, cpu, cuda, cuda:N or metal.
    #[arg(long, value_name = "DEVICE", default_value = "auto", help_heading = "Measuring")]
    pub device: Option<String>,
    /// Number type to compute in: auto, f32, bf16 or f16.
    #[arg(long, value_name = "DTYPE", default_value = "auto", help_heading = "Measuring")]
    pub dtype: Option<String>,
    /// Largest number of tokens in one batch.
    #[arg(long, value_name = "COUNT", default_value = "4096", help_heading = "Measuring")]
    pub batch_tokens: Option<String>,
    /// Longest sequence in tokens; longer ones are truncated [default: the preset's].
    #[arg(long, value_name = "TOKENS", help_heading = "Measuring")]
    pub sequence_length: Option<String>,
    /// Chat template: auto for each model's own, none for plain concatenation, or a Jinja file.
    #[arg(long, value_name = "TEMPLATE", value_hint = ValueHint::FilePath, default_value = "auto", help_heading = "Measuring")]
    pub template: Option<String>,
    /// Date that chat templates see, as YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DATE", help_heading = "Measuring")]
    pub date: Option<String>,

    /// Bootstrap resamples behind the intervals.
    #[arg(long, value_name = "COUNT", default_value = "10000", help_heading = "Uncertainty")]
    pub resamples: Option<String>,
    /// Confidence level of the intervals.
    #[arg(long, value_name = "LEVEL", default_value = "0.95", help_heading = "Uncertainty")]
    pub confidence: Option<String>,

    /// What every command has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Resolves every setting of `evaluate`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<EvaluateSettings, SettingsError> {
    const COUNT: &str = "a whole number above 0";
    const NATURAL: &str = "a whole number, 0 or more";
    let preset = rules::choose_preset(&mut layers)?;
    let settings = EvaluateSettings {
        preset: preset.name.to_owned(),
        submissions: layers.required("submissions")?,
        samples: layers.required("samples")?,
        drop_phrases: layers.optional("drop-phrases", "none")?,
        max_repo_bytes: layers.number("max-repo-bytes", 1.., COUNT)?,
        weight_norms: layers.switch("weight-norms")?,
        offline: layers.switch("offline")?,
        out: layers.required("out")?,
        store: store(&mut layers)?,
        fresh: layers.switch("fresh")?,
        rules: rules::resolve(preset, &mut layers)?,
        steps: layers.optional_number("steps", 1.., COUNT, "one per competition")?,
        samples_per_step: layers.number("samples-per-step", 1.., COUNT)?,
        current_block: layers.optional_number("current-block", 0.., NATURAL, "the latest of the submissions")?,
        blocks_per_step: layers.number("blocks-per-step", 0.., NATURAL)?,
        seed: layers.number("seed", 0.., NATURAL)?,
        device: layers.required("device")?,
        dtype: layers.required("dtype")?,
        batch_tokens: layers.number("batch-tokens", 1.., COUNT)?,
        sequence_length: layers.number("sequence-length", 2.., "a whole number above 1")?,
        template: layers.required("template")?,
        date: layers.optional("date", "today")?,
        resamples: layers.number("resamples", 1..=u32::MAX as usize, COUNT)?,
        confidence: layers.number("confidence", OPEN_UNIT, "a number between 0 and 1")?,
        format: layers.required("format")?,
        sources: Vec::new(),
    };
    check_stdin(&settings)?;
    Ok(EvaluateSettings { sources: layers.into_resolved(), ..settings })
}

/// The numbers between 0 and 1, neither included.
const OPEN_UNIT: (std::ops::Bound<f64>, std::ops::Bound<f64>) =
    (std::ops::Bound::Excluded(0.0), std::ops::Bound::Excluded(1.0));

/// The store's folder; without a wish, the one of this program in the user's cache.
fn store(layers: &mut Layers) -> Result<PathBuf, SettingsError> {
    let usual = dirs::cache_dir().map_or_else(|| PathBuf::from(".weighhouse"), |cache| cache.join("weighhouse"));
    let given = layers.optional("store", &usual.display().to_string())?;
    Ok(given.unwrap_or(usual))
}

/// Stdin can be read once.
fn check_stdin(settings: &EvaluateSettings) -> Result<(), SettingsError> {
    let both = [&settings.submissions, &settings.samples].iter().all(|source| **source == records::Source::Stdin);
    if both {
        let message = "submissions and samples cannot both come from stdin; give a file for one of them";
        return Err(SettingsError::Conflict(message.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use crate::cli::config::ConfigFile;
    use crate::judge::{Epsilon, Weighting};

    /// Resolves the flags with the content of a configuration file, and an empty environment.
    fn resolved(flags: &[&str], file: &str) -> Result<EvaluateSettings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.toml");
        std::fs::write(&path, file).expect("writes");
        let file = ConfigFile::find(Some(&path), &args::keys())?;
        let arguments = ["weighhouse", "evaluate"].iter().chain(flags);
        let matches = args::command().try_get_matches_from(arguments).expect("parses");
        let (_, flags) = matches.subcommand().expect("a subcommand");
        resolve(Layers::new(flags, &|_| None, &file))
    }

    fn refusal(flags: &[&str]) -> String {
        resolved(flags, "").expect_err("refused").to_string()
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        let settings = resolved(&[], "").expect("resolves");
        let mut names: Vec<&str> = settings.sources.iter().map(|setting| setting.key.as_str()).collect();
        names.sort_unstable();
        let mut expected: Vec<String> = args::keys().into_iter().map(|key| key.name).collect();
        // The program reads `quiet` itself, ahead of the command; competitions stand only in a file.
        expected.retain(|name| name != "quiet");
        expected.extend(["competitions.l3".to_owned(), "competitions.s1".to_owned()]);
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn the_default_preset_is_whole_and_valid() {
        let settings = resolved(&[], "").expect("resolves");
        assert_eq!(settings.preset, "finetuning-subnet");
        assert_eq!(settings.rules.validate(), Ok(()));
        assert_eq!(settings.rules.weighting, Weighting::Softmax { temperature: 0.08 });
        assert_eq!((settings.samples_per_step, settings.sequence_length), (400, 2048));
        assert_eq!((settings.steps, settings.current_block, settings.date), (None, None, None));
    }

    #[test]
    fn every_preset_comes_through_its_text_unchanged() {
        for name in crate::judge::presets::NAMES {
            let settings = resolved(&["--preset", name], "").expect("resolves");
            assert_eq!(settings.rules, crate::judge::presets::preset(name).expect("a preset").rules, "{name}");
        }
    }

    #[test]
    fn rules_are_changed_by_flags() {
        let flags = ["--epsilon", "linear:0.1:0.05:100", "--temperature=2", "--alpha=0", "--sample-min=1"];
        let rules = resolved(&flags, "alpha = 0.3").expect("resolves").rules;
        assert_eq!(rules.epsilon, Epsilon::Linear { start: 0.1, end: 0.05, blocks: 100 });
        assert_eq!(rules.weighting, Weighting::Softmax { temperature: 2.0 });
        assert_eq!((rules.alpha, rules.sample_min), (0.0, 1));
        let doc = resolved(&["--preset=finetuning-doc", "--temperature=2"], "").expect("resolves").rules;
        assert_eq!(doc.weighting, Weighting::RunningSoftmax { temperature: 2.0, slots: 256 });
    }

    #[test]
    fn a_rule_that_the_preset_does_not_have_cannot_be_changed() {
        let refusal = refusal(&["--preset", "finetuning-successor", "--temperature", "1"]);
        assert!(refusal.contains("temperature 1 has no meaning in preset finetuning-successor"), "{refusal}");
    }

    #[test]
    fn competitions_of_the_file_replace_the_preset_s() {
        let text = "[competitions.z]\nreward_share = 0.5\n[competitions.a]\nreward_share = 0.5";
        let settings = resolved(&[], text).expect("resolves");
        let ids: Vec<_> = settings.rules.competitions.iter().map(|competition| competition.id.as_str()).collect();
        assert_eq!(ids, ["z", "a"]);
        let shown = settings.sources.iter().find(|setting| setting.key == "competitions.a").expect("recorded");
        assert_eq!(shown.value, "any architecture, reward 0.5");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for flag in [
            "--epsilon=1",
            "--epsilon=linear:1",
            "--temperature=0",
            "--temperature=1e-60",
            "--temperature=inf",
            "--alpha=1.1",
            "--sample-min=0",
            "--steps=0",
            "--samples-per-step=-1",
            "--current-block=-1",
            "--seed=x",
            "--batch-tokens=0",
            "--sequence-length=1",
            "--resamples=0",
            "--confidence=1",
            "--confidence=NaN",
            "--date=2024-02-30",
            "--device=gpu",
            "--dtype=f64",
            "--format=csv",
            "--preset=none",
            "--max-repo-bytes=0",
        ] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = refusal(&[flag]);
            assert!(
                refusal.starts_with("invalid value `") && refusal.contains(&format!("` for {name}: ")),
                "{refusal}"
            );
        }
    }

    #[test]
    fn stdin_is_read_once() {
        assert!(refusal(&["-", "--samples", "-"]).contains("cannot both come from stdin"));
        assert!(resolved(&["-"], "").is_ok());
    }
}

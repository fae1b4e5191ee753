//! `weighhouse evaluate`: its flags, and how they resolve into [`EvaluateSettings`].

use clap::{Args, ValueHint};

use super::error::SettingsError;
use super::groups::{
    CommonArgs, InputArgs, MeasuringArgs, OutputArgs, RecordsArgs, RoomArgs, RulesArgs, StepArgs, UncertaintyArgs,
};
use super::hub::{self, HubArgs};
use super::layers::Layers;
use super::resolving::{COUNT, NATURAL, OPEN_UNIT, bytes, optional_bytes, reachable, reading, store};
use super::rules;
use crate::commands::settings::EvaluateSettings;
use crate::hub::Room;
use crate::records;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse evaluate
      Evaluate the submissions and samples that come with the program.
  weighhouse evaluate submissions.jsonl --samples samples.parquet --out reports/today
      Evaluate your own.
  weighhouse evaluate --epsilon linear:0.05:0.01:36000 --temperature 0.04
      What if epsilon fell with age? Losses that were measured before are not measured again.
  weighhouse evaluate submissions.jsonl --samples pairs.csv.gz --columns prompt=question,response=answer
      Read samples whose columns have other names.
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
  75 the network or the device failed, try again; 130 interrupted";

/// The flags of `evaluate`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct EvaluateArgs {
    /// Submissions, in a file like that of samples; - for JSON lines from stdin.
    #[arg(value_hint = ValueHint::FilePath, default_value = "fixtures/submissions.jsonl")]
    pub submissions: Option<String>,
    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How records are read.
    #[command(flatten)]
    pub records: RecordsArgs,
    /// What is written.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How losses are judged.
    #[command(flatten)]
    pub rules: RulesArgs,
    /// What is simulated.
    #[command(flatten)]
    pub steps: StepArgs,
    /// How losses are measured.
    #[command(flatten)]
    pub measuring: MeasuringArgs,
    /// How the hub is reached.
    #[command(flatten)]
    pub hub: HubArgs,
    /// How much room pulled models take.
    #[command(flatten)]
    pub room: RoomArgs,
    /// How sure the result is.
    #[command(flatten)]
    pub uncertainty: UncertaintyArgs,
    /// What every command has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Resolves every setting of `evaluate`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<EvaluateSettings, SettingsError> {
    let preset = rules::choose_preset(&mut layers)?;
    let settings = EvaluateSettings {
        preset: preset.name.to_owned(),
        submissions: layers.required("submissions")?,
        samples: layers.required("samples")?,
        reading: reading(&mut layers)?,
        drop_phrases: layers.optional("drop-phrases", "none")?,
        max_repo_bytes: bytes(&mut layers, "max-repo-bytes")?,
        weight_norms: layers.switch("weight-norms")?,
        out: layers.required("out")?,
        store: store(&mut layers)?,
        fresh: layers.switch("fresh")?,
        rules: rules::resolve(preset, &mut layers)?,
        steps: layers.optional_number("steps", 1.., COUNT, "one per competition")?,
        samples_per_step: layers.number("samples-per-step", 1.., COUNT)?,
        current_block: layers.optional_number("current-block", 0.., NATURAL, "the latest of the submissions")?,
        blocks_per_step: layers.number("blocks-per-step", 0.., NATURAL)?,
        seed: layers.number("seed", 0.., NATURAL)?,
        hub: hub::access(&mut layers)?,
        room: room(&mut layers)?,
        device: layers.required("device")?,
        dtype: layers.required("dtype")?,
        batch_tokens: layers.number("batch-tokens", 1.., COUNT)?,
        sequence_length: layers.number("sequence-length", 2.., "a whole number above 1")?,
        template: layers.required("template")?,
        tokenizer_rules: layers.required("tokenizer-rules")?,
        date: layers.read("date", Some("today"), |text| {
            text.parse().map_err(|_| "expected a date like 2026-01-31".to_owned())
        })?,
        resamples: layers.number("resamples", 1..=u32::MAX as usize, COUNT)?,
        confidence: layers.number("confidence", OPEN_UNIT, "a number between 0 and 1")?,
        format: layers.required("format")?,
        sources: Vec::new(),
    };
    check_stdin(&settings)?;
    let EvaluateSettings { resamples, confidence, seed, .. } = settings;
    reachable(BootstrapSpec { resamples, confidence, seed })?;
    Ok(EvaluateSettings { sources: layers.into_resolved(), ..settings })
}

fn room(layers: &mut Layers) -> Result<Room, SettingsError> {
    let budget = optional_bytes(layers, "disk-budget", "no limit")?;
    // Without a budget there is no need for place that others would have to make.
    Ok(Room { budget, evicts: !layers.switch("keep")? && budget.is_some() })
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
    use crate::cli::testing::parsed;
    use crate::judge::wins::{Epsilon, Weighting};

    /// Resolves the flags with the content of a configuration file, and an empty environment.
    fn resolved(flags: &[&str], file: &str) -> Result<EvaluateSettings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.toml");
        std::fs::write(&path, file).expect("writes");
        let file = ConfigFile::find(Some(&path), &args::keys())?;
        let flags = parsed("evaluate", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    fn refusal(flags: &[&str]) -> String {
        resolved(flags, "").expect_err("refused").to_string()
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        let settings = resolved(&[], "").expect("resolves");
        let mut names: Vec<&str> = settings.sources.iter().map(|setting| setting.key.as_str()).collect();
        names.sort_unstable();
        let mut expected: Vec<String> = args::keys_of("evaluate").into_iter().map(|key| key.name).collect();
        // The program reads `quiet` itself, ahead of the command; competitions stand only in a file.
        expected.retain(|name| name != "quiet");
        expected.extend(["competitions.l3".to_owned(), "competitions.s1".to_owned()]);
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn the_help_names_every_preset() {
        let mut command = args::command();
        let evaluate = command.find_subcommand_mut("evaluate").expect("declared");
        let help = evaluate.render_long_help().to_string();
        assert!(crate::judge::wins::presets::NAMES.iter().all(|name| help.contains(name)), "{help}");
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
        for name in crate::judge::wins::presets::NAMES {
            let settings = resolved(&["--preset", name], "").expect("resolves");
            assert_eq!(settings.rules, crate::judge::wins::presets::preset(name).expect("a preset").rules, "{name}");
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
            "--temperature=1e-39",
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
            "--seed=-1",
            "--device=gpu",
            "--dtype=f64",
            "--tokenizer-rules=transformers-4",
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
    fn resamples_reach_the_confidence() {
        let refusal = refusal(&["--resamples", "999"]);
        assert!(
            refusal.contains("999 resamples do not reach the confidence 0.95") && refusal.contains("at least 1000")
        );
        assert!(resolved(&["--resamples", "1000"], "").is_ok());
    }

    #[test]
    fn stdin_is_read_once() {
        assert!(refusal(&["-", "--samples", "-"]).contains("cannot both come from stdin"));
        assert!(resolved(&["-"], "").is_ok());
    }
}

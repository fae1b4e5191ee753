//! `weighhouse evaluate`: its flags, and how they resolve into [`EvaluateSettings`].

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{self, Group, STORE};
use super::hub;
use super::keys::{Optional, Setting, count, natural, own, setting, several, switch, within};
use super::layers::Layers;
use super::resolving::{reachable, reading, store};
use super::rules;
use crate::commands::settings::EvaluateSettings;
use crate::engine::devices::DevicesRequest;
use crate::engine::kernels::Kernels;
use crate::engine::request::{DtypeRequest, TemplateRequest, TokenizerRules};
use crate::hub::Room;
use crate::records::Source;
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
  weighhouse evaluate submissions.jsonl --samples pairs.csv.gz --columns prompt=q,response=a
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

const SAMPLES: Setting<Source> = setting(
    "samples",
    "FILE",
    "Samples: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of *.parquet; - for JSON lines from stdin",
    own,
)
.hint(ValueHint::FilePath)
.default("datasets/samples.jsonl");
const DROP_PHRASES: Optional<PathBuf> = setting(
    "drop-phrases",
    "FILE",
    "Drop samples whose response holds one of the phrases in this file, one a line",
    own,
)
.hint(ValueHint::FilePath)
.or("none");
const WEIGHT_NORMS: Setting<bool> =
    switch("weight-norms", "Skip submissions whose weight norms look tampered with").default("true");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/evaluate");
const FRESH: Setting<bool> = switch("fresh", "Measure all again, whatever the store holds");
/// How many steps are simulated.
pub(super) const STEPS: Optional<usize> = setting("steps", "COUNT", "Number of steps", count).or("one per competition");
const SAMPLES_PER_STEP: Setting<usize> =
    setting("samples-per-step", "COUNT", "Samples that a step draws, the same for all submissions", count).of_preset();
const CURRENT_BLOCK: Optional<u64> = setting("current-block", "BLOCK", "The chain's block at the first step", natural)
    .or("the latest of the submissions");
const BLOCKS_PER_STEP: Setting<u64> =
    setting("blocks-per-step", "COUNT", "Blocks that pass from one step to the next", natural).default("360");
const DEVICE: Setting<DevicesRequest> = setting(
    groups::DEVICE.key.name,
    "DEVICE",
    "Where to measure: auto, cpu, cuda, cuda:N, several as cuda:0,1, cuda:all or metal",
    own,
)
.default("auto");
const PROCESSES: Optional<usize> =
    setting("processes", "COUNT", "Processes that measure, each a model at a time", several).or("one per device");
const LOAD_AHEAD: Optional<u64> = setting(
    "load-ahead",
    "SIZE",
    "Memory that loading the next model may take while one is measured, like 8GiB; 0 for none",
    groups::size_or_none,
)
.or("half of what is free");
/// The number type.
pub(super) const DTYPE: Setting<DtypeRequest> =
    setting("dtype", "DTYPE", "Number type to compute in: auto, f32, bf16 (on a CPU with AVX512-BF16 too) or f16", own)
        .default("auto");
const KERNELS: Setting<Kernels> = setting(
    "kernels",
    "KERNELS",
    "What computes: fused, the fastest that the device has, or portable, plain operators that every device has",
    own,
)
.default("fused");
const BATCH_TOKENS: Setting<usize> =
    setting("batch-tokens", "COUNT", "Largest number of tokens in one batch", count).default("4096");
const SEQUENCE_LENGTH: Setting<usize> =
    setting("sequence-length", "TOKENS", "Longest sequence in tokens; longer ones are truncated", |text| {
        within(text, 2.., "a whole number above 1")
    })
    .of_preset();
const TEMPLATE: Setting<TemplateRequest> = setting(
    "template",
    "TEMPLATE",
    "Chat template: auto for each model's own, none for plain concatenation, or a Jinja file",
    own,
)
.hint(ValueHint::FilePath)
.default("auto");
const TOKENIZER_RULES: Setting<TokenizerRules> = setting(
    "tokenizer-rules",
    "RULES",
    "Rules of tokenizers: transformers-5, which builds some classes anew, or file for tokenizer.json as it stands",
    own,
)
.default("transformers-5");
const DATE: Optional<NaiveDate> = setting("date", "DATE", "Date that chat templates see, as YYYY-MM-DD", |text| {
    text.parse().map_err(|_| "expected a date like 2026-01-31".to_owned())
})
.or("today");
const DISK_BUDGET: Optional<u64> = groups::DISK_BUDGET
    .help("What all that was pulled may take, like 100GB: evaluated models make place for the next")
    .or("no limit");
const KEEP: Setting<bool> = switch("keep", "Remove no model, whatever the budget; what does not fit is skipped");

/// `evaluate` on the command line.
pub const DECLARED: Declared = Declared {
    name: "evaluate",
    about: "Measure submissions on samples, and turn losses into wins and weights",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&groups::SUBMISSIONS.key]),
        Group {
            heading: Some("Input"),
            keys: &[&SAMPLES.key, &DROP_PHRASES.key, &groups::MAX_REPO_BYTES.key, &WEIGHT_NORMS.key],
        },
        groups::RECORDS,
        Group { heading: Some("Output"), keys: &[&OUT.key, &STORE.key, &FRESH.key] },
        rules::RULES,
        Group {
            heading: Some("Steps"),
            keys: &[&STEPS.key, &SAMPLES_PER_STEP.key, &CURRENT_BLOCK.key, &BLOCKS_PER_STEP.key, &groups::SEED.key],
        },
        Group {
            heading: Some("Measuring"),
            keys: &[
                &DEVICE.key,
                &PROCESSES.key,
                &LOAD_AHEAD.key,
                &DTYPE.key,
                &KERNELS.key,
                &BATCH_TOKENS.key,
                &SEQUENCE_LENGTH.key,
                &TEMPLATE.key,
                &TOKENIZER_RULES.key,
                &DATE.key,
            ],
        },
        hub::GROUP,
        Group { heading: Some("Disk"), keys: &[&DISK_BUDGET.key, &KEEP.key] },
        groups::UNCERTAINTY,
    ],
};

/// Resolves every setting of `evaluate`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<EvaluateSettings, SettingsError> {
    let preset = rules::choose_preset(&mut layers)?;
    let settings = EvaluateSettings {
        preset: preset.name.to_owned(),
        submissions: layers.get(&groups::SUBMISSIONS)?,
        samples: layers.get(&SAMPLES)?,
        reading: reading(&mut layers)?,
        drop_phrases: layers.find(&DROP_PHRASES)?,
        max_repo_bytes: layers.get(&groups::MAX_REPO_BYTES)?,
        weight_norms: layers.get(&WEIGHT_NORMS)?,
        out: layers.get(&OUT)?,
        store: store(&mut layers)?,
        fresh: layers.get(&FRESH)?,
        rules: rules::resolve(preset, &mut layers)?,
        steps: layers.find(&STEPS)?,
        samples_per_step: layers.get(&SAMPLES_PER_STEP)?,
        current_block: layers.find(&CURRENT_BLOCK)?,
        blocks_per_step: layers.get(&BLOCKS_PER_STEP)?,
        seed: layers.get(&groups::SEED)?,
        hub: hub::access(&mut layers)?,
        room: room(&mut layers)?,
        device: layers.get(&DEVICE)?,
        processes: layers.find(&PROCESSES)?,
        load_ahead: layers.find(&LOAD_AHEAD)?,
        dtype: layers.get(&DTYPE)?,
        kernels: layers.get(&KERNELS)?,
        batch_tokens: layers.get(&BATCH_TOKENS)?,
        sequence_length: layers.get(&SEQUENCE_LENGTH)?,
        template: layers.get(&TEMPLATE)?,
        tokenizer_rules: layers.get(&TOKENIZER_RULES)?,
        date: layers.find(&DATE)?,
        resamples: layers.get(&groups::RESAMPLES)?,
        confidence: layers.get(&groups::CONFIDENCE)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    check_stdin(&settings)?;
    let EvaluateSettings { resamples, confidence, seed, .. } = settings;
    reachable(BootstrapSpec { resamples, confidence, seed })?;
    Ok(EvaluateSettings { sources: layers.into_resolved(), ..settings })
}

fn room(layers: &mut Layers) -> Result<Room, SettingsError> {
    let budget = layers.find(&DISK_BUDGET)?;
    // Without a budget there is no need for place that others would have to make.
    Ok(Room { budget, evicts: !layers.get(&KEEP)? && budget.is_some() })
}

/// Stdin can be read once.
fn check_stdin(settings: &EvaluateSettings) -> Result<(), SettingsError> {
    let both = [&settings.submissions, &settings.samples].iter().all(|source| **source == Source::Stdin);
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
    use crate::cli::testing::{assert_all_resolved, parsed};
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
        assert_all_resolved(&DECLARED, &resolved(&[], "").expect("resolves").sources);
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
            "--device=cuda:0,0",
            "--processes=0",
            "--processes=99999999999",
            "--load-ahead=-1",
            "--load-ahead=much",
            "--dtype=f64",
            "--kernels=plain",
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

//! `weighhouse compare`: its settings, and how they resolve.

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{self, Group};
use super::keys::{Optional, Setting, choice, count, names, own, setting, within};
use super::layers::Layers;
use super::resolving::reading;
use crate::commands::compare::fields::FIELDS;
use crate::commands::settings::{CompareSettings, GateChoice, Origin};
use crate::judge::compare::SpeedLimits;
use crate::stats::{BootstrapSpec, Margins, PairedSpec};

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse compare baseline.parquet reports/evaluate
      Hold a run against a baseline that `weighhouse baseline save` made; equal inputs must give equal numbers.
  weighhouse compare reports/before reports/after --margin 0.005 --format markdown
      Did any model get worse by more than 0.005 nats and 1 %? As a comment for a pull request.
  weighhouse compare before.jsonl after.jsonl --preset pretraining --fail-on-inconclusive
      Two recordings of losses; too few samples to decide count as a failure.
  weighhouse compare reports/old reports/new --allow-mismatch engine --max-slowdown 1.1
      Another version of the program, which may take a tenth more time.

Exit codes:
  0 ok; 1 internal; 2 usage; 3 regressed; 4 nothing to compare; 5 inconclusive (with --fail-on-inconclusive);
  65 bad input, or runs that were not made alike; 66 missing input, or an unfinished run; 130 interrupted";

/// What is compared with.
pub const BASELINE: Setting<PathBuf> = setting(
    "baseline",
    "BASELINE",
    "What is compared with: a run's folder, a file of `weighhouse baseline`, or a recording of losses",
    own,
)
.hint(ValueHint::AnyPath)
.positional();
const CANDIDATE: Setting<PathBuf> =
    setting("candidate-run", "CANDIDATE", "What is compared, likewise", own).hint(ValueHint::AnyPath).positional();

const GATES: [&str; 4] = names(&GateChoice::ALL);
const GATE: Setting<GateChoice> = setting(
    "gate",
    "GATE",
    "Gate that rules; auto takes the exact one where all that went in is the same, and else the statistical one",
    |text| choice(text, &GateChoice::ALL),
)
.one_of(&GATES)
.default("auto");
const ATOL: Setting<f64> = setting(
    "atol",
    "NUMBER",
    "Largest difference of two numbers that the exact gate lets pass; relative to numbers above 1",
    amount,
)
.default("1e-5");
const MARGIN: Setting<f64> =
    setting("margin", "NATS", "Rise of a mean loss that is let pass, in nats", amount).default("0.01");
const RELATIVE_MARGIN: Setting<f64> =
    setting("relative-margin", "SHARE", "The same as a share of the baseline's loss; the larger one holds", amount)
        .default("0.01");
const TAIL_LOSS: Optional<f64> = setting(
    "tail-loss",
    "NATS",
    "Largest rise of a rare sample, so that `ok` allows for rises that no sample shows",
    amount,
)
.or("rare rises are not allowed for");
const LOOKS: Setting<u32> =
    setting("looks", "COUNT", "How often this question is asked of growing data; the level is shared", count)
        .default("1");
const MAX_SLOWDOWN: Optional<f64> =
    setting("max-slowdown", "RATIO", "How many times the baseline's time a token may take", ratio).or("not judged");
const MAX_MEMORY: Optional<f64> =
    setting("max-memory", "RATIO", "How many times the baseline's memory a run may take", ratio).or("not judged");
const ALLOW_MISMATCH: Optional<Vec<&'static str>> =
    setting("allow-mismatch", "FIELD,…", "What may differ in how the runs were made", |text| {
        let field = |name: &str| FIELDS.into_iter().find(|field| *field == name.trim());
        let known: Option<Vec<_>> = text.split(',').map(field).collect();
        known.ok_or_else(|| format!("expected some of {}", FIELDS.join(", ")))
    })
    .one_of(&FIELDS)
    .or("nothing");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/compare");

/// `compare` on the command line.
pub const DECLARED: Declared = Declared {
    name: "compare",
    about: "Hold a run against a baseline: what is equal, what got worse, and how sure that is",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&BASELINE.key, &CANDIDATE.key]),
        Group { heading: Some("Gates"), keys: &[&GATE.key, &groups::FAIL_ON_INCONCLUSIVE.key, &ALLOW_MISMATCH.key] },
        Group { heading: Some("Exact gate"), keys: &[&ATOL.key] },
        Group {
            heading: Some("Statistical gate"),
            keys: &[
                &MARGIN.key,
                &RELATIVE_MARGIN.key,
                &TAIL_LOSS.key,
                &LOOKS.key,
                &groups::RESAMPLES.key,
                &groups::CONFIDENCE.key,
                &groups::SEED.key,
                &groups::PRESET.key,
            ],
        },
        Group { heading: Some("Gate of speed and memory"), keys: &[&MAX_SLOWDOWN.key, &MAX_MEMORY.key] },
        groups::RECORDS,
        Group { heading: Some("Output"), keys: &[&OUT.key] },
    ],
};

/// A number of 0 or more.
fn amount(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1e90, "a number, 0 or more")
}

/// A number above 0.
fn ratio(text: &str) -> Result<f64, String> {
    within(text, f64::MIN_POSITIVE..=1e90, "a number above 0")
}

/// Resolves every setting of `compare`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<CompareSettings, SettingsError> {
    let settings = CompareSettings {
        baseline: layers.get(&BASELINE)?,
        candidate: layers.get(&CANDIDATE)?,
        gate: layers.get(&GATE)?,
        fail_on_inconclusive: layers.get(&groups::FAIL_ON_INCONCLUSIVE)?,
        allowed: layers.find(&ALLOW_MISMATCH)?.unwrap_or_default(),
        tolerance: layers.get(&ATOL)?,
        spec: PairedSpec {
            margins: Margins { absolute: layers.get(&MARGIN)?, relative: layers.get(&RELATIVE_MARGIN)? },
            tail_loss: layers.find(&TAIL_LOSS)?,
            looks: layers.get(&LOOKS)?,
            bootstrap: BootstrapSpec {
                resamples: layers.get(&groups::RESAMPLES)?,
                confidence: layers.get(&groups::CONFIDENCE)?,
                seed: layers.get(&groups::SEED)?,
            },
        },
        rules: layers.get(&groups::PRESET)?.rules,
        rules_given: layers.source_of(&groups::PRESET.key) != Some(&Origin::Default),
        speed: SpeedLimits { slowdown: layers.find(&MAX_SLOWDOWN)?, memory: layers.find(&MAX_MEMORY)? },
        reading: reading(&mut layers)?,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    settings.spec.validate().map_err(|error| SettingsError::Conflict(error.to_string()))?;
    Ok(CompareSettings { sources: layers.into_resolved(), ..settings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<CompareSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("compare", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        let settings = resolved(&["a", "b"]).expect("resolves");
        assert_all_resolved(&DECLARED, &settings.sources);
        assert!(!settings.rules_given && settings.allowed.is_empty());
    }

    #[test]
    fn values_are_checked_before_anything_is_read() {
        let settings = resolved(&["a", "b", "--preset", "coldint", "--allow-mismatch", "engine, dtype"]);
        let settings = settings.expect("resolves");
        assert!(settings.rules_given);
        assert_eq!(settings.allowed, ["engine", "dtype"]);
        for (flags, reason) in [
            (&["a", "b", "--gate", "tight"][..], "expected one of auto, exact"),
            (&["a", "b", "--allow-mismatch", "seed"], "expected some of samples, sequence-length"),
            (&["a", "b", "--margin", "-1"], "a number, 0 or more"),
            (&["a", "b", "--max-slowdown", "0"], "a number above 0"),
            (&["a", "b", "--resamples", "1000"], "1000 resamples are too few"),
            (&["a"], "`candidate-run` has no value; give CANDIDATE"),
        ] {
            let refusal = resolved(flags).expect_err("refused").to_string();
            assert!(refusal.contains(reason), "{flags:?}: {refusal}");
        }
    }
}

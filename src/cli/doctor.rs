//! `weighhouse doctor`: its flags, and the settings they resolve to.

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::evaluate::DTYPE;
use super::exit;
use super::groups::{self, Group};
use super::keys::{Optional, Setting, choice, own, setting, switch};
use super::layers::Layers;
use crate::checkup::{BenchPlan, CheckupPlan, Models, Program, SHAPES, Shape};
use crate::commands::settings::{DoctorSettings, Origin};
use crate::engine::request::DeviceRequest;
use crate::measure::program::own_program;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse doctor
      Is this machine fit to measure? One table of what passed.
  weighhouse doctor --device cuda:1 --format json > doctor.json
      Another device; every single check, for a machine.
  weighhouse doctor --bench --bench-folder shapes
      How fast is it? The models that are timed are kept, for others to be timed on them.

Exit codes:
  0 all that was checked passed; 1 internal; 2 usage, or no such device; 3 a check failed;
  75 the device failed; 130 interrupted";

const DEVICE: Setting<DeviceRequest> = groups::DEVICE.help("What to examine: auto, cpu, cuda, cuda:N or metal");
const MODELS: Setting<PathBuf> =
    setting("models", "DIR", "Folder of tiny models with recorded losses, to be computed again", own)
        .hint(ValueHint::DirPath)
        .default("fixtures");
const BENCH: Setting<bool> = switch("bench", "Time models of real sizes with random weights, too");
const BENCH_SHAPES: Optional<Vec<Shape>> = setting(
    "bench-shapes",
    "NAMES",
    "Models to time: tiny, smollm2-135m, stablelm-1.6b, llama-3-8b, separated by commas",
    shapes,
)
.or("those that suit the device");
const BENCH_FOLDER: Optional<PathBuf> =
    setting("bench-folder", "DIR", "Folder where these models and their token ids are kept, and used again", own)
        .hint(ValueHint::DirPath)
        .or("one that is removed");

fn shapes(text: &str) -> Result<Vec<Shape>, String> {
    let known = SHAPES.map(|shape| (shape.name, shape));
    text.split(',').map(|name| choice(name.trim(), &known)).collect()
}

/// `doctor` on the command line.
pub const DECLARED: Declared = Declared {
    name: "doctor",
    about: "Check that this machine computes what it must, and how fast",
    examples: EXAMPLES,
    groups: &[
        Group { heading: Some("Checks"), keys: &[&DEVICE.key, &DTYPE.key, &MODELS.key] },
        Group { heading: Some("Bench"), keys: &[&BENCH.key, &BENCH_SHAPES.key, &BENCH_FOLDER.key] },
    ],
};

/// Resolves every setting of `doctor`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<DoctorSettings, SettingsError> {
    let plan = CheckupPlan {
        device: layers.get(&DEVICE)?,
        dtype: layers.get(&DTYPE)?,
        models: models(&mut layers)?,
        bench: bench(&mut layers)?,
        program: program()?,
    };
    Ok(DoctorSettings { plan, format: layers.get(&groups::FORMAT)?, sources: layers.into_resolved() })
}

fn models(layers: &mut Layers) -> Result<Models, SettingsError> {
    let folder = layers.get(&MODELS)?;
    Ok(Models { folder, is_named: layers.source_of(&MODELS.key) != Some(&Origin::Default) })
}

fn bench(layers: &mut Layers) -> Result<Option<BenchPlan>, SettingsError> {
    let is_wanted = layers.get(&BENCH)?;
    let (shapes, folder) = (layers.find(&BENCH_SHAPES)?, layers.find(&BENCH_FOLDER)?);
    let is_typed =
        [&BENCH_SHAPES.key, &BENCH_FOLDER.key].iter().any(|key| layers.source_of(key) == Some(&Origin::Flag));
    if !is_wanted && is_typed {
        return Err(SettingsError::Conflict(
            "--bench-shapes and --bench-folder say what --bench times; give it too".into(),
        ));
    }
    Ok(is_wanted.then(|| BenchPlan { shapes: shapes.unwrap_or_default(), folder }))
}

/// This program, and what of the environment steers it and must not steer its children.
fn program() -> Result<Program, SettingsError> {
    let unknown = |error| SettingsError::Conflict(format!("this program does not find its own file: {error}"));
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let silenced = names.filter(|name| name.starts_with("WEIGHHOUSE_")).collect();
    Ok(Program { path: own_program().map_err(unknown)?, silenced, try_again: exit::TRANSIENT })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<DoctorSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("doctor", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&DECLARED, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn shapes_are_named_and_asked_for() {
        let plan = |flags: &[&str]| resolved(flags).map(|settings| settings.plan.bench);
        assert_eq!(plan(&[]).expect("resolves"), None);
        assert_eq!(plan(&["--bench"]).expect("resolves"), Some(BenchPlan { shapes: Vec::new(), folder: None }));
        let two = plan(&["--bench", "--bench-shapes", "tiny, llama-3-8b"]).expect("resolves").expect("a bench");
        assert_eq!(two.shapes.iter().map(|shape| shape.name).collect::<Vec<_>>(), ["tiny", "llama-3-8b"]);
        let refusal = plan(&["--bench", "--bench-shapes=huge"]).expect_err("refused").to_string();
        assert!(refusal.contains("for --bench-shapes: expected one of tiny, "), "{refusal}");
        let refusal = plan(&["--bench-folder", "x"]).expect_err("refused").to_string();
        assert!(refusal.contains("give it too"), "{refusal}");
    }
}

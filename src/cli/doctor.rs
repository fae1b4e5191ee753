//! `weighhouse doctor`: its flags, and the settings they resolve to.

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::evaluate::DTYPE;
use super::groups::{self, Group};
use super::keys::{Setting, own, setting};
use super::layers::Layers;
use crate::checkup::CheckupPlan;
use crate::commands::settings::DoctorSettings;
use crate::engine::request::DeviceRequest;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse doctor
      Is this machine fit to measure? One table of what passed.
  weighhouse doctor --device cuda:1 --format json > doctor.json
      Another device; every single check, for a machine.

Exit codes:
  0 all that was checked passed; 1 internal; 2 usage, or no such device; 3 a check failed;
  75 the device failed; 130 interrupted";

const DEVICE: Setting<DeviceRequest> = groups::DEVICE.help("What to examine: auto, cpu, cuda, cuda:N or metal");
const MODELS: Setting<PathBuf> =
    setting("models", "DIR", "Folder of tiny models with recorded losses, to be computed again", own)
        .hint(ValueHint::DirPath)
        .default("fixtures");

/// `doctor` on the command line.
pub const DECLARED: Declared = Declared {
    name: "doctor",
    about: "Check that this machine computes what it must, and how fast",
    examples: EXAMPLES,
    groups: &[Group { heading: Some("Checks"), keys: &[&DEVICE.key, &DTYPE.key, &MODELS.key] }],
};

/// Resolves every setting of `doctor`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<DoctorSettings, SettingsError> {
    let plan = CheckupPlan {
        device: layers.get(&DEVICE)?,
        dtype: layers.get(&DTYPE)?,
        models: layers.get(&MODELS)?,
    };
    Ok(DoctorSettings { plan, format: layers.get(&groups::FORMAT)?, sources: layers.into_resolved() })
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
}

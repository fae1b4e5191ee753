//! `weighhouse pull`: its flags, and the settings they resolve to.

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{self, Group, MAX_REPO_BYTES, STORE, SUBMISSIONS};
use super::hub;
use super::keys::{Optional, Setting};
use super::layers::Layers;
use super::resolving::{reading, store};
use super::rules;
use crate::commands::settings::PullSettings;
use crate::hub::Room;
use crate::judge::wins::presets::Preset;

const EXAMPLES: &str = "Examples:
  weighhouse pull submissions.jsonl
  weighhouse pull submissions.jsonl --jobs 8 --disk-budget 500GB
  HF_ENDPOINT=http://127.0.0.1:8000 weighhouse pull submissions.jsonl --format json
  weighhouse pull submissions.jsonl --offline       says what is missing in the cache

Exit codes:
  0 all that can be had is here; 1 internal; 2 usage; 4 every submission was skipped;
  65 bad input; 66 missing input, or not in the cache while offline;
  75 the network failed, try again; 130 interrupted";

const PRESET: Setting<Preset> = groups::PRESET.help("Limits of a network");
const DISK_BUDGET: Optional<u64> = groups::DISK_BUDGET
    .help("What all that was pulled may take on the disk, like 100GB; what does not fit is skipped")
    .or("no limit");

/// `pull` on the command line.
pub const DECLARED: Declared = Declared {
    name: "pull",
    about: "Fetch the models of submissions into the cache, verified and within limits",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&SUBMISSIONS.key]),
        Group { heading: Some("Limits"), keys: &[&PRESET.key, &MAX_REPO_BYTES.key, &DISK_BUDGET.key] },
        Group { heading: Some("Output"), keys: &[&STORE.key] },
        groups::RECORDS,
        hub::GROUP,
    ],
};

/// Resolves every setting of `pull`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<PullSettings, SettingsError> {
    let preset = rules::choose_preset(&mut layers)?;
    let settings = PullSettings {
        submissions: layers.get(&SUBMISSIONS)?,
        reading: reading(&mut layers)?,
        competitions: rules::competitions(&preset, &mut layers),
        max_repo_bytes: layers.get(&MAX_REPO_BYTES)?,
        room: Room { budget: layers.find(&DISK_BUDGET)?, evicts: false },
        hub: hub::access(&mut layers)?,
        store: store(&mut layers)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    Ok(PullSettings { sources: layers.into_resolved(), ..settings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<PullSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("pull", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&DECLARED, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        let limit =
            |text: &str| resolved(&[&format!("--max-repo-bytes={text}")]).map(|settings| settings.max_repo_bytes);
        assert_eq!(resolved(&[]).expect("resolves").max_repo_bytes, 15 << 30);
        assert_eq!(limit("123").expect("resolves"), 123);
        assert_eq!(limit("2GB").expect("resolves"), 2_000_000_000);
        assert_eq!(limit("1.5 GiB").expect("resolves"), 3 << 29);
        assert_eq!(resolved(&["--disk-budget", "1TB"]).expect("resolves").room.budget, Some(1_000_000_000_000));
        for bad in ["0", "-1", "x", "5 parsecs", "0.2"] {
            let refusal = limit(bad).expect_err("refused").to_string();
            assert!(refusal.contains("for --max-repo-bytes: expected a size"), "{refusal}");
        }
    }
}

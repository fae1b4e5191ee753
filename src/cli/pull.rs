//! `weighhouse pull`: its flags, and the settings they resolve to.

use clap::{Args, ValueHint};

use super::error::SettingsError;
use super::groups::{CommonArgs, RecordsArgs};
use super::hub::{self, HubArgs};
use super::layers::Layers;
use super::resolving::{bytes, optional_bytes, reading, store};
use super::rules;
use crate::commands::settings::PullSettings;
use crate::hub::Room;

const EXAMPLES: &str = "Examples:
  weighhouse pull submissions.jsonl
  weighhouse pull submissions.jsonl --jobs 8 --disk-budget 500GB
  HF_ENDPOINT=http://127.0.0.1:8000 weighhouse pull submissions.jsonl --format json
  weighhouse pull submissions.jsonl --offline       says what is missing in the cache

Exit codes:
  0 all that can be had is here; 1 internal; 2 usage; 4 every submission was skipped;
  65 bad input; 66 missing input, or not in the cache while offline;
  75 the network failed, try again; 130 interrupted";

/// The flags of `pull`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct PullArgs {
    /// Submissions: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of *.parquet; - for JSON lines from stdin.
    #[arg(value_hint = ValueHint::FilePath, default_value = "fixtures/submissions.jsonl")]
    pub submissions: Option<String>,
    /// Limits of a network: finetuning-subnet, finetuning-doc, pretraining or finetuning-successor.
    #[arg(long, value_name = "NAME", default_value = "finetuning-subnet", help_heading = "Limits")]
    pub preset: Option<String>,
    /// Largest size of a submission's files, in bytes or like 15GiB [default: the preset's].
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub max_repo_bytes: Option<String>,
    /// What all that was pulled may take on the disk, like 100GB; what does not fit is skipped [default: no limit].
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub disk_budget: Option<String>,
    /// Folder of the store, where it is written down what was pulled [default: the user's cache folder].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub store: Option<String>,
    /// How records are read.
    #[command(flatten)]
    pub records: RecordsArgs,
    /// How the hub is reached.
    #[command(flatten)]
    pub hub: HubArgs,
    /// What every command has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Resolves every setting of `pull`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<PullSettings, SettingsError> {
    let preset = rules::choose_preset(&mut layers)?;
    let settings = PullSettings {
        submissions: layers.required("submissions")?,
        reading: reading(&mut layers)?,
        competitions: rules::competitions(&preset, &mut layers),
        max_repo_bytes: bytes(&mut layers, "max-repo-bytes")?,
        room: Room { budget: optional_bytes(&mut layers, "disk-budget", "no limit")?, evicts: false },
        hub: hub::access(&mut layers)?,
        store: store(&mut layers)?,
        format: layers.required("format")?,
        sources: Vec::new(),
    };
    Ok(PullSettings { sources: layers.into_resolved(), ..settings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::parsed;

    fn resolved(flags: &[&str]) -> Result<PullSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("pull", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        let settings = resolved(&[]).expect("resolves");
        let mut names: Vec<&str> = settings.sources.iter().map(|setting| setting.key.as_str()).collect();
        names.sort_unstable();
        let mut expected: Vec<String> = args::keys_of("pull").into_iter().map(|key| key.name).collect();
        // The program reads `quiet` itself, ahead of the command; competitions stand only in a file.
        expected.retain(|name| name != "quiet");
        expected.extend(["competitions.l3".to_owned(), "competitions.s1".to_owned()]);
        expected.sort();
        assert_eq!(names, expected);
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

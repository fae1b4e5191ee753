//! `weighhouse models`: its subcommands and flags, and the settings they resolve to.

use std::time::Duration;

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{FORMAT, Group, STORE};
use super::keys::{Setting, setting, switch};
use super::layers::Layers;
use super::resolving::store;
use crate::commands::settings::{ModelsSettings, RemoveSettings};

const EXAMPLES: &str = "Examples:
  weighhouse models list
  weighhouse models remove --older-than 2h
  weighhouse models remove --older-than 0s --dry-run

Exit codes:
  0 done; 1 internal; 2 usage; 65 bad configuration file";

const OLDER_THAN: Setting<Duration> =
    setting("older-than", "TIME", "Remove what was not used for so long, like 30m, 2h or 7d", |text| {
        humantime::parse_duration(text).map_err(|_| "expected a time like 30m, 2h or 7d".to_owned())
    })
    .default("2h");
const DRY_RUN: Setting<bool> = switch("dry-run", "Remove nothing, say what would be removed");

/// `models list` on the command line.
pub const LIST: Declared = Declared {
    name: "list",
    about: "Show what was pulled",
    examples: EXAMPLES,
    groups: &[Group { heading: Some("Store"), keys: &[&STORE.key] }],
};

/// `models remove` on the command line.
pub const REMOVE: Declared = Declared {
    name: "remove",
    about: "Remove what was pulled and not used for some time; what was there before and measured losses are kept",
    examples: EXAMPLES,
    groups: &[Group { heading: Some("Store"), keys: &[&OLDER_THAN.key, &DRY_RUN.key, &STORE.key] }],
};

/// Resolves every setting of `models list`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_list(mut layers: Layers) -> Result<ModelsSettings, SettingsError> {
    let (store, format) = (store(&mut layers)?, layers.get(&FORMAT)?);
    Ok(ModelsSettings { store, remove: None, format, sources: layers.into_resolved() })
}

/// Resolves every setting of `models remove`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_remove(mut layers: Layers) -> Result<ModelsSettings, SettingsError> {
    let older_than = layers.get(&OLDER_THAN)?;
    let remove = Some(RemoveSettings { older_than, dry_run: layers.get(&DRY_RUN)? });
    let (store, format) = (store(&mut layers)?, layers.get(&FORMAT)?);
    Ok(ModelsSettings { store, remove, format, sources: layers.into_resolved() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::parsed;

    fn removing(flags: &[&str]) -> Result<RemoveSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("models remove", flags);
        Ok(resolve_remove(Layers::new(&flags, &|_| None, &file))?.remove.expect("removes"))
    }

    #[test]
    fn the_grace_period_is_the_subnet_s() {
        assert_eq!(removing(&[]).expect("resolves").older_than, Duration::from_secs(120 * 60));
    }

    #[test]
    fn ages_have_units() {
        let age = |text: &str| removing(&["--older-than", text]).map(|settings| settings.older_than.as_secs());
        assert_eq!(age("7d").expect("resolves"), 7 * 86400);
        assert_eq!(age("1h 30m").expect("resolves"), 5400);
        for bad in ["2", "-2h", "soon"] {
            let flag = format!("--older-than={bad}");
            let refusal = removing(&[&flag]).expect_err("refused").to_string();
            assert!(refusal.contains("for --older-than: expected a time"), "{refusal}");
        }
    }
}

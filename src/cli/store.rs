//! `weighhouse store`: its subcommands and flags, and the settings they resolve to.

use std::time::Duration;

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{FORMAT, Group, STORE};
use super::keys::{Setting, setting, switch};
use super::layers::Layers;
use super::resolving::store;
use crate::commands::settings::{CleanSettings, StoreSettings};

const EXAMPLES: &str = "Examples:
  weighhouse store list
  weighhouse store clean --older-than 2h
  weighhouse store clean --older-than 0s --dry-run

Exit codes:
  0 done; 1 internal; 2 usage; 65 bad configuration file";

const OLDER_THAN: Setting<Duration> =
    setting("older-than", "TIME", "Remove what was not used for so long, like 30m, 2h or 7d", |text| {
        humantime::parse_duration(text).map_err(|_| "expected a time like 30m, 2h or 7d".to_owned())
    })
    .default("2h");
const DRY_RUN: Setting<bool> = switch("dry-run", "Remove nothing, say what would be removed");

/// `store list` on the command line.
pub const LIST: Declared = Declared {
    name: "list",
    about: "Show what was pulled",
    examples: EXAMPLES,
    groups: &[Group { heading: Some("Store"), keys: &[&STORE.key] }],
};

/// `store clean` on the command line.
pub const CLEAN: Declared = Declared {
    name: "clean",
    about: "Remove what was pulled and not used for some time; what was there before and measured losses are kept",
    examples: EXAMPLES,
    groups: &[Group { heading: Some("Store"), keys: &[&OLDER_THAN.key, &DRY_RUN.key, &STORE.key] }],
};

/// Resolves every setting of `store list`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_list(mut layers: Layers) -> Result<StoreSettings, SettingsError> {
    let (store, format) = (store(&mut layers)?, layers.get(&FORMAT)?);
    Ok(StoreSettings { store, clean: None, format, sources: layers.into_resolved() })
}

/// Resolves every setting of `store clean`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_clean(mut layers: Layers) -> Result<StoreSettings, SettingsError> {
    let older_than = layers.get(&OLDER_THAN)?;
    let clean = Some(CleanSettings { older_than, dry_run: layers.get(&DRY_RUN)? });
    let (store, format) = (store(&mut layers)?, layers.get(&FORMAT)?);
    Ok(StoreSettings { store, clean, format, sources: layers.into_resolved() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::parsed;

    fn clean(flags: &[&str]) -> Result<CleanSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("store clean", flags);
        Ok(resolve_clean(Layers::new(&flags, &|_| None, &file))?.clean.expect("cleans"))
    }

    #[test]
    fn the_grace_period_is_the_subnet_s() {
        assert_eq!(clean(&[]).expect("resolves").older_than, Duration::from_secs(120 * 60));
    }

    #[test]
    fn ages_have_units() {
        let age = |text: &str| clean(&["--older-than", text]).map(|clean| clean.older_than.as_secs());
        assert_eq!(age("7d").expect("resolves"), 7 * 86400);
        assert_eq!(age("1h 30m").expect("resolves"), 5400);
        for bad in ["2", "-2h", "soon"] {
            let flag = format!("--older-than={bad}");
            let refusal = clean(&[&flag]).expect_err("refused").to_string();
            assert!(refusal.contains("for --older-than: expected a time"), "{refusal}");
        }
    }
}

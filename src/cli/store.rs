//! `weighhouse store`: its subcommands and flags, and the settings they resolve to.

use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};

use super::error::SettingsError;
use super::groups::{CommonArgs, SWITCH};
use super::layers::Layers;
use super::resolving::store;
use crate::commands::settings::{CleanSettings, StoreSettings};

const EXAMPLES: &str = "Examples:
  weighhouse store list
  weighhouse store clean --older-than 2h
  weighhouse store clean --older-than 0s --dry-run

Exit codes:
  0 done; 1 internal; 2 usage; 65 bad configuration file";

/// The subcommands of `store`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: StoreAction,
}

/// What can be done with the store.
#[derive(Debug, Subcommand)]
pub enum StoreAction {
    /// Show what was pulled.
    #[command(after_long_help = EXAMPLES)]
    List(ListArgs),
    /// Remove what was pulled and not used for some time; what was there before and measured losses are kept.
    #[command(after_long_help = EXAMPLES)]
    Clean(CleanArgs),
}

/// The flags of `store list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Folder of the store [default: the user's cache folder].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<String>,
    /// What every command has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The flags of `store clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Remove what was not used for so long, like 30m, 2h or 7d.
    #[arg(long, value_name = "TIME", default_value = "2h")]
    pub older_than: Option<String>,
    /// Remove nothing, say what would be removed.
    #[arg(long, value_name = SWITCH)]
    pub dry_run: Option<String>,
    /// Folder of the store [default: the user's cache folder].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<String>,
    /// What every command has.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Resolves every setting of `store list`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_list(mut layers: Layers) -> Result<StoreSettings, SettingsError> {
    let (store, format) = (store(&mut layers)?, layers.required("format")?);
    Ok(StoreSettings { store, clean: None, format, sources: layers.into_resolved() })
}

/// Resolves every setting of `store clean`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve_clean(mut layers: Layers) -> Result<StoreSettings, SettingsError> {
    let Age(older_than) = layers.required("older-than")?;
    let clean = Some(CleanSettings { older_than, dry_run: layers.switch("dry-run")? });
    let (store, format) = (store(&mut layers)?, layers.required("format")?);
    Ok(StoreSettings { store, clean, format, sources: layers.into_resolved() })
}

/// A time like 2h 30m.
struct Age(Duration);

impl FromStr for Age {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Self).map_err(|_| "expected a time like 30m, 2h or 7d")
    }
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

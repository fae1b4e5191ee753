//! What the subcommands have in common when they resolve their settings: how records are read, the store, resamples.

use std::path::{Path, PathBuf};

use super::error::SettingsError;
use super::groups::{COLUMNS, SKIP_BAD_ROWS, STORE};
use super::layers::Layers;
use crate::records::ReadOptions;
use crate::stats::BootstrapSpec;

/// How records are read.
///
/// # Errors
/// A name for a column that no kind has.
pub fn reading(layers: &mut Layers) -> Result<ReadOptions, SettingsError> {
    let names = layers.find(&COLUMNS)?.unwrap_or_default();
    Ok(ReadOptions { names, skip_bad_rows: layers.get(&SKIP_BAD_ROWS)? })
}

/// The store's folder; without a wish, the one of this program in the user's cache.
///
/// # Errors
/// The value is no path.
pub fn store(layers: &mut Layers) -> Result<PathBuf, SettingsError> {
    let usual = dirs::cache_dir().map_or_else(|| PathBuf::from(".weighhouse"), |cache| cache.join("weighhouse"));
    let given = layers.find_or(&STORE, &from_home(&usual))?;
    Ok(given.unwrap_or(usual))
}

/// A path as it is recorded where nobody chose it: from the user's home on, whose name is nobody's business.
pub fn from_home(path: &Path) -> String {
    let below = dirs::home_dir().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
}

/// Refuses fewer resamples than the confidence of the intervals asks for.
///
/// # Errors
/// They are too few; said with the number that suffices.
pub fn reachable(bootstrap: BootstrapSpec) -> Result<(), SettingsError> {
    bootstrap.reach_the_confidence().map_err(|error| SettingsError::Conflict(error.to_string()))
}

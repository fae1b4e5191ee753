//! What the subcommands have in common when they resolve their settings: ranges with their words, and the store.

use std::ops::Bound;
use std::path::PathBuf;

use super::error::SettingsError;
use super::layers::Layers;

/// A whole number that cannot be 0.
pub const COUNT: &str = "a whole number above 0";
/// A whole number that can.
pub const NATURAL: &str = "a whole number, 0 or more";
/// The numbers between 0 and 1, neither included.
pub const OPEN_UNIT: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Excluded(1.0));

/// The store's folder; without a wish, the one of this program in the user's cache.
///
/// # Errors
/// The value is no path.
pub fn store(layers: &mut Layers) -> Result<PathBuf, SettingsError> {
    let usual = dirs::cache_dir().map_or_else(|| PathBuf::from(".weighhouse"), |cache| cache.join("weighhouse"));
    let given = layers.optional("store", &usual.display().to_string())?;
    Ok(given.unwrap_or(usual))
}

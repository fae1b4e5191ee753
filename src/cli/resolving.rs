//! What the subcommands have in common when they resolve their settings: ranges with their words, sizes, and the store.

use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bytesize::ByteSize;

use super::error::SettingsError;
use super::layers::Layers;
use crate::records::{ColumnNames, ReadOptions, responses, samples, submissions};
use crate::stats::BootstrapSpec;

/// A whole number that cannot be 0.
pub const COUNT: &str = "a whole number above 0";
/// A whole number that can.
pub const NATURAL: &str = "a whole number, 0 or more";
/// The numbers between 0 and 1, neither included.
pub const OPEN_UNIT: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Excluded(1.0));

/// How records are read. One file of settings may name the columns of all kinds of record.
///
/// # Errors
/// A name for a column that no kind has.
pub fn reading(layers: &mut Layers) -> Result<ReadOptions, SettingsError> {
    let known = [submissions::COLUMNS, samples::COLUMNS, responses::COLUMNS];
    let names = layers.read("columns", Some("as this program does"), |text| ColumnNames::parse(text, &known))?;
    Ok(ReadOptions { names: names.unwrap_or_default(), skip_bad_rows: layers.switch("skip-bad-rows")? })
}

/// The store's folder; without a wish, the one of this program in the user's cache.
///
/// # Errors
/// The value is no path.
pub fn store(layers: &mut Layers) -> Result<PathBuf, SettingsError> {
    let usual = dirs::cache_dir().map_or_else(|| PathBuf::from(".weighhouse"), |cache| cache.join("weighhouse"));
    let given = layers.optional("store", &from_home(&usual))?;
    Ok(given.unwrap_or(usual))
}

/// A path as it is recorded where nobody chose it: from the user's home on, whose name is nobody's business.
pub fn from_home(path: &Path) -> String {
    let below = dirs::home_dir().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
}

/// A number of bytes, plain or with a unit.
struct Size(u64);

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size = text.parse().ok().map(|ByteSize(bytes)| bytes).filter(|&bytes| bytes > 0);
        size.map(Self).ok_or("expected a size above 0 in bytes, or like 100GB or 15GiB")
    }
}

/// A size that has a default or a preset's value.
///
/// # Errors
/// The value is no size.
pub fn bytes(layers: &mut Layers, key: &str) -> Result<u64, SettingsError> {
    layers.required(key).map(|Size(bytes)| bytes)
}

/// A size that may be unset.
///
/// # Errors
/// The value is no size.
pub fn optional_bytes(layers: &mut Layers, key: &str, unset: &str) -> Result<Option<u64>, SettingsError> {
    Ok(layers.optional(key, unset)?.map(|Size(bytes)| bytes))
}

/// Refuses fewer resamples than the confidence of the intervals asks for.
///
/// # Errors
/// They are too few; said with the number that suffices.
pub fn reachable(bootstrap: BootstrapSpec) -> Result<(), SettingsError> {
    bootstrap.reach_the_confidence().map_err(|error| SettingsError::Conflict(error.to_string()))
}

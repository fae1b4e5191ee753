//! `--grid`: what follows from each of several values of one setting, whatever the command; its rules are resolved once
//! for each, as if the value had been given as a flag.

use super::error::SettingsError;
use super::keys::{Key, Optional, own, setting};
use super::layers::Layers;
use crate::commands::settings::{Grid, GridPoint, GridSpec};

/// The setting that varies, and its values.
pub const GRID: Optional<GridSpec> = setting(
    "grid",
    "KEY=VALUES",
    "Show what other values of one rule would change: KEY=A,B,C or KEY=START:END:STEP, like alpha=0.9:0.99:0.01",
    own,
)
.or("none");

/// The rules at each value that the user asks for, if any; `keys` are those that `rules` come from. Only the grid itself is
/// remembered of it.
///
/// # Errors
/// [`SettingsError`] for what is no grid, a key that is none of `keys`, and what `rules` refuse, with the value.
pub fn resolve<R>(
    layers: &mut Layers,
    keys: &[&'static Key],
    rules: impl Fn(&mut Layers) -> Result<R, SettingsError>,
) -> Result<Option<Grid<R>>, SettingsError> {
    let Some(GridSpec { key, values }) = layers.find(&GRID)? else { return Ok(None) };
    let varied = *keys.iter().find(|known| known.name == key).ok_or_else(|| unknown(&key, keys))?;
    let point = |value: String| {
        let found = layers.supposing(varied, &value, &rules);
        let rules = found.map_err(|error| SettingsError::Conflict(format!("--grid {key}={value}: {error}")))?;
        let number = value.parse().ok().filter(|number: &f64| number.is_finite());
        Ok(GridPoint { value, number, rules })
    };
    let points = values.into_iter().map(point).collect::<Result<_, _>>()?;
    Ok(Some(Grid { key: varied.name, points }))
}

fn unknown(key: &str, keys: &[&Key]) -> SettingsError {
    let known = keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
    let reason = format!("expected one of {known} ahead of the =");
    SettingsError::Value { name: "the KEY of --grid".into(), value: key.to_owned(), reason }
}

//! `--grid`: what follows from each of several values of one setting, or of two, whatever the command; its rules are
//! resolved once for each point, as if the values had been given as flags.

use super::error::SettingsError;
use super::keys::{Key, Optional, own, setting};
use super::layers::Layers;
use crate::commands::settings::{Grid, GridPoint, GridSide, GridSpec, GridValue};

/// The settings that vary, and their values.
pub const GRID: Optional<GridSpec> = setting(
    "grid",
    "KEY=VALUES",
    "Show what other values of one rule would change, or of two: KEY=A,B,C or KEY=START:END:STEP \
     (0.1:0.5:0.1), or both of two in quotes, with a blank between them",
    own,
)
.or("none");

/// The rules at each point that the user asks for, if any; `keys` are those that `rules` come from. Only the grid itself is
/// remembered of it.
///
/// # Errors
/// [`SettingsError`] for what is no grid, a key that is none of `keys`, and what `rules` refuse, with the values.
pub fn resolve<R>(
    layers: &mut Layers,
    keys: &[&'static Key],
    rules: impl Fn(&mut Layers) -> Result<R, SettingsError>,
) -> Result<Option<Grid<R>>, SettingsError> {
    let Some(spec) = layers.find(&GRID)? else { return Ok(None) };
    let known = |side: &GridSide| {
        let known = keys.iter().copied().find(|known| known.name == side.key);
        known.ok_or_else(|| unknown(&side.key, keys))
    };
    let varied = spec.sides.iter().map(known).collect::<Result<Vec<&Key>, _>>()?;
    let typed = |supposed: &[(&Key, &str)]| {
        let sides = supposed.iter().map(|(key, value)| format!("{}={value}", key.name));
        format!("--grid {}", sides.collect::<Vec<_>>().join(" "))
    };
    at_points(layers, &varied, spec.points(), typed, rules).map(Some)
}

/// The rules at each point, a value of each of `varied`; what `rules` refuse is told with the point as it was `typed`.
///
/// # Errors
/// [`SettingsError`] for the first point that `rules` refuse.
pub fn at_points<R>(
    layers: &mut Layers,
    varied: &[&'static Key],
    points: Vec<Vec<&str>>,
    typed: impl Fn(&[(&Key, &str)]) -> String,
    rules: impl Fn(&mut Layers) -> Result<R, SettingsError>,
) -> Result<Grid<R>, SettingsError> {
    let point = |values: Vec<&str>| {
        let supposed: Vec<(&Key, &str)> = varied.iter().copied().zip(values.iter().copied()).collect();
        let found = layers.supposing(&supposed, &rules);
        let rules = found.map_err(|error| SettingsError::Conflict(format!("{}: {error}", typed(&supposed))))?;
        Ok(GridPoint { values: values.into_iter().map(GridValue::new).collect(), rules })
    };
    let points = points.into_iter().map(point).collect::<Result<_, _>>()?;
    Ok(Grid { keys: varied.iter().map(|key| key.name).collect(), points })
}

fn unknown(key: &str, keys: &[&Key]) -> SettingsError {
    let known = keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
    let reason = format!("expected one of {known} ahead of the =");
    SettingsError::Value { name: "the KEY of --grid".into(), value: key.to_owned(), reason }
}

//! The points of a grid, judged one after the other.

use anyhow::Result;

use super::finished::Interrupted;
use super::settings::{Grid, GridPoint};
use crate::report::{FigureSpec, WhatIf};
use crate::reporter::Reporter;
use crate::stats::Estimate;

/// What the figures come to at each point of a grid, if one is asked for; `results` are those of a point.
///
/// # Errors
/// The first of `results`, with the point as the user would type it, or the user's wish to stop.
pub fn at_each_point<R>(
    grid: Option<&Grid<R>>,
    figures: &'static [FigureSpec],
    reporter: &dyn Reporter,
    mut results: impl FnMut(&R) -> Result<Vec<Option<Estimate>>>,
) -> Result<Option<WhatIf>> {
    let Some(grid) = grid else { return Ok(None) };
    reporter.start("judging the grid", grid.points.len() as u64);
    let judged = |point: &GridPoint<R>| {
        if reporter.interrupted() {
            return Err(Interrupted.into());
        }
        let found = results(&point.rules).map_err(|error| error.context(grid.typed(point)))?;
        reporter.advance(1);
        Ok(found)
    };
    let judged = grid.points.iter().map(judged).collect::<Result<Vec<_>>>()?;
    reporter.finish();
    Ok(Some(grid.what_if(figures, judged)))
}

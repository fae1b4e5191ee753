//! The plots of an evaluation. Each is composed once, as a [`scene::Scene`] of plain shapes, and then drawn by
//! plotters both as SVG and as PNG; neither needs a font of the system, and both are the same bytes every time.

pub(super) mod axis;
mod losses;
pub(super) mod palette;
pub(super) mod plane;
pub mod scene;
mod weights;
mod wins;

use std::path::Path;

use super::error::ReportError;
use super::evaluation::Evaluation;
use scene::Scene;

/// A plot, drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// File name without its ending.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub caption: &'static str,
    /// A whole SVG document.
    pub svg: String,
    /// A whole PNG file, at twice the size of the SVG.
    pub png: Vec<u8>,
}

/// Draws every plot. Errors name the file that the plot would have in `folder`.
pub fn figures(evaluation: &Evaluation, folder: &Path) -> Result<Vec<Figure>, ReportError> {
    let scenes = [
        ("losses", "Per-sample losses of every evaluated submission, lowest mean first.", losses::scene(evaluation)),
        (
            "wins",
            "How often each submission (row) won against each other (column), by competition, then win rate.",
            wins::scene(evaluation),
        ),
        ("weights", "The weight of every submission after each step.", weights::scene(evaluation)),
    ];
    let figures = scenes.into_iter().map(|(name, caption, scene)| figure(name, caption, &scene, folder));
    figures.collect()
}

/// Draws one plot in both media.
pub(super) fn figure(
    name: &'static str,
    caption: &'static str,
    scene: &Scene,
    folder: &Path,
) -> Result<Figure, ReportError> {
    let failed = |ending: &str| {
        let path = folder.join(format!("{name}.{ending}"));
        move |cause| ReportError::Plot { path, cause }
    };
    let svg = scene.to_svg().map_err(failed("svg"))?;
    let png = scene.to_png().map_err(failed("png"))?;
    Ok(Figure { name, caption, svg, png })
}

#[cfg(test)]
pub(super) mod tests;

//! Plots. Each is composed once, as a [`scene::Scene`] of plain shapes, and then drawn by plotters both as SVG and as
//! PNG; neither needs a font of the system, and both are the same bytes every time.

pub(super) mod axis;
pub(super) mod palette;
pub(super) mod plane;
pub mod scene;
#[cfg(test)]
pub(super) mod testing;

use std::path::Path;

use super::error::ReportError;
use scene::Scene;

/// A plot, composed.
#[derive(Debug, Clone)]
pub struct Plot {
    /// File name without its ending.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub caption: &'static str,
    /// Its shapes.
    pub scene: Scene,
}

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

impl Plot {
    /// Draws it in both media; errors name the file that it would have in `folder`.
    pub(super) fn draw(&self, folder: &Path) -> Result<Figure, ReportError> {
        let failed = |ending: &str| {
            let path = folder.join(format!("{}.{ending}", self.name));
            move |cause| ReportError::Plot { path, cause }
        };
        let svg = self.scene.to_svg().map_err(failed("svg"))?;
        let png = self.scene.to_png().map_err(failed("png"))?;
        Ok(Figure { name: self.name, caption: self.caption, svg, png })
    }
}

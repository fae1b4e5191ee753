//! Plots. A report describes each by its [`Kind`], with raw values, labels and titles; the kind composes a [`Scene`] of
//! plain shapes, which plotters draws both as SVG and as PNG. Neither needs a font of the system, and both are the same
//! bytes every time.

pub(super) mod axis;
pub(super) mod boxes;
pub(super) mod dots;
pub(super) mod frame;
pub(super) mod heat_map;
pub(super) mod histograms;
pub(super) mod lines;
pub(super) mod palette;
pub(super) mod scene;
mod symbols;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::error::ReportError;
use boxes::Boxes;
use dots::Dots;
use frame::{SMALL, TEXT, TITLE, WIDTH};
use heat_map::HeatMap;
use histograms::Histograms;
use lines::Lines;
use palette::FAINT_INK;
use scene::{Align, Scene, Size, Words, at, text_width};

/// A plot, described.
#[derive(Debug, Clone)]
pub struct Plot {
    /// File name without its ending.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub caption: &'static str,
    pub(super) title: &'static str,
    pub(super) subtitle: String,
    pub(super) kind: Kind,
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

/// The kinds of charts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Boxes(Boxes),
    Dots(Dots),
    HeatMap(HeatMap),
    Histograms(Histograms),
    Lines(Lines),
    /// Why there is nothing to show.
    Nothing(&'static str),
}

impl Plot {
    /// Draws it in both media; errors name the file that it would have in `folder`.
    pub(super) fn draw(&self, folder: &Path) -> Result<Figure, ReportError> {
        let failed = |ending: &str| {
            let path = folder.join(format!("{}.{ending}", self.name));
            move |cause| ReportError::Plot { path, cause }
        };
        let scene = self.scene();
        let svg = scene.to_svg().map_err(failed("svg"))?;
        let png = scene.to_png().map_err(failed("png"))?;
        Ok(Figure { name: self.name, caption: self.caption, svg, png })
    }

    /// Its shapes.
    pub(super) fn scene(&self) -> Scene {
        let size = self.kind.size();
        let width = size.width.max(text_width(&self.subtitle, SMALL) + 80);
        let mut scene = Scene::new(Size { width, ..size }, self.title);
        scene.write(Words::new(self.title, at(40, 56), TITLE).bold());
        scene.write(Words::new(&self.subtitle, at(40, 98), SMALL).ink(FAINT_INK));
        self.kind.draw(&mut scene);
        scene
    }
}

impl Kind {
    fn size(&self) -> Size {
        let wide = |height| Size { width: WIDTH, height };
        match self {
            Self::Boxes(_) => wide(boxes::HEIGHT),
            Self::Dots(dots) => wide(dots.height),
            Self::HeatMap(map) => map.size(),
            Self::Histograms(histograms) => wide(histograms.height()),
            Self::Lines(lines) => wide(lines.height),
            Self::Nothing(_) => wide(600),
        }
    }

    fn draw(&self, scene: &mut Scene) {
        match self {
            Self::Boxes(boxes) => boxes.draw(scene),
            Self::Dots(dots) => dots.draw(scene),
            Self::HeatMap(map) => map.draw(scene),
            Self::Histograms(histograms) => histograms.draw(scene),
            Self::Lines(lines) => lines.draw(scene),
            Self::Nothing(message) => {
                let Size { width, height } = scene.size();
                let words = Words::new(*message, at(width / 2, height / 2), TEXT);
                scene.write(words.ink(FAINT_INK).align(Align::Middle));
            }
        }
    }
}

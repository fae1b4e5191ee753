//! Cells in rows and columns, coloured by their values; small tables carry their numbers.

use plotters::style::RGBColor;

use super::frame::{SMALL, TEXT, TOP, draw_title_below, draw_title_beside, label_below, stride, widest};
use super::palette::{EMPTY, category, diverging, ink_on, tint};
use super::scene::{Align, Area, Scene, Size, Words, at};
use crate::report::numbers::decimal;

/// Up to this many rows the cells carry numbers.
const NUMBERED: usize = 16;

/// Colours are rounded to this many steps where cells are too small to tell more, so that neighbours can be joined.
const SHADES: f64 = 50.0;

/// A chart of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct HeatMap {
    pub rows: Side,
    pub columns: Side,
    /// A value for each row and column, row by row.
    pub cells: Vec<Option<f64>>,
    /// What colours mean.
    pub scale: Scale,
}

/// What the rows or the columns are.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct Side {
    pub title: &'static str,
    pub labels: Vec<String>,
}

/// Values as colours.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct Scale {
    /// The values of the ends.
    pub low: f64,
    pub high: f64,
    /// Decimals of what is written.
    pub places: usize,
    /// What the ends and a cell without a value mean.
    pub lowest: &'static str,
    pub highest: &'static str,
    pub empty: &'static str,
    pub colours: Colours,
}

/// How colours go from one end to the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::report) enum Colours {
    /// Away from the middle to both ends.
    #[default]
    Diverging,
    /// From faint to strong.
    Rising,
    /// One for each name: a value is the place of its name.
    Named(Vec<String>),
}

impl Scale {
    /// Shares of 0 to 1, in which the middle means as much of one end as of the other.
    pub fn shares(lowest: &'static str, highest: &'static str, empty: &'static str) -> Self {
        Self { low: 0.0, high: 1.0, places: 2, lowest, highest, empty, colours: Colours::Diverging }
    }

    /// Where between the ends a value lies, 0 to 1; in the middle where there is nothing between them. Of a name, its place.
    fn place(&self, value: f64) -> f64 {
        if matches!(self.colours, Colours::Named(_)) {
            return value;
        }
        let place = (value - self.low) / (self.high - self.low);
        if place.is_finite() { place } else { 0.5 }
    }

    /// The value at a place between the ends, or the name there, written.
    fn written(&self, place: f64) -> String {
        if let Colours::Named(names) = &self.colours {
            return names.get(place as usize).cloned().unwrap_or_default();
        }
        decimal(Some(self.low + place * (self.high - self.low)), self.places)
    }

    fn colour(&self, place: f64) -> RGBColor {
        match &self.colours {
            Colours::Named(_) => tint(category(place as usize), 0.75),
            Colours::Diverging => diverging(place),
            Colours::Rising => tint(category(0), 0.08 + 0.92 * place.clamp(0.0, 1.0)),
        }
    }
}

impl HeatMap {
    pub(super) fn size(&self) -> Size {
        let Area { right, bottom, .. } = self.area();
        Size { width: right + 260, height: bottom + self.label_height() + 70 }
    }

    pub(super) fn draw(&self, scene: &mut Scene) {
        self.draw_cells(scene);
        if self.is_numbered() {
            self.draw_numbers(scene);
        }
        self.draw_labels(scene);
        self.draw_colour_bar(scene);
    }

    /// Where the cells lie.
    fn area(&self) -> Area {
        let length = |side: &Side| (side.labels.len() as i32 * 140).clamp(420, 1120);
        let left = 100 + widest(&self.rows.labels);
        Area { left, top: TOP, right: left + length(&self.columns), bottom: TOP + length(&self.rows) }
    }

    /// Whether cells are large enough for numbers.
    fn is_numbered(&self) -> bool {
        self.rows.labels.len().max(self.columns.labels.len()) <= NUMBERED
    }

    /// Height that the labels of columns take, from the cells to the title.
    fn label_height(&self) -> i32 {
        30 + widest(&self.columns.labels).max(SMALL)
    }

    /// Where the cells of a row from one column to before another lie.
    fn cells(&self, row: usize, first: usize, end: usize) -> Area {
        let area = self.area();
        let across = |column| area.left + edge(area.width(), column, self.columns.labels.len());
        let down = |row| area.top + edge(area.height(), row, self.rows.labels.len());
        Area { left: across(first), top: down(row), right: across(end), bottom: down(row + 1) }
    }

    fn draw_cells(&self, scene: &mut Scene) {
        scene.block(self.area(), EMPTY);
        for (row, values) in self.cells.chunks(self.columns.labels.len().max(1)).enumerate() {
            let fills: Vec<_> = values.iter().map(|value| value.map(|value| self.fill(value))).collect();
            let mut column = 0;
            for run in fills.chunk_by(PartialEq::eq) {
                if let Some(fill) = run[0] {
                    scene.block(self.cells(row, column, column + run.len()), fill);
                }
                column += run.len();
            }
        }
    }

    fn fill(&self, value: f64) -> RGBColor {
        let place = self.scale.place(value);
        self.scale.colour(if self.is_numbered() || self.scale.is_named() {
            place
        } else {
            (place * SHADES).round() / SHADES
        })
    }

    fn draw_numbers(&self, scene: &mut Scene) {
        let columns = self.columns.labels.len();
        for (index, value) in self.cells.iter().enumerate() {
            let Some(value) = value else { continue };
            let (row, column) = (index / columns, index % columns);
            let cell = self.cells(row, column, column + 1);
            let number = self.scale.written(self.scale.place(*value));
            let em = cell.height().min(4 * cell.width() / number.len().max(1) as i32);
            let em = ((f64::from(em) * 0.34) as i32).clamp(12, 32);
            let middle = cell.middle();
            let words = Words::new(number, at(middle.x, middle.y + em * 3 / 8), em);
            scene.write(words.ink(ink_on(self.fill(*value))).align(Align::Middle));
        }
    }

    fn draw_labels(&self, scene: &mut Scene) {
        let area = self.area();
        let spacing = |length: i32, side: &Side| f64::from(length) / side.labels.len().max(1) as f64;
        let across = spacing(area.width(), &self.columns);
        let is_turned = f64::from(widest(&self.columns.labels) + 10) > across;
        for (row, label) in every(&self.rows.labels, spacing(area.height(), &self.rows)) {
            let beside = at(area.left - 12, self.cells(row, 0, 1).middle().y + SMALL * 3 / 8);
            scene.write(Words::new(label, beside, SMALL).align(Align::End));
        }
        for (column, label) in every(&self.columns.labels, across) {
            let below = at(self.cells(0, column, column + 1).middle().x, area.bottom + 12);
            scene.write(label_below(label, below, is_turned));
        }
        let below = at(area.left + area.width() / 2, area.bottom + self.label_height() + TEXT);
        draw_title_below(scene, below, self.columns.title);
        draw_title_beside(scene, area.top + area.height() / 2, self.rows.title);
    }

    fn draw_colour_bar(&self, scene: &mut Scene) {
        let area = self.area();
        if let Colours::Named(names) = &self.scale.colours {
            return self.draw_names(scene, names);
        }
        let (left, right, bands) = (area.right + 60, area.right + 96, 100);
        let height = |band: i32| area.bottom - area.height() * band / bands;
        for band in 0..bands {
            let fill = self.scale.colour((f64::from(band) + 0.5) / f64::from(bands));
            scene.block(Area { left, top: height(band + 1), right, bottom: height(band) }, fill);
        }
        let Scale { lowest, highest, empty, .. } = &self.scale;
        for (share, meaning) in [(0, *lowest), (25, ""), (50, ""), (75, ""), (100, *highest)] {
            let label = format!("{} {meaning}", self.scale.written(f64::from(share) / 100.0));
            scene.write(Words::new(label.trim_end(), at(right + 12, height(share) + SMALL * 3 / 8), SMALL));
        }
        self.draw_key(scene, area.bottom + 24, EMPTY, empty);
    }

    /// A colour and a word for each name, from the top down, and for empty cells where there are any.
    fn draw_names(&self, scene: &mut Scene, names: &[String]) {
        let top = self.area().top;
        for (place, name) in names.iter().enumerate() {
            self.draw_key(scene, top + 44 * place as i32, self.scale.colour(place as f64), name);
        }
        if self.cells.contains(&None) {
            self.draw_key(scene, top + 44 * names.len() as i32, EMPTY, self.scale.empty);
        }
    }

    fn draw_key(&self, scene: &mut Scene, top: i32, fill: RGBColor, meaning: &str) {
        let left = self.area().right + 60;
        scene.block(Area { left, top, right: left + 36, bottom: top + 26 }, fill);
        scene.write(Words::new(meaning, at(left + 48, top + 20), SMALL));
    }
}

impl Scale {
    fn is_named(&self) -> bool {
        matches!(self.colours, Colours::Named(_))
    }
}

/// Distance of the edge before cell `index` of `count` from the edge of all, over `length`; whole units, without gaps.
fn edge(length: i32, index: usize, count: usize) -> i32 {
    (f64::from(length) * index as f64 / count.max(1) as f64).round() as i32
}

/// As many labels as there is room for, with their places.
fn every(labels: &[String], spacing: f64) -> impl Iterator<Item = (usize, &String)> {
    labels.iter().enumerate().step_by(stride(SMALL + 2, spacing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_cover_the_square_without_gaps() {
        for count in [1, 7, 64, 255, 256] {
            let side = Side { title: "", labels: (0..count).map(|index| index.to_string()).collect() };
            let map = HeatMap { rows: side.clone(), columns: side, ..HeatMap::default() };
            let (width, all) = (map.area().width(), map.cells(0, 0, count));
            assert_eq!((all.left, all.right), (map.area().left, map.area().right));
            assert!((0..count).all(|index| edge(width, index, count) < edge(width, index + 1, count)));
        }
    }

    #[test]
    fn a_scale_has_its_ends_and_survives_without_room_between_them() {
        let scale = Scale { low: 2.0, high: 4.0, places: 1, ..Scale::default() };
        assert_eq!([2.0, 3.0, 4.0].map(|value| scale.place(value)), [0.0, 0.5, 1.0]);
        assert_eq!([0.0, 0.5, 1.0].map(|place| scale.written(place)), ["2.0", "3.0", "4.0"]);
        assert_eq!(Scale { high: 2.0, ..scale }.place(2.0), 0.5);
    }
}

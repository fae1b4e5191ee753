//! A square of cells, one for each pair, coloured by a share; small ones carry their numbers.

use plotters::style::RGBColor;

use super::frame::{SMALL, TEXT, TOP, draw_title_below, draw_title_beside, label_below, stride, widest};
use super::palette::{EMPTY, diverging, ink_on};
use super::scene::{Align, Area, Scene, Size, Words, at};

/// Up to this many rows the cells carry numbers.
const NUMBERED: usize = 16;

/// Colours are rounded to this many steps where cells are too small to tell more, so that neighbours can be joined.
const SHADES: f64 = 50.0;

/// A chart of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct HeatMap {
    /// What the rows and the columns are.
    pub rows: &'static str,
    pub columns: &'static str,
    /// Of rows and columns alike.
    pub labels: Vec<String>,
    /// A share of 0 to 1 for each row and column, row by row.
    pub cells: Vec<Option<f64>>,
    /// What 0, 1 and no share mean.
    pub lowest: &'static str,
    pub highest: &'static str,
    pub empty: &'static str,
}

impl HeatMap {
    pub(super) fn size(&self) -> Size {
        let Area { right, bottom, .. } = self.area();
        Size { width: right + 260, height: bottom + self.label_height() + 70 }
    }

    pub(super) fn draw(&self, scene: &mut Scene) {
        self.draw_cells(scene);
        if self.count() <= NUMBERED {
            self.draw_numbers(scene);
        }
        self.draw_labels(scene);
        self.draw_colour_bar(scene);
    }

    /// Where the cells lie.
    fn area(&self) -> Area {
        let (left, side) = (100 + widest(&self.labels), (self.count() as i32 * 140).clamp(420, 1120));
        Area { left, top: TOP, right: left + side, bottom: TOP + side }
    }

    fn count(&self) -> usize {
        self.labels.len()
    }

    /// Height that the labels of columns take, from the cells to the title.
    fn label_height(&self) -> i32 {
        30 + widest(&self.labels).max(SMALL)
    }

    /// Distance of the edge before cell `index` from the edge of all; whole units, without gaps.
    fn edge(&self, index: usize) -> i32 {
        (f64::from(self.area().width()) * index as f64 / self.count() as f64).round() as i32
    }

    /// Where the cells of a row from one column to before another lie.
    fn cells(&self, row: usize, first: usize, end: usize) -> Area {
        let Area { left, top, .. } = self.area();
        let (above, below) = (top + self.edge(row), top + self.edge(row + 1));
        Area { left: left + self.edge(first), top: above, right: left + self.edge(end), bottom: below }
    }

    fn spacing(&self) -> f64 {
        f64::from(self.area().width()) / self.count() as f64
    }

    fn draw_cells(&self, scene: &mut Scene) {
        scene.block(self.area(), EMPTY);
        for (row, shares) in self.cells.chunks(self.count()).enumerate() {
            let fills: Vec<_> = shares.iter().map(|share| share.map(|share| self.fill(share))).collect();
            let mut column = 0;
            for run in fills.chunk_by(PartialEq::eq) {
                if let Some(fill) = run[0] {
                    scene.block(self.cells(row, column, column + run.len()), fill);
                }
                column += run.len();
            }
        }
    }

    fn fill(&self, share: f64) -> RGBColor {
        diverging(if self.count() <= NUMBERED { share } else { (share * SHADES).round() / SHADES })
    }

    fn draw_numbers(&self, scene: &mut Scene) {
        let em = ((self.spacing() * 0.34) as i32).clamp(16, 32);
        for (index, share) in self.cells.iter().enumerate() {
            let Some(share) = share else { continue };
            let (row, column) = (index / self.count(), index % self.count());
            let middle = self.cells(row, column, column + 1).middle();
            let words = Words::new(format!("{share:.2}"), at(middle.x, middle.y + em * 3 / 8), em);
            scene.write(words.ink(ink_on(self.fill(*share))).align(Align::Middle));
        }
    }

    fn draw_labels(&self, scene: &mut Scene) {
        let area = self.area();
        let is_turned = f64::from(widest(&self.labels) + 10) > self.spacing();
        let every = stride(SMALL + 2, self.spacing());
        for (index, label) in self.labels.iter().enumerate().step_by(every) {
            let middle = (self.edge(index) + self.edge(index + 1)) / 2;
            let row = at(area.left - 12, area.top + middle + SMALL * 3 / 8);
            scene.write(Words::new(label, row, SMALL).align(Align::End));
            scene.write(label_below(label, at(area.left + middle, area.bottom + 12), is_turned));
        }
        let half = area.width() / 2;
        let below = at(area.left + half, area.bottom + self.label_height() + TEXT);
        draw_title_below(scene, below, self.columns);
        draw_title_beside(scene, area.top + half, self.rows);
    }

    fn draw_colour_bar(&self, scene: &mut Scene) {
        let area = self.area();
        let (left, right, bands) = (area.right + 60, area.right + 96, 100);
        let height = |band: i32| area.bottom - area.height() * band / bands;
        for band in 0..bands {
            let fill = diverging((f64::from(band) + 0.5) / f64::from(bands));
            scene.block(Area { left, top: height(band + 1), right, bottom: height(band) }, fill);
        }
        let ends = [format!("0 {}", self.lowest), format!("1 {}", self.highest)];
        for (share, meaning) in [(0, &*ends[0]), (25, "0.25"), (50, "0.5"), (75, "0.75"), (100, &*ends[1])] {
            scene.write(Words::new(meaning, at(right + 12, height(share) + SMALL * 3 / 8), SMALL));
        }
        scene.block(Area { left, top: area.bottom + 24, right, bottom: area.bottom + 50 }, EMPTY);
        scene.write(Words::new(self.empty, at(right + 12, area.bottom + 44), SMALL));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_cover_the_square_without_gaps() {
        for count in [1, 7, 64, 255, 256] {
            let labels = (0..count).map(|index| index.to_string()).collect();
            let map = HeatMap { labels, ..HeatMap::default() };
            assert_eq!([map.edge(0), map.edge(count)], [0, map.area().width()]);
            assert!((0..count).all(|index| map.edge(index) < map.edge(index + 1)));
        }
    }
}

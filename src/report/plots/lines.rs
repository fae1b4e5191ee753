//! Lines over an axis to the right, each with markers and a band if it has them; labelled levels across and marks
//! upwards; and a legend beside the frame.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::frame::{BELOW_LABELS, LEFT, Mark, RIGHT, SMALL, TITLE_BELOW, TOP, draw_title_below};
use super::palette::{FAINT_INK, category, tint};
use super::scene::{Area, Point, Scene, Shape, Words, at, text_width};
use super::symbols::marker;
use crate::stats::Interval;

/// The side of a square frame.
const SIDE: i32 = 900;

/// The furthest that a frame with a legend beside it reaches to the right.
const FRAME_RIGHT: i32 = 1480;

/// From a frame to its legend, and from there to the words of a key.
const LEGEND_GAP: i32 = 40;
const KEY_WIDTH: i32 = 66;

/// Up to this many spots each has a marker; beyond, only the last one.
const MARKED: usize = 60;

/// More steps than this cannot be told apart, and would make the SVG needlessly long.
const DRAWN_STEPS: usize = 600;

/// A chart of lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct Lines {
    /// Height of the picture.
    pub height: i32,
    pub is_square: bool,
    pub across: Axis,
    pub upwards: Axis,
    /// Later ones over earlier ones; bands are under all lines.
    pub series: Vec<Series>,
    pub levels: Vec<Mark>,
    /// In ascending order.
    pub marks: Vec<Mark>,
    /// What stands over the keys.
    pub header: String,
    pub keys: Vec<Key>,
}

/// One line; values that are not finite are left out.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Series {
    pub look: Look,
    pub spots: Vec<Spot>,
}

/// A value, and the band around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Spot {
    pub x: f64,
    pub y: f64,
    pub band: Option<Interval>,
}

/// What a look stands for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Key {
    pub look: Look,
    pub label: String,
}

/// How a line is drawn, in the frame and in the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Look {
    pub ink: RGBColor,
    pub width: u32,
    pub marker: Option<usize>,
    pub has_band: bool,
}

impl Look {
    /// A line alone.
    pub fn plain(ink: RGBColor, width: u32) -> Self {
        Self { ink, width, marker: None, has_band: false }
    }

    /// A line in the colour and with the markers of a category.
    pub fn category(index: usize) -> Self {
        Self { marker: Some(index), ..Self::plain(category(index), 4) }
    }
}

impl Spot {
    /// A value without a band.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, band: None }
    }
}

/// One value per step, from step 0 on; of very many steps, about [`DRAWN_STEPS`] and the last.
pub(in crate::report) fn over_steps(values: &[f64]) -> Vec<Spot> {
    let last = values.len().saturating_sub(1);
    // An odd stride, so that of competitions taking turns not only one is seen.
    let stride = if last < DRAWN_STEPS { 1 } else { (last / DRAWN_STEPS) | 1 };
    let drawn = values.iter().enumerate().filter(|(step, _)| step % stride == 0 || *step == last);
    drawn.map(|(step, value)| Spot::new(step as f64, *value)).collect()
}

impl Lines {
    /// Where the frame lies, with the room above it that labels of marks may take.
    fn area(&self) -> Area {
        if self.is_square {
            return Area { left: LEFT, top: TOP, right: LEFT + SIDE, bottom: TOP + SIDE };
        }
        let labels = self.keys.iter().map(|key| KEY_WIDTH + text_width(&key.label, SMALL));
        let widest = labels.fold(text_width(&self.header, SMALL), i32::max);
        let right = FRAME_RIGHT.min(RIGHT - LEGEND_GAP - widest);
        Area { left: LEFT, top: TOP, right, bottom: self.height - BELOW_LABELS - SMALL }
    }

    pub(super) fn draw(&self, scene: &mut Scene) {
        let above = self.area();
        let area = Area { top: above.top + self.across.height_for(above, &self.marks), ..above };
        self.upwards.draw_upwards(scene, area);
        self.across.draw_across(scene, area);
        let below = at(area.middle().x, area.bottom + SMALL + TITLE_BELOW);
        draw_title_below(scene, below, &self.across.title);
        self.series.iter().for_each(|series| self.draw_band(scene, area, series));
        self.series.iter().for_each(|series| self.draw_series(scene, area, series));
        self.upwards.draw_levels(scene, area, &self.levels, false);
        self.across.draw_marks(scene, area, &self.marks);
        self.draw_legend(scene, at(area.right + LEGEND_GAP, area.top));
    }

    /// The legend, downwards from its top left.
    fn draw_legend(&self, scene: &mut Scene, from: Point) {
        let left = from.x;
        scene.write(Words::new(&self.header, at(left, from.y + 10), SMALL).ink(FAINT_INK));
        for (Key { look, label }, y) in self.keys.iter().zip((from.y + 60..).step_by(44)) {
            if look.has_band {
                scene.block(Area { left, top: y - 14, right: left + 50, bottom: y + 14 }, tint(look.ink, 0.2));
            }
            scene.rule(at(left, y), at(left + 50, y), look.ink, look.width);
            if let Some(index) = look.marker {
                scene.add(marker(index, at(left + 25, y), look.ink));
            }
            scene.write(Words::new(label, at(left + KEY_WIDTH, y + SMALL * 3 / 8), SMALL));
        }
    }

    fn draw_band(&self, scene: &mut Scene, area: Area, series: &Series) {
        let edge = |read: fn(Interval) -> f64| -> Vec<Point> {
            let point = |spot: &Spot| Some(at(self.across.x(area, spot.x), self.upwards.y(area, read(spot.band?))));
            series.spots.iter().filter_map(point).collect()
        };
        let (upper, lower) = (edge(|band| band.high), edge(|band| band.low));
        if upper.len() > 1 {
            let corners = upper.iter().chain(lower.iter().rev()).copied().collect();
            scene.add(Shape::Patch { corners, fill: tint(series.look.ink, 0.2) });
            // Edges tell bands apart that lie over each other.
            for points in [upper, lower] {
                scene.add(Shape::Line { points, ink: tint(series.look.ink, 0.5), width: 2 });
            }
        }
    }

    fn draw_series(&self, scene: &mut Scene, area: Area, series: &Series) {
        let Look { ink, width, marker: index, .. } = series.look;
        for points in self.parts(area, series) {
            scene.add(Shape::Line { points, ink, width });
        }
        let Some(index) = index else { return };
        let first = if series.spots.len() <= MARKED { 0 } else { series.spots.len() - 1 };
        for spot in series.spots[first..].iter().filter(|spot| self.holds(spot)) {
            scene.add(marker(index, self.point(area, spot), ink));
        }
    }

    /// The parts of a line that lie in the frame, each in points that differ. Where it leaves, it ends at the edge.
    fn parts(&self, area: Area, series: &Series) -> Vec<Vec<Point>> {
        let spots: Vec<&Spot> = series.spots.iter().filter(|spot| spot.y.is_finite()).collect();
        let parts = spots.chunk_by(|from, to| !self.across.misses(from.x, to.x) && !self.upwards.misses(from.y, to.y));
        let mut parts: Vec<Vec<Point>> =
            parts.map(|part| part.iter().map(|spot| self.point(area, spot)).collect()).collect();
        parts.iter_mut().for_each(Vec::dedup);
        parts.retain(|part| part.len() > 1);
        parts
    }

    fn holds(&self, spot: &Spot) -> bool {
        self.across.holds(spot.x) && self.upwards.holds(spot.y)
    }

    fn point(&self, area: Area, spot: &Spot) -> Point {
        at(self.across.x(area, spot.x), self.upwards.y(area, spot.y))
    }

    /// Whether any part of a line lies in the frame.
    pub fn shows(&self, series: &Series) -> bool {
        !self.parts(self.area(), series).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plots::axis::Scale;

    #[test]
    fn only_what_lies_in_the_frame_is_drawn() {
        let rates = Axis { scale: Scale::Probit, ..Axis::linear("", 0.01, 0.5) };
        let lines = Lines { is_square: true, across: rates.clone(), upwards: rates, ..Lines::default() };
        let area = Area { left: 0, top: 0, right: 100, bottom: 100 };
        let parts = |ends: &[[f64; 2]]| {
            let spots = ends.iter().map(|[x, y]| Spot::new(*x, *y)).collect();
            lines.parts(area, &Series { look: Look::category(0), spots })
        };
        assert_eq!(parts(&[[0.5, 1.0], [0.5, 0.5], [0.5, 0.01], [0.0, 0.0]]), [[at(100, 0), at(100, 100), at(0, 100)]]);
        assert!(parts(&[[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]).is_empty(), "beside the frame");
        assert_eq!(parts(&[[0.5, 1.0], [0.5, 0.0]]), [[at(100, 0), at(100, 100)]], "across the frame");
        assert_eq!(parts(&[[0.01, 0.5], [0.1, f64::NAN], [0.5, 0.5]]), [[at(0, 0), at(100, 0)]]);
    }

    #[test]
    fn very_many_steps_are_thinned_but_the_last_stays() {
        let mut values = vec![0.25; 10_000];
        values[9_999] = 0.5;
        let spots = over_steps(&values);
        assert!((500..1200).contains(&spots.len()), "{}", spots.len());
        assert_eq!((spots[0], spots[spots.len() - 1]), (Spot::new(0.0, 0.25), Spot::new(9_999.0, 0.5)));
    }
}

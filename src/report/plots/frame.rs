//! The frame that a chart is drawn in: grid lines and labels of the axis upwards, below it either an axis to the right
//! or slots, levels across and marks upwards. Labels that would touch are moved apart, turned, or thinned.

use std::ops::RangeInclusive;

use plotters::style::RGBColor;

use super::axis::{Axis, Numbers};
use super::palette::{GRID, INK};
use super::scene::{Align, Area, Point, Scene, Words, at, text_width};

pub(super) const TITLE: i32 = 34;
pub(super) const TEXT: i32 = 26;
pub(super) const SMALL: i32 = 23;

/// The width of most pictures, and where their frames lie in them.
pub(super) const WIDTH: i32 = 1840;
pub(super) const LEFT: i32 = 190;
pub(super) const RIGHT: i32 = 1800;
pub(super) const TOP: i32 = 140;

/// From one line of labels to the next.
const LINE_HEIGHT: i32 = 34;

/// Free space between two labels.
const GAP: i32 = 14;

/// Length of a dash of a broken line, and from its beginning to that of the next.
const DASH: i32 = 16;
const DASH_STEP: usize = 28;

/// What a frame needs below itself besides the height of its labels: ticks, the title and the margin.
pub(super) const BELOW_LABELS: i32 = 94;

/// From the bottom of a frame to the baseline of the title, besides the height of the labels between them.
pub(super) const TITLE_BELOW: i32 = 66;

/// A labelled line at a value: a level across the frame, such as a target or a margin, or a mark upwards, such as a
/// threshold.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Mark {
    pub at: f64,
    pub label: String,
    pub ink: RGBColor,
    pub bold: bool,
}

impl Mark {
    pub fn new(at: f64, label: String, ink: RGBColor) -> Self {
        Self { at, label, ink, bold: false }
    }
}

/// What an axis draws of itself around the area of a frame.
impl Axis {
    /// Where a value lies on an axis to the right; values outside of it lie on its end.
    pub(super) fn x(&self, area: Area, value: f64) -> i32 {
        area.left + (self.share(value).clamp(0.0, 1.0) * f64::from(area.width())).round() as i32
    }

    /// The same on an axis upwards.
    pub(super) fn y(&self, area: Area, value: f64) -> i32 {
        area.bottom - (self.share(value).clamp(0.0, 1.0) * f64::from(area.height())).round() as i32
    }

    /// Grid lines, tick labels and title of an axis upwards.
    pub(super) fn draw_upwards(&self, scene: &mut Scene, area: Area) {
        for tick in self.ticks() {
            let y = self.y(area, tick.at);
            scene.rule(at(area.left, y), at(area.right, y), GRID, 2);
            scene.write(Words::new(tick.label, at(area.left - GAP, y + SMALL * 3 / 8), SMALL).align(Align::End));
        }
        scene.rule(at(area.left, area.bottom), at(area.right, area.bottom), INK, 2);
        if !self.title.is_empty() {
            draw_title_beside(scene, area.middle().y, &self.title);
        }
    }

    /// Ticks and labels of an axis to the right, with grid lines unless it only counts.
    pub(super) fn draw_across(&self, scene: &mut Scene, area: Area) {
        for tick in self.ticks() {
            let x = self.x(area, tick.at);
            if self.numbers != Numbers::Whole {
                scene.rule(at(x, area.top), at(x, area.bottom), GRID, 2);
            }
            scene.rule(at(x, area.bottom), at(x, area.bottom + 8), INK, 2);
            scene.write(label_below(&tick.label, at(x, area.bottom + 14), false));
        }
    }

    /// Broken lines across, with their labels to the right of the frame, or inside of it above each, at the top below
    /// it. Those outside of the axis are left out.
    pub(super) fn draw_levels(&self, scene: &mut Scene, area: Area, levels: &[Mark], is_beside: bool) {
        let Area { left, top, right, bottom } = area;
        let levels: Vec<&Mark> = levels.iter().filter(|level| self.holds(level.at)).collect();
        let wanted = levels.iter().map(|level| match self.y(area, level.at) {
            y if is_beside => y + SMALL * 3 / 8,
            y if y - top < 2 * LINE_HEIGHT => y + SMALL + 6,
            y => y - 12,
        });
        let heights = apart(&wanted.collect::<Vec<_>>(), top + SMALL..=bottom);
        let label_x = if is_beside { right + GAP } else { left + 16 };
        for (level, label_y) in levels.iter().zip(heights) {
            let y = self.y(area, level.at);
            for x in (left..right).step_by(DASH_STEP) {
                scene.rule(at(x, y), at((x + DASH).min(right), y), level.ink, 3);
            }
            scene.write(Words::new(&level.label, at(label_x, label_y), SMALL).ink(level.ink));
        }
    }

    /// Lines upwards, each with its label above the frame. Marks outside of the axis have labels only.
    pub(super) fn draw_marks(&self, scene: &mut Scene, area: Area, marks: &[Mark]) {
        for (mark, place) in marks.iter().zip(self.label_places(area, marks)) {
            if self.holds(mark.at) {
                let (x, width) = (self.x(area, mark.at), if mark.bold { 4 } else { 2 });
                scene.rule(at(x, place.y - SMALL / 2), at(x, area.bottom), mark.ink, width);
            }
            let words = Words::new(&mark.label, place, SMALL).ink(mark.ink).align(Align::End);
            scene.write(if mark.bold { words.bold() } else { words });
        }
    }

    /// Height that the labels of marks need above the frame.
    pub(super) fn height_for(&self, area: Area, marks: &[Mark]) -> i32 {
        self.label_places(area, marks).iter().map(|place| area.top - place.y + LINE_HEIGHT - 16).max().unwrap_or(0)
    }

    /// Where the labels of marks end: each at its line, one step higher than the label to its left where it would touch
    /// that. The marks come in ascending order.
    fn label_places(&self, area: Area, marks: &[Mark]) -> Vec<Point> {
        let (mut taken, mut step) = (i32::MIN, 0);
        let mut place = |mark: &Mark| {
            let x = self.x(area, mark.at);
            // Bold letters are a little wider.
            let width = text_width(&mark.label, SMALL) * if mark.bold { 9 } else { 8 } / 8;
            let end = (x - 10).max(20 + width);
            step = if end - width > taken { 0 } else { step + 1 };
            taken = taken.max(end + 10).max(x + 10);
            at(end, area.top - 16 - LINE_HEIGHT * step)
        };
        marks.iter().map(&mut place).collect()
    }
}

/// Labelled slots of equal width beside each other.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    pub left: i32,
    pub right: i32,
    pub labels: Vec<String>,
}

impl Slots {
    /// Slots in a picture of the usual width that leave room to the right for the labels of levels.
    pub fn beside(levels: &[Mark], labels: Vec<String>) -> Self {
        let room = levels.iter().map(|level| text_width(&level.label, SMALL) + GAP).max().unwrap_or(0);
        Self { left: LEFT, right: RIGHT - room, labels }
    }

    /// The middle of a slot.
    pub fn x(&self, index: usize) -> i32 {
        let width = f64::from(self.right - self.left);
        self.left + (width * (index as f64 + 0.5) / self.labels.len() as f64).round() as i32
    }

    /// The width of a slot.
    pub fn width(&self) -> f64 {
        f64::from(self.right - self.left) / self.labels.len().max(1) as f64
    }

    /// Where the frame above the slots lies in a picture of this height.
    pub fn area_above(&self, top: i32, height: i32) -> Area {
        Area { left: self.left, top, right: self.right, bottom: height - BELOW_LABELS - self.label_height() }
    }

    /// As many labels as fit below a frame that ends at `bottom`, and below them the title.
    pub fn draw(&self, scene: &mut Scene, bottom: i32, title: &str) {
        let needed = if self.is_turned() { SMALL + 2 } else { widest(&self.labels) + GAP };
        for (index, label) in self.labels.iter().enumerate().step_by(stride(needed, self.width())) {
            let x = self.x(index);
            scene.rule(at(x, bottom), at(x, bottom + 8), INK, 2);
            scene.write(label_below(label, at(x, bottom + 14), self.is_turned()));
        }
        let y = bottom + self.label_height() + TITLE_BELOW;
        draw_title_below(scene, at((self.left + self.right) / 2, y), title);
    }

    fn label_height(&self) -> i32 {
        if self.is_turned() { widest(&self.labels) } else { SMALL }
    }

    /// Whether labels are turned to read upwards, because they would touch each other.
    fn is_turned(&self) -> bool {
        f64::from(widest(&self.labels) + GAP) > self.width()
    }
}

/// A label whose top is in the middle of the point.
pub(super) fn label_below(label: &str, top: Point, is_turned: bool) -> Words {
    if is_turned {
        Words::new(label, at(top.x + SMALL * 3 / 8, top.y), SMALL).align(Align::End).turned()
    } else {
        Words::new(label, at(top.x, top.y + SMALL), SMALL).align(Align::Middle)
    }
}

/// The title of an axis upwards around height `middle`, at the left of the picture.
pub(super) fn draw_title_beside(scene: &mut Scene, middle: i32, title: &str) {
    scene.write(Words::new(title, at(40, middle), TEXT).align(Align::Middle).turned());
}

/// The title of an axis to the right, or of slots, around the point.
pub(super) fn draw_title_below(scene: &mut Scene, middle: Point, title: &str) {
    scene.write(Words::new(title, middle, TEXT).align(Align::Middle));
}

/// Width of the widest label.
pub(in crate::report) fn widest(labels: &[String]) -> i32 {
    labels.iter().map(|label| text_width(label, SMALL)).max().unwrap_or(0)
}

/// Every how manieth label fits, if one needs `needed` units and has `spacing`.
pub(super) fn stride(needed: i32, spacing: f64) -> usize {
    ((f64::from(needed) / spacing).ceil() as usize).max(1)
}

/// Heights near the wanted ones, at least [`LINE_HEIGHT`] from each other and within the bounds as far as they fit; in
/// the order given.
fn apart(wanted: &[i32], within: RangeInclusive<i32>) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut heights = wanted.to_vec();
    let mut free = *within.start();
    for &index in &order {
        heights[index] = heights[index].max(free);
        free = heights[index] + LINE_HEIGHT;
    }
    let mut free = *within.end().max(&(within.start() + LINE_HEIGHT * (wanted.len() as i32 - 1)));
    for &index in order.iter().rev() {
        heights[index] = heights[index].min(free);
        free = heights[index] - LINE_HEIGHT;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area { left: 100, top: 300, right: 1100, bottom: 800 };

    #[test]
    fn values_outside_of_an_axis_lie_on_its_end() {
        let axis = Axis::linear("", 1.0, 2.0);
        let values = [f64::NEG_INFINITY, 0.0, 1.5, 2.0, 9.0];
        assert_eq!(values.map(|value| axis.y(AREA, value)), [800, 800, 550, 300, 300]);
        assert_eq!(values.map(|value| axis.x(AREA, value)), [100, 100, 600, 1100, 1100]);
    }

    #[test]
    fn labels_of_marks_climb_where_they_would_touch() {
        let axis = Axis::linear("", 0.5, 1.0);
        let steps = |places: &[f64]| {
            let mark = |place: &f64| Mark::new(*place, format!("{place} is a threshold"), INK);
            let marks: Vec<Mark> = places.iter().map(mark).collect();
            axis.label_places(AREA, &marks)
                .iter()
                .map(|place| (AREA.top - 16 - place.y) / LINE_HEIGHT)
                .collect::<Vec<_>>()
        };
        assert_eq!(steps(&[0.6, 0.95]), [0, 0]);
        assert_eq!(steps(&[0.7, 0.95, 0.951, 0.952]), [0, 0, 1, 2]);
        assert_eq!(steps(&[0.5, 0.5, 0.99]), [0, 1, 0], "labels at the left edge stay in the picture");
        assert_eq!(axis.height_for(AREA, &[]), 0);
    }

    #[test]
    fn heights_are_apart_and_stay_inside() {
        assert_eq!(apart(&[500, 100, 505], 90..=1000), [500, 100, 534]);
        assert_eq!(apart(&[1000, 1000], 90..=1000), [966, 1000]);
        assert_eq!(apart(&[], 0..=10), [0; 0]);
        assert_eq!(apart(&[5, 5, 5], 0..=10), [0, 34, 68], "what cannot fit is at least apart");
    }
}

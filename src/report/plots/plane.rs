//! A frame with a scale to the right as well as upwards: linear, of powers of ten, or of probits. A plane knows only
//! the places on its scales; who draws takes logarithms and probits first. Labels are laid out so that none touch.

use plotters::style::RGBColor;

use super::axis::{Frame, SMALL, Tick, diamond, draw_title_beside, triangle};
use super::palette::{GRID, INK};
use super::scene::{Align, Point, Scene, Shape, Words, text_width};
use crate::stats::normal::probit;

/// From one line of labels to the next, in units.
pub(in crate::report) const LINE_HEIGHT: i32 = 34;

/// Lengths of the dashes of a broken line and of the gaps between them, in units.
const DASH: (i32, i32) = (16, 12);

/// A frame with a linear scale to the right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Plane {
    pub frame: Frame,
    /// The value at the left.
    pub first: f64,
    /// The value at the right; greater than `first`.
    pub last: f64,
}

/// A labelled vertical line.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Mark {
    pub at: f64,
    pub label: String,
    pub ink: RGBColor,
    pub bold: bool,
}

/// A line in the legend: a colour, the shape of its markers and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Key {
    pub ink: RGBColor,
    pub marker: usize,
    pub label: String,
}

impl Plane {
    /// The place of a value on the scale to the right; values outside of it lie on its edge.
    pub fn x(&self, value: f64) -> i32 {
        let share = ((value - self.first) / (self.last - self.first)).clamp(0.0, 1.0);
        self.frame.left + (share * f64::from(self.frame.right - self.frame.left)).round() as i32
    }

    /// The place of a pair of values.
    pub fn point(&self, (x, y): (f64, f64)) -> Point {
        (self.x(x), self.frame.y(y))
    }

    /// Both scales with their titles.
    pub fn draw_scales(&self, scene: &mut Scene, across: (&[Tick], &str), upwards: (&[Tick], &str)) {
        self.frame.draw_rungs(scene, upwards.0);
        draw_title_beside(scene, (self.frame.top + self.frame.bottom) / 2, upwards.1);
        self.draw_across(scene, across.0);
        self.frame.draw_title_below(scene, across.1);
    }

    /// Grid lines and labels of the scale to the right.
    pub fn draw_across(&self, scene: &mut Scene, ticks: &[Tick]) {
        let Frame { top, bottom, .. } = self.frame;
        for tick in ticks {
            let x = self.x(tick.at);
            scene.rule((x, top), (x, bottom), GRID, 2);
            scene.rule((x, bottom), (x, bottom + 8), INK, 2);
            scene.write(Words::new(&tick.label, (x, bottom + 14 + SMALL), SMALL).align(Align::Middle));
        }
    }

    /// A line through values, drawn only as finely as can be seen.
    pub fn draw_line(&self, scene: &mut Scene, values: impl Iterator<Item = (f64, f64)>, ink: RGBColor, width: u32) {
        let mut points: Vec<Point> = values.map(|value| self.point(value)).collect();
        points.dedup();
        if points.len() > 1 {
            scene.add(Shape::Line { points, ink, width });
        }
    }

    /// Vertical lines with their labels above the frame: each label ends at its line, one step higher than the label
    /// to its left where it would touch that. Marks outside of the scale have labels only. The marks come in ascending
    /// order.
    pub fn draw_marks(&self, scene: &mut Scene, marks: &[Mark]) {
        for (mark, (end, step)) in marks.iter().zip(self.layout(marks)) {
            let (x, y) = (self.x(mark.at), self.frame.top - 16 - LINE_HEIGHT * step);
            if (self.first..=self.last).contains(&mark.at) {
                scene.rule((x, y - SMALL / 2), (x, self.frame.bottom), mark.ink, if mark.bold { 4 } else { 2 });
            }
            let words = Words::new(&mark.label, (end, y), SMALL).ink(mark.ink).align(Align::End);
            scene.write(if mark.bold { words.bold() } else { words });
        }
    }

    /// Lines of labels that [`Plane::draw_marks`] needs above the frame.
    pub fn lines_for(&self, marks: &[Mark]) -> i32 {
        self.layout(marks).into_iter().map(|(_, step)| step + 1).max().unwrap_or(0)
    }

    /// Of each mark, in ascending order of their places: where its label ends, and its step above the frame.
    fn layout(&self, marks: &[Mark]) -> Vec<(i32, i32)> {
        let (mut taken, mut step) = (i32::MIN, 0);
        let mut place = |mark: &Mark| {
            // Bold letters are a little wider.
            let width = text_width(&mark.label, SMALL) * if mark.bold { 9 } else { 8 } / 8;
            let end = (self.x(mark.at) - 10).max(20 + width);
            step = if end - width > taken { 0 } else { step + 1 };
            taken = taken.max(end + 10).max(self.x(mark.at) + 10);
            (end, step)
        };
        marks.iter().map(&mut place).collect()
    }
}

/// A broken straight line to the right.
pub(in crate::report) fn draw_dashes(scene: &mut Scene, from: Point, right: i32, ink: RGBColor) {
    for x in (from.0..right).step_by((DASH.0 + DASH.1) as usize) {
        scene.rule((x, from.1), ((x + DASH.0).min(right), from.1), ink, 3);
    }
}

/// The legend, downwards from its top left.
pub(in crate::report) fn draw_legend(scene: &mut Scene, (left, top): Point, keys: &[Key]) {
    for (key, y) in keys.iter().zip((top..).step_by(44)) {
        scene.rule((left, y), (left + 50, y), key.ink, 4);
        scene.add(marker(key.marker, (left + 25, y), key.ink));
        scene.write(Words::new(&key.label, (left + 66, y + SMALL * 3 / 8), SMALL));
    }
}

/// Shape and colour both tell lines apart.
pub(in crate::report) fn marker(index: usize, (x, y): Point, fill: RGBColor) -> Shape {
    match index % 4 {
        0 => Shape::Disc { centre: (x, y), radius: 8, fill },
        1 => Shape::Block { from: (x - 7, y - 7), to: (x + 7, y + 7), fill },
        2 => Shape::Patch { corners: triangle((x, y), 9), fill },
        _ => Shape::Patch { corners: diamond((x, y), 10), fill },
    }
}

/// Heights near the wanted ones, at least [`LINE_HEIGHT`] from each other and within `top..=bottom` as far as they fit;
/// in the order given.
pub(in crate::report) fn apart(wanted: &[i32], (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut heights = wanted.to_vec();
    let mut free = top;
    for &index in &order {
        heights[index] = heights[index].max(free);
        free = heights[index] + LINE_HEIGHT;
    }
    let mut free = bottom.max(top + LINE_HEIGHT * (wanted.len() as i32 - 1));
    for &index in order.iter().rev() {
        heights[index] = heights[index].min(free);
        free = heights[index] - LINE_HEIGHT;
    }
    heights
}

/// Ticks of powers of ten in percent, from 10^`low` to 10^`high`, placed at their exponents.
pub(in crate::report) fn percent_decades(low: i32, high: i32) -> Vec<Tick> {
    let label = |exponent: i32| match exponent {
        -2..=0 => format!("{} %", 10i32.pow((exponent + 2) as u32)),
        _ => format!("{:.*} %", (-exponent - 2).max(0) as usize, 10f64.powi(exponent + 2)),
    };
    (low..=high).map(|exponent| Tick { at: f64::from(exponent), label: label(exponent) }).collect()
}

/// Ticks of a probit scale: 0.1, 1, 5, 20 and 50 %.
pub(in crate::report) fn percent_probits() -> Vec<Tick> {
    let tick = |percent: f64| Tick { at: probit(percent / 100.0), label: format!("{percent} %") };
    [0.1, 1.0, 5.0, 20.0, 50.0].map(tick).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Plane {
        let frame = Frame { left: 100, top: 300, right: 1100, bottom: 800, low: 0.0, high: 1.0 };
        Plane { frame, first: 0.5, last: 1.0 }
    }

    fn mark(at: f64) -> Mark {
        Mark { at, label: format!("{at} is a threshold"), ink: INK, bold: false }
    }

    #[test]
    fn values_have_their_places_and_none_outside() {
        assert_eq!(plane().point((0.75, 0.5)), (600, 550));
        assert_eq!(plane().point((2.0, f64::NEG_INFINITY)), (1100, 800));
    }

    #[test]
    fn labels_of_marks_climb_where_they_would_touch() {
        let steps = |at: &[f64]| {
            let marks: Vec<Mark> = at.iter().map(|at| mark(*at)).collect();
            plane().layout(&marks).into_iter().map(|(_, step)| step).collect::<Vec<_>>()
        };
        assert_eq!(steps(&[0.6, 0.95]), [0, 0]);
        assert_eq!(steps(&[0.7, 0.95, 0.951, 0.952]), [0, 0, 1, 2]);
        assert_eq!(steps(&[0.5, 0.5, 0.99]), [0, 1, 0], "labels at the left edge stay in the picture");
        assert_eq!(plane().lines_for(&[]), 0);
    }

    #[test]
    fn heights_are_apart_and_stay_inside() {
        assert_eq!(apart(&[500, 100, 505], (90, 1000)), [500, 100, 534]);
        assert_eq!(apart(&[1000, 1000], (90, 1000)), [966, 1000]);
        assert_eq!(apart(&[], (0, 10)), [0; 0]);
        assert_eq!(apart(&[5, 5, 5], (0, 10)), [0, 34, 68], "what cannot fit is at least apart");
    }

    #[test]
    fn percentages_are_written_out() {
        let labels: Vec<String> = percent_decades(-5, 0).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["0.001 %", "0.01 %", "0.1 %", "1 %", "10 %", "100 %"]);
        assert_eq!(percent_probits()[4].at, 0.0);
    }
}

//! Dots in slots beside each other, each with its interval, and labelled levels across.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::frame::{Mark, Slots, TOP};
use super::scene::{Scene, Shape, at};
use crate::stats::Interval;

/// A chart of dots.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Dots {
    /// Height of the picture.
    pub height: i32,
    pub upwards: Axis,
    /// What the slots are.
    pub slots: &'static str,
    pub dots: Vec<Dot>,
    pub levels: Vec<Mark>,
}

/// What stands in one slot; neither a value nor an interval that is not finite is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Dot {
    pub label: String,
    pub value: f64,
    pub interval: Option<Interval>,
    pub ink: RGBColor,
}

impl Dots {
    pub(super) fn draw(&self, scene: &mut Scene) {
        let slots = Slots::beside(&self.levels, self.dots.iter().map(|dot| dot.label.clone()).collect());
        let area = slots.area_above(TOP, self.height);
        let y = |value| self.upwards.y(area, value);
        self.upwards.draw_upwards(scene, area);
        slots.draw(scene, area.bottom, self.slots);
        self.upwards.draw_levels(scene, area, &self.levels, true);
        let radius = ((slots.width() * 0.3) as i32).clamp(2, 8);
        for (index, dot) in self.dots.iter().enumerate() {
            let x = slots.x(index);
            if let Some(ends) = dot.interval.filter(|ends| ends.low.is_finite() && ends.high.is_finite()) {
                scene.rule(at(x, y(ends.low)), at(x, y(ends.high)), dot.ink, 3);
            }
            if dot.value.is_finite() {
                scene.add(Shape::Disc { centre: at(x, y(dot.value)), radius, fill: dot.ink });
            }
        }
    }
}

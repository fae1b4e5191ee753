//! Values in slots beside each other: a box from the lower to the upper quartile with the median, whiskers to the last
//! value within 1.5 interquartile ranges, outliers as dots and the mean as a diamond. What is not finite is counted.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::frame::{Mark, SMALL, Slots};
use super::palette::{ALERT, INK, PAPER, tint};
use super::scene::{Align, Area, Scene, Shape, Words, at, text_width};
use super::symbols::{diamond, triangle};
use crate::stats::quantile;

/// Height of the picture.
pub(super) const HEIGHT: i32 = 1080;

/// Where the frame begins, below the key.
const TOP: i32 = 220;

/// A value this many times the typical far quartile lies beyond the axis, or one stray box would flatten all.
const AXIS_LIMIT: f64 = 5.0;

/// A chart of boxes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Boxes {
    /// What the values are.
    pub upwards: &'static str,
    /// What the slots are.
    pub slots: &'static str,
    pub boxes: Vec<Spread>,
    pub levels: Vec<Mark>,
    /// What colours stand for.
    pub groups: Vec<Group>,
}

/// A colour in the key.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Group {
    pub label: String,
    pub ink: RGBColor,
}

/// The values of one slot.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Spread {
    label: String,
    ink: RGBColor,
    /// Finite values, ascending.
    finite: Vec<f64>,
    /// How many values are not finite.
    broken: usize,
}

impl Spread {
    pub fn new(label: String, ink: RGBColor, mut values: Vec<f64>) -> Self {
        let all = values.len();
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        Self { label, ink, broken: all - values.len(), finite: values }
    }

    /// How many values there are, finite or not.
    pub fn count(&self) -> usize {
        self.finite.len() + self.broken
    }

    /// The mean of the finite values; NaN without one.
    pub fn mean(&self) -> f64 {
        if self.finite.is_empty() { f64::NAN } else { self.finite.iter().sum::<f64>() / self.finite.len() as f64 }
    }

    /// NaN without a finite value.
    fn quantile(&self, share: f64) -> f64 {
        quantile(&self.finite, share).unwrap_or(f64::NAN)
    }

    /// The lowest and the highest value within 1.5 interquartile ranges of the box.
    fn whiskers(&self) -> [f64; 2] {
        let (q1, q3) = (self.quantile(0.25), self.quantile(0.75));
        let reach = 1.5 * (q3 - q1);
        let within = || self.finite.iter().copied().filter(|value| (q1 - reach..=q3 + reach).contains(value));
        [within().next().unwrap_or(q1), within().next_back().unwrap_or(q3)]
    }

    fn has_any(&self, is: impl Fn(f64) -> bool) -> bool {
        [self.finite.first(), self.finite.last()].into_iter().flatten().any(|value| is(*value))
    }
}

impl Boxes {
    pub(super) fn draw(&self, scene: &mut Scene) {
        let slots = Slots::beside(&self.levels, self.boxes.iter().map(|spread| spread.label.clone()).collect());
        let (axis, area) = (&self.axis(), slots.area_above(TOP, HEIGHT));
        axis.draw_upwards(scene, area);
        slots.draw(scene, area.bottom, self.slots);
        self.draw_key(scene, axis);
        let half = ((slots.width() * 0.34) as i32).clamp(1, 46);
        for (index, spread) in self.boxes.iter().enumerate() {
            Pen { area, axis, spread, x: slots.x(index), half, slot_width: slots.width() }.draw(scene);
        }
        axis.draw_levels(scene, area, &self.levels, true);
    }

    /// From a little below the lowest value to the highest, but never so far that the boxes become flat.
    fn axis(&self) -> Axis {
        let measured = || self.boxes.iter().filter(|spread| !spread.finite.is_empty());
        let mut quartiles: Vec<f64> =
            measured().map(|spread| spread.quantile(0.75).max(-spread.quantile(0.25))).collect();
        quartiles.sort_by(f64::total_cmp);
        let limit = quartiles.get(quartiles.len() / 2).filter(|typical| **typical > 0.0);
        let limit = limit.map_or(f64::INFINITY, |typical| AXIS_LIMIT * typical);
        let ends = measured().flat_map(|spread| [spread.finite[0], spread.finite[spread.finite.len() - 1]]);
        let shown = ends.map(|end| end.clamp(-limit, limit)).chain(self.levels.iter().map(|level| level.at));
        let [low, high] = shown.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
        let [low, high] = with_margins(low, high);
        Axis::linear(self.upwards, low, high)
    }

    /// The colours of the groups and the signs for what the axis cannot show, in one line above the frame.
    fn draw_key(&self, scene: &mut Scene, axis: &Axis) {
        let (mut x, y) = (40, 150);
        for group in &self.groups {
            scene.block(Area { left: x, top: y - 18, right: x + 26, bottom: y + 4 }, tint(group.ink, 0.45));
            scene.write(Words::new(&group.label, at(x + 36, y), SMALL));
            x += 36 + text_width(&group.label, SMALL) + 40;
        }
        let any = |is: &dyn Fn(&Spread) -> bool| self.boxes.iter().any(is);
        let signs = [
            ("▲ beyond the scale", any(&|spread| spread.has_any(|value| value > axis.high))),
            ("▼ below the scale", any(&|spread| spread.has_any(|value| value < axis.low))),
            ("✕ NaN, infinite or failed", any(&|spread| spread.broken > 0)),
        ];
        for (sign, _) in signs.into_iter().filter(|(_, is_needed)| *is_needed) {
            scene.write(Words::new(sign, at(x, y), SMALL).ink(ALERT));
            x += text_width(sign, SMALL) + 40;
        }
    }
}

/// The ends of an axis that holds these: from zero, unless all lies far above it.
fn with_margins(low: f64, high: f64) -> [f64; 2] {
    if low > high || (low == 0.0 && high == 0.0) {
        return [0.0, 1.0];
    }
    let low = if (0.0..high * 0.5).contains(&low) { 0.0 } else { low };
    // Equal values still need an axis.
    let span = (high - low).max(high.abs() * 0.2);
    let below = low - span * 0.1;
    [if low < 0.0 { below } else { below.max(0.0) }, high + span * 0.05]
}

/// Draws one spread in its slot.
struct Pen<'a> {
    area: Area,
    axis: &'a Axis,
    spread: &'a Spread,
    x: i32,
    /// Half the width of the box.
    half: i32,
    slot_width: f64,
}

impl Pen<'_> {
    fn draw(&self, scene: &mut Scene) {
        if self.spread.broken > 0 {
            self.draw_broken(scene);
        }
        if !self.spread.finite.is_empty() {
            self.draw_outliers(scene);
            self.draw_whiskers(scene);
            self.draw_box(scene);
            self.draw_beyond(scene);
        }
    }

    fn y(&self, value: f64) -> i32 {
        self.axis.y(self.area, value)
    }

    fn draw_box(&self, scene: &mut Scene) {
        let Self { spread, x, half, .. } = *self;
        let y = |share| self.y(spread.quantile(share));
        let (left, right, top, bottom) = (x - half, x + half, y(0.75), y(0.25).max(y(0.75) + 2));
        scene.block(Area { left, top, right, bottom }, self.fill());
        if half >= 4 {
            let corners = [at(left, top), at(right, top), at(right, bottom), at(left, bottom), at(left, top)];
            scene.add(Shape::Line { points: corners.to_vec(), ink: spread.ink, width: 2 });
        }
        let thickness = if half >= 6 { 4 } else { 2 };
        scene.rule(at(left, y(0.5)), at(right, y(0.5)), INK, thickness);
        let (mean, radius) = (at(x, self.y(spread.mean())), (half / 2).clamp(2, 11));
        if radius > 4 {
            scene.add(diamond(mean, radius + 3, PAPER));
        }
        scene.add(diamond(mean, radius, INK));
    }

    /// Boxes too narrow for an outline are filled more strongly, so that they stand out from their whiskers.
    fn fill(&self) -> RGBColor {
        tint(self.spread.ink, if self.half >= 4 { 0.45 } else { 0.85 })
    }

    fn draw_whiskers(&self, scene: &mut Scene) {
        let (x, half, ink) = (self.x, self.half, self.spread.ink);
        let (ink, width) = if half >= 4 { (ink, 2) } else { (tint(ink, 0.45), 1) };
        for (value, quartile) in self.spread.whiskers().into_iter().zip([0.25, 0.75]) {
            let (end, start) = (self.y(value), self.y(self.spread.quantile(quartile)));
            scene.rule(at(x, start), at(x, end), ink, width);
            if half >= 6 {
                scene.rule(at(x - half / 2, end), at(x + half / 2, end), ink, width);
            }
        }
    }

    /// Outliers as dots, one for those that would cover each other.
    fn draw_outliers(&self, scene: &mut Scene) {
        let Self { spread, x, half, .. } = *self;
        let [low, high] = spread.whiskers();
        let radius = (half / 3).clamp(2, 5);
        let outside = spread.finite.iter().copied().filter(|value| *value < low || *value > high);
        let mut heights: Vec<i32> =
            outside.filter(|value| self.axis.holds(*value)).map(|value| self.y(value)).collect();
        heights.dedup_by_key(|y| *y / radius);
        for y in heights {
            scene.add(Shape::Disc { centre: at(x, y), radius, fill: spread.ink });
        }
    }

    /// A triangle at the end of the axis that a value lies beyond.
    fn draw_beyond(&self, scene: &mut Scene) {
        let (size, Area { top, bottom, .. }) = (self.half.clamp(3, 9), self.area);
        if self.spread.has_any(|value| value > self.axis.high) {
            scene.add(triangle(at(self.x, top - size), size, ALERT));
        }
        if self.spread.has_any(|value| value < self.axis.low) {
            scene.add(triangle(at(self.x, bottom - size), -size, ALERT));
        }
    }

    /// A cross above the slot, with the number of broken values where there is room.
    fn draw_broken(&self, scene: &mut Scene) {
        let label = format!("✕ {}", self.spread.broken);
        let fits = f64::from(text_width(&label, SMALL)) < self.slot_width;
        let label = if fits { label } else { "✕".into() };
        let place = at(self.x, self.area.top - 20);
        scene.write(Words::new(label, place, SMALL).ink(ALERT).align(Align::Middle));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[f64]) -> Spread {
        Spread::new("1".into(), INK, values.to_vec())
    }

    fn axis(boxes: Vec<Spread>) -> Axis {
        Boxes { upwards: "", slots: "", boxes, levels: vec![], groups: vec![] }.axis()
    }

    #[test]
    fn quartiles_and_whiskers_are_those_of_numpy_and_tukey() {
        let data = spread(&[10.0, 2.0, 3.0, f64::NAN, 4.0, 1.0]);
        assert_eq!([0.25, 0.5, 0.75].map(|share| data.quantile(share)), [2.0, 3.0, 4.0]);
        assert_eq!((data.whiskers(), data.mean(), data.broken, data.count()), ([1.0, 4.0], 4.0, 1, 6));
        assert_eq!(spread(&[1.0, 2.0]).quantile(0.25), 1.25);
        assert!(spread(&[]).quantile(0.5).is_nan());
    }

    #[test]
    fn one_stray_box_does_not_flatten_the_others() {
        for sign in [1.0, -1.0] {
            let signed = |values: [f64; 3]| spread(&values.map(|value| sign * value));
            let axis = axis(vec![signed([1.0, 1.5, 2.0]), signed([1.0, 1.5, 2.0]), signed([400.0, 450.0, 500.0])]);
            assert!(axis.high < 11.0 && axis.low > -11.0, "{axis:?}");
            assert!(axis.holds(sign), "{axis:?}");
        }
    }

    #[test]
    fn an_axis_is_never_empty() {
        for values in [&[][..], &[0.0], &[2.0], &[2.0, 2.0], &[1e300], &[-2.0], &[-3.0, -2.0], &[-1.0, 1.0]] {
            let axis = axis(vec![spread(values)]);
            assert!(axis.low < axis.high && axis.high.is_finite(), "{values:?}: {axis:?}");
            assert!(values.iter().all(|value| axis.holds(*value)), "{values:?}: {axis:?}");
        }
    }
}

//! The frame that plots are drawn in: a linear scale upwards with round ticks, and either slots for submissions or a
//! linear scale of whole numbers to the right. Labels that would touch are turned, then thinned.

use super::palette::{FAINT_INK, GRID, INK};
use super::scene::{Align, Point, Scene, Words, text_width};

pub(in crate::report) const TITLE: i32 = 34;
pub(in crate::report) const TEXT: i32 = 26;
pub(in crate::report) const SMALL: i32 = 23;

/// Free space between two labels, in units.
const GAP: i32 = 14;

/// What a frame needs below itself besides the height of its labels: ticks, the title and the margin.
const BELOW_LABELS: i32 = 94;

/// A rectangle of the picture with a linear scale upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Frame {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
    /// The value at the bottom.
    pub low: f64,
    /// The value at the top; greater than `low`.
    pub high: f64,
}

impl Frame {
    /// The height of a value; values outside of the scale lie on its edge.
    pub fn y(&self, value: f64) -> i32 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.bottom - (share * f64::from(self.bottom - self.top)).round() as i32
    }

    /// The middle of slot `index` of `count`.
    pub fn slot(&self, index: usize, count: usize) -> i32 {
        self.left + (f64::from(self.right - self.left) * (index as f64 + 0.5) / count as f64).round() as i32
    }

    /// The width of one of `count` slots.
    pub fn slot_width(&self, count: usize) -> f64 {
        f64::from(self.right - self.left) / count.max(1) as f64
    }

    /// Grid lines, tick labels and title of the scale upwards.
    pub fn draw_scale(&self, scene: &mut Scene, title: &str) {
        self.draw_rungs(scene, &round_ticks(self.low, self.high, 7));
        draw_title_beside(scene, (self.top + self.bottom) / 2, title);
    }

    /// Grid lines and labels of given ticks of the scale upwards.
    pub fn draw_rungs(&self, scene: &mut Scene, ticks: &[Tick]) {
        for tick in ticks {
            let y = self.y(tick.at);
            scene.rule((self.left, y), (self.right, y), GRID, 2);
            let at = (self.left - GAP, y + SMALL * 3 / 8);
            scene.write(Words::new(&tick.label, at, SMALL).align(Align::End));
        }
        scene.rule((self.left, self.bottom), (self.right, self.bottom), INK, 2);
    }

    /// Labels below the slots and the title below them.
    pub fn draw_slots(&self, scene: &mut Scene, labels: &[String], title: &str) {
        let places = (0..labels.len()).map(|index| self.slot(index, labels.len()));
        draw_labels(scene, labels, places, self.bottom, self.slot_width(labels.len()));
        self.draw_title_below(scene, title);
    }

    /// Ticks at whole numbers from 0 to `last`, and the title below them.
    pub fn draw_counts(&self, scene: &mut Scene, last: usize, title: &str) {
        let step = (ticks(0.0, last as f64, 12).1 as usize).max(1);
        for number in (0..=last).step_by(step) {
            let x = self.count_x(number, last);
            scene.rule((x, self.bottom), (x, self.bottom + 8), INK, 2);
            let at = (x, self.bottom + 14 + SMALL);
            scene.write(Words::new(number.to_string(), at, SMALL).align(Align::Middle));
        }
        self.draw_title_below(scene, title);
    }

    /// The place of a whole number on a scale from 0 to `last`.
    pub fn count_x(&self, number: usize, last: usize) -> i32 {
        self.left + (f64::from(self.right - self.left) * number as f64 / last.max(1) as f64).round() as i32
    }

    /// The height at which a frame has to end to leave room for slot labels and a title below it.
    pub fn bottom_above_slots(scene: &Scene, labels: &[String], spacing: f64) -> i32 {
        let widest = widest(labels);
        scene.size().1 as i32 - BELOW_LABELS - if is_turned(widest, spacing) { widest } else { SMALL }
    }

    /// The same for whole numbers.
    pub fn bottom_above_counts(scene: &Scene) -> i32 {
        scene.size().1 as i32 - BELOW_LABELS - SMALL
    }

    /// The title of the scale to the right, at the bottom of the picture.
    pub fn draw_title_below(&self, scene: &mut Scene, title: &str) {
        let at = ((self.left + self.right) / 2, scene.size().1 as i32 - 28);
        scene.write(Words::new(title, at, TEXT).align(Align::Middle));
    }
}

/// A labelled place on a scale.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Tick {
    pub at: f64,
    pub label: String,
}

/// The title of a scale upwards around height `middle`, at the left of the picture.
pub(in crate::report) fn draw_title_beside(scene: &mut Scene, middle: i32, title: &str) {
    scene.write(Words::new(title, (40, middle), TEXT).align(Align::Middle).turned());
}

/// Title and subtitle at the top left.
pub(in crate::report) fn draw_heading(scene: &mut Scene, title: &str, subtitle: &str) {
    scene.write(Words::new(title, (40, 56), TITLE).bold());
    scene.write(Words::new(subtitle, (40, 98), SMALL).ink(FAINT_INK));
}

/// A message in the middle of a picture that has nothing else to show.
pub(in crate::report) fn draw_nothing(scene: &mut Scene, message: &str) {
    let (width, height) = scene.size();
    let middle = ((width / 2) as i32, (height / 2) as i32);
    scene.write(Words::new(message, middle, TEXT).ink(FAINT_INK).align(Align::Middle));
}

/// Labels under the points `places` at height `y`, as many as fit at `spacing` units from one to the next.
fn draw_labels(scene: &mut Scene, labels: &[String], places: impl Iterator<Item = i32>, y: i32, spacing: f64) {
    let widest = widest(labels);
    let turned = is_turned(widest, spacing);
    let needed = if turned { SMALL + 2 } else { widest + GAP };
    for (label, x) in labels.iter().zip(places).step_by(stride(needed, spacing)) {
        scene.rule((x, y), (x, y + 8), INK, 2);
        scene.write(if turned {
            Words::new(label, (x + SMALL * 3 / 8, y + 14), SMALL).align(Align::End).turned()
        } else {
            Words::new(label, (x, y + 14 + SMALL), SMALL).align(Align::Middle)
        });
    }
}

/// Whether labels are turned to read upwards, because they would touch each other.
fn is_turned(widest: i32, spacing: f64) -> bool {
    f64::from(widest + GAP) > spacing
}

/// Width of the widest label.
pub(in crate::report) fn widest(labels: &[String]) -> i32 {
    labels.iter().map(|label| text_width(label, SMALL)).max().unwrap_or(0)
}

/// Every how manieth label fits, if one needs `needed` units and has `spacing`.
pub(in crate::report) fn stride(needed: i32, spacing: f64) -> usize {
    ((f64::from(needed) / spacing).ceil() as usize).max(1)
}

/// Labelled round values in `low..=high`, about `about` of them.
pub(in crate::report) fn round_ticks(low: f64, high: f64, about: usize) -> Vec<Tick> {
    let (ticks, step) = ticks(low, high, about);
    ticks.into_iter().map(|at| Tick { at, label: tick_label(at, step, high) }).collect()
}

/// Round values in `low..=high`, about `about` of them, and the step between them.
fn ticks(low: f64, high: f64, about: usize) -> (Vec<f64>, f64) {
    let rough = (high - low) / about as f64;
    if !(rough > 0.0 && rough.is_finite()) {
        return (vec![low], 1.0);
    }
    let magnitude = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|factor| factor * magnitude);
    let step = steps.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(magnitude * 10.0);
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    ((first..=last).map(|index| index as f64 * step).collect(), step)
}

/// A tick with the decimals that its step needs; as a power of ten where the scale is very high or very fine.
fn tick_label(tick: f64, step: f64, high: f64) -> String {
    let decimals = |size: f64| -(size.log10() + 1e-9).floor();
    if high < 1e6 && step >= 1e-5 {
        return format!("{tick:.places$}", places = decimals(step).max(0.0) as usize);
    }
    if tick == 0.0 {
        return "0".into();
    }
    format!("{tick:.places$e}", places = (decimals(step) - decimals(tick.abs())).clamp(0.0, 6.0) as usize)
}

/// Corners of a triangle that points up, as wide and high as twice `radius`.
pub(in crate::report) fn triangle((x, y): Point, radius: i32) -> Vec<Point> {
    vec![(x, y - radius), (x + radius, y + radius), (x - radius, y + radius)]
}

/// Corners of a square standing on a corner.
pub(in crate::report) fn diamond((x, y): Point, radius: i32) -> Vec<Point> {
    vec![(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 1.0, 5), (vec![0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0], 0.2));
        assert_eq!(ticks(0.0, 11.0, 12), ((0..=11).map(f64::from).collect(), 1.0));
        assert_eq!(ticks(2.0, 2.0, 7), (vec![2.0], 1.0));
        for (low, high) in [(0.3, 4.7), (1.001, 1.002), (0.0, 1e9)] {
            let (ticks, _) = ticks(low, high, 7);
            assert!((3..=11).contains(&ticks.len()), "{ticks:?}");
            assert!(ticks.iter().all(|tick| (low - 1e-9..=high * 1.000001).contains(tick)), "{ticks:?}");
        }
    }

    #[test]
    fn tick_labels_have_the_decimals_they_need() {
        let cases = [
            (0.6000000000000001, 0.2, 1.0, "0.6"),
            (3.0, 1.0, 11.0, "3"),
            (0.0004, 0.0001, 0.0007, "0.0004"),
            (0.0, 1e-7, 1e-6, "0"),
            (4e-7, 1e-7, 1e-6, "4e-7"),
            (1.002e9, 1e6, 1.01e9, "1.002e9"),
            (20.0, 10.0, 70.0, "20"),
        ];
        for (tick, step, high, label) in cases {
            assert_eq!(tick_label(tick, step, high), label);
        }
    }

    #[test]
    fn values_outside_the_scale_lie_on_its_edge() {
        let frame = Frame { left: 0, top: 100, right: 10, bottom: 200, low: 1.0, high: 2.0 };
        assert_eq!([0.0, 1.0, 1.5, 2.0, 9.0].map(|value| frame.y(value)), [200, 200, 150, 100, 100]);
    }
}

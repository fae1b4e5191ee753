//! DET: false-negative over false-positive rate on probit axes, on which scores that are normal give straight lines.
//! Parts of a line with a rate of 0, or beyond the scale, lie at infinity and cannot be shown.

use super::curves::NamedCurve;
use super::roc::{SIZE, square};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::words::measured;
use crate::report::plots::axis::{SMALL, draw_heading};
use crate::report::plots::palette::{BACKGROUND_LINE, FAINT_INK, category};
use crate::report::plots::plane::{Key, Plane, draw_legend, marker, percent_probits};
use crate::report::plots::scene::{Scene, Words};
use crate::stats::normal::probit;

/// The smallest and the largest rate of the scales.
const RATES: (f64, f64) = (0.0005, 0.7);

/// Where infinity is drawn to: far beyond the scale, in standard deviations.
const FAR: f64 = 10.0;

/// A place on both probit scales.
type Place = (f64, f64);

/// The plot.
pub(super) fn scene(findings: &CalibrationFindings, curves: &[NamedCurve]) -> Scene {
    let mut scene = Scene::new(SIZE, "DET: false-negative over false-positive rate for each kind of copies");
    let limit = findings.calibration.threshold();
    let subtitle =
        format!("Rates of responses at every threshold; markers: threshold {} in use", findings.shown_threshold());
    draw_heading(&mut scene, "DET: copies missed and independent answers flagged", &subtitle);
    let plane = square(probit(RATES.0), probit(RATES.1));
    let ticks = percent_probits();
    let titles = ("false-positive rate (independent responses)", "false-negative rate (copies)");
    plane.draw_scales(&mut scene, (&ticks, titles.0), (&ticks, titles.1));
    let ends = [(plane.first, plane.first), (plane.last, plane.last)];
    plane.draw_line(&mut scene, ends.into_iter(), BACKGROUND_LINE, 2);
    for (index, named) in curves.iter().enumerate() {
        for part in visible(&plane, named) {
            plane.draw_line(&mut scene, part.into_iter(), category(index), 4);
        }
    }
    for (index, named) in curves.iter().enumerate() {
        let point = named.curve.at(limit);
        let place = (probit(point.fpr()), probit(point.fnr()));
        if is_inside(&plane, place) {
            scene.add(marker(index, plane.point(place), category(index)));
        }
    }
    let left = plane.frame.right + 50;
    scene.write(Words::new("copies: equal error rate (EER)", (left, plane.frame.top + 10), SMALL).ink(FAINT_INK));
    draw_legend(&mut scene, (left, plane.frame.top + 60), &keys(&plane, curves));
    let y = plane.frame.top + 60 + 44 * curves.len() as i32;
    scene.rule((left, y), (left + 50, y), BACKGROUND_LINE, 2);
    scene.write(Words::new("equal errors", (left + 66, y + SMALL * 3 / 8), SMALL));
    scene
}

/// The parts of a curve that lie on the scales: straight lines between its corners.
fn visible(plane: &Plane, named: &NamedCurve) -> Vec<[Place; 2]> {
    let corners = named.curve.corners();
    let places = corners.iter().map(|point| (probit(point.fpr()), probit(point.fnr())));
    let places: Vec<Place> = places.map(|(x, y)| (x.clamp(-FAR, FAR), y.clamp(-FAR, FAR))).collect();
    places.windows(2).filter_map(|ends| clipped(ends[0], ends[1], plane.first, plane.last)).collect()
}

/// The part of a straight line within `low..=high` in both directions (Liang and Barsky 1984).
fn clipped(from: Place, to: Place, low: f64, high: f64) -> Option<[Place; 2]> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, before, after) in [(dx, low - from.0, high - from.0), (dy, low - from.1, high - from.1)] {
        if step == 0.0 && (before > 0.0 || after < 0.0) {
            return None;
        }
        if step != 0.0 {
            enter = enter.max((before / step).min(after / step));
            leave = leave.min((before / step).max(after / step));
        }
    }
    let at = |share: f64| (from.0 + share * dx, from.1 + share * dy);
    (enter <= leave).then(|| [at(enter), at(leave)])
}

fn is_inside(plane: &Plane, (x, y): Place) -> bool {
    let scale = plane.first..=plane.last;
    scale.contains(&x) && scale.contains(&y)
}

fn keys(plane: &Plane, curves: &[NamedCurve]) -> Vec<Key> {
    let key = |(index, named): (usize, &NamedCurve)| {
        let rate = format!("{} %", measured(named.curve.equal_error().rate));
        // Without an overlap there is no line to see, and the reader should not look for it.
        let value = if visible(plane, named).is_empty() { format!("{rate}, no line") } else { rate };
        Key { ink: category(index), marker: index, label: format!("{}: {value}", named.label) }
    };
    curves.iter().enumerate().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_on_the_scales_is_drawn() {
        let clip = |from, to| clipped(from, to, -1.0, 1.0);
        assert_eq!(clip((0.5, 10.0), (0.5, 0.0)), Some([(0.5, 1.0), (0.5, 0.0)]), "from infinity to a point");
        assert_eq!(clip((-10.0, 10.0), (-10.0, -10.0)), None, "no false positive anywhere");
        assert_eq!(clip((-2.0, -2.0), (2.0, 2.0)), Some([(-1.0, -1.0), (1.0, 1.0)]));
        assert_eq!(clip((-2.0, 0.5), (0.5, 3.0)), None, "past a corner");
        assert_eq!(clip((0.1, 0.2), (0.3, 0.2)), Some([(0.1, 0.2), (0.3, 0.2)]));
    }
}

//! ROC: true-positive over false-positive rate, a line per kind of copies, with the point of the threshold in use.

use super::curves::NamedCurve;
use super::percent_ticks;
use crate::report::calibration::CalibrationFindings;
use crate::report::numbers::decimal;
use crate::report::plots::axis::{Frame, SMALL, draw_heading};
use crate::report::plots::palette::{BACKGROUND_LINE, FAINT_INK, category};
use crate::report::plots::plane::{Key, Plane, draw_legend, marker};
use crate::report::plots::scene::{Scene, Words};

pub(super) const SIZE: (u32, u32) = (1840, 1160);

/// The square that ROC and DET are drawn in, with scales from `first` to `last` in both directions.
pub(super) fn square(first: f64, last: f64) -> Plane {
    let frame = Frame { left: 190, top: 140, right: 1090, bottom: 1040, low: first, high: last };
    Plane { frame, first, last }
}

/// The plot.
pub(super) fn scene(findings: &CalibrationFindings, curves: &[NamedCurve]) -> Scene {
    let mut scene = Scene::new(SIZE, "ROC: true-positive over false-positive rate for each kind of copies");
    let limit = findings.calibration.threshold();
    let subtitle =
        format!("Rates of responses at every threshold; markers: threshold {} in use", findings.shown_threshold());
    draw_heading(&mut scene, "ROC: copies found and independent answers flagged", &subtitle);
    let plane = square(0.0, 1.0);
    let ticks = percent_ticks(1.0, 5);
    let titles = ("false-positive rate (independent responses)", "true-positive rate (copies)");
    plane.draw_scales(&mut scene, (&ticks, titles.0), (&ticks, titles.1));
    plane.draw_line(&mut scene, [(0.0, 0.0), (1.0, 1.0)].into_iter(), BACKGROUND_LINE, 2);
    // The hardest kinds last, hence on top of those that run along the edge.
    for (index, named) in curves.iter().enumerate() {
        let corners = named.curve.corners().into_iter().map(|point| (point.fpr(), point.tpr()));
        plane.draw_line(&mut scene, corners, category(index), 4);
    }
    for (index, named) in curves.iter().enumerate() {
        let point = named.curve.at(limit);
        scene.add(marker(index, plane.point((point.fpr(), point.tpr())), category(index)));
    }
    let left = plane.frame.right + 50;
    scene.write(Words::new("copies: area under the line (AUC)", (left, plane.frame.top + 10), SMALL).ink(FAINT_INK));
    draw_legend(&mut scene, (left, plane.frame.top + 60), &keys(curves));
    let y = plane.frame.top + 60 + 44 * curves.len() as i32;
    scene.rule((left, y), (left + 50, y), BACKGROUND_LINE, 2);
    scene.write(Words::new("chance: 0.5", (left + 66, y + SMALL * 3 / 8), SMALL));
    scene
}

fn keys(curves: &[NamedCurve]) -> Vec<Key> {
    let key = |(index, named): (usize, &NamedCurve)| Key {
        ink: category(index),
        marker: index,
        label: format!("{}: {}", named.label, decimal(Some(named.curve.auc()), 4)),
    };
    curves.iter().enumerate().map(key).collect()
}

//! The false-positive rate over the threshold, on a logarithmic scale, a line with its band for each unit; the target
//! and the thresholds are marked.

use plotters::style::RGBColor;

use crate::judge::calibration::{Class, CurveRow, Part, ThresholdKind, ThresholdRow, Unit};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::words::{measured, percent, shown_threshold};
use crate::report::numbers::counted;
use crate::report::plots::axis::{Frame, SMALL, draw_heading, draw_nothing, round_ticks};
use crate::report::plots::palette::{ALERT, FAINT_INK, INK, category, tint};
use crate::report::plots::plane::{LINE_HEIGHT, Mark, Plane, draw_dashes, percent_decades};
use crate::report::plots::scene::{Point, Scene, Shape, Words};
use crate::stats::Interval;

const SIZE: (u32, u32) = (1840, 1160);

/// The plot.
pub(super) fn scene(findings: &CalibrationFindings) -> Scene {
    let mut scene = Scene::new(SIZE, "False-positive rate over the threshold for pairs, responses and minibatches");
    draw_heading(&mut scene, "False-positive rate at every threshold", &subtitle(findings));
    let curve = &findings.calibration.curve;
    if curve.iter().all(|row| row.rate.counts.trials() == 0) {
        draw_nothing(&mut scene, "there is no independent response");
        return scene;
    }
    let marks = marks(findings);
    let plane = plane(&scene, findings, &marks);
    draw_scales(&mut scene, &plane);
    // Where lines or bands coincide, the wider ones of larger units stay visible behind the others.
    let rows = Unit::ALL.map(|unit| (unit, rows(curve, &plane, unit)));
    rows.iter().rev().for_each(|(unit, rows)| draw_band(&mut scene, &plane, rows, colour(*unit)));
    for ((unit, rows), width) in rows.iter().rev().zip([8, 6, 3]) {
        // A line that has reached the bottom does not run along it.
        let flagged = rows.iter().filter(|row| row.rate.counts.events() > 0).count();
        let line = rows.iter().take(flagged + 1).map(|row| (row.rate.threshold, exponent(row.rate.counts.rate())));
        plane.draw_line(&mut scene, line, colour(*unit), width);
    }
    draw_target(&mut scene, &plane, findings.calibration.spec.target_fpr);
    plane.draw_marks(&mut scene, &marks);
    draw_key(&mut scene, &plane, findings);
    scene
}

fn subtitle(findings: &CalibrationFindings) -> String {
    let confidence = percent(findings.calibration.spec.bootstrap.confidence);
    let requests = counted(findings.requests.len(), "request");
    format!(
        "Band: {confidence} % confidence for a whole line, {requests}. A line that leaves at the bottom: no flag was seen"
    )
}

/// Each unit has its colour, in the marks of thresholds as well.
fn colour(unit: Unit) -> RGBColor {
    match unit {
        Unit::Pair => category(2),
        Unit::Response => category(0),
        Unit::Minibatch => category(1),
    }
}

/// The place of a rate on the scale: its exponent of ten, −∞ for 0.
fn exponent(rate: Option<f64>) -> f64 {
    rate.unwrap_or(0.0).log10()
}

/// The rows of a unit that lie on the scale.
fn rows<'a>(curve: &'a [CurveRow], plane: &Plane, unit: Unit) -> Vec<&'a CurveRow> {
    let shown = curve.iter().filter(|row| row.rate.unit == unit && row.rate.threshold >= plane.first - 1e-9);
    shown.filter(|row| row.rate.counts.trials() > 0).collect()
}

fn plane(scene: &Scene, findings: &CalibrationFindings, marks: &[Mark]) -> Plane {
    let first = first_threshold(findings);
    let rates = findings.calibration.curve.iter().filter_map(|row| row.rate.counts.rate()).filter(|rate| *rate > 0.0);
    let smallest = rates.fold(0.1, f64::min).min(findings.calibration.spec.target_fpr).max(1e-6);
    let low = (smallest.log10() - 0.05).floor();
    let bottom = Frame::bottom_above_counts(scene);
    let frame = Frame { left: 190, top: 140, right: 1480, bottom, low, high: 0.0 };
    let plane = Plane { frame, first, last: 1.0 };
    let top = frame.top + LINE_HEIGHT * plane.lines_for(marks);
    Plane { frame: Frame { top, ..frame }, ..plane }
}

/// Where the scale begins: the last tenth at which at least half of the minibatches are flagged and that no threshold
/// lies below.
fn first_threshold(findings: &CalibrationFindings) -> f64 {
    let found = &findings.calibration;
    let lowest = found.thresholds.iter().filter_map(|row| row.threshold).fold(1.0, f64::min);
    let is_high = |at: f64| {
        let mut rates = found.curve.iter().map(|row| &row.rate);
        let here = rates.find(|row| row.unit == Unit::Minibatch && (row.threshold - at).abs() < 1e-9);
        here.and_then(|row| row.counts.rate()).is_some_and(|rate| rate >= 0.5)
    };
    [0.9, 0.8, 0.7, 0.6].into_iter().find(|&at| at + 0.02 <= lowest && is_high(at)).unwrap_or(0.5)
}

fn draw_scales(scene: &mut Scene, plane: &Plane) {
    let upwards = percent_decades(plane.frame.low as i32, 0);
    let across = round_ticks(plane.first, plane.last, 10);
    plane.draw_scales(scene, (&across, "threshold (flagged: penalty above it)"), (&upwards, "false-positive rate"));
}

fn draw_band(scene: &mut Scene, plane: &Plane, rows: &[&CurveRow], ink: RGBColor) {
    let ends: Vec<(f64, Interval)> = rows.iter().filter_map(|row| Some((row.rate.threshold, row.band?))).collect();
    let edge = |read: fn(&Interval) -> f64| -> Vec<Point> {
        let place = |interval| exponent(Some(read(interval))).max(plane.frame.low);
        ends.iter().map(|(at, interval)| plane.point((*at, place(interval)))).collect()
    };
    let (upper, lower) = (edge(|interval| interval.high), edge(|interval| interval.low));
    if ends.len() > 1 {
        let corners = upper.iter().chain(lower.iter().rev()).copied().collect();
        scene.add(Shape::Patch { corners, fill: tint(ink, 0.2) });
        // Edges tell bands apart that lie over each other.
        let edges = [upper, lower].map(|points| Shape::Line { points, ink: tint(ink, 0.5), width: 2 });
        edges.into_iter().for_each(|edge| scene.add(edge));
    }
}

fn draw_target(scene: &mut Scene, plane: &Plane, target: f64) {
    let y = plane.frame.y(exponent(Some(target)));
    draw_dashes(scene, (plane.frame.left, y), plane.frame.right, ALERT);
    let below = y - plane.frame.top < 2 * LINE_HEIGHT;
    let at = (plane.frame.left + 16, if below { y + SMALL + 6 } else { y - 12 });
    scene.write(Words::new(format!("target {} %", percent(target)), at, SMALL).ink(ALERT));
}

/// The thresholds, ascending.
fn marks(findings: &CalibrationFindings) -> Vec<Mark> {
    let mark = |row: &ThresholdRow| {
        let at = row.threshold?;
        let kind = if row.kind == ThresholdKind::Given && findings.calibration.spec.threshold.is_none() {
            "preset".into()
        } else {
            row.unit.map_or_else(|| row.kind.name().into(), |unit| format!("{} ({unit})", row.kind.name()))
        };
        let label = format!("{} {kind}{}", shown_threshold(row)?, if row.in_use { ", in use" } else { "" });
        let ink = if row.in_use { INK } else { row.unit.map_or(FAINT_INK, colour) };
        Some(Mark { at, label, ink, bold: row.in_use })
    };
    let mut marks: Vec<Mark> = findings.calibration.thresholds.iter().filter_map(mark).collect();
    marks.sort_by(|a, b| a.at.total_cmp(&b.at));
    marks
}

/// The units, highest rate first, with their rates at the threshold in use.
fn draw_key(scene: &mut Scene, plane: &Plane, findings: &CalibrationFindings) {
    let (left, top) = (plane.frame.right + 40, plane.frame.top + 10);
    let limit = findings.calibration.threshold();
    scene.write(Words::new(format!("rate at {}", findings.shown_threshold()), (left, top), SMALL).ink(FAINT_INK));
    for (unit, y) in Unit::ALL.into_iter().rev().zip((top + 50..).step_by(44)) {
        let row = findings.rate_at(limit, unit, Class::Independent, Part::All);
        let rate =
            row.and_then(|row| row.counts.rate()).map_or_else(|| "–".into(), |rate| format!("{} %", measured(rate)));
        scene.add(Shape::Block { from: (left, y - 14), to: (left + 50, y + 14), fill: tint(colour(unit), 0.2) });
        scene.rule((left, y), (left + 50, y), colour(unit), 4);
        scene.write(Words::new(format!("{unit}: {rate}"), (left + 66, y + SMALL * 3 / 8), SMALL));
    }
}

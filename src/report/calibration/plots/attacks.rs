//! The share of copies that is flagged at the threshold in use: kinds without a strength side by side, the others as
//! lines over the share of the text that they change, each with exact intervals.

use plotters::style::RGBColor;

use super::percent_ticks;
use crate::excerpt::{escaped, keep_start};
use crate::judge::calibration::Detection;
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::{attack_label, kind};
use crate::report::plots::axis::{Frame, SMALL, TEXT, draw_heading, draw_title_beside, stride, widest};
use crate::report::plots::palette::{CATEGORIES, FAINT_INK, category};
use crate::report::plots::plane::{Plane, apart, marker};
use crate::report::plots::scene::{Align, Point, Scene, Shape, Words};
use crate::stats::Interval;

const SIZE: (u32, u32) = (1840, 1160);
const LEFT: i32 = 190;
/// Width that one kind without a strength takes.
const SLOT: i32 = 90;
const TOP: i32 = 150;

/// The detections of one kind of copies.
struct Course<'a> {
    name: String,
    rows: Vec<&'a Detection>,
}

/// The plot.
pub(super) fn scene(findings: &CalibrationFindings) -> Scene {
    let mut scene = Scene::new(SIZE, "Share of copies that is flagged, by attack and strength");
    let subtitle = format!("At threshold {}; vertical lines: intervals, exact by request", findings.shown_threshold());
    draw_heading(&mut scene, "Copies found by attack", &subtitle);
    let (plain, courses) = courses(findings);
    let split = if courses.is_empty() { 1800 } else { (LEFT + SLOT * plain.len() as i32).min(1000) };
    let frame = Frame { left: LEFT, top: TOP, right: split, bottom: bottom(&plain), low: 0.0, high: 1.0 };
    draw_title_beside(&mut scene, (TOP + frame.bottom) / 2, "share of copies that is flagged");
    if !plain.is_empty() {
        draw_plain(&mut scene, &frame, &plain);
    }
    if !courses.is_empty() {
        let left = if plain.is_empty() { LEFT } else { split + 110 };
        draw_courses(&mut scene, Frame { left, right: 1420, ..frame }, &courses);
    }
    scene
}

/// Kinds without a strength, and kinds with one, at most as many as have a colour; ascending strengths.
fn courses(findings: &CalibrationFindings) -> (Vec<&Detection>, Vec<Course<'_>>) {
    let shown = findings.calibration.detections.iter().filter(|row| row.counts.trials() > 0);
    let (plain, graded): (Vec<_>, Vec<_>) = shown.partition(|row| row.strength.is_none());
    let mut courses: Vec<Course<'_>> = Vec::new();
    for row in graded {
        match courses.iter_mut().find(|course| kind(&course.rows[0].attack) == kind(&row.attack)) {
            Some(course) => course.rows.push(row),
            None => courses.push(Course { name: keep_start(&escaped(kind(&row.attack)), 22), rows: vec![row] }),
        }
    }
    courses.iter_mut().for_each(|course| course.rows.sort_by(|a, b| strength(a).total_cmp(&strength(b))));
    (plain, courses)
}

fn strength(row: &Detection) -> f64 {
    row.strength.unwrap_or(0.0)
}

fn rate(row: &Detection) -> f64 {
    row.counts.rate().unwrap_or(0.0)
}

fn labels(plain: &[&Detection]) -> Vec<String> {
    plain.iter().map(|row| keep_start(&attack_label(&row.attack, None), 22)).collect()
}

fn bottom(plain: &[&Detection]) -> i32 {
    let widest = widest(&labels(plain));
    SIZE.1 as i32 - 94 - widest.max(SMALL)
}

/// Kinds without a strength in their slots, with turned labels below.
fn draw_plain(scene: &mut Scene, frame: &Frame, plain: &[&Detection]) {
    frame.draw_rungs(scene, &percent_ticks(1.0, 5));
    let labels = labels(plain);
    let every = stride(SMALL + 6, frame.slot_width(plain.len()));
    for (index, row) in plain.iter().enumerate() {
        let x = frame.slot(index, plain.len());
        draw_point(scene, frame, (x, frame.y(rate(row))), row.quoted.map(|quoted| quoted.interval), 0, FAINT_INK);
        if index % every == 0 {
            let at = (x + SMALL * 3 / 8, frame.bottom + 14);
            scene.write(Words::new(&labels[index], at, SMALL).align(Align::End).turned());
        }
    }
}

/// Kinds with a strength as lines, named at their right ends.
fn draw_courses(scene: &mut Scene, frame: Frame, courses: &[Course<'_>]) {
    let strengths = courses.iter().flat_map(|course| &course.rows).map(|row| strength(row));
    let last = strengths.fold(0.0, f64::max);
    let plane = Plane { frame, first: 0.0, last: if last > 0.0 { last * 1.04 } else { 1.0 } };
    plane.frame.draw_rungs(scene, &percent_ticks(1.0, 5));
    plane.draw_across(scene, &percent_ticks(plane.last, 8));
    let at = ((frame.left + frame.right) / 2, frame.bottom + 14 + 2 * SMALL + 30);
    scene.write(Words::new("strength: share of the text that is changed", at, TEXT).align(Align::Middle));
    let shown = &courses[..courses.len().min(CATEGORIES.len())];
    for (index, course) in shown.iter().enumerate() {
        draw_course(scene, &plane, course, index, shown.len());
    }
    draw_names(scene, &plane, shown, courses.len() - shown.len());
}

/// Intervals of different kinds at one strength stand beside each other.
fn draw_course(scene: &mut Scene, plane: &Plane, course: &Course<'_>, index: usize, count: usize) {
    let aside = 7 * (2 * index as i32 - count as i32 + 1) / 2;
    let place = |row: &Detection| {
        let (x, y) = plane.point((strength(row), rate(row)));
        (x + aside, y)
    };
    let points: Vec<Point> = course.rows.iter().map(|row| place(row)).collect();
    for (row, point) in course.rows.iter().zip(&points) {
        draw_point(scene, &plane.frame, *point, row.quoted.map(|quoted| quoted.interval), index, category(index));
    }
    if points.len() > 1 {
        scene.add(Shape::Line { points, ink: category(index), width: 3 });
    }
}

fn draw_point(
    scene: &mut Scene,
    frame: &Frame,
    (x, y): Point,
    interval: Option<Interval>,
    index: usize,
    ink: RGBColor,
) {
    if let Some(ends) = interval {
        scene.rule((x, frame.y(ends.low)), (x, frame.y(ends.high)), ink, 3);
    }
    scene.add(marker(index, (x, y), ink));
}

/// The names of the lines beside their last points, moved apart where they would touch.
fn draw_names(scene: &mut Scene, plane: &Plane, shown: &[Course<'_>], others: usize) {
    let last = |course: &Course<'_>| course.rows.last().map_or(0.0, |row| rate(row));
    let wanted: Vec<i32> = shown.iter().map(|course| plane.frame.y(last(course))).collect();
    let heights = apart(&wanted, (plane.frame.top + 10, plane.frame.bottom - 50));
    let left = plane.frame.right + 24;
    for (index, (course, y)) in shown.iter().zip(heights).enumerate() {
        scene.add(marker(index, (left, y), category(index)));
        let text = Words::new(&course.name, (left + 22, y + SMALL * 3 / 8), SMALL).ink(category(index));
        scene.write(text);
    }
    if others > 0 {
        let text = format!("{others} more in attacks.parquet");
        scene.write(Words::new(text, (left, plane.frame.bottom + 4), SMALL).ink(FAINT_INK));
    }
}

//! Weights per step: a line per submission, the heaviest in colour with their own markers, the others in grey behind
//! them. A run of one step has no course to show: its weights stand side by side, each with its interval.

use plotters::style::RGBColor;

use crate::judge::wins::StepTable;
use crate::report::evaluation::{Evaluation, SubmissionOutcome};
use crate::report::numbers::{counted, decimal};
use crate::report::plots::axis::{Frame, SMALL, draw_heading, draw_nothing};
use crate::report::plots::palette::{BACKGROUND_LINE, CATEGORIES, FAINT_INK, category};
use crate::report::plots::plane::marker;
use crate::report::plots::scene::{Point, Scene, Shape, Words};
use crate::stats::Interval;

const SIZE: (u32, u32) = (1840, 1000);

/// Up to this many steps every value has a marker; beyond, only the last one.
const MARKED_STEPS: usize = 60;

/// More steps than this cannot be told apart, and would make the SVG needlessly long.
const DRAWN_STEPS: usize = 600;

/// The weights of one submission, heaviest first in the plot.
#[derive(Debug, Clone, PartialEq)]
struct Course {
    label: String,
    /// One per step.
    weights: Vec<f64>,
    /// Interval after the last step.
    interval: Option<Interval>,
}

impl Course {
    fn last(&self) -> f64 {
        self.weights.last().copied().unwrap_or(f64::NAN)
    }
}

/// The plot.
pub(super) fn scene(evaluation: &Evaluation) -> Scene {
    let mut scene = Scene::new(SIZE, "Weight of every submission after each step");
    let courses = courses(evaluation);
    let steps = &evaluation.judgement.steps;
    draw_heading(&mut scene, "Weight per step", &subtitle(steps));
    match steps.len() {
        _ if courses.is_empty() => draw_nothing(&mut scene, "there are no submissions"),
        0 => draw_nothing(&mut scene, "no step was judged"),
        1 => draw_single(&mut scene, &courses),
        count => draw_lines(&mut scene, &courses, count),
    }
    scene
}

fn subtitle(steps: &[StepTable]) -> String {
    match steps {
        [_] => "Weight after the only step; the vertical line is its bootstrap interval".into(),
        _ => format!("Moving-average weight after each of {} steps", steps.len()),
    }
}

/// Every submission's course, heaviest at the end first; ties in the run's order, NaN last.
fn courses(evaluation: &Evaluation) -> Vec<Course> {
    let steps = &evaluation.judgement.steps;
    let weight = |step: &StepTable, index: usize| step.weights.get(index).copied().unwrap_or(f64::NAN);
    let course = |(index, submission): (usize, &SubmissionOutcome)| Course {
        label: submission.uid.to_string(),
        weights: steps.iter().map(|step| weight(step, index)).collect(),
        interval: steps.last().and_then(|step| step.weight_intervals.get(index).copied().flatten()),
    };
    let mut courses: Vec<Course> = evaluation.submissions.iter().enumerate().map(course).collect();
    let key = |course: &Course| if course.last().is_nan() { f64::NEG_INFINITY } else { course.last() };
    courses.sort_by(|a, b| key(b).total_cmp(&key(a)));
    courses
}

/// A frame that holds every weight and interval; its bottom is still open.
fn frame(courses: &[Course], right: i32) -> Frame {
    let ends = courses.iter().filter_map(|course| Some(course.interval?.high));
    let values = courses.iter().flat_map(|course| course.weights.iter().copied()).chain(ends);
    let highest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let high = if highest > 0.0 { highest * 1.05 } else { 1.0 };
    Frame { left: 190, top: 140, right, bottom: 0, low: 0.0, high }
}

fn draw_single(scene: &mut Scene, courses: &[Course]) {
    let labels: Vec<String> = courses.iter().map(|course| course.label.clone()).collect();
    let frame = frame(courses, 1800);
    let frame = Frame { bottom: Frame::bottom_above_slots(scene, &labels, frame.slot_width(labels.len())), ..frame };
    frame.draw_scale(scene, "weight");
    frame.draw_slots(scene, &labels, "submission (uid), highest weight first");
    let radius = ((frame.slot_width(courses.len()) * 0.3) as i32).clamp(2, 10);
    for (index, course) in courses.iter().enumerate() {
        let x = frame.slot(index, courses.len());
        if let Some(interval) = course.interval.filter(|ends| ends.low.is_finite() && ends.high.is_finite()) {
            scene.rule((x, frame.y(interval.low)), (x, frame.y(interval.high)), category(4), 3);
        }
        if course.last().is_finite() {
            scene.add(Shape::Disc { centre: (x, frame.y(course.last())), radius, fill: category(0) });
        }
    }
}

fn draw_lines(scene: &mut Scene, courses: &[Course], steps: usize) {
    let frame = Frame { bottom: Frame::bottom_above_counts(scene), ..frame(courses, 1480) };
    frame.draw_scale(scene, "weight (moving average)");
    frame.draw_counts(scene, steps - 1, "step");
    let named = courses.len().min(CATEGORIES.len());
    for course in courses[named..].iter().rev() {
        draw_line(scene, &frame, course, BACKGROUND_LINE, 2);
    }
    for (rank, course) in courses[..named].iter().enumerate().rev() {
        draw_line(scene, &frame, course, category(rank), 4);
        let marked = if steps <= MARKED_STEPS { 0 } else { steps - 1 };
        for point in points(&frame, course).into_iter().filter(|(step, _)| *step >= marked) {
            scene.add(marker(rank, point.1, category(rank)));
        }
    }
    draw_legend(scene, &frame, courses, named);
}

/// The finite values of a course, each with its step; of very many steps, about [`DRAWN_STEPS`] and the last.
fn points(frame: &Frame, course: &Course) -> Vec<(usize, Point)> {
    let last = course.weights.len() - 1;
    // An odd stride, so that of competitions taking turns not only one is seen.
    let stride = if last < DRAWN_STEPS { 1 } else { (last / DRAWN_STEPS) | 1 };
    let drawn = course.weights.iter().enumerate().filter(|(step, _)| step % stride == 0 || *step == last);
    drawn
        .filter(|(_, weight)| weight.is_finite())
        .map(|(step, weight)| (step, (frame.count_x(step, last), frame.y(*weight))))
        .collect()
}

fn draw_line(scene: &mut Scene, frame: &Frame, course: &Course, ink: RGBColor, width: u32) {
    let points: Vec<Point> = points(frame, course).into_iter().map(|(_, point)| point).collect();
    if points.len() > 1 {
        scene.add(Shape::Line { points, ink, width });
    }
}

fn draw_legend(scene: &mut Scene, frame: &Frame, courses: &[Course], named: usize) {
    let left = frame.right + 40;
    scene.write(Words::new("uid: last weight", (left, frame.top + 10), SMALL).ink(FAINT_INK));
    for (rank, course) in courses[..named].iter().enumerate() {
        let y = frame.top + 60 + 44 * rank as i32;
        scene.rule((left, y), (left + 50, y), category(rank), 4);
        scene.add(marker(rank, (left + 25, y), category(rank)));
        let text = format!("{}: {}", course.label, decimal(Some(course.last()), 4));
        scene.write(Words::new(text, (left + 66, y + SMALL * 3 / 8), SMALL));
    }
    if courses.len() > named {
        let y = frame.top + 60 + 44 * named as i32;
        scene.rule((left, y), (left + 50, y), BACKGROUND_LINE, 3);
        let text = counted(courses.len() - named, "other");
        scene.write(Words::new(text, (left + 66, y + SMALL * 3 / 8), SMALL));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evaluation::testing;

    #[test]
    fn the_heaviest_come_first_and_nan_last() {
        let mut evaluation = testing::evaluation(4, 10, 2);
        evaluation.judgement.steps[1].weights = vec![0.1, f64::NAN, 0.3, 0.2];
        let order: Vec<_> = courses(&evaluation).into_iter().map(|course| course.label).collect();
        assert_eq!(order, ["7", "10", "1", "4"]);
    }

    #[test]
    fn very_many_steps_are_thinned_but_the_last_stays() {
        let frame = Frame { left: 0, top: 0, right: 1000, bottom: 100, low: 0.0, high: 1.0 };
        let mut weights = vec![0.25; 10_000];
        weights[9_999] = 0.5;
        let points = points(&frame, &Course { label: String::new(), weights, interval: None });
        assert!((500..1200).contains(&points.len()), "{}", points.len());
        assert_eq!((points[0].1, points[points.len() - 1]), ((0, 75), (9_999, (1000, 50))));
    }

    #[test]
    fn the_scale_holds_every_weight_and_interval() {
        let course = |weights: &[f64], high| Course {
            label: String::new(),
            weights: weights.to_vec(),
            interval: Some(Interval { low: 0.0, high }),
        };
        let scale = frame(&[course(&[0.2, 0.4], 0.9), course(&[f64::NAN], f64::INFINITY)], 1);
        assert!(scale.low == 0.0 && scale.high > 0.9 && scale.high < 1.0);
        assert_eq!(frame(&[course(&[0.0], 0.0)], 1).high, 1.0);
    }
}

//! The plots of an evaluation: losses as boxes, wins as a heat map, weights as lines over steps, or as dots where there
//! is only one step.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::pairs::Met;
use super::{Evaluation, Status, SubmissionOutcome};
use crate::judge::wins::StepTable;
use crate::report::numbers::{counted, decimal};
use crate::report::plots::axis::{Axis, Numbers};
use crate::report::plots::boxes::{Boxes, Group, Spread};
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::heat_map::{HeatMap, Scale, Side};
use crate::report::plots::lines::{Key, Lines, Look, Series, over_steps};
use crate::report::plots::palette::{BACKGROUND_LINE, CATEGORIES, category};
use crate::report::plots::{Kind, Plot};
use crate::stats::Interval;

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["losses", "wins", "weights"];

/// Height of the picture of weights.
const WEIGHTS_HEIGHT: i32 = 1000;

/// Describes every plot.
pub fn plots(evaluation: &Evaluation) -> Vec<Plot> {
    vec![losses(evaluation), wins(evaluation), weights(evaluation)]
}

/// The place of a competition among those of the rules.
fn place_of(evaluation: &Evaluation, competition: Option<&str>) -> Option<usize> {
    evaluation.rules.competitions.iter().position(|known| Some(known.id.as_str()) == competition)
}

fn losses(evaluation: &Evaluation) -> Plot {
    let mut boxes = spreads(evaluation);
    // Unknown means come last.
    boxes.sort_by(|a, b| a.mean().total_cmp(&b.mean()));
    let skipped = evaluation.submissions.len() - boxes.len();
    let skipped = if skipped > 0 { format!(" ({skipped} skipped)") } else { String::new() };
    Plot {
        name: "losses",
        caption: "Per-sample losses of every evaluated submission, lowest mean first.",
        title: "Loss per submission",
        subtitle: format!(
            "{}{skipped}, {}. Box: quartiles, line: median, diamond: mean, whiskers: 1.5 × interquartile range, \
             dots: outliers",
            counted(boxes.len(), "submission"),
            counted(boxes.iter().map(Spread::count).max().unwrap_or(0), "sample"),
        ),
        kind: match boxes.is_empty() {
            true => Kind::Nothing("no submission was evaluated"),
            false => Kind::Boxes(Boxes {
                upwards: "loss (nats per scored token)",
                slots: "submission (uid), lowest mean loss first",
                boxes,
                levels: vec![],
                groups: groups(evaluation),
            }),
        },
    }
}

/// The losses of every evaluated submission, in the run's order.
fn spreads(evaluation: &Evaluation) -> Vec<Spread> {
    let mut losses: Vec<Vec<f64>> = vec![Vec::new(); evaluation.submissions.len()];
    for loss in evaluation.losses() {
        losses[loss.submission].push(loss.outcome.loss);
    }
    let evaluated = evaluation.submissions.iter().zip(losses);
    let evaluated = evaluated.filter(|(submission, _)| submission.status == Status::Evaluated);
    let spread = |(submission, losses): (&SubmissionOutcome, Vec<f64>)| {
        let place = place_of(evaluation, submission.competition.as_deref());
        let ink = category(place.unwrap_or(evaluation.rules.competitions.len()));
        Spread::new(submission.uid.to_string(), ink, losses)
    };
    evaluated.map(spread).collect()
}

/// The colours of competitions, if there are several.
fn groups(evaluation: &Evaluation) -> Vec<Group> {
    let competitions = evaluation.rules.competitions.iter().enumerate();
    let groups = competitions.map(|(index, known)| Group { label: known.id.clone(), ink: category(index) });
    if groups.len() > 1 { groups.collect() } else { vec![] }
}

fn wins(evaluation: &Evaluation) -> Plot {
    let map = win_map(evaluation);
    Plot {
        name: "wins",
        caption: "How often each submission (row) won against each other (column), by competition, then win rate.",
        title: "Pairwise wins",
        subtitle: "Share of matches that the row won against the column".into(),
        kind: match map.rows.labels.is_empty() {
            true => Kind::Nothing("no two submissions were compared"),
            false => Kind::HeatMap(map),
        },
    }
}

/// The submissions that had a match, by competition, then by win rate from high to low.
fn win_map(evaluation: &Evaluation) -> HeatMap {
    let (pairs, size) = (&evaluation.judgement.pairs, evaluation.submissions.len());
    let rate = |row: usize| (0..size).map(|other| pairs.total(row, other)).fold(Met::default(), Met::and).share();
    let group = |row: usize| place_of(evaluation, evaluation.submissions[row].competition.as_deref());
    let mut order: Vec<usize> = (0..size).filter(|row| rate(*row).is_some()).collect();
    order.sort_by(|a, b| group(*a).cmp(&group(*b)).then(rate(*b).partial_cmp(&rate(*a)).unwrap_or(Ordering::Equal)));
    let labels: Vec<String> = order.iter().map(|row| evaluation.submissions[*row].uid.to_string()).collect();
    HeatMap {
        rows: Side { title: "submission (uid)", labels: labels.clone() },
        columns: Side { title: "opponent (uid)", labels },
        cells: order.iter().flat_map(|row| order.iter().map(|column| pairs.total(*row, *column).share())).collect(),
        scale: Scale::shares("lost all", "won all", "no match"),
    }
}

/// The weights of one submission, one per step, and the interval of the last.
#[derive(Debug, Clone, PartialEq)]
struct Course {
    label: String,
    weights: Vec<f64>,
    interval: Option<Interval>,
}

impl Course {
    fn last(&self) -> f64 {
        self.weights.last().copied().unwrap_or(f64::NAN)
    }
}

fn weights(evaluation: &Evaluation) -> Plot {
    let courses = courses(evaluation);
    let steps = evaluation.judgement.steps.len();
    Plot {
        name: "weights",
        caption: "The weight of every submission after each step.",
        title: "Weight per step",
        subtitle: match steps {
            1 => "Weight after the only step; the vertical line is its bootstrap interval".into(),
            _ => format!("Moving-average weight after each of {steps} steps"),
        },
        kind: match steps {
            _ if courses.is_empty() => Kind::Nothing("there are no submissions"),
            0 => Kind::Nothing("no step was judged"),
            1 => Kind::Dots(only_weights(&courses)),
            _ => Kind::Lines(weights_over_steps(&courses, steps)),
        },
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

/// An axis that holds every weight and interval.
fn axis(title: &str, courses: &[Course]) -> Axis {
    let ends = courses.iter().filter_map(|course| Some(course.interval?.high));
    Axis::around(title, courses.iter().flat_map(|course| course.weights.iter().copied()).chain(ends))
}

fn only_weights(courses: &[Course]) -> Dots {
    let dot = |course: &Course| Dot {
        label: course.label.clone(),
        value: course.last(),
        interval: course.interval,
        ink: category(0),
    };
    Dots {
        height: WEIGHTS_HEIGHT,
        upwards: axis("weight", courses),
        slots: "submission (uid), highest weight first",
        dots: courses.iter().map(dot).collect(),
        levels: vec![],
    }
}

/// The heaviest in colour with their own markers, the others in grey behind them.
fn weights_over_steps(courses: &[Course], steps: usize) -> Lines {
    let (named, others) = courses.split_at(courses.len().min(CATEGORIES.len()));
    let series = |look: Look, course: &Course| Series { look, spots: over_steps(&course.weights) };
    let grey = others.iter().rev().map(|course| series(Look::plain(BACKGROUND_LINE, 2), course));
    let coloured = named.iter().enumerate().rev().map(|(rank, course)| series(Look::category(rank), course));
    let key = |(rank, course): (usize, &Course)| {
        let label = format!("{}: {}", course.label, decimal(Some(course.last()), 4));
        Key { look: Look::category(rank), label }
    };
    let mut keys: Vec<Key> = named.iter().enumerate().map(key).collect();
    if !others.is_empty() {
        keys.push(Key { look: Look::plain(BACKGROUND_LINE, 3), label: counted(others.len(), "other") });
    }
    Lines {
        height: WEIGHTS_HEIGHT,
        across: Axis { numbers: Numbers::Whole, ticks: 12, ..Axis::linear("step", 0.0, (steps - 1) as f64) },
        upwards: axis("weight (moving average)", courses),
        series: grey.chain(coloured).collect(),
        header: "uid: last weight".into(),
        keys,
        ..Lines::default()
    }
}

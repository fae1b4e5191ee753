//! The plots of replayed contenders: how policies fare, how they share requests out, what contenders weigh, and how much
//! one task's history tells of another's.

use super::ContendersReplay;
use crate::excerpt::{escaped, keep_start};
use crate::judge::contenders::policies::POLICIES;
use crate::judge::contenders::{PolicyRow, WeightRow};
use crate::report::hotkeys::{self, HotkeyWeight};
use crate::report::numbers::counted;
use crate::report::plots::axis::Axis;
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::heat_map::{HeatMap, Scale, Side};
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::category;
use crate::report::plots::{Kind, Plot};
use crate::report::what_if;

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["success", "shares", "weights", "similarity", what_if::PLOT];

/// Height of the pictures.
const HEIGHT: i32 = 1000;
/// Height of a square one.
const SQUARE: i32 = 1160;
/// Characters of a task that are drawn.
const SHOWN: usize = 16;
/// Tasks of the heat map at most.
const MOST_TASKS: usize = 40;

/// Describes every plot that there is data for.
pub(super) fn plots(replay: &ContendersReplay) -> Vec<Plot> {
    let has_replayed = replay.judged.policies.iter().any(|row| row.fared.requests > 0);
    let has_weights = !replay.judged.weights.is_empty();
    let has_pairs = replay.judged.similarities.iter().any(|row| row.similarity.is_some());
    [
        has_replayed.then(|| success(replay)),
        has_replayed.then(|| shares(replay)),
        has_weights.then(|| weights(replay)),
        has_pairs.then(|| similarity(replay)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The share of successes by policy.
fn success(replay: &ContendersReplay) -> Plot {
    let rate = |row: &PolicyRow| row.fared.rates().success;
    let dot = |(index, row): (usize, &PolicyRow)| {
        let rate = rate(row)?;
        Some(Dot {
            label: POLICIES[row.policy].name().to_owned(),
            value: rate.value,
            interval: rate.interval,
            ink: category(index),
        })
    };
    let dots: Vec<Dot> = replay.judged.policies.iter().enumerate().filter_map(dot).collect();
    let ends = dots.iter().flat_map(|dot| [dot.value, dot.interval.map_or(dot.value, |ends| ends.low)]);
    let ends: Vec<f64> = ends.chain(dots.iter().filter_map(|dot| Some(dot.interval?.high))).collect();
    Plot {
        name: "success",
        caption: "The share of the requests with a known outcome that succeed, by the policy that would have tried the same \
                  contender first, with intervals over windows of time.",
        title: "Success by policy",
        subtitle: counted(replay.recording.requests.len(), "request"),
        kind: Kind::Dots(Dots {
            height: HEIGHT,
            upwards: Axis::around("share with status 200", ends.into_iter()),
            slots: "policy",
            dots,
            levels: Vec::new(),
        }),
    }
}

/// The shares of requests that go to the least asked contenders.
fn shares(replay: &ContendersReplay) -> Plot {
    let series = |(index, row): (usize, &PolicyRow)| Series {
        look: Look { marker: None, ..Look::category(index) },
        spots: row.fared.lorenz().into_iter().map(|[x, y]| Spot::new(x, y)).collect(),
    };
    let key = |(index, row): (usize, &PolicyRow)| Key {
        look: Look { marker: None, ..Look::category(index) },
        label: POLICIES[row.policy].name().to_owned(),
    };
    let policies = || replay.judged.policies.iter().enumerate();
    Plot {
        name: "shares",
        caption: "The share of all requests that would have gone to the least asked contenders of all tasks, by policy; the \
                  diagonal is an equal share for each.",
        title: "How requests are shared out",
        subtitle: counted(replay.recording.requests.len(), "request"),
        kind: Kind::Lines(Lines {
            height: SQUARE,
            is_square: true,
            across: unit("share of the contenders, the least asked first"),
            upwards: unit("share of the requests"),
            series: policies().map(series).collect(),
            header: "policy".into(),
            keys: policies().map(key).collect(),
            ..Lines::default()
        }),
    }
}

fn unit(title: &str) -> Axis {
    Axis { title: title.to_owned(), low: 0.0, high: 1.0, ticks: 6, ..Axis::default() }
}

/// The greatest weights.
fn weights(replay: &ContendersReplay) -> Plot {
    let row = |row: &WeightRow| HotkeyWeight { hotkey: replay.hotkey(row.hotkey), weight: row.weight };
    let rows: Vec<HotkeyWeight<'_>> = super::tables::by_weight(replay).into_iter().map(row).collect();
    hotkeys::weights(&rows, "The weight of every hotkey with its interval over windows of time.")
}

/// How much one task's history tells of another's.
fn similarity(replay: &ContendersReplay) -> Plot {
    let tasks: Vec<u32> = (0..replay.recording.tasks.len() as u32).take(MOST_TASKS).collect();
    let mut cells = vec![None; tasks.len() * tasks.len()];
    for row in &replay.judged.similarities {
        let (left, right) = (row.left as usize, row.right as usize);
        if let (true, Some(similarity)) = (left.max(right) < tasks.len(), row.similarity) {
            cells[left * tasks.len() + right] = Some(similarity.value);
        }
    }
    let label = |&task: &u32| keep_start(&escaped(replay.task(task)), SHOWN);
    let labels: Vec<String> = tasks.iter().map(label).collect();
    Plot {
        name: "similarity",
        caption: "The share of the right task's period scores that makes up the left's on the same node, for each pair of tasks.",
        title: "Similarity of tasks by the history",
        subtitle: counted(replay.recording.tasks.len(), "task"),
        kind: Kind::HeatMap(HeatMap {
            rows: Side { title: "left task, which borrows", labels: labels.clone() },
            columns: Side { title: "right task, which lends", labels },
            cells,
            scale: Scale::shares("nothing", "all of it", "none"),
        }),
    }
}

//! The plots of a replayed schedule, all over time: what runs, what memory that takes, and what waits.

use super::tables::{bytes, workers};
use super::{Part, ScheduleReplay, Told};
use crate::judge::schedule::Load;
use crate::report::plots::axis::{Axis, Scale};
use crate::report::plots::frame::Mark;
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::ALERT;
use crate::report::plots::{Kind, Plot};
use crate::report::what_if;

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["concurrency", "memory", "backlog", what_if::PLOT];

/// Height of the pictures.
const HEIGHT: i32 = 1000;
/// The parts of the story that are drawn.
const DRAWN: [Part; 3] = [Part::Before, Part::After, Part::FirstVersion];
/// Hours that are drawn at most.
const MOST_HOURS: f64 = 4.0;
/// Bytes of a GiB.
const GIB: f64 = (1_u64 << 30) as f64;

/// Describes every plot; none without a policy.
pub(super) fn plots(replay: &ScheduleReplay) -> Vec<Plot> {
    if replay.policies.is_empty() {
        return Vec::new();
    }
    let memory = replay.memory.at(1.0).is_some().then(|| memory(replay));
    std::iter::once(concurrency(replay)).chain(memory).chain([backlog(replay)]).collect()
}

/// Hours that are drawn, from the first one on: loops of a whole day could not be told apart.
fn drawn_hours(replay: &ScheduleReplay) -> f64 {
    (replay.horizon / 3600.0).min(MOST_HOURS)
}

/// How much of the run is drawn, in words.
fn drawn_part(replay: &ScheduleReplay) -> String {
    let hours = drawn_hours(replay);
    if hours * 3600.0 < replay.horizon { format!(". The first {hours} hours") } else { String::new() }
}

/// A line for each part of the story.
fn lines(
    replay: &ScheduleReplay,
    levels: Vec<Mark>,
    upwards: impl Fn(&mut dyn Iterator<Item = f64>) -> Axis,
    read: impl Fn(&Load) -> f64,
) -> Kind {
    let drawn: Vec<&Told> = DRAWN.into_iter().filter_map(|part| replay.part(part)).collect();
    let series = |(index, told): (usize, &&Told)| Series {
        look: Look { marker: None, ..Look::category(index) },
        spots: told
            .found
            .loads
            .iter()
            .map(|load| Spot::new(load.second / 3600.0, read(load)))
            .take_while(|spot| spot.x <= drawn_hours(replay))
            .collect(),
    };
    let key = |(index, told): (usize, &&Told)| Key {
        look: Look { marker: None, ..Look::category(index) },
        label: format!("{}: {}", told.part.name(), workers(told.found.policy.workers)),
    };
    let all: Vec<Series> = drawn.iter().enumerate().map(series).collect();
    let mut values =
        all.iter().flat_map(|one| &one.spots).map(|spot| spot.y).chain(levels.iter().map(|level| level.at));
    Kind::Lines(Lines {
        height: HEIGHT,
        across: Axis::linear("hours", 0.0, drawn_hours(replay)),
        upwards: upwards(&mut values),
        keys: drawn.iter().enumerate().map(key).collect(),
        levels,
        header: "policy".into(),
        series: all,
        ..Lines::default()
    })
}

fn concurrency(replay: &ScheduleReplay) -> Plot {
    Plot {
        name: "concurrency",
        caption: "How many batches run at once over time, under each policy.",
        title: "Batches at once",
        subtitle: format!("Every batch that runs holds a workspace of the embedder{}", drawn_part(replay)),
        kind: lines(replay, Vec::new(), |values| Axis::around("batches that run", values), |load| load.running as f64),
    }
}

fn memory(replay: &ScheduleReplay) -> Plot {
    let limit = replay.memory.device_bytes as f64;
    let taken =
        |load: &Load| replay.memory.at(load.running as f64).map_or(f64::NAN, |taken| taken.estimate.value / GIB);
    Plot {
        name: "memory",
        caption: "What memory so many batches take over time, by the measured calls, beside that of the device.",
        title: "Memory",
        subtitle: format!("Were every batch that runs in a call at the same time{}", drawn_part(replay)),
        kind: lines(
            replay,
            vec![Mark::new(limit / GIB, format!("the device: {}", bytes(limit)), ALERT)],
            by_powers,
            taken,
        ),
    }
}

/// An axis of GiB by powers of ten: what a pool takes and what a device has may be far apart.
fn by_powers(values: &mut dyn Iterator<Item = f64>) -> Axis {
    let values: Vec<f64> = values.filter(|value| *value > 0.0).collect();
    let low = values.iter().copied().fold(f64::MAX, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    Axis { scale: Scale::Log10, ..Axis::linear("GiB", 10f64.powf(low.log10().floor()), high * 1.5) }
}

fn backlog(replay: &ScheduleReplay) -> Plot {
    Plot {
        name: "backlog",
        caption: "How many batches wait for a worker over time, under each policy.",
        title: "Batches that wait",
        subtitle: format!("A thread for each batch never lets one wait{}", drawn_part(replay)),
        kind: lines(replay, Vec::new(), |values| Axis::around("batches that wait", values), |load| load.waiting as f64),
    }
}

//! The plots of replayed ComputeHorde scores: weights, what passes at which timeout, weights under the class weights of
//! production, checks of sampled prompts, and what copied weights lose.

use super::HordeReplay;
use super::tables::by_weight;
use crate::excerpt::escaped;
use crate::judge::horde::{CheckRow, CopierRow, MinerRow, PassRow};
use crate::report::hotkeys::{self, HotkeyWeight};
use crate::report::numbers::counted;
use crate::report::plots::axis::{Axis, Numbers, Scale};
use crate::report::plots::frame::Mark;
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::FAINT_INK;
use crate::report::plots::{Kind, Plot};
use crate::report::what_if;

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["weights", "timeouts", "trajectory", "checks", "copier", what_if::PLOT];

/// Height of the pictures.
const HEIGHT: i32 = 1000;
/// Hotkeys whose weights are drawn as lines at most.
const MOST_LINES: usize = 7;

/// A line of values.
struct Line {
    label: String,
    spots: Vec<Spot>,
}

/// Describes every plot that there is data for.
pub(super) fn plots(replay: &HordeReplay) -> Vec<Plot> {
    let found = &replay.found;
    let has_miners = !found.miners.is_empty();
    [
        has_miners.then(|| weights(replay)),
        (!found.pass_rates.is_empty()).then(|| timeouts(replay)),
        (has_miners && found.trajectory.len() > 1).then(|| trajectory(replay)),
        (!found.checks.is_empty()).then(|| checks(replay)),
        (found.copier.rows.len() > 1).then(|| copier(replay)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The greatest weights.
fn weights(replay: &HordeReplay) -> Plot {
    let row = |row: &MinerRow| HotkeyWeight { hotkey: replay.hotkey(row.hotkey), weight: row.weight };
    let rows: Vec<HotkeyWeight<'_>> = by_weight(replay).into_iter().map(row).collect();
    hotkeys::weights(&rows, "The weight of every hotkey over all batches, with its interval over batches.")
}

/// Lines with the looks of categories.
fn lines(all: Vec<Line>, header: &str, has_band: bool) -> Lines {
    let look = |index: usize| Look { marker: None, has_band, ..Look::category(index) };
    let keys = all.iter().enumerate().map(|(index, line)| Key { look: look(index), label: line.label.clone() });
    let keys = keys.collect();
    let series = all.into_iter().enumerate().map(|(index, line)| Series { look: look(index), spots: line.spots });
    Lines { height: HEIGHT, series: series.collect(), header: header.to_owned(), keys, ..Lines::default() }
}

fn shares(title: &str) -> Axis {
    Axis { ticks: 6, ..Axis::linear(title, 0.0, 1.0) }
}

/// What passes at which timeout, by class.
fn timeouts(replay: &HordeReplay) -> Plot {
    let rows = &replay.found.pass_rates;
    let spot = |row: &PassRow| {
        let rate = row.rate?;
        Some(Spot { x: row.timeout, y: rate.value, band: rate.interval })
    };
    let of_class = |chunk: &[PassRow]| Line {
        label: chunk.first().map_or_else(String::new, |row| escaped(replay.class(row.class))),
        spots: chunk.iter().filter_map(spot).collect(),
    };
    let all = rows.chunk_by(|one, other| one.class == other.class).map(of_class).collect();
    let last = rows.iter().map(|row| row.timeout).fold(1.0, f64::max);
    let mut marks: Vec<Mark> = Vec::new();
    for row in rows.iter().filter(|row| row.is_of_rules) {
        if marks.iter().all(|mark| mark.at != row.timeout) {
            marks.push(Mark::new(row.timeout, format!("{} s", row.timeout), FAINT_INK));
        }
    }
    marks.sort_by(|one, other| one.at.total_cmp(&other.at));
    Plot {
        name: "timeouts",
        caption: "The share of the checks that ended which are right and within a timeout, by class, with intervals over \
                  batches; marked are the timeouts of the rules.",
        title: "What passes at which timeout",
        subtitle: counted(replay.recording.jobs.len(), "job"),
        kind: Kind::Lines(Lines {
            across: Axis::linear("timeout in seconds", 0.0, last),
            upwards: shares("share that passes"),
            marks,
            ..lines(all, "class", true)
        }),
    }
}

/// The greatest weights under the class weights of production.
fn trajectory(replay: &HordeReplay) -> Plot {
    let steps = &replay.found.trajectory;
    let line = |row: &&MinerRow| {
        let weight = |hotkey: usize, place: usize| steps[place].weights.get(hotkey).copied().unwrap_or(0.0);
        let spot = |place: usize| Spot::new(place as f64, weight(row.hotkey as usize, place));
        Line { label: hotkeys::short(replay.hotkey(row.hotkey)), spots: (0..steps.len()).map(spot).collect() }
    };
    let all: Vec<Line> = by_weight(replay).iter().take(MOST_LINES).map(line).collect();
    let values: Vec<f64> = all.iter().flat_map(|line| &line.spots).map(|spot| spot.y).collect();
    let last = (steps.len() - 1) as f64;
    let named = |place: usize| steps.get(place).map_or("", |step| step.change.from);
    Plot {
        name: "trajectory",
        caption: "Weights of the hotkeys that lead by the run's own rules, under each of the class weights of production.",
        title: "Weights under the class weights of production",
        subtitle: format!(
            "0: ahead of all changes; 1: from {} on; {last}: from {} on",
            named(1),
            named(steps.len() - 1)
        ),
        kind: Kind::Lines(Lines {
            across: Axis { numbers: Numbers::Whole, ..Axis::linear("change of the class weights", 0.0, last) },
            upwards: Axis::around("weight", values.into_iter()),
            ..lines(all, "hotkey", false)
        }),
    }
}

/// What sampling prompts tells.
fn checks(replay: &HordeReplay) -> Plot {
    let rows = &replay.found.checks;
    let line = |label: &str, read: fn(&CheckRow) -> f64| Line {
        label: label.to_owned(),
        spots: rows.iter().map(|row| Spot::new(f64::from(row.prompts), read(row))).collect(),
    };
    let all =
        vec![line("a cheat passes", |row| row.cheat_passes), line("an honest miner fails", |row| row.honest_fails)];
    let last = rows.last().map_or(10.0, |row| f64::from(row.prompts));
    Plot {
        name: "checks",
        caption: "How often a cheat passes a check of so many sampled prompts, and how often an honest miner fails it.",
        title: "Sampled prompts",
        subtitle: replay.spec.as_ref().map_or_else(String::new, |spec| {
            format!("Right answers of the cheat: {}; errors of the honest miner: {}", spec.cheat_share, spec.error_rate)
        }),
        kind: Kind::Lines(Lines {
            across: Axis { scale: Scale::Log10, ..Axis::linear("sampled prompts", 1.0, last) },
            upwards: shares("probability"),
            ..lines(all, "who", false)
        }),
    }
}

/// What copied weights lose.
fn copier(replay: &HordeReplay) -> Plot {
    let rows = &replay.found.copier.rows;
    let line = |label: &str, read: fn(&CopierRow) -> f64| Line {
        label: label.to_owned(),
        spots: rows.iter().map(|row| Spot::new(row.block as f64, read(row))).collect(),
    };
    let all = vec![line("as the rules have it", |row| row.loss), line("without the bonus", |row| row.without_bonus)];
    let values: Vec<f64> = rows.iter().flat_map(|row| [row.loss, row.without_bonus]).collect();
    let blocks = || rows.iter().map(|row| row.block as f64);
    let (first, last) = (blocks().fold(f64::MAX, f64::min), blocks().fold(f64::MIN, f64::max));
    Plot {
        name: "copier",
        caption: "The distance of weights that are an interval old from those that are due, with the bonus and without.",
        title: "What a copier of weights loses",
        subtitle: counted(rows.len() + 1, "interval"),
        kind: Kind::Lines(Lines {
            across: Axis::linear("block", first, last.max(first + 1.0)),
            upwards: Axis::around("distance", values.into_iter()),
            ..lines(all, "weights", false)
        }),
    }
}

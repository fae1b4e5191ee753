//! The plots of replayed rewards: what penalties take over the threshold, in all and from whom, and the emission of every
//! miner with and without.

use super::{RewardsReplay, tables, words};
use crate::judge::rewards::ThresholdRow;
use crate::report::numbers::{counted, decimal};
use crate::report::plots::axis::Axis;
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::frame::Mark;
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::{ALERT, CATEGORIES, FAINT_INK, INK};
use crate::report::plots::{Kind, Plot};
use crate::report::what_if;
use crate::stats::Estimate;

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["thresholds", "losers", "miners", what_if::PLOT];

/// Height of the pictures.
const HEIGHT: i32 = 1100;

/// Miners whose curves are drawn.
const DRAWN: usize = 7;

/// Describes every plot.
pub(super) fn plots(replay: &RewardsReplay) -> Vec<Plot> {
    if replay.judged.miners.is_empty() {
        return Vec::new();
    }
    vec![over_thresholds(replay), losers(replay), miners(replay)]
}

/// The thresholds that flag anything at all.
fn rows(replay: &RewardsReplay) -> impl Iterator<Item = &ThresholdRow> {
    replay.judged.thresholds.iter().filter(|row| row.threshold.is_finite())
}

fn across(replay: &RewardsReplay) -> Axis {
    let low = rows(replay).map(|row| row.threshold).fold(1.0, f64::min);
    Axis::linear("threshold (flagged: penalty above it)", low.min(0.99), 1.0)
}

fn threshold_mark(replay: &RewardsReplay) -> Vec<Mark> {
    let mark = |row: &ThresholdRow| Mark {
        bold: true,
        ..Mark::new(row.threshold, format!("threshold {}", row.threshold), INK)
    };
    words::chosen(replay).map(mark).into_iter().collect()
}

fn over_thresholds(replay: &RewardsReplay) -> Plot {
    let spot = |row: &ThresholdRow, one: Estimate| Spot { x: row.threshold, y: one.value, band: one.interval };
    let look = |index: usize| Look { has_band: true, ..Look::category(index) };
    let lost = Series { look: look(0), spots: rows(replay).map(|row| spot(row, row.lost)).collect() };
    let left = Series { look: look(1), spots: rows(replay).filter_map(|row| Some(spot(row, row.copiers?))).collect() };
    let mut series = vec![lost];
    let mut keys = vec![Key { look: look(0), label: "lost by independent".into() }];
    if !left.spots.is_empty() {
        series.push(left);
        keys.push(Key { look: look(1), label: "left to copiers".into() });
    }
    let values =
        series.iter().flat_map(|one| &one.spots).flat_map(|spot| [spot.y, spot.band.map_or(spot.y, |band| band.high)]);
    Plot {
        name: "thresholds",
        caption: "What penalties at each threshold take from independent miners that lose by them, and what they leave to \
                  miners that copy.",
        title: "Emission over the threshold",
        subtitle: format!(
            "{} over {}",
            counted(replay.uids.len(), "miner"),
            counted(replay.judged.rounds as usize, "loop")
        ),
        kind: Kind::Lines(Lines {
            height: HEIGHT,
            across: across(replay),
            upwards: Axis::around("share of the emission", values),
            series,
            marks: threshold_mark(replay),
            header: "emission".into(),
            keys,
            ..Lines::default()
        }),
    }
}

/// The curves of those who lose most at any threshold.
fn losers(replay: &RewardsReplay) -> Plot {
    let judged = &replay.judged;
    let lost = |place: usize, threshold: usize| {
        judged.emissions.last().map_or(0.0, |without| without[place] - judged.emissions[threshold][place])
    };
    let most = |place: usize| (0..judged.thresholds.len()).map(|threshold| lost(place, threshold)).fold(0.0, f64::max);
    let mut places: Vec<usize> = (0..replay.uids.len()).collect();
    places.sort_by(|one, other| most(*other).total_cmp(&most(*one)).then(one.cmp(other)));
    places.truncate(DRAWN);
    let series = |(index, &place): (usize, &usize)| Series {
        look: Look::category(index),
        spots: rows(replay)
            .enumerate()
            .map(|(threshold, row)| Spot::new(row.threshold, lost(place, threshold)))
            .collect(),
    };
    let key = |(index, &place): (usize, &usize)| {
        let copies = if judged.miners[place].is_copier { " (copies)" } else { "" };
        Key { look: Look::category(index), label: format!("uid {}{copies}", replay.uids[place]) }
    };
    let all: Vec<Series> = places.iter().enumerate().map(series).collect();
    let values = all.iter().flat_map(|one| &one.spots).map(|spot| spot.y);
    Plot {
        name: "losers",
        caption: "What penalties at each threshold take from those miners that lose most at any; below zero a miner gains.",
        title: "Who loses what",
        subtitle: format!("The {} miners with the greatest loss", places.len()),
        kind: Kind::Lines(Lines {
            height: HEIGHT,
            across: across(replay),
            upwards: Axis::around("lost share of the emission", values),
            levels: vec![Mark::new(0.0, "neither".into(), FAINT_INK)],
            marks: threshold_mark(replay),
            header: "miners".into(),
            keys: places.iter().enumerate().map(key).collect(),
            series: all,
            ..Lines::default()
        }),
    }
}

fn miners(replay: &RewardsReplay) -> Plot {
    let dot = |known: &tables::Known<'_>| Dot {
        label: known.uid.to_string(),
        value: known.row.lost.value,
        interval: known.row.lost.interval,
        ink: if known.row.is_copier { ALERT } else { CATEGORIES[0] },
    };
    let dots: Vec<Dot> = tables::by_rank(replay).iter().map(dot).collect();
    let ends = |dot: &Dot| {
        [dot.value, dot.interval.map_or(dot.value, |ends| ends.low), dot.interval.map_or(dot.value, |ends| ends.high)]
    };
    let threshold = replay.rules.map(|rules| rules.threshold);
    Plot {
        name: "miners",
        caption: "What the penalty takes from every miner, with its interval; those that copy stand out.",
        title: "Emission lost by every miner",
        subtitle: format!("At threshold {}, the highest emission first", decimal(threshold, 3)),
        kind: Kind::Dots(Dots {
            height: HEIGHT,
            upwards: Axis::around("lost share of the emission", dots.iter().flat_map(ends)),
            slots: "miner (uid)",
            dots,
            levels: vec![Mark::new(0.0, "neither".into(), FAINT_INK)],
        }),
    }
}

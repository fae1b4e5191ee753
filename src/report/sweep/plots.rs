//! The plots of a sweep: lines over one setting, maps over two.

use std::cmp::Reverse;

use super::Sweep;
use crate::excerpt::{escaped, keep_start};
use crate::judge::wins::Epsilon;
use crate::judge::wins::sweep::{Cloned, DecayPoint};
use crate::report::plots::axis::Axis;
use crate::report::plots::heat_map::{Colours, Scale};
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::{Kind, Plot};
use crate::report::what_if::{self, WhatIf};

/// Every name that a plot may have.
pub const NAMES: &[&str] = &[what_if::PLOT, "leader", "weight", "another", "effective", "chances", "clones", "decay"];

/// Height of the pictures of lines.
const HEIGHT: i32 = 1000;
/// Characters of a label that are drawn.
const SHOWN: usize = 28;

/// Leaders that have a colour of their own.
const MOST_NAMED: usize = 6;

/// Describes every plot that there is data for.
pub(super) fn plots(sweep: &Sweep) -> Vec<Plot> {
    let others = [chances(sweep), clones(sweep), decay(sweep)];
    points(sweep).into_iter().chain(others.into_iter().flatten()).collect()
}

/// The points: lines over one setting, maps over two.
fn points(sweep: &Sweep) -> Vec<Plot> {
    if sweep.varied().len() < 2 {
        return if sweep.points.is_empty() { Vec::new() } else { vec![sweep.what_if().plot()] };
    }
    let what_if = sweep.what_if_of_two();
    let map = |name, figure, caption, title| Plot {
        name,
        caption,
        title,
        subtitle: sweep.fixed().map_or_else(|| what_if.range(), |fixed| format!("{}; {fixed}", what_if.range())),
        kind: Kind::HeatMap(what_if.map_of(figure)),
    };
    let mut plots = vec![
        leader(sweep, &what_if),
        map("weight", 1, "The weight of the leader at each point.", "The leader's weight"),
        map("effective", 4, "The effective number of winners at each point.", "Effective number of winners"),
    ];
    if what_if.points.iter().any(|point| point.result(3).is_some()) {
        let caption = "The share of resamples in which another one leads, at each point.";
        plots.push(map("another", 3, caption, "How likely another leader is"));
    }
    plots
}

/// Who leads at each point; the most frequent have colours of their own.
fn leader(sweep: &Sweep, what_if: &WhatIf) -> Plot {
    let uid = |place: usize| what_if.points[place].result(0).map(|uid| uid.value);
    let mut counts: Vec<(f64, usize)> = Vec::new();
    for uid in (0..what_if.points.len()).filter_map(uid) {
        match counts.iter_mut().find(|(known, _)| *known == uid) {
            Some((_, count)) => *count += 1,
            None => counts.push((uid, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let named: Vec<f64> = counts.iter().take(MOST_NAMED).map(|(uid, _)| *uid).collect();
    let place = |uid: f64| named.iter().position(|known| *known == uid).unwrap_or(named.len()) as f64;
    let mut map = what_if.map_of(0);
    map.cells.iter_mut().flatten().for_each(|cell| *cell = place(*cell));
    let others = (counts.len() > named.len()).then(|| "another".to_owned());
    let names = named.iter().map(|uid| format!("uid {uid}")).chain(others).collect();
    map.scale = Scale { colours: Colours::Named(names), empty: "nobody", ..Scale::default() };
    Plot {
        name: "leader",
        caption: "Who has the highest weight after the last step, at each point.",
        title: "Who leads",
        subtitle: sweep.fixed().map_or_else(|| what_if.range(), |fixed| format!("{}; {fixed}", what_if.range())),
        kind: Kind::HeatMap(map),
    }
}

/// A line and what it is called.
struct Line {
    label: String,
    spots: Vec<Spot>,
}

/// Lines with a key for each; `None` where no line has a spot.
fn lines(across: &str, upwards: Axis, lines: Vec<Line>) -> Option<Kind> {
    let ends: Vec<f64> = lines.iter().flat_map(|line| line.spots.iter().map(|spot| spot.x)).collect();
    let (low, high) = (ends.iter().copied().reduce(f64::min)?, ends.iter().copied().reduce(f64::max)?);
    let (mut series, mut keys) = (Vec::new(), Vec::new());
    for (rank, Line { label, mut spots }) in lines.into_iter().enumerate() {
        // A line goes from left to right, in whatever order its values were given.
        spots.sort_by(|one, other| one.x.total_cmp(&other.x));
        let look = Look { has_band: spots.iter().any(|spot| spot.band.is_some()), ..Look::category(rank) };
        series.push(Series { look, spots });
        keys.push(Key { look, label: keep_start(&escaped(&label), SHOWN) });
    }
    // One place has no width.
    let high = if high > low { high } else { low + low.abs().max(1.0) };
    let across = Axis::linear(across, low, high);
    Some(Kind::Lines(Lines { height: HEIGHT, across, upwards, series, keys, ..Lines::default() }))
}

fn unit(title: &str) -> Axis {
    Axis { title: title.to_owned(), low: 0.0, high: 1.0, ticks: 6, ..Axis::default() }
}

/// The candidate's chances over constant ε, by the number of samples.
fn chances(sweep: &Sweep) -> Option<Plot> {
    let mut counts: Vec<usize> = sweep.chances.iter().map(|row| row.samples).collect();
    counts.sort_unstable();
    counts.dedup();
    let line = |&samples: &usize| Line {
        label: format!("{samples} samples"),
        spots: sweep
            .chances
            .iter()
            .filter(|row| row.samples == samples)
            .filter_map(|row| match row.epsilon {
                Epsilon::Constant(x) => Some(Spot { x, y: row.probability.value, band: row.probability.interval }),
                Epsilon::Linear { .. } | Epsilon::Exponential { .. } => None,
            })
            .collect(),
    };
    let upwards = unit("probability that it has the highest win rate");
    Some(Plot {
        name: "chances",
        caption: "The probability that the candidate has the highest win rate in a step of fresh samples, over epsilon.",
        title: "Would it win?",
        subtitle: sweep.candidate.map_or_else(String::new, |uid| format!("uid {uid}")),
        kind: lines("epsilon", upwards, counts.iter().map(line).collect())?,
    })
}

/// What the leader and its clones have together over their number, by competition and block.
fn clones(sweep: &Sweep) -> Option<Plot> {
    let same = |one: &&_, other: &&_| {
        let key = |row: &Cloned| (row.competition, row.block);
        key(one) == key(other)
    };
    let rows: Vec<_> = sweep.clones.iter().collect();
    let line = |rows: &[&Cloned]| Line {
        label: format!(
            "{} {}",
            sweep.competition(rows[0].competition),
            rows[0].block.map_or_else(|| "at an unknown block".to_owned(), |block| format!("at {block}"))
        ),
        spots: rows.iter().map(|row| Spot::new(row.clones as f64, row.together)).collect(),
    };
    Some(Plot {
        name: "clones",
        caption: "The step weight of the leader and its exact clones together, over their number.",
        title: "Clones of the leader",
        subtitle: "Added to the last step, by the rules that all is held against".into(),
        kind: lines("clones", unit("step weight of leader and clones"), rows.chunk_by(same).map(line).collect())?,
    })
}

/// How ε falls over the age of the earlier submission.
fn decay(sweep: &Sweep) -> Option<Plot> {
    let rows: Vec<_> = sweep.decay.iter().collect();
    let line = |rows: &[&DecayPoint]| Line {
        label: rows[0].label.clone(),
        spots: rows.iter().map(|row| Spot::new(row.blocks as f64, row.epsilon)).collect(),
    };
    let upwards = Axis::around("epsilon", rows.iter().map(|row| row.epsilon).chain([0.0]));
    Some(Plot {
        name: "decay",
        caption: "Epsilon over the age of the earlier submission.",
        title: "How epsilon falls",
        subtitle: "Over the age of the earlier submission, in blocks".into(),
        kind: lines("blocks", upwards, rows.chunk_by(|one, other| one.label == other.label).map(line).collect())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_left_to_right() {
        let line = Line { label: "a".into(), spots: [0.03, 0.0, 0.01].map(|x| Spot::new(x, 2.0 * x)).into() };
        let Some(Kind::Lines(drawn)) = lines("x", unit("y"), vec![line]) else { unreachable!("three spots") };
        let spots: Vec<(f64, f64)> = drawn.series[0].spots.iter().map(|spot| (spot.x, spot.y)).collect();
        assert_eq!(spots, [(0.0, 0.0), (0.01, 0.02), (0.03, 0.06)]);
    }
}

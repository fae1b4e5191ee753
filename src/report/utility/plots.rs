//! The plots of replayed utility: completeness against speed, who wins by which weights, what is returned, what faults cost,
//! and how long a leader stays one.

use super::question_tables::{drawn_front, shown_returned};
use super::response_tables::of_all;
use super::{UtilityReplay, names};
use crate::judge::utility::{ChallengerRow, FrontRow, GridRow, KindRow, ReturnedRow};
use crate::report::numbers::counted;
use crate::report::plots::axis::Axis;
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::frame::Mark;
use crate::report::plots::heat_map::{Colours, HeatMap, Scale, Side};
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::{BACKGROUND_LINE, FAINT_INK, category};
use crate::report::plots::{Kind, Plot};
use crate::report::what_if;
use crate::stats::{Estimate, Interval};

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["front", "utility_grid", "returned", "kinds", "dethroning", what_if::PLOT];

/// Height of the pictures.
const HEIGHT: i32 = 1000;
/// Miners and kinds that are drawn at most.
const MOST: usize = 40;
/// Miners of the front that are named at most.
const NAMED: usize = 6;

/// Describes every plot that there is data for.
pub(super) fn plots(replay: &UtilityReplay) -> Vec<Plot> {
    let judged = &replay.judged;
    let has_winner = judged.grid.iter().any(|row| row.winner.is_some());
    [
        (!judged.front.is_empty()).then(|| front(replay)),
        has_winner.then(|| utility_grid(replay)),
        (!shown_returned(replay).is_empty()).then(|| returned(replay)),
        (!judged.kinds.is_empty()).then(|| kinds(replay)),
        judged.dethroning.challengers.iter().any(|row| row.simulated.is_some()).then(|| dethroning(replay)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn answers(replay: &UtilityReplay) -> String {
    let requests = counted(replay.recording.requests.len(), "request");
    format!("{} to {requests}", counted(replay.recording.responses.len(), "response"))
}

/// Every miner by speed and completeness, those on the front joined.
fn front(replay: &UtilityReplay) -> Plot {
    let rows = drawn_front(replay);
    let spot = |row: &&FrontRow| Spot::new(row.seconds, row.completeness);
    let (on, off): (Vec<&FrontRow>, Vec<&FrontRow>) = rows.iter().partition(|row| row.dominators == 0);
    let beaten = Look { ink: BACKGROUND_LINE, marker: Some(1), ..Look::category(1) };
    let mut series: Vec<Series> = off.iter().map(|row| Series { look: beaten, spots: vec![spot(row)] }).collect();
    let first = Look { marker: None, ..Look::category(0) };
    series.push(Series { look: first, spots: on.iter().map(spot).collect() });
    series.extend(on.iter().map(|row| Series { look: Look::category(0), spots: vec![spot(row)] }));
    let uids: Vec<String> = on.iter().take(NAMED).map(|row| replay.uid(row.contender).to_string()).collect();
    let more = if on.len() > NAMED { ", …" } else { "" };
    let keys = vec![
        Key { look: Look::category(0), label: format!("front: {}{more}", uids.join(", ")) },
        Key { look: beaten, label: "others".into() },
    ];
    let seconds: Vec<f64> = rows.iter().map(|row| row.seconds).collect();
    Plot {
        name: "front",
        caption: "Every miner's mean completeness, 0 where it gave no answer, against the mean seconds of its answers; joined are \
                  those that nobody beats in one without losing in the other.",
        title: "Completeness against speed",
        subtitle: answers(replay),
        kind: Kind::Lines(Lines {
            height: HEIGHT,
            across: Axis::around("mean seconds", seconds.into_iter()),
            upwards: Axis { ticks: 6, ..Axis::linear("share of the fields", 0.0, 1.0) },
            series,
            header: "uids".into(),
            keys,
            ..Lines::default()
        }),
    }
}

/// Who wins at each point.
fn utility_grid(replay: &UtilityReplay) -> Plot {
    let rows = &replay.judged.grid;
    let mut winners: Vec<usize> = Vec::new();
    for winner in rows.iter().filter_map(|row| row.winner) {
        if !winners.contains(&winner) {
            winners.push(winner);
        }
    }
    let place = |row: &GridRow| winners.iter().position(|&one| Some(one) == row.winner).map(|place| place as f64);
    let labels = |texts: Vec<String>| {
        let mut labels: Vec<String> = Vec::new();
        for text in texts {
            if !labels.contains(&text) {
                labels.push(text);
            }
        }
        labels
    };
    let colours = Colours::Named(winners.iter().map(|&one| format!("uid {}", replay.uid(one))).collect());
    Plot {
        name: "utility_grid",
        caption: "The miner with the highest mean utility at each weights of fields, speed and size and each time term.",
        title: "Who wins by which weights",
        subtitle: answers(replay),
        kind: Kind::HeatMap(HeatMap {
            rows: Side {
                title: "weights w1/w2/w3",
                labels: labels(rows.iter().map(|row| names::weights(row.weights)).collect()),
            },
            columns: Side {
                title: "time term",
                labels: labels(rows.iter().map(|row| row.time.name().to_owned()).collect()),
            },
            cells: rows.iter().map(place).collect(),
            scale: Scale { empty: "nobody", colours, ..Scale::default() },
        }),
    }
}

/// The quality of what each order returns.
fn returned(replay: &UtilityReplay) -> Plot {
    let rows = shown_returned(replay);
    let own = |(index, row): (usize, &&ReturnedRow)| Some(dot(names::order(row.by).to_owned(), row.returned?, index));
    let dots: Vec<Dot> = rows.iter().enumerate().filter_map(own).collect();
    let best = rows.first().and_then(|row| row.best).map(|best| best.value);
    let levels: Vec<Mark> = best.map(|best| Mark::new(best, "the best".into(), FAINT_INK)).into_iter().collect();
    let quality = rows.first().map_or("", |row| names::quality(row.quality));
    Plot {
        name: "returned",
        caption: "Mean quality of the response that the caller gets, by what responses are ordered by, with intervals over \
                  requests; the level is that of the best response to each request.",
        title: "What is returned under each rule",
        subtitle: format!("Quality: {quality}; {}", answers(replay)),
        kind: Kind::Dots(Dots {
            height: HEIGHT,
            upwards: around("mean quality", &dots, best),
            slots: "ordered by",
            dots,
            levels,
        }),
    }
}

fn dot(label: String, estimate: Estimate, index: usize) -> Dot {
    Dot { label, value: estimate.value, interval: estimate.interval, ink: category(index) }
}

/// An axis that holds dots, their intervals and perhaps a level.
fn around(title: &str, dots: &[Dot], level: Option<f64>) -> Axis {
    let ends = dots.iter().flat_map(|dot| [Some(dot.value), dot.interval.map(|ends| ends.high)]);
    let ends: Vec<f64> = ends.chain([level]).flatten().collect();
    Axis::around(title, ends.into_iter())
}

/// What kinds of faults cost.
fn kinds(replay: &UtilityReplay) -> Plot {
    let rows = of_all(replay);
    let own = |row: &&KindRow| Some(dot(replay.fault_kind(row.kind).to_owned(), row.cost?, 0));
    let dots: Vec<Dot> = rows.iter().take(MOST).filter_map(own).collect();
    Plot {
        name: "kinds",
        caption: "The valid fields that answers would have more on average if a kind of faults cost nothing, with intervals over \
                  requests; null: wherever a null was given, also part of its kind.",
        title: "What faults cost",
        subtitle: answers(replay),
        kind: Kind::Dots(Dots {
            height: HEIGHT,
            upwards: around("valid fields lost", &dots, None),
            slots: "kind",
            dots,
            levels: Vec::new(),
        }),
    }
}

/// How soon the leader would be overtaken.
fn dethroning(replay: &UtilityReplay) -> Plot {
    let own = |row: &ChallengerRow| {
        let ends = row.soonest.zip(row.latest).map(|(low, high)| Interval { low, high });
        let rounds = Estimate { value: row.simulated?, interval: ends };
        Some(dot(replay.uid(row.contender).to_string(), rounds, 0))
    };
    let dots: Vec<Dot> = replay.judged.dethroning.challengers.iter().filter_map(own).take(MOST).collect();
    let leader = replay.judged.dethroning.leader.map_or_else(String::new, |one| format!("uid {}", replay.uid(one)));
    Plot {
        name: "dethroning",
        caption: "Rounds in which a miner that begins with 0 overtakes the leader, both meeting what they did in recorded rounds, drawn \
                  again: the median and the middle nine tenths of successions. Those of which half did not end are left out.",
        title: "How soon the leader is overtaken",
        subtitle: format!("Leader: {leader}"),
        kind: Kind::Dots(Dots {
            height: HEIGHT,
            upwards: around("rounds", &dots, None),
            slots: "uid",
            dots,
            levels: Vec::new(),
        }),
    }
}

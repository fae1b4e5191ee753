//! The tables of a sweep, each column declared once.

use super::{Sweep, SweptPoint};
use crate::judge::wins::sweep::LeaderRow;
use crate::judge::wins::{Averaging, Epsilon, Weighting};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::decimal;
use crate::report::table::Table;
use crate::stats::Interval;

/// Every point.
pub(super) fn points<'a>(sweep: &'a Sweep) -> Table<'a, &'a SweptPoint> {
    let table = Table::new(
        "How the recorded steps end by every combination of rules. One row per point, the values of the last setting changing \
         first.",
    );
    results(sweep, rules(table))
}

/// The rules of a point.
fn rules<'a>(table: Table<'a, &'a SweptPoint>) -> Table<'a, &'a SweptPoint> {
    let number = |point: &SweptPoint| match point.rules.epsilon {
        Epsilon::Constant(epsilon) => Some(epsilon),
        Epsilon::Linear { .. } | Epsilon::Exponential { .. } => None,
    };
    let temperature = |point: &SweptPoint| match point.rules.weighting {
        Weighting::Softmax { temperature } | Weighting::RunningSoftmax { temperature, .. } => Some(temperature),
        Weighting::WinnerTakesAll | Weighting::Power { .. } => None,
    };
    let skew = |point: &SweptPoint| match point.rules.weighting {
        Weighting::Power { skew } => Some(skew),
        _ => None,
    };
    let minimum = |point: &SweptPoint| match point.rules.averaging {
        Averaging::PerCompetition { minimum } => Some(minimum),
        Averaging::Overall | Averaging::OfTotals => None,
    };
    table
        .column("preset", "network whose rules these are, but for what is changed", |point: &SweptPoint| point.preset)
        .column("epsilon", "boost of the earlier submission, as it is typed", |point| point.rules.epsilon.to_string())
        .column("epsilon_number", "the boost, where it is the same at any age", number)
        .column("temperature", "temperature of the softmax; null without a softmax", temperature)
        .column("skew", "exponent of the win rates; null without one", skew)
        .column(
            "minimum_weight",
            "least average within a competition that is paid; null without such averages",
            minimum,
        )
        .column("alpha", "weight of the old value in the moving average", |point| point.rules.alpha)
        .column("sample_min", "submissions that a competition keeps for its next step", |point| {
            point.rules.sample_min as u64
        })
}

/// What comes of them.
fn results<'a>(sweep: &'a Sweep, table: Table<'a, &'a SweptPoint>) -> Table<'a, &'a SweptPoint> {
    table
        .column(
            "leader",
            "uid with the highest weight after the last step, of equal ones the first recorded",
            |point| sweep.leader(point),
        )
        .column("leader_weight", "its weight", |point| point.swept.ends.leader_weight)
        .column("own_leader_weight", "weight of the uid that leads by the rules that all is held against", |point| {
            point.swept.ends.own_leader_weight
        })
        .column("another_leads", "share of resamples in which another uid leads; null where it is not known", |point| {
            point.another
        })
        .column("effective", "effective number of winners, 1 / Σ share²; null where nobody has a weight", |point| {
            point.swept.effective
        })
        .column("earliest_share", "share of the weights at the earliest block of each competition", |point| {
            point.swept.earliest
        })
        .column("tau", "Kendall's τ-b of the weights and those that all is held against", |point| point.swept.ends.tau)
        .column("ranks_changed", "submissions with another rank by weight than there", |point| {
            point.swept.ends.ranks_changed as u64
        })
        .column("paid", "submissions with a weight above 0", |point| point.swept.ends.paid as u64)
        .column("kept", "submissions that the last steps of their competitions keep", |point| point.swept.kept as u64)
}

/// Who leads at how many points.
pub(super) fn leaders(sweep: &Sweep) -> Table<'_, &LeaderRow> {
    let range = |Interval { low, high }: Interval| format!("{} to {}", decimal(Some(low), 4), decimal(Some(high), 4));
    let first = |row: &LeaderRow| sweep.points.get(row.first).map_or_else(String::new, |point| sweep.label(point));
    Table::new("Who leads at how many points. One row per uid that leads at any, the most frequent first.")
        .column("uid", "uid that leads; null where nobody has a weight", |row: &LeaderRow| {
            row.submission.map(|place| sweep.uids[place])
        })
        .shown(Number("uid"))
        .column("points", "points at which it leads", |row| row.points)
        .shown(Number("points"))
        .column("share", "their share of all points", |row| row.share)
        .shown_as(Number("share"), |row| decimal(Some(row.share), 3))
        .column("first", "values of the first of them", first)
        .shown(Text("first at"))
        .column("lowest_weight", "its lowest weight where it leads", |row| row.weights.low)
        .column("highest_weight", "its highest weight where it leads", |row| row.weights.high)
        .shown_as(Number("weight"), move |row| range(row.weights))
}

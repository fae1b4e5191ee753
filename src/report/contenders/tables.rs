//! The tables of replayed contenders as they stand at one moment, each column declared once.

use super::ContendersReplay;
use crate::excerpt::escaped;
use crate::judge::contenders::policies::POLICIES;
use crate::judge::contenders::{
    ColdStart, PairEstimate, Ranked, ScenarioRow, Standing, TaskOrder, TaskRow, TaskScore, WeightRow,
};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{UNKNOWN, decimal, estimated, or_unknown};
use crate::report::table::{Sheet, Table};

/// Who is tried first in each task, by the policy that the report is about.
pub(super) fn first(replay: &ContendersReplay) -> Vec<&Ranked> {
    let tries = replay.rules.map_or(0, |rules| rules.top) as u64;
    let place = |one: &Ranked| Some(one.standing.as_ref()?.places[replay.policy]);
    let is_first = |one: &&Ranked| place(one).is_some_and(|place| place <= tries);
    let mut rows: Vec<&Ranked> = replay.judged.contenders.iter().filter(is_first).collect();
    rows.sort_by_key(|one| (replay.task(replay.contender(one.place).task), place(one), one.node));
    rows
}

/// Every contender.
pub(super) fn contenders<'a>(replay: &'a ContendersReplay) -> Table<'a, &'a Ranked> {
    let standing = |row: &'a Ranked| row.standing.as_ref();
    let place = move |row: &'a Ranked| Some(standing(row)?.places[replay.policy]);
    let by_requests = move |row: &'a Ranked| Some(standing(row)?.places[0]);
    Table::new("Contenders and what they are worth when they are ranked. One row per contender that serves.")
        .column("task", "task that it serves", |row: &'a Ranked| replay.task(replay.contender(row.place).task))
        .shown(Text("task"))
        .column("place", "place in the task by the policy of the settings, from 1; null without a capacity", place)
        .shown(Number("place"))
        .column("hotkey", "hotkey of the node", |row| replay.hotkey(replay.contender(row.place).hotkey))
        .shown(Text("hotkey"))
        .column("node_id", "id of the node", |row| row.node)
        .shown(Number("node"))
        .column("capacity", "volume that it says it takes", |row| row.capacity)
        .column("requests", "requests that were made to it in its period", |row| row.requests)
        .shown_as(Number("requests"), |row| decimal(Some(row.requests), 0))
        .column("own", "what its own history is worth", |row| row.own)
        .shown_as(Number("own"), |row| decimal(Some(row.own), 4))
        .column("borrowed", "what it borrows from its node's history with other tasks", |row| row.global - row.own)
        .shown_as(Number("borrowed"), |row| decimal(Some(row.global - row.own), 4))
        .column("global", "both together", |row| row.global)
        .column("rank_value", "requests less what the history is worth in them; null without a capacity", move |row| {
            standing(row).map(|one| one.rank_value)
        })
        .shown_as(Number("rank value"), move |row| decimal(standing(row).map(|one| one.rank_value), 2))
        .column("place_by_requests", "place in the task by requests alone; null without a capacity", by_requests)
        .shown(Number("by requests"))
        .column("wait", "requests that go to others of the task before one goes to it", move |row| {
            standing(row).map(|one| one.wait)
        })
        .column("quality", "quality when weights were last computed; null where it was not scored", |row| {
            row.stats.map(|stats| stats.quality)
        })
        .column("net_score", "share of the task, cubed and normalised; null where it was not scored", |row| {
            row.stats.map(|stats| stats.net_score)
        })
}

/// A contender under a policy.
#[derive(Clone, Copy)]
struct Place<'a> {
    row: &'a Ranked,
    standing: &'a Standing,
    policy: usize,
}

/// Every contender under every policy.
pub(super) fn places(replay: &ContendersReplay) -> Sheet<'_> {
    let rows = replay.judged.contenders.iter().flat_map(|row| {
        let standing = row.standing.iter();
        standing.flat_map(move |standing| (0..POLICIES.len()).map(move |policy| Place { row, standing, policy }))
    });
    Table::new("The order by every policy. One row per contender that takes anything and policy.")
        .column("policy", "the policy", |one: Place<'_>| POLICIES[one.policy].name())
        .column("task", "task that it serves", |one| replay.task(replay.contender(one.row.place).task))
        .column("hotkey", "hotkey of the node", |one| replay.hotkey(replay.contender(one.row.place).hotkey))
        .column("node_id", "id of the node", |one| one.row.node)
        .column(
            "place",
            "place in the task, from 1; equal ones share the best; by probability where it is drawn",
            |one| one.standing.places[one.policy],
        )
        .column("chance", "probability that it is tried first with a user's request", |one| {
            one.standing.chances[one.policy]
        })
        .sheet("places", rows)
}

/// How orders agree, task by task.
pub(super) fn orders(replay: &ContendersReplay) -> Sheet<'_> {
    Table::new("How the order of each policy agrees with that by requests alone. One row per task and policy.")
        .column("task", "the task", |row: &TaskOrder| replay.task(row.task))
        .column("policy", "the policy", |row| POLICIES[row.policy].name())
        .column("contenders", "contenders that take anything", |row| row.contenders as u64)
        .column("kendall_tau", "Kendall's tau-b of both orders; null where one is no order", |row| row.tau)
        .column("overlap", "share of those tried that would be tried by requests alone", |row| row.overlap)
        .sheet("orders", replay.judged.orders.iter())
}

/// Tasks, and who starves in them.
pub(super) fn tasks<'a>(replay: &'a ContendersReplay) -> Table<'a, &'a TaskRow> {
    Table::new("Tasks, and who waits in them by nineteen-pr75. One row per task that is served.")
        .column("task", "the task", |row: &'a TaskRow| replay.task(row.task))
        .shown(Text("task"))
        .column("contenders", "contenders that take anything", |row| row.contenders as u64)
        .shown(Number("contenders"))
        .column(
            "requests",
            "requests in a window of a period's length in which it was served, on average; null where no period has ended",
            |row| row.requests,
        )
        .shown_as(Number("requests per period"), |row| decimal(row.requests, 1))
        .column("longest_wait", "the most requests that go to others before one goes to a contender", |row| {
            row.longest_wait
        })
        .shown_as(Number("longest wait"), |row| decimal(Some(row.longest_wait), 1))
        .column(
            "left_out",
            "contenders that wait for at least a window's requests; null where these are not known",
            |row| row.left_out.map(|count| count as u64),
        )
        .shown_as(Number("left out"), |row| or_unknown(row.left_out))
}

/// Every step to the weights.
pub(super) fn scores(replay: &ContendersReplay) -> Sheet<'_> {
    let share = |row: &TaskScore| row.share;
    Table::new(
        "Every step from requests and periods to the share of a task. One row per task and node with a scored request.",
    )
    .column("task", "the task", |row: &TaskScore| replay.task(row.contender.task))
    .column("hotkey", "hotkey of the node", |row| replay.hotkey(row.contender.hotkey))
    .column("node_id", "id of the node", |row| row.node)
    .column("samples", "requests that it rests on; one that tops up may count twice", |row| row.samples)
    .column("speed", "volume per second that 30 % of them do not reach", |row| row.speed)
    .column("quality", "mean of their qualities, each to the power of 1.5", |row| row.quality)
    .column("bonus", "what its place among the speeds adds, from -0.25 to 0.25", |row| row.bonus)
    .column("combined", "quality * (1 + bonus)", |row| row.combined)
    .column("multiplier", "1, or .25 of a history of 8 periods or fewer; null where it does not serve", move |row| {
        share(row).map(|one| one.period.factor)
    })
    .column("normalised_period", "its periods as one number; null where it does not serve", move |row| {
        share(row).map(|one| one.period.value)
    })
    .column("effective", "combined * normalised_period * capacity; null where it does not serve", move |row| {
        share(row).map(|one| one.effective)
    })
    .column("share", "its share of the task's effective values; null where these are 0", move |row| share(row)?.share)
    .column("net_score", "the share cubed over the sum of all cubes", move |row| share(row)?.net_score)
    .sheet("scores", replay.judged.scores.iter())
}

/// The greatest weight first.
pub(super) fn by_weight(replay: &ContendersReplay) -> Vec<&WeightRow> {
    let mut rows: Vec<&WeightRow> = replay.judged.weights.iter().collect();
    rows.sort_by_key(|row| (row.rank, replay.hotkey(row.hotkey)));
    rows
}

/// Weights.
pub(super) fn weights<'a>(replay: &'a ContendersReplay) -> Table<'a, &'a WeightRow> {
    Table::new("Weights. One row per hotkey with a share of any task.")
        .column("rank", "place by weight, from 1; equal ones share the best", |row: &'a WeightRow| row.rank)
        .shown(Number("rank"))
        .column("hotkey", "the hotkey", |row| replay.hotkey(row.hotkey))
        .shown(Text("hotkey"))
        .column("weight", "its weight, from 0 to 1", |row| row.weight.value)
        .interval("weight", "the interval of weight, over windows of time; null where there is none", |row| {
            row.weight.interval
        })
        .shown_as(Number("weight"), |row| estimated(Some(row.weight), 4))
        .column("baseline", "its weight by the preset's rules", |row| row.baseline)
        .shown_as(Number("by the preset"), |row| decimal(Some(row.baseline), 4))
        .column("baseline_rank", "its place by that", |row| row.baseline_rank)
        .shown(Number("rank by the preset"))
}

/// What contenders would have begun with.
pub(super) fn cold_starts<'a>(replay: &'a ContendersReplay) -> Table<'a, &'a ColdStart> {
    Table::new(
        "What contenders would have begun with, had their own history been left out: each one at the end of each window, once \
         its history is four intervals long. One row per task that borrows.",
    )
    .column("task", "the task", |row: &'a ColdStart| replay.task(row.task))
    .shown(Text("task"))
    .column("nodes", "nodes that were looked at", |row| row.nodes as u64)
    .shown(Number("nodes"))
    .column("cases", "contenders at the ends of windows", |row| row.cases)
    .shown(Number("cases"))
    .column("own", "mean of their own metrics: the error without any loan", |row| row.own)
    .shown_as(Number("own"), |row| decimal(Some(row.own), 3))
    .column("bias", "mean of what they borrow less their own", |row| row.bias.value)
    .interval("bias", "the interval of bias, over nodes; null where there is none", |row| row.bias.interval)
    .shown_as(Number("borrowed - own"), |row| estimated(Some(row.bias), 3))
    .column("error", "mean size of that difference", |row| row.error.value)
    .interval("error", "the interval of error, over nodes; null where there is none", |row| row.error.interval)
    .shown_as(Number("error"), |row| estimated(Some(row.error), 3))
}

/// Similarities as the history has them.
pub(super) fn similarities<'a>(replay: &'a ContendersReplay) -> Table<'a, &'a PairEstimate> {
    let similarity = |row: &'a PairEstimate| row.similarity;
    Table::new(
        "How much of the right task's period scores makes up the left's on the same node in the same window, by least squares \
         through 0. One row per ordered pair of tasks that any node serves at once.",
    )
    .column("left_task", "the task that borrows", |row: &'a PairEstimate| replay.task(row.left))
    .shown(Text("left"))
    .column("right_task", "the task that lends", |row| replay.task(row.right))
    .shown(Text("right"))
    .column("nodes", "nodes that served both", |row| row.nodes as u64)
    .shown(Number("nodes"))
    .column("cases", "windows of these nodes", |row| row.cases)
    .shown(Number("cases"))
    .column("similarity", "from 0 to 1; null without a score above 0 of the right task", move |row| {
        similarity(row).map(|one| one.value)
    })
    .interval("similarity", "the interval of similarity, over nodes; null where there is none", move |row| {
        similarity(row)?.interval
    })
    .shown_as(Number("similarity"), move |row| estimated(similarity(row), 3))
    .column("correlation", "of the nodes' mean scores: whether who is good at one is good at the other", |row| {
        row.correlation
    })
    .shown_as(Number("correlation"), |row| decimal(row.correlation, 2))
    .column("registered", "the similarity of --similarity; null where it has none", |row| row.registered)
    .shown_as(Number("registered"), |row| row.registered.map_or_else(|| UNKNOWN.to_owned(), |one| one.to_string()))
}

/// The pull request's scenario.
pub(super) fn scenario<'a>() -> Table<'a, &'a ScenarioRow> {
    let number = |value: f64| escaped(&value.to_string());
    Table::new(
        "The pull request's scenario by the preset's rules: nodes join one after another, and a larger model of the same \
         family appears in the last period. One row per node.",
    )
    .column("node_id", "the node, in the order of joining", |row: &'a ScenarioRow| row.node)
    .shown(Number("node"))
    .column("relative", "its metric for the relative", |row| row.relative)
    .shown_as(Number("relative"), move |row| number(row.relative))
    .column("relative_rank_value", "its rank value for the relative", |row| row.relative_rank_value)
    .shown_as(Number("rank value"), move |row| number(row.relative_rank_value))
    .column("new", "its metric for the new model", |row| row.new)
    .shown_as(Number("new model"), move |row| number(row.new))
    .column("new_rank_value", "its rank value for the new model", |row| row.new_rank_value)
    .shown_as(Number("rank value of it"), move |row| number(row.new_rank_value))
    .column("claimed", "what the pull request claims the new model begins with: half of the relative's", |row| row.claimed)
    .shown_as(Number("claimed"), move |row| number(row.claimed))
}

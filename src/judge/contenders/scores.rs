//! From requests and periods to weights: the quality and speed of every node in every task, its share of the task, and
//! the weighted sum of its shares.

use std::ops::Range;

use super::period::{NormalisedPeriod, ScoredPeriod, normalised_period};
use super::recording::{Contender, Period, Recording};
use super::rules::{RowsOf, Rules};

/// Rows below which a node's are topped up.
const ENOUGH: u32 = 50;
/// Qualities count by this power.
const QUALITY_POWER: f64 = 1.5;
/// The speed of a node is that of its rows which so many of them do not reach.
const SPEED_PLACE: f64 = 0.3;
/// From the fastest to the slowest, the bonus spans this much.
const BONUS: f64 = 0.5;
/// Shares of a task count by this power.
const SHARE_POWER: i32 = 3;

/// What a node came to in a task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskScore {
    /// Whose it is.
    pub contender: Contender,
    /// Id of its node.
    pub node: u32,
    /// Requests that it rests on.
    pub samples: u32,
    /// Volume per second.
    pub speed: f64,
    /// Mean of the qualities, each to the power of 1.5.
    pub quality: f64,
    /// What its place among the speeds adds, from −0.25 to 0.25.
    pub bonus: f64,
    /// Quality · (1 + bonus).
    pub combined: f64,
    /// What it has beside, if it serves the task.
    pub share: Option<TaskShare>,
}

/// What a node that serves a task has of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskShare {
    /// Its periods as one number.
    pub period: NormalisedPeriod,
    /// Combined · normalised period · capacity.
    pub effective: f64,
    /// Its share of all effective values of the task; none where they are 0.
    pub share: Option<f64>,
    /// The share cubed, over the sum of all cubes.
    pub net_score: Option<f64>,
}

/// The weight of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NodeWeight {
    /// Number of its hotkey.
    pub hotkey: u32,
    /// Its weight, from 0 to 1.
    pub weight: f64,
}

/// A scored request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub time: f64,
    contender: Contender,
    node: u32,
    /// Volume per second, if that is known.
    speed: Option<f64>,
    /// Quality to its power.
    quality: f64,
}

/// The scored requests of a recording by hotkey, each one's the newest first.
pub(super) struct Rows {
    rows: Vec<Row>,
}

/// How often a moment counts, as if what happened in it had happened so often.
pub(super) type Times<'a> = &'a (dyn Fn(f64) -> u32 + Sync);

/// A moment at which scores are computed.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub now: f64,
    /// Of each contender, what it says it takes; nothing of those that do not serve.
    pub capacities: &'a [Option<f64>],
    pub rules: &'a Rules,
    pub times: Times<'a>,
}

impl Rows {
    pub fn new(recording: &Recording) -> Self {
        let row = |request: &super::recording::Request| {
            let seconds = request.response_time.filter(|&seconds| seconds > 0.0);
            Some(Row {
                time: request.time,
                contender: request.contender,
                node: request.node,
                speed: request.volume.zip(seconds).map(|(volume, seconds)| volume / seconds),
                quality: request.quality?.powf(QUALITY_POWER),
            })
        };
        let mut rows: Vec<Row> = recording.requests.iter().filter_map(row).collect();
        rows.reverse();
        rows.sort_by_key(|row| row.contender.hotkey);
        Self { rows }
    }

    /// What every node came to in every task, by task and then by hotkey.
    pub fn scores(&self, recording: &Recording, at: &At<'_>) -> Vec<TaskScore> {
        let mut found: Vec<TaskScore> = Vec::new();
        for rows in self.rows.chunk_by(|one, other| one.contender.hotkey == other.contender.hotkey) {
            found.extend(of_hotkey(young(rows, at), recording.tasks.len() as u32, at));
        }
        found.sort_by_key(|one| (one.contender.task, one.contender.hotkey));
        for scores in found.chunk_by_mut(|one, other| one.contender.task == other.contender.task) {
            add_bonus(scores);
            add_shares(scores, recording, at);
        }
        found
    }
}

/// Those of a hotkey's rows that count at a moment.
fn young<'a>(rows: &'a [Row], at: &At<'_>) -> &'a [Row] {
    let first = rows.partition_point(|row| row.time > at.now);
    let last = rows.partition_point(|row| row.time > at.now - at.rules.rows_window);
    &rows[Range { start: first.min(last), end: last }]
}

/// The rows of one hotkey, in every task that it has any for.
fn of_hotkey(rows: &[Row], tasks: u32, at: &At<'_>) -> Vec<TaskScore> {
    let mut by_task: Vec<Vec<&Row>> = vec![Vec::new(); tasks as usize];
    rows.iter().for_each(|row| by_task[row.contender.task as usize].push(row));
    (0..).zip(by_task).filter_map(|(task, own)| of_task(task, &own, rows, at)).collect()
}

fn of_task(task: u32, own: &[&Row], all: &[Row], at: &At<'_>) -> Option<TaskScore> {
    let mut samples: Vec<Sample> = own.iter().map(|row| Sample { row, times: (at.times)(row.time) }).collect();
    let count: u32 = samples.iter().map(|sample| sample.times).sum();
    if at.rules.rows_of == RowsOf::ToppedUp {
        let mut missing = ENOUGH.saturating_sub(count);
        for row in all {
            if missing == 0 {
                break;
            }
            let times = (at.times)(row.time).min(missing);
            samples.push(Sample { row, times });
            missing -= times;
        }
    }
    samples.retain(|sample| sample.times > 0 && sample.row.speed.is_some());
    let count: u32 = samples.iter().map(|sample| sample.times).sum();
    let newest = samples.first()?.row;
    let quality =
        samples.iter().map(|sample| f64::from(sample.times) * sample.row.quality).sum::<f64>() / f64::from(count);
    Some(TaskScore {
        contender: Contender { task, ..newest.contender },
        node: newest.node,
        samples: count,
        speed: speed(&mut samples, count),
        quality,
        bonus: 0.0,
        combined: quality,
        share: None,
    })
}

/// A row, and how often it counts.
struct Sample<'a> {
    row: &'a Row,
    times: u32,
}

/// The speed that a share of the rows does not reach.
fn speed(samples: &mut [Sample<'_>], count: u32) -> f64 {
    let of = |sample: &Sample<'_>| sample.row.speed.unwrap_or(0.0);
    samples.sort_by(|one, other| of(one).total_cmp(&of(other)));
    let mut left = (SPEED_PLACE * f64::from(count)) as u32;
    for sample in samples.iter() {
        if left < sample.times {
            return of(sample);
        }
        left -= sample.times;
    }
    0.0
}

/// The bonus of each by its place among the speeds; equal ones as their nodes are numbered.
fn add_bonus(scores: &mut [TaskScore]) {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&one, &other| {
        let node = |place: usize| (scores[place].node, place);
        scores[other].speed.total_cmp(&scores[one].speed).then(node(one).cmp(&node(other)))
    });
    let last = scores.len() - 1;
    for (rank, place) in order.into_iter().enumerate() {
        let score = &mut scores[place];
        score.bonus = if last == 0 { 0.0 } else { BONUS * (0.5 - rank as f64 / last as f64) };
        score.combined = score.quality * (1.0 + score.bonus);
    }
}

/// The shares of those that serve the task.
fn add_shares(scores: &mut [TaskScore], recording: &Recording, at: &At<'_>) {
    for score in scores.iter_mut() {
        let serving = recording.place(score.contender).and_then(|place| Some((place, at.capacities[place]?)));
        score.share = serving.map(|(place, capacity)| {
            let period = normalised_period(history(recording.periods(place), at));
            let effective = score.combined * period.value * capacity;
            TaskShare { period, effective, share: None, net_score: None }
        });
    }
    let sum = |scores: &[TaskScore], read: fn(&TaskShare) -> f64| -> f64 {
        scores.iter().filter_map(|score| score.share.as_ref().map(read)).sum()
    };
    let total = sum(scores, |share| share.effective);
    if total > 0.0 {
        shares(scores).for_each(|share| share.share = Some(share.effective / total));
        let cubes = sum(scores, |share| share.share.unwrap_or(0.0).powi(SHARE_POWER));
        shares(scores).for_each(|share| share.net_score = share.share.map(|share| share.powi(SHARE_POWER) / cubes));
    }
}

fn shares(scores: &mut [TaskScore]) -> impl Iterator<Item = &mut TaskShare> {
    scores.iter_mut().filter_map(|score| score.share.as_mut())
}

/// The scored periods of a contender that are kept at a moment, the newest first.
fn history<'a>(periods: &'a [Period], at: &'a At<'_>) -> impl Iterator<Item = ScoredPeriod> + Clone + 'a {
    let ended = periods.iter().rev().skip_while(|period| period.end > at.now);
    let kept = ended.take_while(|period| at.now - period.end < at.rules.rows_window);
    kept.filter_map(|period| {
        Some(ScoredPeriod { score: period.score?, consumed: period.consumed, times: (at.times)(period.end) })
    })
}

/// The weight of every node that has a share of any task, by hotkey; none where all shares weigh nothing.
pub fn weights(scores: &[TaskScore], task_weights: &[Option<f64>]) -> Vec<NodeWeight> {
    let mut sums: std::collections::BTreeMap<u32, f64> = std::collections::BTreeMap::new();
    for score in scores {
        let net_score = score.share.and_then(|share| share.net_score);
        if let (Some(net_score), Some(weight)) = (net_score, task_weights[score.contender.task as usize]) {
            *sums.entry(score.contender.hotkey).or_default() += weight * net_score;
        }
    }
    let total: f64 = sums.values().sum();
    let weight = |(hotkey, sum): (u32, f64)| NodeWeight { hotkey, weight: sum / total };
    if total > 0.0 { sums.into_iter().map(weight).collect() } else { Vec::new() }
}

//! A replay of contenders as a whole: how they rank now, how each policy fares over time, and what follows for tasks,
//! weights and similarities.

use std::collections::{BTreeSet, HashSet};

use super::back_test::{Asked, BackTest, Pick, back_test};
use super::cold_start::{ColdStart, PairEstimate, cold_starts, estimate};
use super::components::{Component, components};
use super::policies::{POLICIES, Stats};
use super::ranking::{Ranked, Ranking, TaskOrder, rank};
use super::recording::Recording;
use super::scenario::{ScenarioRow, scenario};
use super::scores::TaskScore;
use super::spans::Spans;
use super::spec::ContendersSpec;
use super::tally::Fared;
use super::weighing::{WeightRow, weigh};
use crate::stats::StatsError;

/// All that a replay found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The moment at which contenders are ranked, in seconds.
    pub now: f64,
    /// Contenders that serve then.
    pub contenders: Vec<Ranked>,
    /// How each policy orders each task.
    pub orders: Vec<TaskOrder>,
    /// What each policy comes to.
    pub policies: Vec<PolicyRow>,
    /// Every request and policy.
    pub picks: Vec<Pick>,
    /// Tasks that are served.
    pub tasks: Vec<TaskRow>,
    /// Every step to the weights.
    pub scores: Vec<TaskScore>,
    /// Weights by hotkey.
    pub weights: Vec<WeightRow>,
    /// Why rank values and weights are what they are.
    pub components: Vec<Component>,
    /// What contenders would have begun with.
    pub cold_starts: Vec<ColdStart>,
    /// What the similarities would have to be.
    pub similarities: Vec<PairEstimate>,
    /// The pull request's scenario.
    pub scenario: Vec<ScenarioRow>,
    /// Share of the requests that periods count which are among the recorded ones; nothing without either.
    pub logged: Option<f64>,
}

/// What a policy comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicyRow {
    /// As a place among all.
    pub policy: usize,
    /// Mean over tasks of how its order agrees with that by requests alone; nothing where no task has an order.
    pub tau: Option<f64>,
    /// Mean over tasks of the share that it would try as by requests alone; nothing without a task.
    pub overlap: Option<f64>,
    /// What became of the recorded requests.
    pub fared: Fared,
}

/// A task that is served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskRow {
    /// Its number.
    pub task: u32,
    /// Contenders that take anything.
    pub contenders: usize,
    /// Requests for it in a window of time in which it was served, on average; nothing where no period has ended.
    pub requests: Option<f64>,
    /// The most requests that go to others before one goes to a contender.
    pub longest_wait: f64,
    /// Contenders that wait for longer than a window's requests; nothing where these are not known.
    pub left_out: Option<usize>,
}

/// Replays a recording; `told` hears of each request that was replayed, and ends it early where it says so.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn judge(
    recording: &Recording,
    spec: &ContendersSpec,
    told: &mut dyn FnMut() -> bool,
) -> Result<Judged, StatsError> {
    spec.bootstrap.validate()?;
    let spans = Spans::new(recording, spec.period_seconds);
    let weighed = weigh(recording, spec, &spans);
    let ranking = rank(recording, &spec.rules, spec.now, &stats(recording, &weighed.scores));
    let every: Vec<usize> = (0..POLICIES.len()).collect();
    let asked = Asked { policies: &every, keeps_picks: true, with_intervals: true };
    let BackTest { policies: fared, picks } = back_test(recording, spec, &spans, asked, told);
    Ok(Judged {
        now: spec.now,
        policies: policies(&ranking, fared),
        components: components(recording, &spec.rules, &ranking.contenders, &weighed.scores),
        tasks: tasks(recording, &ranking, &spans),
        contenders: ranking.contenders,
        orders: ranking.orders,
        picks,
        scores: weighed.scores,
        weights: weighed.weights,
        cold_starts: cold_starts(recording, spec, &spans),
        similarities: estimate(recording, spec, &spans),
        scenario: scenario(&spec.baseline),
        logged: logged(recording),
    })
}

/// What other rules come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Supposed {
    /// What a policy comes to, without intervals.
    pub policy: PolicyRow,
    /// The distance of the weights from those of the run, the sum of absolute differences; nothing without weights.
    pub moved: Option<f64>,
}

/// What one policy and the weights come to by other rules than those of a run.
pub fn suppose(recording: &Recording, spec: &ContendersSpec, policy: usize, run: &[WeightRow]) -> Supposed {
    let spans = Spans::new(recording, spec.period_seconds);
    let spec = ContendersSpec { bootstrap: crate::stats::BootstrapSpec { resamples: 0, ..spec.bootstrap }, ..*spec };
    let weighed = weigh(recording, &spec, &spans);
    let ranking = rank(recording, &spec.rules, spec.now, &stats(recording, &weighed.scores));
    let asked = Asked { policies: &[policy], keeps_picks: false, with_intervals: false };
    let tested = back_test(recording, &spec, &spans, asked, &mut || true);
    let weight = |rows: &[WeightRow], hotkey: u32| {
        rows.iter().find(|row| row.hotkey == hotkey).map_or(0.0, |row| row.weight.value)
    };
    let hotkeys: BTreeSet<u32> = run.iter().chain(&weighed.weights).map(|row| row.hotkey).collect();
    let moved = hotkeys.into_iter().map(|hotkey| (weight(run, hotkey) - weight(&weighed.weights, hotkey)).abs());
    let moved = (!run.is_empty()).then(|| moved.fold(0.0, |sum, one| sum + one));
    Supposed { policy: policies(&ranking, tested.policies).pop().unwrap_or_default(), moved }
}

/// What each contender came to in the weights, by its place.
fn stats(recording: &Recording, scores: &[TaskScore]) -> Vec<Option<Stats>> {
    let mut stats = vec![None; recording.contenders.len()];
    for score in scores {
        let net_score = score.share.and_then(|share| share.net_score).unwrap_or(0.0);
        if let Some(place) = recording.place(score.contender) {
            stats[place] = Some(Stats { quality: score.quality, net_score });
        }
    }
    stats
}

fn policies(ranking: &Ranking, fared: Vec<Fared>) -> Vec<PolicyRow> {
    let row = |fared: Fared| {
        let orders: Vec<&TaskOrder> = ranking.orders.iter().filter(|order| order.policy == fared.policy).collect();
        let taus: Vec<f64> = orders.iter().filter_map(|order| order.tau).collect();
        let overlaps: Vec<f64> = orders.iter().map(|order| order.overlap).collect();
        PolicyRow { policy: fared.policy, tau: mean(&taus), overlap: mean(&overlaps), fared }
    };
    fared.into_iter().map(row).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn tasks(recording: &Recording, ranking: &Ranking, spans: &Spans) -> Vec<TaskRow> {
    let mut requests = vec![0.0; recording.tasks.len()];
    let mut windows = vec![HashSet::new(); recording.tasks.len()];
    for (place, contender) in recording.contenders.iter().enumerate() {
        let task = contender.task as usize;
        for period in recording.periods(place).iter().filter(|period| !period.is_running()) {
            requests[task] += period.requests;
            windows[task].insert(spans.window(period.end));
        }
    }
    let row = |task: u32| {
        let of = ranking.contenders.iter().filter(|one| recording.contenders[one.place].task == task);
        let waits: Vec<f64> = of.filter_map(|one| Some(one.standing.as_ref()?.wait)).collect();
        let count = windows[task as usize].len();
        let requests = (count > 0).then(|| requests[task as usize] / count as f64);
        let left_out = |requests: f64| waits.iter().filter(|&&wait| wait >= requests && wait > 0.0).count();
        (!waits.is_empty()).then(|| TaskRow {
            task,
            contenders: waits.len(),
            requests,
            longest_wait: waits.iter().copied().fold(0.0, f64::max),
            left_out: requests.map(left_out),
        })
    };
    (0..recording.tasks.len() as u32).filter_map(row).collect()
}

/// Share of the requests that the periods count which were recorded one by one, over the time of both.
fn logged(recording: &Recording) -> Option<f64> {
    let counted: f64 = recording.all_periods().iter().map(|period| period.requests).sum();
    (counted > 0.0 && !recording.requests.is_empty()).then(|| recording.requests.len() as f64 / counted)
}

//! How every contender ranks at one moment, under each policy, and who waits for how long.

use rayon::prelude::*;

use super::metric::{Loan, Nodes, Serving, own, serving_now};
use super::policies::{Candidate, Field, POLICIES, Stats, least};
use super::recording::{ByTask, Recording};
use super::rules::Rules;
use crate::stats::ranks::{kendall_tau, ranks};

/// A contender that serves, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its place in the recording.
    pub place: usize,
    /// Id of its node.
    pub node: u32,
    /// Volume that it says it takes.
    pub capacity: f64,
    /// Requests that were made to it in its period.
    pub requests: f64,
    /// What its own history is worth.
    pub own: f64,
    /// What it borrows.
    pub loans: Vec<Loan>,
    /// Both together.
    pub global: f64,
    /// What it came to in the weights.
    pub stats: Option<Stats>,
    /// What it has beside, if it takes anything at all.
    pub standing: Option<Standing>,
}

/// What a contender that takes anything comes to among those of its task.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What it is ranked by in the pull request.
    pub rank_value: f64,
    /// Its place by each policy, from 1; equal ones share the best.
    pub places: Vec<u64>,
    /// The probability that it is tried first, by each policy.
    pub chances: Vec<f64>,
    /// Requests that go to others of its task before one goes to it.
    pub wait: f64,
}

/// How a policy orders the contenders of a task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskOrder {
    /// Number of the task.
    pub task: u32,
    /// The policy, as a place among all.
    pub policy: usize,
    /// Contenders that are ranked.
    pub contenders: usize,
    /// How its order agrees with that by requests alone; nothing where either is no order.
    pub tau: Option<f64>,
    /// Share of those that a request is tried with that it would be tried with by requests alone.
    pub overlap: f64,
}

/// All contenders at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// Those that serve, by their places.
    pub contenders: Vec<Ranked>,
    /// How each policy orders each task that is served.
    pub orders: Vec<TaskOrder>,
}

/// Ranks those that serve at the end of a recording, at the moment `now`; `stats` are theirs by place.
pub fn rank(recording: &Recording, rules: &Rules, now: f64, stats: &[Option<Stats>]) -> Ranking {
    let serving = serving_now(recording);
    let owns: Vec<f64> = serving.par_iter().map(|one| own(recording.periods(one.place), now, rules)).collect();
    let nodes = Nodes::new(recording, &serving);
    let ranked = |(index, one): (usize, &Serving)| {
        let loans: Vec<Loan> = nodes.loans(recording, rules, one, &owns).collect();
        Ranked {
            place: one.place,
            node: one.node,
            capacity: one.capacity,
            requests: recording.periods(one.place)[one.period].requests,
            own: owns[index],
            global: owns[index] + loans.iter().map(|loan| loan.value).sum::<f64>(),
            loans,
            stats: stats.get(one.place).copied().flatten(),
            standing: None,
        }
    };
    let mut contenders: Vec<Ranked> = serving.par_iter().enumerate().map(ranked).collect();
    let orders = add_standings(&mut contenders, recording, rules);
    Ranking { contenders, orders }
}

/// Ranks the contenders of each task among themselves.
fn add_standings(contenders: &mut [Ranked], recording: &Recording, rules: &Rules) -> Vec<TaskOrder> {
    let ranks = recording.id_ranks();
    let hotkey_ranks = recording.hotkey_ranks();
    let by_task = ByTask::new(recording, &ranks);
    let mut index_of = vec![None; recording.contenders.len()];
    contenders.iter().enumerate().for_each(|(index, one)| index_of[one.place] = Some(index));
    let mut orders = Vec::new();
    for task in 0..recording.tasks.len() as u32 {
        let members = by_task.of(task).iter().filter_map(|&place| index_of[place]);
        let members: Vec<usize> = members.filter(|&index| contenders[index].capacity > 0.0).collect();
        let candidate = |&index: &usize| {
            let Ranked { place, requests, global, stats, .. } = contenders[index];
            let hotkey_rank = hotkey_ranks[recording.contenders[place].hotkey as usize];
            Candidate { hotkey_rank, requests, global, stats }
        };
        let candidates: Vec<Candidate> = members.iter().map(candidate).collect();
        let field = Field { candidates: &candidates, is_organic: true, rules };
        if !members.is_empty() {
            let (standings, found) = standings(&field, task);
            orders.extend(found);
            members.iter().zip(standings).for_each(|(&index, standing)| contenders[index].standing = Some(standing));
        }
    }
    orders
}

/// What each candidate comes to, and how each policy orders them.
fn standings(field: &Field<'_>, task: u32) -> (Vec<Standing>, Vec<TaskOrder>) {
    let values: Vec<Vec<f64>> = POLICIES.iter().map(|policy| policy.values(field)).collect();
    let chances: Vec<Vec<f64>> = POLICIES.iter().map(|policy| policy.chances(field)).collect();
    let places: Vec<Vec<u64>> =
        values.iter().map(|values| ranks(&values.iter().map(|value| -value).collect::<Vec<f64>>())).collect();
    let rank_values: Vec<f64> = field.candidates.iter().map(|one| one.rank_value(field.rules)).collect();
    let waits = waits(&rank_values);
    let standing = |candidate: usize| Standing {
        rank_value: rank_values[candidate],
        places: places.iter().map(|places| places[candidate]).collect(),
        chances: chances.iter().map(|chances| chances[candidate]).collect(),
        wait: waits[candidate],
    };
    let first = least(&values[0], field.rules.top);
    let order = |policy: usize| TaskOrder {
        task,
        policy,
        contenders: field.candidates.len(),
        tau: kendall_tau(&values[policy], &values[0]),
        overlap: {
            let tried = least(&values[policy], field.rules.top);
            tried.iter().filter(|one| first.contains(one)).count() as f64 / first.len() as f64
        },
    };
    ((0..field.candidates.len()).map(standing).collect(), (0..POLICIES.len()).map(order).collect())
}

/// Of each rank value, the requests that fill all lower ones up to it.
fn waits(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
    let mut waits = vec![0.0; values.len()];
    let mut below = 0.0;
    for (count, &place) in order.iter().enumerate() {
        waits[place] = (count as f64 * values[place] - below).max(0.0);
        below += values[place];
    }
    waits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_until_all_lower_ones_are_filled_up_to_it() {
        assert_eq!(waits(&[10.0, 3.0, 5.0, 10.0]), [12.0, 0.0, 2.0, 12.0]);
        assert!(waits(&[]).is_empty());
    }
}

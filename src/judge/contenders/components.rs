//! Why a rank value or a weight is what it is: parts that add up to it.

use super::ranking::Ranked;
use super::recording::{Contender, Recording};
use super::rules::Rules;
use super::scores::TaskScore;

/// What a part belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// The rank value of a contender.
    RankValue(Contender),
    /// The weight of a hotkey, by number.
    Weight(u32),
}

/// What adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Requests that were made.
    Requests,
    /// The contender's own history.
    OwnHistory,
    /// What is borrowed from the node's history with a task, by number.
    BorrowedFrom(u32),
    /// The share of a task, by number.
    ShareOf(u32),
}

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// What it belongs to.
    pub whole: Whole,
    /// What it is.
    pub part: Part,
    /// What it adds; negative where it takes.
    pub value: f64,
}

/// The parts of every rank value and every weight.
pub(super) fn components(
    recording: &Recording,
    rules: &Rules,
    contenders: &[Ranked],
    scores: &[TaskScore],
) -> Vec<Component> {
    let ranked = contenders.iter().filter(|one| one.standing.is_some());
    let of_ranks = ranked.flat_map(|one| of_rank_value(one, recording.contenders[one.place], rules.weight));
    let weighted =
        |score: &TaskScore| Some(recording.weights[score.contender.task as usize]? * score.share?.net_score?);
    let total: f64 = scores.iter().filter_map(weighted).sum();
    let of_weight = |score: &TaskScore| {
        Some(Component {
            whole: Whole::Weight(score.contender.hotkey),
            part: Part::ShareOf(score.contender.task),
            value: weighted(score).filter(|_| total > 0.0)? / total,
        })
    };
    of_ranks.chain(scores.iter().filter_map(of_weight)).collect()
}

fn of_rank_value(one: &Ranked, contender: Contender, weight: f64) -> Vec<Component> {
    let component = |part: Part, value: f64| Component { whole: Whole::RankValue(contender), part, value };
    let own = [component(Part::Requests, one.requests), component(Part::OwnHistory, -weight * one.own)];
    let loans = one.loans.iter().map(|loan| component(Part::BorrowedFrom(loan.task), -weight * loan.value));
    own.into_iter().chain(loans).collect()
}

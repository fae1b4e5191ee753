//! What replayed contenders say, in sentences.

use super::ContendersReplay;
use crate::excerpt::escaped;
use crate::judge::contenders::policies::POLICIES;
use crate::judge::contenders::{PairEstimate, PolicyRow};
use crate::report::numbers::{counted, decimal, estimated};
use crate::report::story::Term;
use crate::stats::Estimate;

/// Pairs of tasks that people see at most.
const MOST_PAIRS: usize = 20;
/// Correlation above which a pair is worth telling though nobody registered it.
const TELLING: f64 = 0.5;
/// Covered share of the requests below which rates are called thin.
const THIN: f64 = 0.2;

/// What the words of the tables mean.
pub(super) const READING: &[Term] = &[
    Term {
        word: "own, borrowed",
        meaning: "What a contender's history with the task is worth, and what it borrows from its node's history with similar \
                  tasks. A period score counts in full when the period ends and D times less an interval later.",
    },
    Term {
        word: "rank value",
        meaning: "Requests made in the period less W for each unit of history, own and borrowed; the least is tried first.",
    },
    Term {
        word: "τ, overlap",
        meaning: "How the order agrees with that by requests alone: Kendall's τ-b, and the share of those tried that would be \
                  tried in either; means over tasks.",
    },
    Term {
        word: "coverage",
        meaning: "The share of the recorded requests that were sent to the one that the policy tries first: only there is the \
                  outcome known, and success, 429, 500 and seconds are of these. A policy that is drawn counts each request \
                  by its probability. In brackets: intervals over windows of a period's length. Where requests carry the \
                  probability with which they were sent, each counts by the inverse of it; else the rates hold for the \
                  requests that are covered, which may be easier or harder than the others.",
    },
    Term {
        word: "gini, starved",
        meaning: "How unequally a policy would have shared the requests of a task among its contenders: 0 equally, towards 1 to \
                  one alone; and contenders that would have got less than one request.",
    },
    Term {
        word: "longest wait, left out",
        meaning: "Requests that go to others, by nineteen-pr75, until the last contender gets one; and contenders whose wait is \
                  longer than the requests of a period: they get nothing while counts start anew with each period.",
    },
    Term {
        word: "similarity, correlation",
        meaning: "The share of the right task's period scores that makes up the left's on the same node, with the interval over \
                  nodes; and whether nodes that are good at one are good at the other. Where all nodes are good at all tasks \
                  the similarity is near 1 and the correlation near 0: the history then says little of the node.",
    },
];

/// What it came to, in one line.
pub(super) fn headline(replay: &ContendersReplay) -> String {
    let policy = POLICIES[replay.policy].name();
    let serving = replay.judged.contenders.iter().filter(|one| one.standing.is_some()).count();
    let ranked = format!("{} of {}", counted(serving, "contender"), counted(replay.judged.tasks.len(), "task"));
    match chosen(replay).map(|row| &row.fared).filter(|fared| fared.requests > 0) {
        Some(fared) => format!(
            "{ranked} ranked; {policy} replayed over {}, with a known outcome for {} %.",
            counted(fared.requests as usize, "request"),
            decimal(fared.coverage.map(|one| 100.0 * one.value), 1)
        ),
        None => format!("{ranked} ranked by {policy}."),
    }
}

/// The row of the policy that the report is about.
fn chosen(replay: &ContendersReplay) -> Option<&PolicyRow> {
    replay.judged.policies.iter().find(|row| row.policy == replay.policy)
}

/// What is worth saying beside the tables.
pub(super) fn sentences(replay: &ContendersReplay) -> Vec<String> {
    [fared(replay), thin(replay), left_out(replay), cold(replay), weights(replay)].into_iter().flatten().collect()
}

/// The policy beside that by requests alone.
fn fared(replay: &ContendersReplay) -> Option<String> {
    let (row, before) = (chosen(replay)?, replay.judged.policies.first()?);
    let success = |row: &PolicyRow| row.fared.rates().success;
    let share = |estimate: Option<Estimate>| {
        let percent = estimate
            .map(|one| Estimate { value: 100.0 * one.value, interval: one.interval.map(|ends| ends.scaled(100.0)) });
        estimated(percent, 2)
    };
    let (found, by_requests) = (success(row)?, success(before)?);
    (row.policy != before.policy).then(|| {
        let [found, by_requests] = [found, by_requests].map(|rate| share(Some(rate)));
        let [policy, before] = [row, before].map(|row| POLICIES[row.policy].name());
        match row.fared.weighted {
            Some(_) => format!(
                "By the probabilities with which they were sent, {found} % of all requests would succeed by {policy} and \
                 {by_requests} % by {before}."
            ),
            None => format!(
                "Of the requests with a known outcome {found} % succeed by {policy} and {by_requests} % by {before}."
            ),
        }
    })
}

fn thin(replay: &ContendersReplay) -> Option<String> {
    let coverage = chosen(replay)?.fared.coverage?.value;
    let is_weighted = chosen(replay)?.fared.weighted.is_some();
    (coverage < THIN && !is_weighted).then(|| {
        format!(
            "Only {} % of the requests went to whom the policy tries first: what became of the others is not known, and is not \
             guessed.",
            decimal(Some(100.0 * coverage), 1)
        )
    })
}

fn left_out(replay: &ContendersReplay) -> Option<String> {
    let worst = replay.judged.tasks.iter().filter(|row| row.left_out.is_some_and(|count| count > 0));
    let worst = worst.max_by_key(|row| row.left_out)?;
    let requests = decimal(worst.requests, 0);
    Some(format!(
        "In {} {} of {} get no request in a period by nineteen-pr75: others are ahead by up to {} requests, and a period has \
         {requests}.",
        escaped(replay.task(worst.task)),
        worst.left_out.unwrap_or_default(),
        counted(worst.contenders, "contender"),
        decimal(Some(worst.longest_wait), 0),
    ))
}

fn cold(replay: &ContendersReplay) -> Option<String> {
    let rows = &replay.judged.cold_starts;
    let better = rows.iter().filter(|row| row.error.value < row.own).count();
    (!rows.is_empty()).then(|| {
        format!(
            "Borrowing comes closer to what a contender's own history is worth than no loan does in {better} of {}.",
            counted(rows.len(), "task")
        )
    })
}

fn weights(replay: &ContendersReplay) -> Option<String> {
    let weights = &replay.judged.weights;
    if !replay.has_tasks {
        return replay.has_requests.then(|| "No weights: what each task counts is not known; give --tasks.".to_owned());
    }
    let moved = weights.iter().filter(|row| row.rank != row.baseline_rank).count();
    let has_moved = weights.iter().any(|row| row.weight.value != row.baseline);
    has_moved.then(|| {
        format!(
            "Against the preset's rules {} of {} have another rank by weight.",
            moved,
            counted(weights.len(), "hotkey")
        )
    })
}

/// The pairs of tasks that are worth people's time: registered ones, and others that go together.
pub(super) fn telling(replay: &ContendersReplay) -> Vec<&PairEstimate> {
    let is_telling =
        |row: &&PairEstimate| row.registered.is_some() || row.correlation.is_some_and(|one| one >= TELLING);
    let mut rows: Vec<&PairEstimate> = replay.judged.similarities.iter().filter(is_telling).collect();
    let correlation = |row: &PairEstimate| row.correlation.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|one, other| {
        let registered = |row: &PairEstimate| row.registered.is_none();
        registered(one).cmp(&registered(other)).then(correlation(other).total_cmp(&correlation(one)))
    });
    rows.truncate(MOST_PAIRS);
    rows
}

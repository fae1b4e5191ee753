//! The metric of a contender: what its own history is worth, and what it borrows from its node's history with other tasks.

use std::collections::HashMap;

use super::recording::{Contender, Period, Recording};
use super::rules::Rules;

/// What a contender's own history is worth at `now`: the sum of its scores, each D^(−age / I). Periods that are older than
/// the window or end after `now` do not count, and one without a score counts nothing.
pub fn own(periods: &[Period], now: f64, rules: &Rules) -> f64 {
    // The newest first, as they stand: those that are too old end the sum.
    let known = periods.iter().rev().skip_while(|period| period.end > now);
    let young = known.take_while(|period| now - period.end < rules.window);
    // An empty sum of floats is -0.
    young.map(|period| period.score.unwrap_or(0.0) * rules.left(now - period.end)).sum::<f64>() + 0.0
}

/// A contender that serves at some moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Serving {
    /// Its place in the recording.
    pub place: usize,
    /// Which of its periods it is in.
    pub period: usize,
    /// Its node in that period.
    pub node: u32,
    /// What it says it takes in it.
    pub capacity: f64,
}

/// A loan to a contender's metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loan {
    /// The task that lends, by number.
    pub task: u32,
    /// Similarity times the lender's own metric.
    pub value: f64,
}

/// Who serves what on which node, at one moment.
#[derive(Debug, Default)]
pub struct Nodes {
    /// Places among those that serve.
    serving: HashMap<Site, Vec<usize>>,
}

/// A task on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Site {
    node: u32,
    task: u32,
}

impl Nodes {
    /// The sites of those that serve.
    pub fn new(recording: &Recording, serving: &[Serving]) -> Self {
        let mut found: HashMap<Site, Vec<usize>> = HashMap::with_capacity(serving.len());
        for (index, one) in serving.iter().enumerate() {
            let Contender { task, .. } = recording.contenders[one.place];
            found.entry(Site { node: one.node, task }).or_default().push(index);
        }
        Self { serving: found }
    }

    /// Who serves a task on a node, as places among those that serve.
    pub fn on(&self, node: u32, task: u32) -> &[usize] {
        self.serving.get(&Site { node, task }).map_or(&[], Vec::as_slice)
    }

    /// What one that serves borrows: from whoever serves a similar task on its node. `owns` are the own metrics of all.
    pub fn loans<'a>(
        &'a self,
        recording: &'a Recording,
        rules: &'a Rules,
        serving: &Serving,
        owns: &'a [f64],
    ) -> impl Iterator<Item = Loan> + 'a {
        let (task, node) = (recording.contenders[serving.place].task, serving.node);
        recording.lenders(task).iter().flat_map(move |one| {
            let value = move |&lender: &usize| rules.similarity(one.similarity) * owns[lender];
            self.on(node, one.right).iter().map(move |lender| Loan { task: one.right, value: value(lender) })
        })
    }
}

/// Who serves at the end of a recording: every contender with a period that is running.
pub fn serving_now(recording: &Recording) -> Vec<Serving> {
    let of = |place: usize| {
        let periods = recording.periods(place);
        let last = periods.last().filter(|period| period.is_running())?;
        Some(Serving { place, period: periods.len() - 1, node: last.node, capacity: last.capacity })
    };
    (0..recording.contenders.len()).filter_map(of).collect()
}

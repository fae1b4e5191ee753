//! How well a node's history with other tasks tells what its history with a new one will be: every contender is looked at as
//! if its own history were not there. And what the similarities would have to be, by the history itself.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::metric::own;
use super::recording::{ByTask, Period, Recording, Similarity};
use super::spans::Spans;
use super::spec::ContendersSpec;
use crate::stats::ratio::{Sums, ratios};
use crate::stats::{Estimate, Interval};

/// A contender is looked at once its history is this many intervals long: what is still to come is then small.
const INTERVALS: f64 = 4.0;

/// How the metric that a task's contenders would have begun with compares with what they have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColdStart {
    /// Number of the task.
    pub task: u32,
    /// Nodes that were looked at.
    pub nodes: usize,
    /// Contenders at the ends of periods.
    pub cases: u64,
    /// Mean of their own metrics: the error without any loan.
    pub own: f64,
    /// Mean of what they borrow, less their own.
    pub bias: Estimate,
    /// Mean of the error's size.
    pub error: Estimate,
}

/// How much of the right task's history counts for the left, by the history itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairEstimate {
    /// Number of the task that borrows.
    pub left: u32,
    /// Number of the task that lends.
    pub right: u32,
    /// Nodes that served both in one window of time.
    pub nodes: usize,
    /// Windows of these nodes.
    pub cases: u64,
    /// The similarity with the least squared error; nothing without a score above 0 of the right task.
    pub similarity: Option<Estimate>,
    /// Correlation of the nodes' mean scores: whether a node that is good at one is good at the other.
    pub correlation: Option<f64>,
    /// The similarity as it is registered.
    pub registered: Option<f64>,
}

const ANY: Interval = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };
const NOT_NEGATIVE: Interval = Interval { low: 0.0, high: f64::INFINITY };
const SHARES: Interval = Interval { low: 0.0, high: 1.0 };

/// The own metric of a contender at the end of a window.
#[derive(Clone, Copy)]
struct Cell {
    node: u32,
    own: f64,
    is_old: bool,
}

/// A task on a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Site {
    node: u32,
    task: u32,
}

/// What was seen of a task.
#[derive(Default)]
struct Seen {
    own: f64,
    cases: u64,
    /// Of each node what it borrows less its own, and the size of that.
    by_node: BTreeMap<u32, [Sums; 2]>,
}

/// Every task with a lender, looked at with one task left out. Only one moment is held at a time.
pub fn cold_starts(recording: &Recording, spec: &ContendersSpec, spans: &Spans) -> Vec<ColdStart> {
    if recording.similarities.is_empty() {
        return Vec::new();
    }
    let mut sites: HashMap<Site, Vec<usize>> = HashMap::new();
    for (place, contender) in recording.contenders.iter().enumerate() {
        for period in recording.periods(place) {
            let places = sites.entry(Site { node: period.node, task: contender.task }).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }
    let by_task = ByTask::new(recording, &recording.id_ranks());
    let mut seen: Vec<Seen> = recording.tasks.iter().map(|_| Seen::default()).collect();
    for moment in spans.boundaries(spec.now) {
        let cell = |place: usize| cell(recording.periods(place), moment, spec, spans);
        let cells: Vec<Option<Cell>> = (0..recording.contenders.len()).into_par_iter().map(cell).collect();
        let look = |(task, seen): (usize, &mut Seen)| {
            let task = task as u32;
            let borrowed = |node: u32| borrowed(recording.lenders(task), node, &sites, &cells, spec);
            by_task.of(task).iter().filter_map(|&place| cells[place]).for_each(|cell| seen.add(cell, &borrowed));
        };
        seen.par_iter_mut().enumerate().for_each(look);
    }
    let found = (0..).zip(&seen).filter_map(|(task, seen)| seen.cold_start(task, spec));
    found.collect()
}

fn cell(periods: &[Period], moment: f64, spec: &ContendersSpec, spans: &Spans) -> Option<Cell> {
    let period = &periods[spans.at(periods, moment)?];
    let is_old = periods.first().is_some_and(|first| moment - first.end >= INTERVALS * spec.rules.interval);
    Some(Cell { node: period.node, own: own(periods, moment, &spec.rules), is_old })
}

/// What a contender would borrow on a node; nothing where nobody lends.
fn borrowed(
    lenders: &[Similarity],
    node: u32,
    sites: &HashMap<Site, Vec<usize>>,
    cells: &[Option<Cell>],
    spec: &ContendersSpec,
) -> Option<f64> {
    let loan = |one: &Similarity| -> Option<f64> {
        let there = sites.get(&Site { node, task: one.right })?.iter().filter_map(|&place| cells[place]);
        let owns: Vec<f64> = there.filter(|cell| cell.node == node).map(|cell| cell.own).collect();
        (!owns.is_empty()).then(|| spec.rules.similarity(one.similarity) * owns.iter().sum::<f64>())
    };
    lenders.iter().filter_map(loan).reduce(|one, other| one + other)
}

impl Seen {
    fn add(&mut self, cell: Cell, borrowed: &dyn Fn(u32) -> Option<f64>) {
        if let (true, Some(borrowed)) = (cell.is_old, borrowed(cell.node)) {
            let error = borrowed - cell.own;
            let [bias, size] = self.by_node.entry(cell.node).or_default();
            bias.add(Sums { above: error, below: 1.0 });
            size.add(Sums { above: error.abs(), below: 1.0 });
            self.own += cell.own;
            self.cases += 1;
        }
    }

    fn cold_start(&self, task: u32, spec: &ContendersSpec) -> Option<ColdStart> {
        let column = |which: usize| self.by_node.values().map(|sums| sums[which]).collect::<Vec<Sums>>();
        let bias = ratios(&[column(0)], ANY, &spec.bootstrap).remove(0)?;
        let error = ratios(&[column(1)], NOT_NEGATIVE, &spec.bootstrap).remove(0)?;
        let own = self.own / self.cases as f64;
        Some(ColdStart { task, nodes: self.by_node.len(), cases: self.cases, own, bias, error })
    }
}

/// Scores of one task on one node by window; those of several hotkeys add up, as their loans do.
type Scores = HashMap<usize, f64>;

/// Similarities of every pair of tasks that nodes serve in the same windows of time.
pub fn estimate(recording: &Recording, spec: &ContendersSpec, spans: &Spans) -> Vec<PairEstimate> {
    let tasks = recording.tasks.len() as u32;
    let mut by_task: Vec<BTreeMap<u32, Scores>> = vec![BTreeMap::new(); tasks as usize];
    for (place, contender) in recording.contenders.iter().enumerate() {
        let scored = |period: &&Period| period.end <= spec.now;
        for period in recording.periods(place).iter().filter(scored) {
            if let Some(score) = period.score {
                let scores = by_task[contender.task as usize].entry(period.node).or_default();
                *scores.entry(spans.window(period.end)).or_default() += score;
            }
        }
    }
    let pairs = |left: u32| -> Vec<PairEstimate> {
        let others: Vec<u32> = (0..tasks).filter(|&right| right != left).collect();
        let found: Vec<Pair> =
            others.iter().map(|&right| Pair::new(&by_task[left as usize], &by_task[right as usize])).collect();
        let sums: Vec<Vec<Sums>> = found.iter().map(|pair| pair.sums.clone()).collect();
        let similarities = ratios(&sums, SHARES, &spec.bootstrap);
        let estimate = |((right, pair), similarity): ((&u32, &Pair), Option<Estimate>)| PairEstimate {
            left,
            right: *right,
            nodes: pair.sums.len(),
            cases: pair.cases,
            similarity: similarity.map(|one| Estimate { value: one.value.clamp(0.0, 1.0), ..one }),
            correlation: correlation(&pair.means),
            registered: recording.lenders(left).iter().find(|one| one.right == *right).map(|one| one.similarity),
        };
        others.iter().zip(&found).zip(similarities).map(estimate).filter(|one| one.cases > 0).collect()
    };
    (0..tasks).flat_map(pairs).collect()
}

/// A pair of tasks on all nodes that served both in a window.
struct Pair {
    /// Of each node Σ left · right and Σ right².
    sums: Vec<Sums>,
    /// Of each node its mean scores, left and right.
    means: Vec<[f64; 2]>,
    cases: u64,
}

impl Pair {
    fn new(left: &BTreeMap<u32, Scores>, right: &BTreeMap<u32, Scores>) -> Self {
        let mut pair = Pair { sums: Vec::new(), means: Vec::new(), cases: 0 };
        for (node, left) in left {
            let Some(right) = right.get(node) else { continue };
            let mut both: Vec<(&usize, [f64; 2])> =
                left.iter().filter_map(|(window, &one)| Some((window, [one, *right.get(window)?]))).collect();
            // Sums in the order of time: the same digits in each run.
            both.sort_unstable_by_key(|(window, _)| **window);
            if both.is_empty() {
                continue;
            }
            let sum = |read: fn(&[f64; 2]) -> f64| both.iter().map(|(_, scores)| read(scores)).sum::<f64>();
            pair.sums.push(Sums { above: sum(|[left, right]| left * right), below: sum(|[_, right]| right * right) });
            let count = both.len() as f64;
            pair.means.push([sum(|[left, _]| *left) / count, sum(|[_, right]| *right) / count]);
            pair.cases += both.len() as u64;
        }
        pair
    }
}

/// Pearson's correlation; nothing where either does not vary.
fn correlation(points: &[[f64; 2]]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |which: usize| points.iter().map(|point| point[which]).sum::<f64>() / count;
    let means = [mean(0), mean(1)];
    let moment = |one: usize, other: usize| -> f64 {
        points.iter().map(|point| (point[one] - means[one]) * (point[other] - means[other])).sum()
    };
    let scale = (moment(0, 0) * moment(1, 1)).sqrt();
    (scale > 1e-12 * count).then(|| (moment(0, 1) / scale).clamp(-1.0, 1.0))
}

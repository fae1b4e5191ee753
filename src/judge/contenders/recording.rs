//! What is known of contenders: periods, requests, similarities and weights of tasks, all by number.

use std::cmp::Ordering;

use super::period::{PeriodCounts, period_score};

/// A node that serves a task: its hotkey and the task, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contender {
    /// Number of its hotkey.
    pub hotkey: u32,
    /// Number of its task.
    pub task: u32,
}

/// A period as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recorded {
    /// Whose it is.
    pub contender: Contender,
    /// Id of the node.
    pub node: u32,
    /// When it ended, in seconds; `None` for the one that is running.
    pub expired_at: Option<f64>,
    /// What it was asked for, and how that went.
    pub counts: PeriodCounts,
    /// The score as it was recorded.
    pub score: Option<f64>,
}

/// A period of a contender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// Whose it is.
    pub contender: Contender,
    /// Id of the node.
    pub node: u32,
    /// When it ended, in seconds; infinite for the one that is running.
    pub end: f64,
    /// Volume that the contender says it takes.
    pub capacity: f64,
    /// Volume that it was asked for.
    pub consumed: f64,
    /// Requests that were made to it.
    pub requests: f64,
    /// The period score, if it has one.
    pub score: Option<f64>,
}

impl From<&Recorded> for Period {
    fn from(one: &Recorded) -> Self {
        Self {
            contender: one.contender,
            node: one.node,
            end: one.expired_at.unwrap_or(f64::INFINITY),
            capacity: one.counts.capacity,
            consumed: one.counts.consumed,
            requests: one.counts.requests as f64,
            score: one.score.or_else(|| period_score(&one.counts)),
        }
    }
}

impl Period {
    /// Whether it is running.
    pub fn is_running(&self) -> bool {
        self.end == f64::INFINITY
    }
}

/// How much of its history with one task a node brings to another; tasks by number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// The task that borrows.
    pub left: u32,
    /// The task that lends.
    pub right: u32,
    /// From 0 to 1.
    pub similarity: f64,
}

/// A request that was served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// When it was sent, in seconds.
    pub time: f64,
    /// Whom it was sent to.
    pub contender: Contender,
    /// Id of the node.
    pub node: u32,
    /// Whether it was a user's.
    pub is_organic: bool,
    /// HTTP status, if that is known.
    pub status: Option<u32>,
    /// Seconds to the end of the answer.
    pub response_time: Option<f64>,
    /// Volume of the answer.
    pub volume: Option<f64>,
    /// Quality score of the answer.
    pub quality: Option<f64>,
    /// Probability with which it was sent to this contender.
    pub propensity: Option<f64>,
}

/// All that is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// Names of hotkeys, by number.
    pub hotkeys: Vec<Box<str>>,
    /// Names of tasks, by number.
    pub tasks: Vec<Box<str>>,
    /// Every contender that has a period, ascending.
    pub contenders: Vec<Contender>,
    /// Their periods, by contender and time, the running one last.
    periods: Vec<Period>,
    /// Where each contender's periods begin; one more than there are contenders.
    starts: Vec<usize>,
    /// Similarities of tasks, each pair once, by the task that borrows.
    pub similarities: Vec<Similarity>,
    /// Requests in the order of time.
    pub requests: Vec<Request>,
    /// Weight of each task by number; `None` where none is given.
    pub weights: Vec<Option<f64>>,
}

impl Recording {
    /// A recording of periods alone, in any order.
    pub fn new(hotkeys: Vec<Box<str>>, tasks: Vec<Box<str>>, mut periods: Vec<Period>) -> Self {
        periods.sort_unstable_by(|one, other| one.contender.cmp(&other.contender).then(one.end.total_cmp(&other.end)));
        let (mut contenders, mut starts): (Vec<Contender>, Vec<usize>) = (Vec::new(), Vec::new());
        for (place, period) in periods.iter().enumerate() {
            if contenders.last() != Some(&period.contender) {
                contenders.push(period.contender);
                starts.push(place);
            }
        }
        starts.push(periods.len());
        let weights = vec![None; tasks.len()];
        Self { hotkeys, tasks, contenders, periods, starts, weights, ..Self::default() }
    }

    /// With the similarities of tasks.
    pub fn with_similarities(mut self, mut similarities: Vec<Similarity>) -> Self {
        similarities.sort_by_key(|one| (one.left, one.right));
        self.similarities = similarities;
        self
    }

    /// The periods of the contender at this place.
    pub fn periods(&self, place: usize) -> &[Period] {
        &self.periods[self.starts[place]..self.starts[place + 1]]
    }

    /// The place of a contender.
    pub fn place(&self, contender: Contender) -> Option<usize> {
        self.contenders.binary_search(&contender).ok()
    }

    /// The similarities of the tasks that lend to `task`.
    pub fn lenders(&self, task: u32) -> &[Similarity] {
        let first = self.similarities.partition_point(|one| one.left < task);
        let last = self.similarities.partition_point(|one| one.left <= task);
        &self.similarities[first..last]
    }

    /// Every period.
    pub fn all_periods(&self) -> &[Period] {
        &self.periods
    }

    /// The last moment that anything is recorded of, if there is one.
    pub fn last_moment(&self) -> Option<f64> {
        let ends = self.periods.iter().map(|period| period.end).filter(|end| end.is_finite());
        ends.chain(self.requests.last().map(|request| request.time)).reduce(f64::max)
    }

    /// The rank of each hotkey in the order of bytes.
    pub fn hotkey_ranks(&self) -> Vec<u32> {
        ranks_of((0..self.hotkeys.len()).collect(), |&one, &other| self.hotkeys[one].cmp(&self.hotkeys[other]))
    }

    /// The rank of each contender by its id, hotkey-task, in the order of bytes: who comes first where nothing else tells.
    pub fn id_ranks(&self) -> Vec<u32> {
        let id = |contender: &Contender| {
            let hotkey = self.hotkeys[contender.hotkey as usize].bytes();
            hotkey.chain(*b"-").chain(self.tasks[contender.task as usize].bytes())
        };
        ranks_of((0..self.contenders.len()).collect(), |&one, &other| {
            id(&self.contenders[one]).cmp(id(&self.contenders[other]))
        })
    }
}

/// The rank of each of 0, 1, …, all of which are in `order`.
fn ranks_of(mut order: Vec<usize>, compare: impl Fn(&usize, &usize) -> Ordering) -> Vec<u32> {
    order.sort_by(compare);
    let mut ranks = vec![0; order.len()];
    (0..).zip(order).for_each(|(rank, place)| ranks[place] = rank);
    ranks
}

/// The places of the tasks' contenders: those of task t are from the t-th start to the next.
#[derive(Debug, Clone)]
pub struct ByTask {
    places: Vec<usize>,
    starts: Vec<usize>,
}

impl ByTask {
    /// The contenders of a recording by their tasks, each task's in the order of their ids.
    pub fn new(recording: &Recording, id_ranks: &[u32]) -> Self {
        let mut places: Vec<usize> = (0..recording.contenders.len()).collect();
        let key = |place: &usize| (recording.contenders[*place].task, id_ranks[*place]);
        places.sort_unstable_by_key(key);
        let tasks = recording.tasks.len() as u32;
        let start =
            |task: u32| places.partition_point(|&place| recording.contenders[place].task.cmp(&task) == Ordering::Less);
        let starts = (0..=tasks).map(start).collect();
        Self { places, starts }
    }

    /// The places of a task's contenders.
    pub fn of(&self, task: u32) -> &[usize] {
        &self.places[self.starts[task as usize]..self.starts[task as usize + 1]]
    }
}

//! The validator's loop as a simulation of discrete events: batches are handed on, wait for a worker, run and end; when
//! all have ended the next loop begins.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::pacing::{Pace, Pacing};
use super::queue::{Queue, UP_FRONT, queries};
use crate::judge::rewards::Rate;
use crate::stats::Draws;

/// Who runs batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// A thread for each batch.
    Threads,
    /// So many, at least 1; batches wait for one.
    Pool(usize),
}

/// How a validator works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Who runs batches.
    pub workers: Workers,
    /// How it sleeps.
    pub pacing: Pacing,
    /// Queries of a batch, at least 1.
    pub batch: usize,
    /// Seconds meant for a loop.
    pub loop_seconds: f64,
    /// The probability that a query behind the first two of its uid is rewarded.
    pub rewarded: f64,
}

/// How long batches take, in seconds: the recorded times in their order and over again, or drawn from them.
#[derive(Debug, Clone)]
pub struct Service<'a> {
    seconds: &'a [f64],
    /// Which of them count, where they were drawn again.
    chosen: Option<Vec<u32>>,
    is_drawn: bool,
    next: usize,
}

impl<'a> Service<'a> {
    /// The recorded times in their order, over again when they end.
    pub fn recorded(seconds: &'a [f64]) -> Self {
        Self { seconds, chosen: None, is_drawn: false, next: 0 }
    }

    /// Times drawn from the recorded ones.
    pub fn drawn(seconds: &'a [f64]) -> Self {
        Self { is_drawn: true, ..Self::recorded(seconds) }
    }

    /// The same from a recording that might have been: as many times, drawn with replacement.
    pub fn resampled(&self, draws: &mut Draws) -> Self {
        let chosen = self.seconds.iter().map(|_| draws.below(self.seconds.len()) as u32).collect();
        Self { chosen: Some(chosen), next: 0, ..self.clone() }
    }

    fn next(&mut self, draws: &mut Draws) -> f64 {
        let place = if self.is_drawn { draws.below(self.seconds.len()) } else { self.next % self.seconds.len() };
        self.next += 1;
        self.seconds[self.chosen.as_ref().map_or(place, |chosen| chosen[place] as usize)]
    }
}

/// A batch on its way, in seconds since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchRun {
    /// When it was handed on.
    pub submitted: f64,
    /// When a worker took it.
    pub started: f64,
    /// When it was done.
    pub ended: f64,
    /// Its queries.
    pub queries: u32,
    /// Those of them that are rewarded.
    pub rewarded: u32,
}

/// A loop from its start to the end of its last batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopRun {
    /// When it began.
    pub began: f64,
    /// When its last batch was handed on and slept for.
    pub submitted: f64,
    /// When all was done.
    pub ended: f64,
    /// Its batches.
    pub batches: usize,
}

/// How a loop's queue is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Query by query, in the order in which they are asked.
    Whole,
    /// Only how many there are, and how many of a batch are rewarded: the same in distribution, and quicker.
    Counted,
}

/// Queries of a loop, as far as its batches show them.
struct Queries {
    total: usize,
    /// Those that are rewarded always, at the front.
    front: usize,
    /// Which are rewarded, where that is drawn query by query.
    is_rewarded: Option<Vec<bool>>,
}

impl Queries {
    fn of(rates: &[Option<Rate>], policy: &Policy, asking: Asking, draws: &mut Draws) -> Self {
        let total = rates.iter().map(|rate| queries(*rate) as usize).sum();
        let front = rates.iter().flatten().count() * UP_FRONT as usize;
        let is_rewarded = (asking == Asking::Whole).then(|| Queue::new(rates, policy.rewarded, draws).is_rewarded);
        Self { total, front, is_rewarded }
    }

    /// How many of the queries in this range are rewarded.
    fn rewarded(&self, range: Range<usize>, probability: f64, draws: &mut Draws) -> u32 {
        if let Some(is_rewarded) = &self.is_rewarded {
            return is_rewarded[range].iter().filter(|is| **is).count() as u32;
        }
        let always = self.front.clamp(range.start, range.end) - range.start;
        let later = range.len() - always;
        always as u32 + draws.binomial(later as u32, probability)
    }
}

/// Runs loops until `horizon` seconds have passed and hands over each batch; loops that began are run to their end.
pub fn simulate(
    policy: &Policy,
    rates: &[Option<Rate>],
    service: &mut Service<'_>,
    horizon: f64,
    asking: Asking,
    draws: &mut Draws,
    mut each: impl FnMut(&BatchRun),
) -> Vec<LoopRun> {
    let (mut loops, mut now) = (Vec::new(), 0.0);
    while now < horizon {
        let queries = Queries::of(rates, policy, asking, draws);
        let run = one_loop(policy, &queries, service, now, draws, &mut each);
        // A loop without a query takes the time that is meant for one.
        now = if run.batches == 0 { now + policy.loop_seconds } else { run.ended };
        loops.push(run);
    }
    loops
}

fn one_loop(
    policy: &Policy,
    queries: &Queries,
    service: &mut Service<'_>,
    began: f64,
    draws: &mut Draws,
    each: &mut impl FnMut(&BatchRun),
) -> LoopRun {
    let (mut free, mut now, mut last) = (Free::new(policy.workers), began, began);
    let total = queries.total;
    for first in (0..total).step_by(policy.batch) {
        let range = first..total.min(first + policy.batch);
        let started = free.take(now);
        let ended = started + service.next(draws);
        free.put(ended);
        last = f64::max(last, ended);
        let rewarded = queries.rewarded(range.clone(), policy.rewarded, draws);
        each(&BatchRun { submitted: now, started, ended, queries: range.len() as u32, rewarded });
        now += policy.pacing.sleep(Pace {
            loop_seconds: policy.loop_seconds,
            batch: policy.batch as f64,
            queue: total as f64,
            remaining: (total - first) as f64,
        });
    }
    LoopRun { began, submitted: now, ended: last.max(now), batches: total.div_ceil(policy.batch) }
}

/// When workers are free again.
enum Free {
    Always,
    At { idle: usize, busy: BinaryHeap<Reverse<Moment>> },
}

/// A time in seconds; none is NaN.
#[derive(Debug, PartialEq)]
pub(super) struct Moment(pub(super) f64);

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Free {
    fn new(workers: Workers) -> Self {
        match workers {
            Workers::Threads => Self::Always,
            Workers::Pool(size) => Self::At { idle: size, busy: BinaryHeap::with_capacity(size) },
        }
    }

    /// When a worker takes what is handed on now.
    fn take(&mut self, now: f64) -> f64 {
        match self {
            Self::Always => now,
            Self::At { idle, .. } if *idle > 0 => {
                *idle -= 1;
                now
            }
            Self::At { busy, .. } => busy.pop().map_or(now, |Reverse(Moment(free))| free.max(now)),
        }
    }

    fn put(&mut self, ended: f64) {
        if let Self::At { busy, .. } = self {
            busy.push(Reverse(Moment(ended)));
        }
    }
}

//! What is read off a simulation while it runs: how many batches run and wait, for how long, at most and on average.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::simulation::{BatchRun, LoopRun, Moment};

/// Counts batches as they come, in the order in which they are handed on, up to a horizon.
#[derive(Debug)]
pub(super) struct Meter {
    horizon: f64,
    /// When those that run will end.
    running: BinaryHeap<Reverse<Moment>>,
    /// When those that wait will start.
    waiting: VecDeque<f64>,
    found: Figures,
    busy: f64,
    waited: f64,
}

/// What a policy came to over the horizon.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Loops that came to their end.
    pub loops: f64,
    /// Mean seconds of a loop that began, to the end of its last batch; 0 where none did.
    pub loop_seconds: f64,
    /// Batches that came to their end.
    pub batches: f64,
    /// Batches that ran at once, at most.
    pub peak_running: f64,
    /// The same on average.
    pub mean_running: f64,
    /// Batches that waited at once, at most.
    pub peak_waiting: f64,
    /// The same on average.
    pub mean_waiting: f64,
    /// Queries of the batches that were begun.
    pub begun: f64,
    /// Queries of the batches that came to their end.
    pub queries: f64,
    /// Those of them that are rewarded.
    pub rewarded: f64,
}

impl Meter {
    pub fn new(horizon: f64) -> Self {
        Self {
            horizon,
            running: BinaryHeap::new(),
            waiting: VecDeque::new(),
            found: Figures::default(),
            busy: 0.0,
            waited: 0.0,
        }
    }

    /// Takes the next batch.
    pub fn take(&mut self, batch: &BatchRun) {
        let within = |second: f64| second.min(self.horizon);
        self.busy += within(batch.ended) - within(batch.started);
        self.waited += within(batch.started) - within(batch.submitted);
        if batch.submitted < self.horizon {
            while self.waiting.front().is_some_and(|&start| start <= batch.submitted) {
                self.waiting.pop_front();
            }
            if batch.started > batch.submitted {
                self.waiting.push_back(batch.started);
            }
            self.found.peak_waiting = self.found.peak_waiting.max(self.waiting.len() as f64);
        }
        if batch.started < self.horizon {
            self.found.begun += f64::from(batch.queries);
            while self.running.peek().is_some_and(|Reverse(Moment(end))| *end <= batch.started) {
                self.running.pop();
            }
            if batch.ended > batch.started {
                self.running.push(Reverse(Moment(batch.ended)));
            }
            self.found.peak_running = self.found.peak_running.max(self.running.len() as f64);
        }
        if batch.ended <= self.horizon {
            self.found.batches += 1.0;
            self.found.queries += f64::from(batch.queries);
            self.found.rewarded += f64::from(batch.rewarded);
        }
    }

    /// What it came to.
    pub fn finish(self, loops: &[LoopRun]) -> Figures {
        let seconds: f64 = loops.iter().map(|one| one.ended - one.began).sum();
        Figures {
            loops: loops.iter().filter(|one| one.ended <= self.horizon).count() as f64,
            loop_seconds: if loops.is_empty() { 0.0 } else { seconds / loops.len() as f64 },
            mean_running: self.busy / self.horizon,
            mean_waiting: self.waited / self.horizon,
            ..self.found
        }
    }
}

/// How many run and wait at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Seconds since the start.
    pub second: f64,
    /// Batches that run.
    pub running: u64,
    /// Batches that wait.
    pub waiting: u64,
}

/// The load at the end of every `step` seconds, from 0 up to the horizon.
pub(super) fn loads(batches: &[BatchRun], step: f64, horizon: f64) -> Vec<Load> {
    let sorted = |read: fn(&BatchRun) -> f64| {
        let mut seconds: Vec<f64> = batches.iter().map(read).collect();
        seconds.sort_by(f64::total_cmp);
        seconds
    };
    let (submitted, started, ended) = (sorted(|one| one.submitted), sorted(|one| one.started), sorted(|one| one.ended));
    let until = |seconds: &[f64], second: f64| seconds.partition_point(|&one| one <= second) as u64;
    let load = |number: u64| {
        let second = number as f64 * step;
        let begun = until(&started, second);
        Load { second, running: begun - until(&ended, second), waiting: until(&submitted, second) - begun }
    };
    (0..=(horizon / step).floor() as u64).map(load).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(submitted: f64, started: f64, ended: f64) -> BatchRun {
        BatchRun { submitted, started, ended, queries: 4, rewarded: 1 }
    }

    #[test]
    fn what_runs_and_waits_is_counted_up_to_the_horizon() {
        // Two workers: the third waits from 2 to 5, the fourth from 3 to 6, beyond the horizon all is cut.
        let batches = [batch(0.0, 0.0, 5.0), batch(1.0, 1.0, 6.0), batch(2.0, 5.0, 9.0), batch(3.0, 6.0, 20.0)];
        let mut meter = Meter::new(10.0);
        batches.iter().for_each(|batch| meter.take(batch));
        let loops = [LoopRun { began: 0.0, submitted: 4.0, ended: 20.0, batches: 4 }];
        let found = meter.finish(&loops);
        assert_eq!((found.peak_running, found.peak_waiting), (2.0, 2.0));
        assert_eq!((found.mean_running, found.mean_waiting), (1.8, 0.6));
        assert_eq!((found.batches, found.queries, found.rewarded), (3.0, 12.0, 3.0));
        assert_eq!((found.loops, found.loop_seconds), (0.0, 20.0));
        let loads: Vec<_> = loads(&batches, 2.5, 10.0).iter().map(|load| (load.running, load.waiting)).collect();
        assert_eq!(loads, [(1, 0), (2, 1), (2, 1), (2, 0), (1, 0)]);
    }

    #[test]
    fn a_batch_that_takes_no_time_never_runs_beside_another() {
        let mut meter = Meter::new(10.0);
        [batch(1.0, 1.0, 1.0), batch(1.0, 1.0, 1.0)].iter().for_each(|batch| meter.take(batch));
        assert_eq!(meter.finish(&[]).peak_running, 0.0);
    }
}

//! What the rewards of a run would have been, had other problems of the same kind been asked. Every problem counts as
//! often as a Poisson variable of mean 1 says, in every loop alike: the bootstrap of what comes as a stream (Chamandy et
//! al. 2012, "Estimating Uncertainty for Massive Data Streams"). Nothing is kept of a loop but what it does to the
//! resamples.

use std::collections::HashMap;

use rayon::prelude::*;

use super::answer::Answer;
use super::ledger::{Ledger, standings, weights};
use crate::stats::{BootstrapSpec, Draws};

/// The purpose that names the streams of draws, one for each problem.
const PURPOSE: &[u8; 8] = b"rewards\0";

/// An answer as resampling sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed {
    pub miner: usize,
    /// Its place among the answers of the loop.
    pub place: usize,
    /// Its reward where it is not flagged.
    pub plain: f64,
    /// What being flagged changes.
    pub cost: f64,
    /// Thresholds at which it is flagged: the first so many.
    pub flagged: usize,
}

/// How often each resample holds the answers of a loop.
pub(super) struct Drawn {
    /// Of each answer, its problem.
    problems: Vec<usize>,
    /// Of each problem, how often each resample holds it.
    times: Vec<Vec<u8>>,
}

impl Drawn {
    /// Draws the problems of a loop's answers.
    pub fn new(answers: &[Answer], spec: BootstrapSpec) -> Self {
        let mut places = HashMap::new();
        let mut number = |answer: &Answer| {
            let next = places.len();
            *places.entry(answer.problem).or_insert(next)
        };
        let problems: Vec<usize> = answers.iter().map(&mut number).collect();
        let mut named = vec![0; places.len()];
        places.into_iter().for_each(|(problem, place)| named[place] = problem);
        Self { problems, times: named.par_iter().map(|&problem| poisson(spec, problem)).collect() }
    }

    /// Number of problems.
    pub fn problems(&self) -> usize {
        self.times.len()
    }

    /// The problem of an answer.
    pub fn problem(&self, answer: usize) -> usize {
        self.problems[answer]
    }

    /// How often a resample holds a problem.
    pub fn times_of(&self, problem: usize, resample: usize) -> f64 {
        f64::from(self.times[problem][resample])
    }

    /// How often a resample holds an answer.
    pub fn times(&self, answer: usize, resample: usize) -> f64 {
        self.times_of(self.problems[answer], resample)
    }
}

/// All resamples of a run, moved from loop to loop.
pub(super) struct Resamples {
    each: Vec<Resample>,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Resample {
    /// A ledger for each threshold.
    ledgers: Vec<Ledger>,
    /// Thresholds × uids: the sum of the weights of all loops.
    pub emission: Vec<f32>,
}

impl Resamples {
    pub fn new(spec: BootstrapSpec, thresholds: usize, uids: usize, kept: usize) -> Self {
        let one =
            Resample { ledgers: vec![Ledger::new(uids, kept); thresholds], emission: vec![0.0; thresholds * uids] };
        Self { each: vec![one; spec.resamples] }
    }

    /// Takes a loop; `means` holds, threshold by threshold, the mean of every uid as it was recorded, if it has one.
    pub fn take(&mut self, answers: &[Weighed], drawn: &Drawn, means: &[Vec<Option<f64>>]) {
        self.each.par_iter_mut().enumerate().for_each(|(number, resample)| {
            resample.take(answers, |answer| drawn.times(answer.place, number), means);
        });
    }

    pub fn each(&self) -> &[Resample] {
        &self.each
    }
}

impl Resample {
    fn take(&mut self, answers: &[Weighed], times: impl Fn(&Weighed) -> f64, means: &[Vec<Option<f64>>]) {
        let (thresholds, uids) = (means.len(), means.first().map_or(0, Vec::len));
        let (mut sums, mut counts) = (vec![0.0; uids], vec![0.0; uids]);
        let mut costs = vec![0.0; thresholds * uids];
        for answer in answers {
            let times = times(answer);
            sums[answer.miner] += times * answer.plain;
            counts[answer.miner] += times;
            if let Some(last) = answer.flagged.checked_sub(1) {
                costs[last * uids + answer.miner] += times * answer.cost;
            }
        }
        // From the highest threshold down: what is flagged there is flagged at all below it.
        let mut standing = Vec::new();
        for (threshold, recorded) in means.iter().enumerate().rev() {
            let costs = &costs[threshold * uids..][..uids];
            sums.iter_mut().zip(costs).for_each(|(sum, cost)| *sum += cost);
            // Where nothing more is flagged, nobody's standing changes.
            if threshold + 1 == thresholds || costs.iter().any(|&cost| cost != 0.0) || *recorded != means[threshold + 1]
            {
                let mean = |miner: usize| match counts[miner] > 0.0 {
                    true => Some(even(sums[miner] / counts[miner])),
                    // A uid of which nothing was drawn keeps its loop as it was.
                    false => recorded[miner],
                };
                standing = standings(&(0..uids).map(mean).collect::<Vec<_>>());
            }
            let weights = weights(&self.ledgers[threshold].take(&standing));
            let emission = &mut self.emission[threshold * uids..][..uids];
            emission.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight as f32);
        }
    }
}

/// A mean without the noise of its sum, so that what is equal stays equal.
fn even(mean: f64) -> f64 {
    const STEPS: f64 = 1e12;
    (mean * STEPS).round() / STEPS
}

/// How often each resample holds a problem.
fn poisson(spec: BootstrapSpec, problem: u64) -> Vec<u8> {
    let mut draws = Draws::new(spec.seed, PURPOSE, problem);
    (0..spec.resamples).map(|_| poisson_of(draws.unit())).collect()
}

/// The quantile of the Poisson distribution of mean 1.
fn poisson_of(share: f64) -> u8 {
    let (mut count, mut probability) = (0_u8, (-1.0_f64).exp());
    let mut below = probability;
    while share >= below && count < u8::MAX {
        count += 1;
        probability /= f64::from(count);
        below += probability;
        if probability < f64::EPSILON {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_drawn_once_on_average() {
        let spec = BootstrapSpec { resamples: 100_000, confidence: 0.95, seed: 7 };
        let drawn = poisson(spec, 3);
        let share = |times: u8| drawn.iter().filter(|&&drawn| drawn == times).count() as f64 / 1e5;
        let mean = drawn.iter().map(|&times| f64::from(times)).sum::<f64>() / 1e5;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        // 1/e, 1/e, 1/(2e); a standard error is .0015.
        assert!((share(0) - 0.3679).abs() < 0.008 && (share(1) - 0.3679).abs() < 0.008, "{} {}", share(0), share(1));
        assert!((share(2) - 0.1839).abs() < 0.007, "{}", share(2));
        assert_eq!(drawn, poisson(spec, 3));
        assert_ne!(drawn, poisson(spec, 4));
        assert_eq!((poisson_of(0.0), poisson_of(1.0 - f64::EPSILON) < 30), (0, true));
    }
}

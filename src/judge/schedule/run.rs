//! Every policy over the same horizon, on the recorded service times and on those that might have been recorded.

use rayon::prelude::*;

use super::meter::{Figures, Load, Meter, loads};
use super::queue::Queue;
use super::simulation::{Asking, BatchRun, LoopRun, Policy, Service, simulate};
use crate::judge::rewards::Rate;
use crate::stats::{BootstrapSpec, Draws, Estimate, StatsError, percentile_interval};

/// The purpose that names the streams that draw queues and service times, one for each run.
const PURPOSE: &[u8; 8] = b"schedule";

/// What is asked of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleSpec {
    /// Seconds that are looked at, above 0.
    pub horizon: f64,
    /// Seconds from one look at the load to the next, above 0.
    pub step: f64,
    /// Whether service times are drawn from the recorded ones instead of taken in their order.
    pub is_drawn: bool,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
}

/// What a policy came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The policy.
    pub policy: Policy,
    /// The figures on the recorded service times.
    pub figures: Figures,
    /// The same of each resample.
    resampled: Vec<Figures>,
    confidence: f64,
    /// The load over time.
    pub loads: Vec<Load>,
    /// The loops, the last of which may end behind the horizon.
    pub loops: Vec<LoopRun>,
    /// The queue of the first loop.
    pub queue: Queue,
}

impl Simulated {
    /// Mean seconds until the last batch of a loop is handed on and slept for; nothing without a loop.
    pub fn handed_on(&self) -> Option<f64> {
        let spent: f64 = self.loops.iter().map(|run| run.submitted - run.began).sum();
        (!self.loops.is_empty()).then(|| spent / self.loops.len() as f64)
    }

    /// A figure with its interval: over service times that might have been recorded, and over the draws of the queue.
    pub fn estimate(&self, figure: impl Fn(&Figures) -> f64) -> Estimate {
        let mut drawn: Vec<f64> = self.resampled.iter().map(&figure).collect();
        Estimate { value: figure(&self.figures), interval: percentile_interval(&mut drawn, self.confidence) }
    }
}

/// Simulates a policy; `seconds` are the recorded service times, at least one.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn run(
    policy: Policy,
    rates: &[Option<Rate>],
    seconds: &[f64],
    spec: &ScheduleSpec,
) -> Result<Simulated, StatsError> {
    spec.bootstrap.validate()?;
    let service = if spec.is_drawn { Service::drawn(seconds) } else { Service::recorded(seconds) };
    let simulation = |service: &mut Service<'_>, asking, draws: &mut Draws, each: &mut dyn FnMut(&BatchRun)| {
        let mut meter = Meter::new(spec.horizon);
        let loops = simulate(&policy, rates, service, spec.horizon, asking, draws, |batch| {
            meter.take(batch);
            each(batch);
        });
        (meter.finish(&loops), loops)
    };
    let draws = |index: u64| Draws::new(spec.bootstrap.seed, PURPOSE, index);
    let mut batches = Vec::new();
    let mut take = |batch: &BatchRun| batches.push(*batch);
    let (figures, loops) = simulation(&mut service.clone(), Asking::Whole, &mut draws(0), &mut take);
    let resample = |number: usize| {
        let mut draws = draws(1 + number as u64);
        let mut service = service.resampled(&mut draws);
        simulation(&mut service, Asking::Counted, &mut draws, &mut |_| {}).0
    };
    Ok(Simulated {
        policy,
        figures,
        resampled: (0..spec.bootstrap.resamples).into_par_iter().map(resample).collect(),
        confidence: spec.bootstrap.confidence,
        loads: loads(&batches, spec.step, spec.horizon),
        loops,
        // What the first loop of the recorded run asked, from the same draws.
        queue: Queue::new(rates, policy.rewarded, &mut draws(0)),
    })
}

//! How many jobs would pass under other timeouts.

use std::collections::BTreeMap;

use super::class_weights::LLM_CLASS;
use super::job::is_right;
use super::recording::{Job, Kind, Recording, Status};
use super::rules::Rules;
use crate::stats::ratio::Sums;
use crate::stats::shares::{Trials, share};
use crate::stats::{Confidence, Estimate};

/// Equal steps of timeouts that a curve has.
const STEPS: u32 = 60;
/// Timeouts that an era had, in seconds.
const OF_ERAS: [f64; 4] = [48.0, 53.0, 60.0, 150.0];
/// How far beyond the longest job and the timeout of the rules a curve goes.
const BEYOND: f64 = 1.1;

/// What of a class passes at a timeout, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PassRow {
    /// The class.
    pub class: u32,
    /// Seconds.
    pub timeout: f64,
    /// Whether it is the one of the rules.
    pub is_of_rules: bool,
    /// Whether it is that, or the one of an era.
    pub is_told: bool,
    /// Jobs that came right and in time.
    pub passed: u64,
    /// Jobs that ended.
    pub jobs: u64,
    /// Their share, with the interval over batches; none of a single batch.
    pub rate: Option<Estimate>,
}

/// Jobs of a class in one batch: how many ended, and the seconds of those that are right, in ascending order.
#[derive(Debug, Default)]
struct Ended {
    jobs: u64,
    seconds: Vec<f64>,
}

/// What passes at a timeout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PassRate {
    /// Seconds.
    pub timeout: f64,
    /// Jobs that came right and in time.
    pub passed: u64,
    /// Jobs that ended, with an answer or without.
    pub jobs: u64,
}

impl PassRate {
    /// Their share; `None` where there is no job.
    pub fn rate(&self) -> Option<f64> {
        (self.jobs > 0).then(|| self.passed as f64 / self.jobs as f64)
    }
}

/// What of the synthetic jobs of a class passes at every one of the timeouts; streamed jobs are not looked at.
pub fn pass_rates(recording: &Recording, rules: &Rules, class: u32, timeouts: &[f64]) -> Vec<PassRate> {
    let mut ended = Ended::default();
    recording.jobs.iter().filter(|job| has_ended(job) && job.class == class).for_each(|job| ended.take(job, rules));
    ended.sort();
    let rate = |&timeout: &f64| PassRate { timeout, passed: ended.passed(timeout), jobs: ended.jobs };
    timeouts.iter().map(rate).collect()
}

/// The curves of all classes with a job that ended, by class and timeout: equal steps, the timeouts of the eras, and that of
/// the rules.
pub(super) fn pass_curves(recording: &Recording, rules: &Rules, confidence: Confidence) -> Vec<PassRow> {
    let mut classes: BTreeMap<u32, BTreeMap<i64, Ended>> = BTreeMap::new();
    for job in recording.jobs.iter().filter(|job| has_ended(job)) {
        let batches = classes.entry(job.class).or_default();
        batches.entry(job.batch.unwrap_or_default()).or_default().take(job, rules);
    }
    classes.values_mut().flat_map(BTreeMap::values_mut).for_each(Ended::sort);
    classes.iter().flat_map(|(&class, batches)| curve(recording, class, batches, rules, confidence)).collect()
}

fn curve(
    recording: &Recording,
    class: u32,
    batches: &BTreeMap<i64, Ended>,
    rules: &Rules,
    confidence: Confidence,
) -> Vec<PassRow> {
    let is_llm = recording.classes.name(class) == LLM_CLASS;
    let own = if is_llm { Some(rules.llm_timeout) } else { rules.hash_timeout };
    let longest = batches.values().filter_map(|ended| ended.seconds.last().copied()).fold(1.0, f64::max);
    let timeouts = timeouts(longest, own);
    let row = |&timeout: &f64| PassRow {
        class,
        timeout,
        is_of_rules: Some(timeout) == own,
        is_told: Some(timeout) == own || OF_ERAS.contains(&timeout),
        passed: batches.values().map(|ended| ended.passed(timeout)).sum(),
        jobs: batches.values().map(|ended| ended.jobs).sum(),
        rate: share(&batches.values().map(|ended| ended.trials(timeout)).collect::<Vec<_>>(), confidence),
    };
    timeouts.iter().map(row).collect()
}

fn timeouts(longest: f64, own: Option<f64>) -> Vec<f64> {
    let last = BEYOND * longest.max(own.unwrap_or(0.0));
    let steps = (1..=STEPS).map(|step| last * f64::from(step) / f64::from(STEPS));
    let eras = OF_ERAS.into_iter().filter(|&timeout| timeout < last);
    let mut all: Vec<f64> = steps.chain(eras).chain(own).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    all
}

/// Whether a job is one whose time tells of timeouts: a check that ended, and whose answer was not streamed.
fn has_ended(job: &Job) -> bool {
    job.kind == Kind::Synthetic && !job.is_streaming && matches!(job.status, Status::Completed | Status::Failed)
}

impl Ended {
    fn take(&mut self, job: &Job, rules: &Rules) {
        self.jobs += 1;
        let is_right = job.status == Status::Completed && is_right(job, rules);
        self.seconds.extend(job.seconds.filter(|&seconds| is_right && seconds > 0.0));
    }

    fn sort(&mut self) {
        self.seconds.sort_unstable_by(f64::total_cmp);
    }

    /// Each job as a trial, with the event that it passes.
    fn trials(&self, timeout: f64) -> Trials {
        let jobs = self.jobs as f64;
        Trials { sums: Sums { above: self.passed(timeout) as f64, below: jobs }, squares: jobs }
    }

    fn passed(&self, timeout: f64) -> u64 {
        self.seconds.partition_point(|&seconds| seconds <= timeout) as u64
    }
}

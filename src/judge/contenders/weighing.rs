//! The weights of nodes with their intervals, beside those of the preset.

use rayon::prelude::*;

use super::metric::serving_now;
use super::recording::Recording;
use super::rules::Rules;
use super::scores::{At, Rows, TaskScore, Times, weights};
use super::spans::Spans;
use super::spec::ContendersSpec;
use crate::stats::ranks::ranks;
use crate::stats::{Draws, Estimate, Interval, hull_interval};

/// The purpose that names the streams that draw windows.
const PURPOSE: &[u8; 8] = b"contwind";

/// The weight of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightRow {
    /// Number of its hotkey.
    pub hotkey: u32,
    /// Its weight, with the interval over windows of time.
    pub weight: Estimate,
    /// Its place by weight, from 1; equal ones share the best.
    pub rank: u64,
    /// Its weight by the preset's rules.
    pub baseline: f64,
    /// Its place by that.
    pub baseline_rank: u64,
}

/// What weights come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weighed {
    /// Every step to the weights, by task and hotkey.
    pub scores: Vec<TaskScore>,
    /// Weights by hotkey.
    pub weights: Vec<WeightRow>,
}

/// Computes scores and weights at the end of a recording.
pub fn weigh(recording: &Recording, spec: &ContendersSpec, spans: &Spans) -> Weighed {
    let rows = Rows::new(recording);
    let mut capacities = vec![None; recording.contenders.len()];
    serving_now(recording).iter().for_each(|one| capacities[one.place] = Some(one.capacity));
    let scores = |rules: &Rules, times: Times<'_>| {
        rows.scores(recording, &At { now: spec.now, capacities: &capacities, rules, times })
    };
    let by_hotkey = |scores: &[TaskScore]| {
        let mut all = vec![0.0; recording.hotkeys.len()];
        weights(scores, &recording.weights).iter().for_each(|one| all[one.hotkey as usize] = one.weight);
        all
    };
    let own = scores(&spec.rules, &|_| 1);
    let weighed = weights(&own, &recording.weights);
    let all = by_hotkey(&own);
    let baseline = by_hotkey(&scores(&spec.baseline, &|_| 1));
    let windows = spans.windows(spec.now);
    let resampled = |resample: u64| {
        let mut draws = Draws::new(spec.bootstrap.seed, PURPOSE, resample);
        let mut drawn = vec![0_u32; windows];
        (0..windows).for_each(|_| drawn[draws.below(windows)] += 1);
        by_hotkey(&scores(&spec.rules, &|moment| drawn[spans.window(moment).min(windows - 1)]))
    };
    let is_worth_it = windows > 1 && !weighed.is_empty();
    let resamples: Vec<Vec<f64>> =
        (0..if is_worth_it { spec.bootstrap.resamples as u64 } else { 0 }).into_par_iter().map(resampled).collect();
    let (places, baseline_places) = (ranks(&all), ranks(&baseline));
    let row = |hotkey: usize| WeightRow {
        hotkey: hotkey as u32,
        weight: Estimate { value: all[hotkey], interval: interval(&resamples, hotkey, all[hotkey], spec) },
        rank: places[hotkey],
        baseline: baseline[hotkey],
        baseline_rank: baseline_places[hotkey],
    };
    Weighed { weights: weighed.iter().map(|one| row(one.hotkey as usize)).collect(), scores: own }
}

/// The hull of the resamples' percentiles; none where all agree.
fn interval(resamples: &[Vec<f64>], hotkey: usize, weight: f64, spec: &ContendersSpec) -> Option<Interval> {
    let mut values: Vec<f64> = resamples.iter().map(|weights| weights[hotkey]).collect();
    hull_interval(&mut values, weight, spec.bootstrap.confidence)?.of_share()
}

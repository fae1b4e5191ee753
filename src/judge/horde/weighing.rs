//! The weights of miners over all batches with their intervals, beside those of the preset.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::burn::burn;
use super::capping::{UidWeight, WeightLimits};
use super::chain::{U16_MAX, commit_integers};
use super::hordes::normalise;
use super::job::Outcome;
use super::judged::Judged;
use super::recording::{Kind, Recording};
use super::spec::{HordeSpec, OnChain};
use crate::stats::ranks::ranks;
use crate::stats::{Draws, Estimate, Interval, hull_interval};

/// The purpose that names the streams that draw batches.
const PURPOSE: &[u8; 8] = b"hordebat";

/// What a miner came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinerRow {
    /// Number of its hotkey.
    pub hotkey: u32,
    /// The sum of its scores.
    pub score: f64,
    /// Its share of all scores, with the interval over batches.
    pub weight: Estimate,
    /// Its place by weight, from 1; equal ones share the best.
    pub rank: u64,
    /// Its weight with what is burnt and no more than a chain lets one have.
    pub on_chain: f64,
    /// That as it is committed; nothing where no weight is above 0.
    pub integer: Option<u64>,
    /// Its weight by the preset's rules.
    pub baseline: f64,
    /// Its place by that.
    pub baseline_rank: u64,
    /// What became of its jobs.
    pub jobs: JobCounts,
}

/// What became of a miner's jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Synthetic jobs.
    pub synthetic: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that were excused.
    pub excused: u64,
    /// Those that were declined without an excuse.
    pub declined: u64,
    /// Organic jobs that count.
    pub organic: u64,
}

/// Every miner with a score by either rules, by hotkey.
pub(super) fn weigh(recording: &Recording, judged: &Judged, baseline: &Judged, spec: &HordeSpec) -> Vec<MinerRow> {
    let (all, preset) = (judged.overall(recording), baseline.overall(recording));
    let (places, preset_places) = (ranks(&all), ranks(&preset));
    let on_chain = on_chain(&all, &spec.chain);
    let integers = commit_integers(&on_chain, U16_MAX).unwrap_or_default();
    let resamples = resampled(recording, judged, spec);
    let counts = counts(recording, judged);
    let totals = judged.totals.iter().chain(&baseline.totals);
    let burners = spec.chain.burn.burners.iter().copied();
    let hotkeys: BTreeSet<u32> = totals.map(|total| total.hotkey).chain(burners).collect();
    let row = |hotkey: u32| {
        let place = hotkey as usize;
        MinerRow {
            hotkey,
            score: judged.total(hotkey).unwrap_or(0.0),
            weight: Estimate { value: all[place], interval: interval(&resamples, place, all[place], spec) },
            rank: places[place],
            on_chain: on_chain[place],
            integer: integers.get(place).and_then(|&integer| u64::try_from(integer).ok()),
            baseline: preset[place],
            baseline_rank: preset_places[place],
            jobs: counts[place],
        }
    };
    hotkeys.into_iter().map(row).collect()
}

/// The weights of all hotkeys as a chain has them: within its limits, with the burners' shares.
fn on_chain(weights: &[f64], chain: &OnChain) -> Vec<f64> {
    let mut found = vec![0.0; weights.len()];
    let scored = (0..).zip(weights).filter(|(_, weight)| **weight > 0.0);
    let scored: Vec<UidWeight> = scored.map(|(uid, &weight)| UidWeight { uid, weight }).collect();
    if scored.is_empty() && chain.burn.main.is_none() {
        return found;
    }
    let neurons = weights.len() as u32;
    let limits = WeightLimits { neurons, min_allowed: 0, most: chain.most, exclude_quantile: 0.0 };
    for one in burn(&scored, &chain.burn, &limits) {
        found[one.uid as usize] = one.weight;
    }
    found
}

/// Weights of resamples of the batches, each with its scores as judged; none of fewer than two batches.
fn resampled(recording: &Recording, judged: &Judged, spec: &HordeSpec) -> Vec<Vec<f64>> {
    let batches = judged.batches.len();
    let resample = |number: u64| {
        let mut draws = Draws::new(spec.bootstrap.seed, PURPOSE, number);
        let mut times = vec![0.0; batches];
        (0..batches).for_each(|_| times[draws.below(batches)] += 1.0);
        let mut weights = vec![0.0; recording.hotkeys.texts().len()];
        for (batch, &times) in judged.batches.iter().zip(&times) {
            batch.add_to(&mut weights, times);
        }
        normalise(&mut weights, 1.0);
        weights
    };
    let resamples = if batches > 1 { spec.bootstrap.resamples as u64 } else { 0 };
    (0..resamples).into_par_iter().map(resample).collect()
}

/// The hull of the resamples' percentiles; none where all agree.
fn interval(resamples: &[Vec<f64>], hotkey: usize, weight: f64, spec: &HordeSpec) -> Option<Interval> {
    let mut values: Vec<f64> = resamples.iter().map(|weights| weights[hotkey]).collect();
    hull_interval(&mut values, weight, spec.bootstrap.confidence)?.of_share()
}

/// What became of the jobs of every hotkey.
fn counts(recording: &Recording, judged: &Judged) -> Vec<JobCounts> {
    let mut all = vec![JobCounts::default(); recording.hotkeys.texts().len()];
    for (job, score) in recording.jobs.iter().zip(&judged.jobs) {
        let Some(counts) = all.get_mut(job.hotkey as usize) else { continue };
        counts.synthetic += u64::from(job.kind == Kind::Synthetic);
        match score.outcome {
            Outcome::Passed => counts.passed += 1,
            Outcome::Excused => counts.excused += 1,
            Outcome::Declined => counts.declined += 1,
            Outcome::Organic => counts.organic += 1,
            _ => {}
        }
    }
    all
}

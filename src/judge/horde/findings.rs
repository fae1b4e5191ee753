//! A replay of ComputeHorde's scores as a whole: scores, weights, and what the questions about the rules come to.

use std::collections::BTreeSet;

use super::books::Books;
use super::checks::{CheckRow, checks};
use super::components::{Component, components};
use super::copying::{Copier, copier, distance};
use super::error::HordeError;
use super::excuses::Excuse;
use super::index::Index;
use super::judged::Judged;
use super::passed::Passed;
use super::passing::{PassRow, pass_curves};
use super::presets::{PresetRow, presets};
use super::recording::Recording;
use super::rules::Rules;
use super::run::judge;
use super::shares::{BonusShare, MinerShare, judge_without_bonus, shares};
use super::spec::HordeSpec;
use super::toggling::{Toggled, toggling};
use super::trajectory::{TrajectoryStep, trajectory};
use super::weighing::{MinerRow, weigh};
use crate::stats::Confidence;
use crate::stats::ranks::ranks;

/// All that a replay found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HordeFindings {
    /// Scores, jobs, excuses and receipts.
    pub judged: Judged,
    /// Weights by hotkey.
    pub miners: Vec<MinerRow>,
    /// Why totals are what they are.
    pub components: Vec<Component>,
    /// Declined jobs.
    pub excuses: Vec<ExcuseRow>,
    /// What the bonus makes of all scores.
    pub bonuses: BonusShare,
    /// What toggling the size would gain.
    pub toggled: Vec<Toggled>,
    /// What passes at which timeout.
    pub pass_rates: Vec<PassRow>,
    /// What sampling prompts tells.
    pub checks: Vec<CheckRow>,
    /// Weights under the class weights of production.
    pub trajectory: Vec<TrajectoryStep>,
    /// What a copier of weights loses.
    pub copier: Copier,
    /// Weights by every preset.
    pub presets: Vec<PresetRow>,
    /// Synthetic jobs and those that passed.
    pub passed: Passed,
}

/// A declined job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcuseRow {
    /// Whether it was excused, and why.
    pub excuse: Excuse,
    /// Whether it is excused at the lower of the two minima of stake and not at the higher.
    pub flips: bool,
}

/// What other rules come to, beside those of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Supposed {
    /// The greatest weight.
    pub greatest: f64,
    /// The distance of the weights from those by the run's own rules.
    pub distance: f64,
    /// Hotkeys with another rank than by the run's own rules.
    pub moved: u64,
    /// Hotkeys with a weight above 0.
    pub paid: u64,
    /// Jobs that passed.
    pub passed: Passed,
    /// What the bonus makes of all scores.
    pub bonus_share: Option<f64>,
}

impl HordeFindings {
    /// What the bonus makes of a miner's total.
    pub fn bonus_of(&self, hotkey: u32) -> Option<&MinerShare> {
        let place = self.bonuses.miners.binary_search_by_key(&hotkey, |miner| miner.hotkey).ok()?;
        self.bonuses.miners.get(place)
    }

    /// What toggling would gain a miner.
    pub fn toggled_of(&self, hotkey: u32) -> Option<&Toggled> {
        let place = self.toggled.binary_search_by_key(&hotkey, |miner| miner.hotkey).ok()?;
        self.toggled.get(place)
    }

    /// Who would gain the most by toggling.
    pub fn best_toggled(&self) -> Option<&Toggled> {
        let gain = |miner: &Toggled| miner.gain().unwrap_or(f64::NEG_INFINITY);
        self.toggled
            .iter()
            .filter(|miner| miner.gain().is_some())
            .max_by(|one, other| gain(one).total_cmp(&gain(other)))
    }

    /// The step of the class weights that moves weights most.
    pub fn greatest_step(&self) -> Option<&TrajectoryStep> {
        let distance = |step: &TrajectoryStep| step.distance.unwrap_or(0.0);
        let steps = self.trajectory.iter().filter(|step| distance(step) > 0.0);
        steps.max_by(|one, other| distance(one).total_cmp(&distance(other)))
    }

    /// Whether anybody has a score above 0.
    pub fn has_scores(&self) -> bool {
        self.miners.iter().any(|miner| miner.weight.value > 0.0)
    }
}

/// Replays a recording.
///
/// # Errors
/// The original stops at a row, or constants cannot be used.
pub fn examine(recording: &Recording, spec: &HordeSpec) -> Result<HordeFindings, HordeError> {
    spec.bootstrap.validate()?;
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let rules = &spec.rules;
    let judged = judge(recording, rules)?;
    let other = (spec.baseline != *rules).then(|| judge(recording, &spec.baseline)).transpose()?;
    let plain = judge_without_bonus(recording, rules)?;
    Ok(HordeFindings {
        miners: weigh(recording, &judged, other.as_ref().unwrap_or(&judged), spec),
        components: components(&judged),
        excuses: excuses(recording, &judged, spec)?,
        bonuses: shares(&judged, &plain),
        toggled: toggling(recording, rules, &judged)?,
        pass_rates: pass_curves(recording, rules, confidence),
        checks: checks(spec.cheat_share, spec.error_rate),
        trajectory: trajectory(recording, rules)?,
        copier: copier(recording, &judged, &plain),
        presets: presets(recording, rules, &judged),
        passed: Passed::of(recording, &judged),
        judged,
    })
}

/// Declined jobs, and which of them turn between the minimum of the rules and the other one.
fn excuses(recording: &Recording, judged: &Judged, spec: &HordeSpec) -> Result<Vec<ExcuseRow>, HordeError> {
    // Without a minimum every listed validator counts, as with one of 0.
    let own = spec.rules.minimum_stake.unwrap_or(0.0);
    let (lower, higher) = (own.min(spec.other_stake), own.max(spec.other_stake));
    let flips = stake_flips(recording, &spec.rules, lower, higher)?;
    let row = |&excuse: &Excuse| ExcuseRow { excuse, flips: flips.binary_search(&excuse.job).is_ok() };
    Ok(judged.excuses.iter().map(row).collect())
}

/// Rows of the declined jobs that are excused at the lower minimum of stake and not at the higher one.
pub fn stake_flips(recording: &Recording, rules: &Rules, lower: f64, higher: f64) -> Result<Vec<usize>, HordeError> {
    let excuses = |minimum: f64| -> Result<Vec<Excuse>, HordeError> {
        let rules = Rules { minimum_stake: Some(minimum), ..rules.clone() };
        let index = Index::new(recording, &rules)?;
        Ok(Books::open(&index)?.excuses)
    };
    let (below, above) = (excuses(lower)?, excuses(higher)?);
    let both = below.iter().zip(&above);
    Ok(both.filter(|(below, above)| below.is_accepted && !above.is_accepted).map(|(below, _)| below.job).collect())
}

/// What other rules come to, beside what was found by the run's own.
///
/// # Errors
/// The original stops at a row, or constants cannot be used.
pub fn suppose(recording: &Recording, rules: &Rules, own: &HordeFindings) -> Result<Supposed, HordeError> {
    let judged = judge(recording, rules)?;
    let (weights, before) = (judged.overall(recording), own.judged.overall(recording));
    // Validators have no weight by any rules, and so no rank.
    let of: BTreeSet<u32> = judged.totals.iter().chain(&own.judged.totals).map(|total| total.hotkey).collect();
    let scored = |weights: &[f64]| of.iter().map(|&hotkey| weights[hotkey as usize]).collect::<Vec<f64>>();
    let (places, places_before) = (ranks(&scored(&weights)), ranks(&scored(&before)));
    Ok(Supposed {
        greatest: weights.iter().copied().fold(0.0, f64::max),
        distance: distance(&weights, &before),
        moved: places.iter().zip(&places_before).filter(|(here, there)| here != there).count() as u64,
        paid: weights.iter().filter(|&&weight| weight > 0.0).count() as u64,
        passed: Passed::of(recording, &judged),
        bonus_share: shares(&judged, &judge_without_bonus(recording, rules)?).share(),
    })
}

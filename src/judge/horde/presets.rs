//! What the rules of every preset would have made of one recording, with the class weights of the run.

use super::copying::distance;
use super::judged::Judged;
use super::passed::Passed;
use super::recording::Recording;
use super::rules::{NAMES, Rules};
use super::run::judge;
use crate::stats::ranks::{kendall_tau, ranks};

/// The weights by one preset.
#[derive(Debug, Clone, PartialEq)]
pub struct PresetRow {
    /// Its name.
    pub name: &'static str,
    /// Weights by the number of the hotkey.
    pub weights: Vec<f64>,
    /// Places by weight, from 1; equal ones share the best.
    pub ranks: Vec<u64>,
    /// The distance of the weights from those of the run.
    pub distance: f64,
    /// Kendall's τ-b of both orders among hotkeys with a score by the run's rules; nothing where one is no order.
    pub tau: Option<f64>,
    /// Jobs that passed.
    pub passed: Passed,
}

/// Every preset by which the recording can be judged, in the order of time; `own` is what the run found.
pub(super) fn presets(recording: &Recording, rules: &Rules, own: &Judged) -> Vec<PresetRow> {
    let before = own.overall(recording);
    let of = |weights: &[f64]| -> Vec<f64> {
        own.totals.iter().filter_map(|total| weights.get(total.hotkey as usize).copied()).collect()
    };
    let row = |name: &'static str| {
        let rules = Rules { class_weights: rules.class_weights.clone(), ..Rules::preset(name)? };
        let judged = judge(recording, &rules).ok()?;
        let weights = judged.overall(recording);
        Some(PresetRow {
            name,
            ranks: ranks(&weights),
            distance: distance(&weights, &before),
            tau: kendall_tau(&of(&before), &of(&weights)),
            passed: Passed::of(recording, &judged),
            weights,
        })
    };
    NAMES.into_iter().filter_map(row).collect()
}

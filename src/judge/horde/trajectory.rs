//! What the class weights of production, one after another, would have made of one recording.

use super::class_weights::ClassWeights;
use super::copying::distance;
use super::error::HordeError;
use super::recording::Recording;
use super::rules::Rules;
use super::run::judge;
use super::timeline::{CHANGES, Change};

/// The weights under the class weights of one time.
#[derive(Debug, Clone, PartialEq)]
pub struct TrajectoryStep {
    /// The class weights, and from when they held.
    pub change: Change,
    /// Weights by the number of the hotkey.
    pub weights: Vec<f64>,
    /// Their distance from those of the step before; nothing in the first.
    pub distance: Option<f64>,
    /// The hotkey with the greatest weight, the first of equal ones; nothing where none is above 0.
    pub leader: Option<u32>,
}

/// The weights under each of the class weights, the oldest first.
pub(super) fn trajectory(recording: &Recording, rules: &Rules) -> Result<Vec<TrajectoryStep>, HordeError> {
    let mut steps: Vec<TrajectoryStep> = Vec::with_capacity(CHANGES.len());
    for change in CHANGES {
        let class_weights = ClassWeights::of(change.hash, change.llm);
        let weights = judge(recording, &Rules { class_weights, ..rules.clone() })?.overall(recording);
        let distance = steps.last().map(|step| distance(&step.weights, &weights));
        let leader = leader(&weights);
        steps.push(TrajectoryStep { change, weights, distance, leader });
    }
    Ok(steps)
}

fn leader(weights: &[f64]) -> Option<u32> {
    let mut leader = None;
    let mut greatest = 0.0;
    for (hotkey, &weight) in (0..).zip(weights) {
        if weight > greatest {
            (leader, greatest) = (Some(hotkey), weight);
        }
    }
    leader
}

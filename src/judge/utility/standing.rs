//! What rounds of rewards come to: scores, weights and places.

use super::average::{MovingAverage, Reward};
use super::recording::Recording;
use super::responses::ResponseRow;
use super::rules::{Rules, Source, VolumeEra};
use super::volumes::{Ledger, VolumeReward};
use crate::stats::ranks::ranks;

/// What everyone came to, by number of the contender.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Standing {
    /// Final moving averages.
    pub scores: Vec<f64>,
    /// Shares of their sum; nothing where that is 0 or beyond single precision.
    pub weights: Vec<Option<f64>>,
    /// Places by score, from 1; equal ones share the best.
    pub ranks: Vec<u64>,
    /// Rounds without any reward, which the original ends with an error.
    pub empty_rounds: u64,
}

impl Standing {
    /// What the rewards of rows, or those by volume, come to.
    pub fn of(recording: &Recording, rows: &[ResponseRow], rules: &Rules) -> Self {
        let mut average = MovingAverage::new(rules.alpha, rules.averaging, recording.uids.len());
        let mut empty_rounds = 0;
        rounds(recording, rows, rules, &mut |rewards| {
            empty_rounds += u64::from(average.round(rewards).is_err());
        });
        Self { empty_rounds, ..Self::of_scores(average.scores()) }
    }

    /// What final scores come to.
    pub fn of_scores(scores: &[f32]) -> Self {
        let scores: Vec<f64> = scores.iter().map(|&score| f64::from(score)).collect();
        // An empty sum of floats is -0.
        let total = scores.iter().sum::<f64>() + 0.0;
        let weight = |score: &f64| (total > 0.0 && total.is_finite()).then(|| score / total);
        Self { weights: scores.iter().map(weight).collect(), ranks: ranks(&scores), empty_rounds: 0, scores }
    }

    /// Who has the greatest score, the first of equal ones; nobody where none is above 0.
    pub fn leader(&self) -> Option<usize> {
        (0..self.scores.len()).find(|&contender| self.ranks[contender] == 1 && self.scores[contender] > 0.0)
    }
}

/// Hands over the rewards of one round after the other: a request is one, or what arrived in one tempo.
pub(super) fn rounds(recording: &Recording, rows: &[ResponseRow], rules: &Rules, visit: &mut dyn FnMut(&[Reward])) {
    if let Source::Volume(era) = rules.source {
        return volume_rounds(recording, rules, era, &mut |rewards| {
            let rewards: Vec<Reward> = rewards.iter().filter_map(|one| Some((one.contender, one.reward?))).collect();
            visit(&rewards);
        });
    }
    let mut rewards: Vec<Reward> = Vec::new();
    for request in rows.chunk_by(|one, other| one.request == other.request) {
        rewards.clear();
        rewards.extend(request.iter().filter_map(|row| Some((row.contender, row.reward?))));
        visit(&rewards);
    }
}

/// Hands over the rewards by volume after each run of one tempo.
pub(super) fn volume_rounds(
    recording: &Recording,
    rules: &Rules,
    era: VolumeEra,
    visit: &mut dyn FnMut(&[VolumeReward]),
) {
    let is_listed = |contender: usize| rules.table.is_none_or(|table| recording.uids[contender] < table);
    let mut ledger = Ledger::new(rules.window);
    for tempo in recording.volumes.chunk_by(|one, other| one.tempo == other.tempo) {
        tempo.iter().for_each(|one| ledger.add(one.tempo, one.contender, one.volume));
        visit(&ledger.rewards(era, is_listed));
    }
}

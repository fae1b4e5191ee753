//! The rules of a network as data: what a match is, the weighting, the averaging and the competitions. Judging takes only rules
//! that [`Rules::validate`] accepts.

use std::collections::HashSet;

use super::{Epsilon, WinsError};

/// How win rates become weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weighting {
    /// softmax(win rate / temperature) over the step's submissions, then a moving average over all.
    Softmax {
        /// Divides the win rates; the lower, the more the best one gets.
        temperature: f64,
    },
    /// The published pseudocode: win share added to running weights, softmax over all `slots` uids.
    RunningSoftmax {
        /// Divides the sums; the lower, the more the greatest one gets.
        temperature: f64,
        /// Number of uids of the network.
        slots: usize,
    },
    /// The highest win rate takes all; ties split.
    WinnerTakesAll,
    /// win rate^skew.
    Power {
        /// The exponent, above 0; the higher, the more the best one gets.
        skew: f64,
    },
}

/// What a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Each pair meets on each sample that both have; who was skipped has none.
    PerSample,
    /// Each pair meets on each sample or batch; who was skipped has infinite losses and loses.
    PerBatch,
    /// Each pair meets once, by the mean of its losses; who was skipped has an infinite one.
    PerModel,
    /// The same among those alone that can still win by the least boost: a score must be below (1 − the end of ε) times
    /// every other score of an earlier or equal block. The others have rate 0; who is left alone has rate 1.
    PerContender,
    /// One winner a sample: by age, a challenger takes it from the holder whose boosted loss is above its own.
    OneWinner,
}

impl Matching {
    /// Whether a match compares two means over the samples, and not two losses on one sample.
    pub fn is_of_means(self) -> bool {
        matches!(self, Self::PerModel | Self::PerContender)
    }
}

/// How the weights of a step move those of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Averaging {
    /// One moving average over all submissions, from 0.
    Overall,
    /// A moving average in each competition, set by its first step. What is below `minimum` there counts as 0, the rest
    /// is scaled to sum 1; then come the reward shares, and the whole is scaled to sum 1.
    PerCompetition {
        /// Lowest weight within a competition that counts.
        minimum: f64,
    },
    /// A moving average, set by its first value, of the last step weights of all competitions by their reward shares,
    /// scaled to sum 1.
    OfTotals,
}

/// One competition: who may enter and which share of the reward it pays.
#[derive(Debug, Clone, PartialEq)]
pub struct Competition {
    /// Identifier as submissions name it, for example `l3`.
    pub id: String,
    /// Accepted `architectures[0]` values; empty accepts any.
    pub architectures: Vec<String>,
    /// Largest number of parameters, if limited.
    pub max_parameters: Option<u64>,
    /// Share of the reward, in 0..=1; shares of all competitions sum to 1.
    pub reward_share: f64,
}

/// All that judging needs to know of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The block-age boost.
    pub epsilon: Epsilon,
    /// What a match is.
    pub matching: Matching,
    /// From win rates to weights.
    pub weighting: Weighting,
    /// From the weights of steps to those of the run; [`Weighting::RunningSoftmax`] has a way of its own.
    pub averaging: Averaging,
    /// Weight of the OLD value in the moving average over steps.
    pub alpha: f64,
    /// Submissions kept for a competition's next step, by win rate.
    pub sample_min: usize,
    /// Competitions in round-robin order.
    pub competitions: Vec<Competition>,
}

impl Weighting {
    /// Checks the parameters' ranges.
    pub fn validate(&self) -> Result<(), WinsError> {
        match *self {
            Self::Softmax { temperature } => check_temperature(temperature),
            Self::RunningSoftmax { slots: 0, .. } => Err(WinsError::Slots { slots: 0, submissions: 1 }),
            Self::RunningSoftmax { temperature, .. } => check_temperature(temperature),
            Self::Power { skew } if skew.is_nan() || skew <= 0.0 || skew.is_infinite() => Err(WinsError::Skew(skew)),
            Self::WinnerTakesAll | Self::Power { .. } => Ok(()),
        }
    }
}

/// Checks the temperature of a softmax, which is computed in f32: it must not overflow there, and a rate divided by one
/// below the smallest normal number would.
fn check_temperature(temperature: f64) -> Result<(), WinsError> {
    let single = temperature as f32;
    if single >= f32::MIN_POSITIVE && single.is_finite() { Ok(()) } else { Err(WinsError::Temperature(temperature)) }
}

impl Rules {
    /// ε of a submission of `block` at `current_block`. Where one wins each sample, a block ahead of the current one has
    /// no boost.
    pub fn epsilon_at(&self, block: Option<u64>, current_block: u64) -> f64 {
        let is_ahead = block.is_some_and(|block| block > current_block);
        match self.matching {
            Matching::OneWinner if is_ahead => 0.0,
            _ => self.epsilon.at(block, current_block),
        }
    }

    /// Checks every range, that ids are unique and that reward shares sum to 1 (within 1e-9).
    pub fn validate(&self) -> Result<(), WinsError> {
        self.epsilon.validate()?;
        self.weighting.validate()?;
        if let Averaging::PerCompetition { minimum } = self.averaging
            && !(0.0..=1.0).contains(&minimum)
        {
            return Err(WinsError::MinimumWeight(minimum));
        }
        if !(0.0..=1.0).contains(&self.alpha) {
            return Err(WinsError::Alpha(self.alpha));
        }
        if self.sample_min == 0 {
            return Err(WinsError::SampleMin);
        }
        check_competitions(&self.competitions)
    }
}

/// Checks ids and reward shares.
fn check_competitions(competitions: &[Competition]) -> Result<(), WinsError> {
    if competitions.is_empty() {
        return Err(WinsError::NoCompetition);
    }
    let mut ids = HashSet::new();
    if let Some(repeated) = competitions.iter().find(|competition| !ids.insert(&competition.id)) {
        return Err(WinsError::RepeatedCompetition(repeated.id.clone()));
    }
    if let Some(odd) = competitions.iter().find(|competition| !(0.0..=1.0).contains(&competition.reward_share)) {
        return Err(WinsError::RewardShare { id: odd.id.clone(), share: odd.reward_share });
    }
    let sum: f64 = competitions.iter().map(|competition| competition.reward_share).sum();
    if (sum - 1.0).abs() <= 1e-9 { Ok(()) } else { Err(WinsError::RewardShares(sum)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::fixtures::rules;

    #[test]
    fn rules_out_of_range_are_refused() {
        assert_eq!(rules().validate(), Ok(()));
        assert_eq!(Rules { alpha: 1.1, ..rules() }.validate(), Err(WinsError::Alpha(1.1)));
        assert!(Rules { alpha: f64::NAN, ..rules() }.validate().is_err());
        assert_eq!(Rules { sample_min: 0, ..rules() }.validate(), Err(WinsError::SampleMin));
        assert_eq!(Rules { competitions: vec![], ..rules() }.validate(), Err(WinsError::NoCompetition));
        for temperature in [0.0, -1.0, f64::INFINITY, f64::NAN, 1e-60, 1e-39] {
            let weighting = Weighting::Softmax { temperature };
            assert!(matches!(Rules { weighting, ..rules() }.validate(), Err(WinsError::Temperature(_))));
        }
        let averaging = Averaging::PerCompetition { minimum: 1.5 };
        assert_eq!(Rules { averaging, ..rules() }.validate(), Err(WinsError::MinimumWeight(1.5)));
        let weighting = Weighting::Power { skew: 0.0 };
        assert_eq!(Rules { weighting, ..rules() }.validate(), Err(WinsError::Skew(0.0)));
        let weighting = Weighting::RunningSoftmax { temperature: 0.08, slots: 0 };
        assert!(matches!(Rules { weighting, ..rules() }.validate(), Err(WinsError::Slots { .. })));
    }

    #[test]
    fn competitions_have_unique_ids_and_share_the_whole_reward() {
        let mut odd = rules();
        odd.competitions[1].id = "l3".to_owned();
        assert_eq!(odd.validate(), Err(WinsError::RepeatedCompetition("l3".to_owned())));
        let mut odd = rules();
        odd.competitions[0].reward_share = 0.7;
        assert!(matches!(odd.validate(), Err(WinsError::RewardShares(_))));
        odd.competitions[0].reward_share = 1.2;
        assert_eq!(odd.validate(), Err(WinsError::RewardShare { id: "l3".to_owned(), share: 1.2 }));
        odd.competitions[0].reward_share = 0.6 + 1e-10;
        assert_eq!(odd.validate(), Ok(()));
    }
}

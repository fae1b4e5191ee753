//! The rules of a network as data: the block-age boost, the weighting and the competitions. Judging takes only rules
//! that [`Rules::validate`] accepts.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use super::WinsError;

/// The block-age boost ε: the loss of the strictly earlier submission is multiplied by 1 − ε.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Epsilon {
    /// The same ε at any age.
    Constant(f64),
    /// ε falls in a straight line from `start` to `end` over `blocks` blocks of the earlier submission's age.
    Linear {
        /// ε of a submission just made.
        start: f64,
        /// ε from the age of `blocks` on.
        end: f64,
        /// Blocks over which it falls.
        blocks: u64,
    },
}

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
    /// The highest win rate takes all (ties split); weights of a competition below `minimum` are zeroed.
    WinnerTakesAll {
        /// Lowest weight within a competition that counts.
        minimum: f64,
    },
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
    /// From win rates to weights.
    pub weighting: Weighting,
    /// Weight of the OLD value in the moving average over steps.
    pub alpha: f64,
    /// Submissions kept for a competition's next step, by win rate.
    pub sample_min: usize,
    /// Competitions in round-robin order.
    pub competitions: Vec<Competition>,
}

impl Epsilon {
    /// ε that the loss of a submission of `block` is reduced by at `current_block`, against later submissions.
    ///
    /// Linear: start − min(max(current − block, 0) / blocks, 1) · (start − end). An unknown block counts as infinitely
    /// late, so its ε has not begun to fall (and is never used: no submission is later).
    pub fn at(&self, block: Option<u64>, current_block: u64) -> f64 {
        match *self {
            Self::Constant(epsilon) => epsilon,
            Self::Linear { start, end, blocks } => {
                let age = block.map_or(0, |block| current_block.saturating_sub(block));
                start - (age as f64 / blocks as f64).min(1.0) * (start - end)
            }
        }
    }

    /// Checks 0 ≤ ε < 1 at every age, and that a linear ε has a length.
    pub fn validate(&self) -> Result<(), WinsError> {
        match *self {
            Self::Constant(epsilon) => check_epsilon(epsilon),
            Self::Linear { blocks: 0, .. } => Err(WinsError::EpsilonBlocks),
            Self::Linear { start, end, .. } => check_epsilon(start).and_then(|()| check_epsilon(end)),
        }
    }
}

/// Checks one value of ε.
fn check_epsilon(epsilon: f64) -> Result<(), WinsError> {
    if (0.0..1.0).contains(&epsilon) { Ok(()) } else { Err(WinsError::EpsilonRange(epsilon)) }
}

impl FromStr for Epsilon {
    type Err = WinsError;

    /// Reads `0.01` or `linear:START:END:BLOCKS`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let epsilon = parse_epsilon(text).ok_or_else(|| WinsError::EpsilonForm(text.to_owned()))?;
        epsilon.validate().map(|()| epsilon)
    }
}

/// The form alone, without the ranges.
fn parse_epsilon(text: &str) -> Option<Epsilon> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [epsilon] => epsilon.parse().ok().map(Epsilon::Constant),
        ["linear", start, end, blocks] => {
            Some(Epsilon::Linear { start: start.parse().ok()?, end: end.parse().ok()?, blocks: blocks.parse().ok()? })
        }
        _ => None,
    }
}

impl fmt::Display for Epsilon {
    /// Writes the form that [`FromStr`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(epsilon) => write!(formatter, "{epsilon}"),
            Self::Linear { start, end, blocks } => write!(formatter, "linear:{start}:{end}:{blocks}"),
        }
    }
}

impl Weighting {
    /// Checks the parameters' ranges.
    pub fn validate(&self) -> Result<(), WinsError> {
        match *self {
            Self::Softmax { temperature } => check_temperature(temperature),
            Self::RunningSoftmax { slots: 0, .. } => Err(WinsError::Slots { slots: 0, submissions: 1 }),
            Self::RunningSoftmax { temperature, .. } => check_temperature(temperature),
            Self::WinnerTakesAll { minimum } if (0.0..=1.0).contains(&minimum) => Ok(()),
            Self::WinnerTakesAll { minimum } => Err(WinsError::MinimumWeight(minimum)),
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
    /// Checks every range, that ids are unique and that reward shares sum to 1 (within 1e-9).
    pub fn validate(&self) -> Result<(), WinsError> {
        self.epsilon.validate()?;
        self.weighting.validate()?;
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
    fn epsilon_reads_what_it_writes() {
        for text in ["0", "0.01", "0.999", "linear:0.005:0.0001:14400", "linear:0:0.5:1"] {
            assert_eq!(text.parse::<Epsilon>().map(|epsilon| epsilon.to_string()), Ok(text.to_owned()));
        }
        let expected = Epsilon::Linear { start: 0.05, end: 0.01, blocks: 36_000 };
        assert_eq!("linear:0.05:0.01:36000".parse(), Ok(expected));
    }

    #[test]
    fn epsilon_refuses_odd_forms_and_values() {
        for text in ["", "abc", "linear", "linear:0.1:0.2", "linear:0.1:0.2:-5", "linear:0.1:0.2:1.5", "cubic:0:0:1"] {
            assert_eq!(text.parse::<Epsilon>(), Err(WinsError::EpsilonForm(text.to_owned())));
        }
        for text in ["1", "-0.01", "inf", "NaN", "linear:1:0:5", "linear:0:-1:5"] {
            assert!(matches!(text.parse::<Epsilon>(), Err(WinsError::EpsilonRange(_))), "{text}");
        }
        assert_eq!("linear:0.1:0.2:0".parse::<Epsilon>(), Err(WinsError::EpsilonBlocks));
    }

    #[test]
    fn a_linear_epsilon_starts_at_its_block_and_stops_at_its_end() {
        let epsilon = Epsilon::Linear { start: 0.5, end: 0.25, blocks: 100 };
        assert_eq!(epsilon.at(Some(1000), 900), 0.5);
        assert_eq!(epsilon.at(Some(1000), 1050), 0.375);
        assert_eq!(epsilon.at(Some(1000), 9999), 0.25);
        assert_eq!(epsilon.at(None, 9999), 0.5);
        assert_eq!(Epsilon::Constant(0.01).at(Some(0), u64::MAX), 0.01);
    }

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
        let weighting = Weighting::WinnerTakesAll { minimum: 1.5 };
        assert_eq!(Rules { weighting, ..rules() }.validate(), Err(WinsError::MinimumWeight(1.5)));
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

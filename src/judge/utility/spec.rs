//! What is asked of a replay of utility.

use super::error::UtilityError;
use super::recording::at_most;
use super::rules::{Rules, TimeTerm, Weights, constant};
use crate::stats::BootstrapSpec;

/// Points of a grid at most.
pub const MOST_POINTS: usize = 1000;
/// Uids that a contender is split over at most.
pub const MOST_COPIES: usize = 64;
/// Values of a list of the questions at most.
pub const MOST_VALUES: usize = 64;
/// Items of a response to a spot check at most.
pub const MOST_ITEMS: usize = 1_000_000;
/// Simulated successions and their rounds at most.
pub const MOST_ROUNDS: usize = 10_000;

/// What is asked of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct UtilitySpec {
    /// By which rules.
    pub rules: Rules,
    /// The rules of the preset, which places are held against.
    pub baseline: Rules,
    /// What else is asked.
    pub questions: Questions,
    /// How intervals are made.
    pub bootstrap: BootstrapSpec,
}

/// What is asked besides scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Questions {
    /// Weights of a grid; each meets every one of `times`.
    pub weights: Vec<Weights>,
    /// Time terms of the grid.
    pub times: Vec<TimeTerm>,
    /// Seconds of fast answers that nothing is in, besides the fastest recorded ones.
    pub fast_seconds: Vec<f64>,
    /// Over how many uids a contender is split.
    pub copies: Vec<usize>,
    /// Rewards of a newcomer over the leader's.
    pub leads: Vec<f64>,
    /// Simulated successions of each contender to the leader.
    pub successions: usize,
    /// Rounds of a succession at most.
    pub rounds: usize,
    /// What is asked of spot checks.
    pub spot: SpotQuestions,
}

/// What is asked of spot checks.
#[derive(Debug, Clone, PartialEq)]
pub struct SpotQuestions {
    /// Probabilities that an attempt at a real item fails.
    pub spurious: Vec<f64>,
    /// Items of a response.
    pub items: Vec<usize>,
    /// Shares of them that are fake.
    pub fakes: Vec<f64>,
    /// Items that are fetched again.
    pub samples: Vec<usize>,
    /// Probabilities of detection that a sample is chosen for.
    pub detections: Vec<f64>,
}

impl Default for Questions {
    /// Eleven pairs w1 = 1 − w2 without a size: only their ratio decides who is before whom.
    fn default() -> Self {
        let of = |tenths: i32| {
            let time = f64::from(tenths) / 10.0;
            Weights { fields: 1.0 - time, time, size: 0.0 }
        };
        Self {
            weights: (0..=10).map(of).collect(),
            times: TimeTerm::ALL.to_vec(),
            fast_seconds: vec![0.25],
            copies: vec![2, 4, 8],
            leads: vec![1.05, 1.1, 1.25, 1.5, 2.0],
            successions: 200,
            rounds: 1000,
            spot: SpotQuestions {
                spurious: vec![0.01, 0.05, 0.1, 0.2],
                items: vec![10, 20, 50, 100],
                fakes: vec![0.05, 0.1, 0.2, 0.5],
                samples: vec![1, 3, 5, 10],
                detections: vec![0.5, 0.9, 0.95, 0.99],
            },
        }
    }
}

impl UtilitySpec {
    /// Checks that all of it can be used.
    ///
    /// # Errors
    /// The first constant that is out of range, a list that is too long, or what the bootstrap refuses.
    pub fn check(&self) -> Result<(), UtilityError> {
        self.rules.check()?;
        self.baseline.check()?;
        self.questions.check()?;
        Ok(self.bootstrap.reach_the_confidence()?)
    }
}

impl Questions {
    fn check(&self) -> Result<(), UtilityError> {
        at_most("points of the grid", self.weights.len().saturating_mul(self.times.len()), MOST_POINTS)?;
        self.weights.iter().try_for_each(|weights| weights.check())?;
        let SpotQuestions { spurious, items, fakes, samples, detections } = &self.spot;
        for length in [&self.fast_seconds, &self.leads, spurious, fakes, detections].map(Vec::len) {
            at_most("values in a list", length, MOST_VALUES)?;
        }
        for length in [&self.copies, items, samples].map(Vec::len) {
            at_most("values in a list", length, MOST_VALUES)?;
        }
        let counts = |name, values: &[usize], least: usize, most: usize, words| {
            let mut values = values.iter();
            values.try_for_each(|&one| constant(name, one as f64, least as f64..=most as f64, words))
        };
        counts("a number of uids", &self.copies, 1, MOST_COPIES, "a whole number from 1 to 64")?;
        counts("successions", &[self.successions], 1, MOST_ROUNDS, "a whole number from 1 to 10000")?;
        counts("rounds", &[self.rounds], 1, MOST_ROUNDS, "a whole number from 1 to 10000")?;
        counts("a number of items", items, 1, MOST_ITEMS, "a whole number from 1 to 1000000")?;
        counts("a sample", samples, 1, MOST_ITEMS, "a whole number from 1 to 1000000")?;
        let numbers = |name, values: &[f64], least: f64, most: f64, words| {
            values.iter().try_for_each(|&one| constant(name, one, least..=most, words))
        };
        numbers("a fast time", &self.fast_seconds, 1e-100, 1e100, "seconds above 0")?;
        numbers("a lead", &self.leads, 1e-6, 1e6, "a number from 1e-6 to 1e6")?;
        numbers("a rate of failures", spurious, 0.0, 1.0, "a share from 0 to 1")?;
        numbers("a share of fakes", fakes, 0.0, 1.0, "a share from 0 to 1")?;
        numbers("a probability of detection", detections, 1e-9, 1.0 - 1e-9, "a share above 0 and below 1")
    }
}

//! The moving average of rewards, in single precision as in the original.

use super::error::UtilityError;
use super::rules::Averaging;

/// A reward of a round, by number of the contender.
pub type Reward = (usize, f64);

/// Scores of contenders over rounds, from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct MovingAverage {
    /// Share of a round.
    alpha: f32,
    /// Share of what was before.
    rest: f32,
    averaging: Averaging,
    scores: Vec<f32>,
    /// The rewards of a round, where all scores change; kept for its room.
    scattered: Vec<f32>,
}

impl MovingAverage {
    /// So many contenders, all with 0.
    pub fn new(alpha: f64, averaging: Averaging, contenders: usize) -> Self {
        let scores = vec![0.0; contenders];
        Self { alpha: alpha as f32, rest: (1.0 - alpha) as f32, averaging, scores, scattered: Vec::new() }
    }

    /// A round: alpha · reward + (1 − alpha) · score, rounded after each step. A reward that is NaN is 0; contenders
    /// beyond the table lengthen it.
    ///
    /// # Errors
    /// A round without any reward changes nothing.
    pub fn round(&mut self, rewards: &[Reward]) -> Result<(), UtilityError> {
        let most = rewards.iter().map(|&(contender, _)| contender).max().ok_or(UtilityError::EmptyRound)?;
        if most >= self.scores.len() {
            self.scores.resize(most + 1, 0.0);
        }
        let number = |reward: f64| if reward.is_nan() { 0.0 } else { reward as f32 };
        match self.averaging {
            Averaging::E9b6968 => {
                for &(contender, reward) in rewards {
                    self.scores[contender] = self.next(number(reward), self.scores[contender]);
                }
            }
            Averaging::Dd11191 => {
                let mut scattered = std::mem::take(&mut self.scattered);
                scattered.clone_from(&self.scores);
                rewards.iter().for_each(|&(contender, reward)| scattered[contender] = number(reward));
                let next = |(score, &reward): (&f32, &f32)| self.next(reward, *score);
                let scores = self.scores.iter().zip(&scattered).map(next).collect();
                (self.scores, self.scattered) = (scores, scattered);
            }
        }
        Ok(())
    }

    fn next(&self, reward: f32, score: f32) -> f32 {
        // Two products, each rounded, as in the original: no fused multiplication.
        let (new, old) = (self.alpha * reward, self.rest * score);
        new + old
    }

    /// The scores as they are.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }
}

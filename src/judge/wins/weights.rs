//! From win rates to weights: what one step gives, and how a run's weights follow it. A step's weights and the running
//! weights are pure functions of tallies, so that a resample takes the same way as the real thing.

use super::{Rules, Weighting, WinsError};

/// What one submission reached in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Wins over all opponents and samples.
    pub wins: u64,
    /// Matches over all opponents and samples.
    pub matches: u64,
    /// Whether it was evaluated at all; a skipped submission takes part with an empty loss list.
    pub evaluated: bool,
}

impl Tally {
    /// wins / matches, 0 without a match.
    pub fn win_rate(&self) -> f64 {
        if self.matches == 0 { 0.0 } else { self.wins as f64 / self.matches as f64 }
    }
}

/// softmax(values / temperature) in single precision, as validators compute it; positive and adding up to 1.
pub fn softmax(values: &[f64], temperature: f64) -> Vec<f64> {
    let scaled = scale(values, temperature);
    let peak = scaled.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scaled.iter().map(|value| (value - peak).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| f64::from(power / sum)).collect()
}

/// values / temperature in single precision.
fn scale(values: &[f64], temperature: f64) -> Vec<f32> {
    values.iter().map(|&value| value as f32 / temperature as f32).collect()
}

/// The weights that one step gives on its own, before rewards and moving average.
///
/// - [`Weighting::Softmax`]: softmax of the win rates; a skipped submission has rate 0 and keeps its small share.
/// - [`Weighting::RunningSoftmax`]: softmax of the shares of all wins, over the step's submissions alone.
/// - [`Weighting::WinnerTakesAll`]: 1 for the highest win rate, split evenly among ties. A skipped submission cannot
///   take it, nor split it with a sole participant whose rate is 0 for want of opponents.
pub fn step_weights(weighting: &Weighting, tallies: &[Tally]) -> Vec<f64> {
    match *weighting {
        Weighting::Softmax { temperature } => softmax(&win_rates(tallies), temperature),
        Weighting::RunningSoftmax { temperature, .. } => softmax(&win_shares(tallies), temperature),
        Weighting::WinnerTakesAll { .. } => winner_takes_all(tallies),
    }
}

fn win_rates(tallies: &[Tally]) -> Vec<f64> {
    tallies.iter().map(Tally::win_rate).collect()
}

/// Each one's part of all wins of the step; 0 where nobody won.
fn win_shares(tallies: &[Tally]) -> Vec<f64> {
    let sum: u64 = tallies.iter().map(|tally| tally.wins).sum();
    tallies.iter().map(|tally| tally.wins as f64 / sum.max(1) as f64).collect()
}

fn winner_takes_all(tallies: &[Tally]) -> Vec<f64> {
    let best = tallies.iter().filter(|tally| tally.evaluated).map(Tally::win_rate).fold(f64::NEG_INFINITY, f64::max);
    let wins = |tally: &&Tally| tally.evaluated && tally.win_rate() == best;
    let winners = tallies.iter().filter(wins).count();
    tallies.iter().map(|tally| if wins(&tally) { 1.0 / winners as f64 } else { 0.0 }).collect()
}

/// One finished step, as the running weights see it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Index of its competition.
    pub competition: usize,
    /// Indices of its submissions in the run.
    pub members: &'a [usize],
    /// What each of them reached.
    pub tallies: &'a [Tally],
}

/// The weights of all submissions of a run, as steps move them. All start from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningWeights {
    weighting: Weighting,
    alpha: f64,
    /// Reward share of each competition.
    shares: Vec<f64>,
    submissions: usize,
    state: State,
}

/// What is carried from step to step.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// One moving average over all competitions, by submission.
    Average(Vec<f64>),
    /// The documentation's vector over all slots, those of the submissions first.
    Slots { temperature: f64, weights: Vec<f64> },
    /// A moving average for each competition that has had a step, by submission.
    PerCompetition { minimum: f64, averages: Vec<Option<Vec<f64>>> },
}

impl State {
    fn new(rules: &Rules, submissions: usize) -> Self {
        match rules.weighting {
            Weighting::Softmax { .. } => Self::Average(vec![0.0; submissions]),
            Weighting::RunningSoftmax { temperature, slots } => Self::Slots { temperature, weights: vec![0.0; slots] },
            Weighting::WinnerTakesAll { minimum } => {
                Self::PerCompetition { minimum, averages: vec![None; rules.competitions.len()] }
            }
        }
    }
}

impl RunningWeights {
    /// The weights of a run of so many submissions before its first step.
    ///
    /// # Errors
    /// [`WinsError::Slots`] where the rules have fewer slots than there are submissions.
    pub fn new(rules: &Rules, submissions: usize) -> Result<Self, WinsError> {
        if let Weighting::RunningSoftmax { slots, .. } = rules.weighting
            && slots < submissions
        {
            return Err(WinsError::Slots { slots, submissions });
        }
        Ok(Self {
            weighting: rules.weighting,
            alpha: rules.alpha,
            shares: rules.competitions.iter().map(|competition| competition.reward_share).collect(),
            submissions,
            state: State::new(rules, submissions),
        })
    }

    /// The weights after one more step.
    ///
    /// - [`Weighting::Softmax`]: W = α·W + (1 − α)·new, new = step · (competitions · reward share) / Σ step for the
    ///   step's submissions and 0 for all others; NaN becomes 0; never renormalised.
    /// - [`Weighting::RunningSoftmax`]: W = softmax((W + share of all wins) / temperature) over all slots.
    /// - [`Weighting::WinnerTakesAll`]: the competition's own average moves as above, without the reward; its first
    ///   step sets it. The averages of other competitions stay.
    #[must_use]
    pub fn after(&self, step: &Step<'_>) -> Self {
        let state = match &self.state {
            State::Average(average) => {
                let reward = self.shares.len() as f64 * self.shares[step.competition];
                State::Average(self.moved(average, &self.normalised(step, reward)))
            }
            State::Slots { temperature, weights } => {
                State::Slots { temperature: *temperature, weights: add_and_squash(weights, step, *temperature) }
            }
            State::PerCompetition { minimum, averages } => {
                State::PerCompetition { minimum: *minimum, averages: self.per_competition(averages, step) }
            }
        };
        Self { shares: self.shares.clone(), state, ..*self }
    }

    /// The weight of one submission of the run.
    ///
    /// For [`Weighting::WinnerTakesAll`] a competition's weights below the minimum count as 0 (the average itself
    /// keeps them), the rest is multiplied by the reward share and added up; never renormalised.
    pub fn reported(&self, submission: usize) -> f64 {
        match &self.state {
            State::Average(weights) | State::Slots { weights, .. } => weights[submission],
            State::PerCompetition { minimum, averages } => {
                let paid = |(average, share): (&Option<Vec<f64>>, &f64)| {
                    let weight = average.as_ref()?[submission];
                    (weight >= *minimum).then_some(weight * share)
                };
                // Folded from 0, since the sum of nothing is -0.
                averages.iter().zip(&self.shares).filter_map(paid).fold(0.0, |sum, part| sum + part)
            }
        }
    }

    fn per_competition(&self, averages: &[Option<Vec<f64>>], step: &Step<'_>) -> Vec<Option<Vec<f64>>> {
        let new = self.normalised(step, 1.0);
        let mut averages = averages.to_vec();
        let average = &mut averages[step.competition];
        *average = Some(match average {
            Some(old) => self.moved(old, &new),
            None => new,
        });
        averages
    }

    /// The step's weights scaled to the given sum, at the places of their submissions; NaN (nobody won) becomes 0.
    fn normalised(&self, step: &Step<'_>, sum: f64) -> Vec<f64> {
        let weights = step_weights(&self.weighting, step.tallies);
        let factor = sum / weights.iter().sum::<f64>();
        let mut placed = vec![0.0; self.submissions];
        for (&member, weight) in step.members.iter().zip(weights) {
            placed[member] = zero_if_nan(weight * factor);
        }
        placed
    }

    /// α·old + (1 − α)·new.
    fn moved(&self, old: &[f64], new: &[f64]) -> Vec<f64> {
        let moved = |(old, new): (&f64, &f64)| zero_if_nan(self.alpha * old + (1.0 - self.alpha) * new);
        old.iter().zip(new).map(moved).collect()
    }
}

/// softmax((weights + share of all wins) / temperature) over all slots.
fn add_and_squash(weights: &[f64], step: &Step<'_>, temperature: f64) -> Vec<f64> {
    let mut sums = weights.to_vec();
    for (&member, share) in step.members.iter().zip(win_shares(step.tallies)) {
        sums[member] += share;
    }
    softmax(&sums, temperature)
}

fn zero_if_nan(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::fixtures::rules_of;

    fn tally(wins: u64, matches: u64) -> Tally {
        Tally { wins, matches, evaluated: true }
    }

    const SKIPPED: Tally = Tally { wins: 0, matches: 0, evaluated: false };

    fn reported(weights: &RunningWeights, submissions: usize) -> Vec<f64> {
        (0..submissions).map(|submission| weights.reported(submission)).collect()
    }

    fn close(actual: &[f64], expected: &[f64]) -> bool {
        actual.len() == expected.len() && actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-7)
    }

    #[test]
    fn a_softmax_survives_large_values_and_adds_up_to_one() {
        let weights = softmax(&[1000.0, 998.0, 0.0], 0.01);
        assert_eq!(weights, [1.0, 0.0, 0.0]);
        assert!((softmax(&[0.1, 0.7, 0.3, 0.3], 0.08).iter().sum::<f64>() - 1.0).abs() < 1e-6);
        assert!(softmax(&[], 0.08).is_empty());
        // The least temperature that rules allow, and the largest values: sums of a weight and a share.
        assert_eq!(softmax(&[2.0, 1.0], f64::from(f32::MIN_POSITIVE)), [1.0, 0.0]);
    }

    #[test]
    fn the_winner_takes_all_and_ties_split() {
        let weighting = Weighting::WinnerTakesAll { minimum: 0.18 };
        assert_eq!(step_weights(&weighting, &[tally(1, 4), tally(3, 4), tally(2, 4)]), [0.0, 1.0, 0.0]);
        assert_eq!(step_weights(&weighting, &[tally(3, 4), tally(0, 4), tally(3, 4)]), [0.5, 0.0, 0.5]);
        assert_eq!(step_weights(&weighting, &[tally(0, 0), SKIPPED]), [1.0, 0.0]);
        assert_eq!(step_weights(&weighting, &[SKIPPED, SKIPPED]), [0.0, 0.0]);
    }

    #[test]
    fn winners_keep_an_average_per_competition_that_hides_small_weights() {
        let mut weights = RunningWeights::new(&rules_of("finetuning-successor"), 3).expect("room");
        let (first_wins, second_wins) = ([tally(1, 1), tally(0, 1)], [tally(0, 1), tally(1, 1)]);
        let l3 = |tallies| Step { competition: 0, members: &[0, 1], tallies };
        weights = weights.after(&l3(&first_wins));
        assert!(close(&reported(&weights, 3), &[0.6, 0.0, 0.0]), "the first step sets the average");
        weights = weights.after(&Step { competition: 1, members: &[2], tallies: &[tally(0, 0)] });
        assert!(close(&reported(&weights, 3), &[0.6, 0.0, 0.4]), "another competition leaves the average alone");
        weights = weights.after(&l3(&second_wins));
        assert!(close(&reported(&weights, 3), &[0.54, 0.0, 0.4]), ".1 is hidden");
        weights = weights.after(&l3(&second_wins));
        assert!(close(&reported(&weights, 3), &[0.486, 0.114, 0.4]), ".19 is shown: it was kept while hidden");
    }

    #[test]
    fn a_step_that_nobody_can_win_gives_nothing_instead_of_nan() {
        let weights = RunningWeights::new(&rules_of("finetuning-successor"), 1).expect("room");
        let after = weights.after(&Step { competition: 0, members: &[0], tallies: &[SKIPPED] });
        assert_eq!(reported(&after, 1), [0.0]);
        let won = weights.after(&Step { competition: 0, members: &[0], tallies: &[tally(0, 0)] });
        let after = won.after(&Step { competition: 0, members: &[0], tallies: &[SKIPPED] });
        assert!(close(&reported(&after, 1), &[0.54]), "what was won before decays, it is not lost");
        let doc = RunningWeights::new(&rules_of("finetuning-doc"), 2).expect("room");
        let after = doc.after(&Step { competition: 0, members: &[0, 1], tallies: &[SKIPPED, SKIPPED] });
        assert!(close(&reported(&after, 2), &[1.0 / 256.0; 2]));
    }

    #[test]
    fn the_documented_weights_run_on() {
        let rules =
            Rules { weighting: Weighting::RunningSoftmax { temperature: 1.0, slots: 3 }, ..rules_of("finetuning-doc") };
        let tallies = [tally(3, 4), tally(1, 4)];
        let step = Step { competition: 0, members: &[0, 1], tallies: &tallies };
        let twice = RunningWeights::new(&rules, 2).expect("room").after(&step).after(&step);
        let squash = |values: [f64; 3]| {
            let sum: f64 = values.iter().map(|value| value.exp()).sum();
            values.map(|value| value.exp() / sum)
        };
        let once = squash([0.75, 0.25, 0.0]);
        let expected = squash([once[0] + 0.75, once[1] + 0.25, once[2]]);
        assert!(close(&reported(&twice, 2), &expected[..2]));
    }

    #[test]
    fn submissions_must_fit_into_the_slots() {
        let expected = Err(WinsError::Slots { slots: 256, submissions: 257 });
        assert_eq!(RunningWeights::new(&rules_of("finetuning-doc"), 257), expected);
        assert!(RunningWeights::new(&rules_of("finetuning-subnet"), 257).is_ok());
    }
}

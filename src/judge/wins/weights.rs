//! From win rates to weights: what one step gives, and how a run's weights follow it. A step's weights and the running
//! weights are pure functions of tallies, so that a resample takes the same way as the real thing.

use super::{Averaging, Rules, Weighting, WinsError};

/// What one submission reached in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Wins over all opponents and samples.
    pub wins: u64,
    /// Matches over all opponents and samples.
    pub matches: u64,
    /// Whether a filter left it without an opponent, which counts as having won all.
    pub unopposed: bool,
}

impl Tally {
    /// wins / matches; without a match 0, or 1 where it is unopposed.
    pub fn win_rate(&self) -> f64 {
        match self.matches {
            0 => f64::from(u8::from(self.unopposed)),
            matches => self.wins as f64 / matches as f64,
        }
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
/// - [`Weighting::WinnerTakesAll`]: 1 for the highest win rate, split evenly among ties.
/// - [`Weighting::Power`]: win rate^skew, scaled to sum 1; nothing where nobody won.
pub fn step_weights(weighting: &Weighting, tallies: &[Tally]) -> Vec<f64> {
    match *weighting {
        Weighting::Softmax { temperature } => softmax(&win_rates(tallies), temperature),
        Weighting::RunningSoftmax { temperature, .. } => softmax(&win_shares(tallies), temperature),
        Weighting::WinnerTakesAll => winner_takes_all(tallies),
        Weighting::Power { skew } => scaled(win_rates(tallies).into_iter().map(|rate| rate.powf(skew)).collect(), 1.0),
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
    let rates = win_rates(tallies);
    let best = rates.iter().copied().fold(0.0, f64::max);
    scaled(rates.into_iter().map(|rate| f64::from(u8::from(rate == best))).collect(), 1.0)
}

/// The values scaled to `sum`; all 0 where they have no sum to scale.
fn scaled(mut values: Vec<f64>, sum: f64) -> Vec<f64> {
    let factor = sum / values.iter().sum::<f64>();
    values.iter_mut().for_each(|value| *value = if factor.is_finite() { zero_if_nan(*value * factor) } else { 0.0 });
    values
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
    /// Whether it is the last competition of its step.
    pub concludes: bool,
}

/// What a log says of a submission after a step.
#[derive(Debug, Clone, Copy)]
pub struct Adopted {
    /// The submission.
    pub submission: usize,
    /// Its weight.
    pub weight: f64,
    /// Its average within the competition.
    pub average: f64,
}

/// The weights of all submissions of a run, as steps move them. All start from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningWeights {
    weighting: Weighting,
    alpha: f64,
    /// Reward share of each competition.
    shares: Vec<f64>,
    /// Of every submission, what it is paid.
    weights: Vec<f64>,
    state: State,
}

/// What is carried from step to step beside the weights.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// Nothing: one moving average over all competitions.
    Average,
    /// The documentation's vector over all slots, those of the submissions first.
    Slots { temperature: f64, slots: Vec<f64> },
    /// A moving average for each competition that has had a step, by submission.
    PerCompetition { minimum: f64, averages: Vec<Option<Vec<f64>>> },
    /// The last step weights of each competition that has had a step, by submission, and whether a step has ended.
    OfTotals { latest: Vec<Option<Vec<f64>>>, has_begun: bool },
}

impl State {
    fn new(rules: &Rules) -> Self {
        let none = || vec![None; rules.competitions.len()];
        match (rules.weighting, rules.averaging) {
            (Weighting::RunningSoftmax { temperature, slots }, _) => {
                Self::Slots { temperature, slots: vec![0.0; slots] }
            }
            (_, Averaging::Overall) => Self::Average,
            (_, Averaging::PerCompetition { minimum }) => Self::PerCompetition { minimum, averages: none() },
            (_, Averaging::OfTotals) => Self::OfTotals { latest: none(), has_begun: false },
        }
    }
}

impl RunningWeights {
    /// The weights of a run of so many submissions before its first step.
    ///
    /// # Errors
    /// [`WinsError::Slots`] where the rules have fewer slots than there are submissions.
    pub fn new(rules: &Rules, submissions: usize) -> Result<Self, WinsError> {
        Self::starting_at(rules, vec![0.0; submissions])
    }

    /// The same from these weights, one for each submission, as a validator begins from those of the chain. Only
    /// [`Averaging::Overall`] builds on them; the others set their averages at the first step.
    ///
    /// # Errors
    /// As [`RunningWeights::new`].
    pub fn starting_at(rules: &Rules, weights: Vec<f64>) -> Result<Self, WinsError> {
        if let Weighting::RunningSoftmax { slots, .. } = rules.weighting
            && slots < weights.len()
        {
            return Err(WinsError::Slots { slots, submissions: weights.len() });
        }
        let shares = rules.competitions.iter().map(|competition| competition.reward_share).collect();
        Ok(Self { weighting: rules.weighting, alpha: rules.alpha, shares, weights, state: State::new(rules) })
    }

    /// The weights after one more step.
    ///
    /// - [`Averaging::Overall`]: W = α·W + (1 − α)·new, new = step · (competitions · reward share) / Σ step for the
    ///   step's submissions and 0 for all others; NaN becomes 0; never renormalised.
    /// - [`Averaging::PerCompetition`]: the competition's own average moves as above, without the reward; its first step
    ///   sets it, and the averages of other competitions stay.
    /// - [`Averaging::OfTotals`]: the total of all competitions' last step weights moves the average, once a step.
    /// - [`Weighting::RunningSoftmax`]: W = softmax((W + share of all wins) / temperature) over all slots.
    #[must_use]
    pub fn after(&self, step: &Step<'_>) -> Self {
        let with = |weights, state| Self { shares: self.shares.clone(), weights, state, ..*self };
        match &self.state {
            State::Average => {
                let reward = self.shares.len() as f64 * self.shares[step.competition];
                with(self.moved(&self.weights, &self.placed(step, reward)), State::Average)
            }
            State::Slots { temperature, slots } => {
                let slots = add_and_squash(slots, step, *temperature);
                with(slots[..self.weights.len()].to_vec(), State::Slots { temperature: *temperature, slots })
            }
            State::PerCompetition { minimum, averages } => {
                let new = self.placed(step, 1.0);
                let mut averages = averages.clone();
                let average = &mut averages[step.competition];
                *average = Some(average.as_ref().map_or(new.clone(), |old| self.moved(old, &new)));
                let counting = |average: &Vec<f64>| {
                    scaled(average.iter().map(|&weight| if weight < *minimum { 0.0 } else { weight }).collect(), 1.0)
                };
                with(self.total(&averages, counting), State::PerCompetition { minimum: *minimum, averages })
            }
            State::OfTotals { latest, has_begun } => {
                let mut latest = latest.clone();
                latest[step.competition] = Some(self.placed(step, 1.0));
                let total = self.total(&latest, Vec::clone);
                let weights = match (step.concludes, has_begun) {
                    (false, _) => self.weights.clone(),
                    (true, false) => total,
                    (true, true) => self.moved(&self.weights, &total),
                };
                with(weights, State::OfTotals { latest, has_begun: *has_begun || step.concludes })
            }
        }
    }

    /// Goes on from what a log says of the members of a competition: their averages within it, where each competition has
    /// its own, else their weights.
    pub fn adopt(&mut self, competition: usize, members: &[Adopted]) {
        match &mut self.state {
            State::PerCompetition { averages, .. } => {
                let average = averages[competition].get_or_insert_with(|| vec![0.0; self.weights.len()]);
                members.iter().for_each(|member| average[member.submission] = member.average);
            }
            State::Average | State::OfTotals { .. } | State::Slots { .. } => {
                members.iter().for_each(|member| self.weights[member.submission] = member.weight);
            }
        }
    }

    /// The weight of one submission of the run.
    pub fn reported(&self, submission: usize) -> f64 {
        self.weights[submission]
    }

    /// A submission's average within a competition, where each competition has its own.
    pub fn within(&self, competition: usize, submission: usize) -> Option<f64> {
        match &self.state {
            State::PerCompetition { averages, .. } => Some(averages[competition].as_ref()?[submission]),
            _ => None,
        }
    }

    /// The competitions' weights, each as `counting` sees them, by their reward shares, scaled to sum 1.
    fn total(&self, competitions: &[Option<Vec<f64>>], counting: impl Fn(&Vec<f64>) -> Vec<f64>) -> Vec<f64> {
        let mut total = vec![0.0; self.weights.len()];
        for (weights, share) in competitions.iter().zip(&self.shares) {
            let counted = weights.as_ref().map(&counting).unwrap_or_default();
            total.iter_mut().zip(counted).for_each(|(sum, weight)| *sum += share * weight);
        }
        scaled(total, 1.0)
    }

    /// The step's weights scaled to the given sum, at the places of their submissions.
    fn placed(&self, step: &Step<'_>, sum: f64) -> Vec<f64> {
        let mut placed = vec![0.0; self.weights.len()];
        let weights = scaled(step_weights(&self.weighting, step.tallies), sum);
        step.members.iter().zip(weights).for_each(|(&member, weight)| placed[member] = weight);
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
        Tally { wins, matches, unopposed: false }
    }

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
        let weights = |tallies: &[Tally]| step_weights(&Weighting::WinnerTakesAll, tallies);
        assert_eq!(weights(&[tally(1, 4), tally(3, 4), tally(2, 4)]), [0.0, 1.0, 0.0]);
        assert_eq!(weights(&[tally(3, 4), tally(0, 4), tally(3, 4)]), [0.5, 0.0, 0.5]);
        assert_eq!(weights(&[tally(0, 1), tally(0, 1)]), [0.5, 0.5], "nobody won, so all tie");
        assert!(weights(&[]).is_empty());
    }

    #[test]
    fn a_power_of_the_rates_adds_up_to_one_unless_nobody_won() {
        let weights = |tallies: &[Tally]| step_weights(&Weighting::Power { skew: 2.0 }, tallies);
        assert!(close(&weights(&[tally(1, 4), tally(3, 4)]), &[0.1, 0.9]));
        assert_eq!(weights(&[tally(0, 4), tally(0, 4)]), [0.0, 0.0]);
    }

    #[test]
    fn who_is_unopposed_has_won_all() {
        assert_eq!(Tally { unopposed: true, ..tally(0, 0) }.win_rate(), 1.0);
        assert_eq!(Tally { unopposed: true, ..tally(0, 4) }.win_rate(), 0.0);
    }

    /// The case `handover` of the successor's own code in short: what is below the minimum is not paid, and what is
    /// above it is paid in its place.
    #[test]
    fn winners_keep_an_average_per_competition_that_hides_small_weights() {
        let mut weights = RunningWeights::new(&rules_of("finetuning-successor"), 3).expect("room");
        let (first_wins, second_wins) = ([tally(1, 1), tally(0, 1)], [tally(0, 1), tally(1, 1)]);
        let l3 = |tallies| Step { competition: 0, members: &[0, 1], tallies, concludes: true };
        weights = weights.after(&l3(&first_wins));
        assert!(close(&reported(&weights, 3), &[1.0, 0.0, 0.0]), "the only competition that has run pays all");
        weights = weights.after(&Step { competition: 1, members: &[2], tallies: &[tally(0, 0)], concludes: true });
        assert!(close(&reported(&weights, 3), &[0.6, 0.0, 0.4]), "another competition leaves the average alone");
        weights = weights.after(&l3(&second_wins));
        assert!(close(&reported(&weights, 3), &[0.6, 0.0, 0.4]), ".1 is hidden");
        assert!(close(&[0, 1].map(|member| weights.within(0, member).expect("an average")), &[0.9, 0.1]));
        weights = weights.after(&l3(&second_wins));
        assert!(close(&reported(&weights, 3), &[0.486, 0.114, 0.4]), ".19 is shown: it was kept while hidden");
    }

    /// coldint judges all competitions of a step and moves its weights once.
    #[test]
    fn totals_move_once_a_step() {
        let mut weights = RunningWeights::new(&rules_of("coldint"), 3).expect("room");
        let (first_wins, second_wins) = ([tally(1, 1), tally(0, 1)], [tally(0, 1), tally(1, 1)]);
        let c01 = |tallies| Step { competition: 0, members: &[0, 1], tallies, concludes: false };
        let c02 = Step { competition: 1, members: &[2], tallies: &[tally(1, 1)], concludes: true };
        let shares = [weights.shares[0], weights.shares[1]];
        let whole = shares[0] + shares[1];
        weights = weights.after(&c01(&first_wins));
        assert_eq!(reported(&weights, 3), [0.0; 3], "the step has not ended");
        weights = weights.after(&c02);
        assert!(close(&reported(&weights, 3), &[shares[0] / whole, 0.0, shares[1] / whole]), "the first step sets all");
        let alpha = weights.alpha;
        weights = weights.after(&c01(&second_wins)).after(&c02);
        let moved = [alpha * shares[0] / whole, (1.0 - alpha) * shares[0] / whole, shares[1] / whole];
        assert!(close(&reported(&weights, 3), &moved), "{:?}", reported(&weights, 3));
    }

    #[test]
    fn the_documented_weights_run_on() {
        let rules =
            Rules { weighting: Weighting::RunningSoftmax { temperature: 1.0, slots: 3 }, ..rules_of("finetuning-doc") };
        let tallies = [tally(3, 4), tally(1, 4)];
        let step = Step { competition: 0, members: &[0, 1], tallies: &tallies, concludes: true };
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

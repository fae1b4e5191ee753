//! How long a leader stays one: the half-life of a score, and the rounds in which a newcomer overtakes the leader.

use rayon::prelude::*;

use super::recording::Recording;
use super::responses::ResponseRow;
use super::rules::Rules;
use super::standing::{Standing, rounds};
use crate::stats::{Draws, quantile};

/// The purpose that names the streams of successions.
const PURPOSE: &[u8; 8] = b"dethrone";

/// How long a leader stays one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dethroning {
    /// Rounds in which a score halves whose rewards are 0; nothing where it never does.
    pub half_life: Option<f64>,
    /// Who leads, if any score is above 0.
    pub leader: Option<usize>,
    /// Newcomers by what they earn over the leader.
    pub newcomers: Vec<NewcomerRow>,
    /// Every other contender, as if it began anew.
    pub challengers: Vec<ChallengerRow>,
}

/// A newcomer that earns the same in every round, against a leader that does too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewcomerRow {
    /// Its reward over the leader's.
    pub lead: f64,
    /// Rounds in which it overtakes; nothing: never.
    pub rounds: Option<u64>,
}

/// A contender that begins with 0 against the leader's final score. Intervals here are not of a figure but of rounds:
/// those that the middle nine tenths of successions took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChallengerRow {
    /// Number of the contender.
    pub contender: usize,
    /// Rounds with a reward of it.
    pub rewarded: u64,
    /// Its mean reward; nothing without any.
    pub reward: Option<f64>,
    /// Rounds in which it overtakes if it earns its mean as often as it earned anything, and the leader's score stays;
    /// nothing: never.
    pub rounds: Option<u64>,
    /// Median rounds of simulated successions, in each of which both meet what they did in a recorded round, drawn with
    /// replacement; without a reward there a score stays. Nothing where half of them or more did not end.
    pub simulated: Option<f64>,
    /// Rounds that one in twenty stayed below; nothing where so many did not end.
    pub soonest: Option<f64>,
    /// Rounds that one in twenty exceeded; nothing where so many did not end.
    pub latest: Option<f64>,
    /// Share of successions that did not end in the rounds that were simulated.
    pub unended: Option<f64>,
}

/// How many successions are simulated, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Simulation {
    pub successions: usize,
    pub rounds: usize,
    pub seed: u64,
}

/// Rounds in which a score halves whose rewards are 0: ln ½ / ln(1 − alpha). `None` at alpha 0, where it never does.
pub fn half_life(alpha: f64) -> Option<f64> {
    (alpha > 0.0).then(|| 0.5_f64.ln() / (-alpha).ln_1p())
}

/// Rounds in which a score that begins with 0 and earns `reward` in each exceeds `score`, which stays: the least n with
/// reward · (1 − (1 − alpha)ⁿ) > score. `None` where none is.
pub fn rounds_to_exceed(alpha: f64, reward: f64, score: f64) -> Option<u64> {
    if alpha <= 0.0 || reward <= score || reward <= 0.0 {
        return None;
    }
    if alpha >= 1.0 || score < 0.0 {
        return Some(1);
    }
    let rounds = (-score / reward).ln_1p() / (-alpha).ln_1p();
    // At a whole number it is only reached: one more exceeds it; what rounding leaves of one counts as one.
    let whole = if (rounds - rounds.round()).abs() < 1e-9 { rounds.round() } else { rounds.floor() };
    Some(whole as u64 + 1)
}

/// Everyone against the leader.
pub(super) fn dethroning(
    recording: &Recording,
    rows: &[ResponseRow],
    rules: &Rules,
    standing: &Standing,
    leads: &[f64],
    simulation: Simulation,
) -> Dethroning {
    let half_life = half_life(rules.alpha);
    let newcomer = |&lead: &f64| NewcomerRow { lead, rounds: rounds_to_exceed(rules.alpha, lead, 1.0) };
    let newcomers = leads.iter().map(newcomer).collect();
    let Some(leader) = standing.leader() else {
        return Dethroning { half_life, newcomers, ..Dethroning::default() };
    };
    let Rewards { of, count } = rewards(recording, rows, rules);
    let score = standing.scores[leader];
    let challenger = |contender: usize| {
        let own = &of[contender];
        let mean = super::clusters::mean(own.iter().map(|&(_, reward)| f64::from(reward)));
        let duel = Duel::new([own, &of[leader]], count, rules.alpha, score);
        let mut took = duel.successions(simulation, contender);
        took.sort_unstable_by(f64::total_cmp);
        let at = |fraction: f64| quantile(&took, fraction).filter(|rounds| rounds.is_finite());
        let unended = took.iter().filter(|rounds| rounds.is_infinite()).count();
        ChallengerRow {
            contender,
            rewarded: own.len() as u64,
            reward: mean,
            rounds: mean
                .and_then(|mean| rounds_to_exceed(rules.alpha, mean, score))
                .map(|needed| in_rounds(needed, own.len(), count)),
            simulated: at(0.5),
            soonest: at(0.05),
            latest: at(0.95),
            unended: (!took.is_empty()).then(|| unended as f64 / took.len() as f64),
        }
    };
    let others: Vec<usize> = (0..recording.uids.len()).filter(|&contender| contender != leader).collect();
    Dethroning {
        half_life,
        leader: Some(leader),
        newcomers,
        challengers: others.par_iter().map(|&one| challenger(one)).collect(),
    }
}

/// The rewards of everyone.
struct Rewards {
    /// Rounds and rewards by contender.
    of: Vec<Vec<(u32, f32)>>,
    /// Number of rounds.
    count: usize,
}

fn rewards(recording: &Recording, rows: &[ResponseRow], rules: &Rules) -> Rewards {
    let mut found = Rewards { of: vec![Vec::new(); recording.uids.len()], count: 0 };
    rounds(recording, rows, rules, &mut |round| {
        for &(contender, reward) in round {
            // As in the moving average.
            let reward = if reward.is_nan() { 0.0 } else { reward as f32 };
            found.of[contender].push((found.count as u32, reward));
        }
        found.count += 1;
    });
    found
}

/// Rounds until so many have a reward, on average: `rewarded` of all have one.
fn in_rounds(needed: u64, rewarded: usize, all: usize) -> u64 {
    let rounds = (u128::from(needed) * all as u128).div_ceil(rewarded.max(1) as u128);
    u64::try_from(rounds).unwrap_or(u64::MAX)
}

/// What a newcomer and the leader met in the recorded rounds.
struct Duel {
    /// The reward of either, round by round; nothing where the score stays.
    rounds: Vec<[Option<f32>; 2]>,
    alpha: f32,
    /// What the leader has at first.
    score: f32,
}

impl Duel {
    fn new(rewards: [&[(u32, f32)]; 2], count: usize, alpha: f64, score: f64) -> Self {
        let mut rounds = vec![[None; 2]; count];
        for (side, rewards) in rewards.into_iter().enumerate() {
            rewards.iter().for_each(|&(round, reward)| rounds[round as usize][side] = Some(reward));
        }
        Self { rounds, alpha: alpha as f32, score: score as f32 }
    }

    /// Rounds of each succession, infinite where it did not end; none where one of the two was never rewarded.
    fn successions(&self, simulation: Simulation, contender: usize) -> Vec<f64> {
        if (0..2).any(|side| self.rounds.iter().all(|round| round[side].is_none())) {
            return Vec::new();
        }
        let of = |succession: usize| {
            let stream = (contender as u64) << 32 | succession as u64;
            self.succession(simulation.rounds, &mut Draws::new(simulation.seed, PURPOSE, stream))
        };
        (0..simulation.successions).map(of).collect()
    }

    fn succession(&self, rounds: usize, draws: &mut Draws) -> f64 {
        let next = |reward: Option<f32>, score: f32| {
            reward.map_or(score, |reward| self.alpha * reward + (1.0 - self.alpha) * score)
        };
        let (mut own, mut leader) = (0.0_f32, self.score);
        for round in 1..=rounds {
            let [of_own, of_leader] = self.rounds[draws.below(self.rounds.len())];
            (own, leader) = (next(of_own, own), next(of_leader, leader));
            if own > leader {
                return round as f64;
            }
        }
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn successions(rounds: &[[Option<f32>; 2]], score: f32) -> Vec<f64> {
        let simulation = Simulation { successions: 100, rounds: 1000, seed: 7 };
        Duel { rounds: rounds.to_vec(), alpha: 0.1, score }.successions(simulation, 1)
    }

    /// .9ⁿ < .4 from n = 9 on.
    #[test]
    fn rounds_without_a_reward_count() {
        let both = [Some(1.0), Some(0.6)];
        assert_eq!(successions(&[both], 0.6), [9.0; 100]);
        let mut found = successions(&[both, [None; 2]], 0.6);
        found.sort_unstable_by(f64::total_cmp);
        assert!(found[0] >= 9.0 && (14.0..=22.0).contains(&found[50]), "{found:?}");
        assert!(successions(&[[None, Some(0.6)]], 0.6).is_empty());
        assert_eq!([in_rounds(9, 8, 40), in_rounds(9, 40, 40), in_rounds(9, 2, 3)], [45, 9, 14]);
    }

    /// Who earns in every round what the leader does never has more; drawn apart, one would sometimes.
    #[test]
    fn both_meet_the_same_round() {
        let found = successions(&[[Some(1.0); 2], [Some(0.0); 2]], 1.0);
        assert_eq!(found, [f64::INFINITY; 100]);
    }
}

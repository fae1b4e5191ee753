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
    /// Rounds in which it overtakes if it earns its mean and the leader's score stays; nothing: never.
    pub rounds: Option<u64>,
    /// Median rounds of simulated successions, both drawing from their own recorded rewards; nothing where half of them
    /// or more did not end.
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
    let mut rewards: Vec<Vec<f32>> = vec![Vec::new(); recording.uids.len()];
    rounds(recording, rows, rules, &mut |round| {
        round.iter().for_each(|&(contender, reward)| rewards[contender].push(reward as f32));
    });
    let score = standing.scores[leader];
    let challenger = |contender: usize| {
        let own = &rewards[contender];
        let mean = super::clusters::mean(own.iter().map(|&reward| f64::from(reward)));
        let duel = Duel { own, leader: &rewards[leader], alpha: rules.alpha as f32, score: score as f32 };
        let mut took = duel.successions(simulation, contender);
        took.sort_unstable_by(f64::total_cmp);
        let at = |fraction: f64| quantile(&took, fraction).filter(|rounds| rounds.is_finite());
        let unended = took.iter().filter(|rounds| rounds.is_infinite()).count();
        ChallengerRow {
            contender,
            rewarded: own.len() as u64,
            reward: mean,
            rounds: mean.and_then(|mean| rounds_to_exceed(rules.alpha, mean, score)),
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

/// A newcomer's and the leader's recorded rewards.
struct Duel<'a> {
    own: &'a [f32],
    leader: &'a [f32],
    alpha: f32,
    /// What the leader has at first.
    score: f32,
}

impl Duel<'_> {
    /// Rounds of each succession, infinite where it did not end; none where one of the two was never rewarded.
    fn successions(&self, simulation: Simulation, contender: usize) -> Vec<f64> {
        if self.own.is_empty() || self.leader.is_empty() {
            return Vec::new();
        }
        let of = |succession: usize| {
            let stream = (contender as u64) << 32 | succession as u64;
            self.succession(simulation.rounds, &mut Draws::new(simulation.seed, PURPOSE, stream))
        };
        (0..simulation.successions).map(of).collect()
    }

    fn succession(&self, rounds: usize, draws: &mut Draws) -> f64 {
        let rest = 1.0 - self.alpha;
        let (mut own, mut leader) = (0.0_f32, self.score);
        for round in 1..=rounds {
            own = self.alpha * self.own[draws.below(self.own.len())] + rest * own;
            leader = self.alpha * self.leader[draws.below(self.leader.len())] + rest * leader;
            if own > leader {
                return round as f64;
            }
        }
        f64::INFINITY
    }
}

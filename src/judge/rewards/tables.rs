//! What a run came to: emission by miner and threshold, who loses and who gains, and how sure that is.

use super::classes::ClassRow;
use super::ledger::Standing;
use super::rules::Parts;
use super::spec::RewardsSpec;
use crate::stats::ranks::{kendall_tau, ranks};
use crate::stats::{Estimate, Interval, hull_interval};

/// What a run of rewards came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// Loops.
    pub rounds: u64,
    /// Scores at the threshold of the rules, loop by loop, uid by uid.
    pub scores: Vec<ScoreRow>,
    /// Every uid.
    pub miners: Vec<MinerRow>,
    /// Every threshold in ascending order; the last one flags nothing.
    pub thresholds: Vec<ThresholdRow>,
    /// Of each threshold, the emission of every uid.
    pub emissions: Vec<Vec<f64>>,
    /// What answers of each kind earn.
    pub classes: Vec<ClassRow>,
    /// The order of this threshold against that without a penalty.
    pub order: Option<OrderChange>,
}

/// A uid in a loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreRow {
    /// The loop.
    pub round: u64,
    /// The uid, as a place among the run's.
    pub miner: usize,
    /// Its standing, if it was rewarded in the loop.
    pub standing: Option<Standing>,
    /// Mean of its rewards, ahead of the clip at 0.
    pub raw: Option<f64>,
    /// Means of what adds up to that.
    pub parts: Parts,
    /// Its score after the loop.
    pub score: f64,
    /// Its weight after the loop.
    pub weight: f64,
}

/// What a miner did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Miner {
    pub responses: u64,
    pub failed: u64,
    pub unknown: u64,
    pub flagged: u64,
    pub rewards: f64,
    pub weight: f64,
}

/// A uid over all loops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinerRow {
    /// The uid, as a place among the run's.
    pub miner: usize,
    /// Whether it copies.
    pub is_copier: bool,
    /// Its responses that were up for a reward.
    pub responses: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Those whose reward is not known.
    pub unknown: u64,
    /// Those that were flagged.
    pub flagged: u64,
    /// Mean of its rewards that are known.
    pub reward: Option<f64>,
    /// Its weight after the last loop.
    pub weight: f64,
    /// Mean of its weights over the loops.
    pub emission: f64,
    /// The same without a penalty.
    pub emission_without: f64,
    /// What the penalty takes from it; negative where it gains.
    pub lost: Estimate,
    /// Its place by emission, from 1; equal ones share the best.
    pub rank: u64,
    /// The same without a penalty.
    pub rank_without: u64,
}

/// A threshold over all loops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdRow {
    /// The threshold; infinite for none.
    pub threshold: f64,
    /// Answers with a known reward, failed ones not among them.
    pub answers: u64,
    /// Those of them above the threshold.
    pub flagged: u64,
    /// Emission that those independent miners lose that lose any.
    pub lost: Estimate,
    /// Emission left to miners that copy; nothing where nobody does.
    pub copiers: Option<Estimate>,
    /// How the order by emission agrees with that without a penalty; nothing where either is no order.
    pub tau: Option<f64>,
    /// Share of those at the top without a penalty that are there with it.
    pub overlap: Option<f64>,
}

/// How an order changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderChange {
    /// Kendall's τ-b.
    pub tau: Option<f64>,
    /// Of how many at the top it is told whether they stay.
    pub top: usize,
    /// How many of them stay.
    pub stay: usize,
    /// Miners that lose emission.
    pub losers: usize,
    /// Miners that gain emission.
    pub winners: usize,
}

/// Steps of emission that are told apart, in 1.
const STEPS: f64 = 1e12;

/// Thresholds × uids: sums, or means, of weights over the loops.
#[derive(Debug, Clone)]
pub(super) struct Emissions {
    uids: usize,
    values: Vec<f64>,
}

impl Emissions {
    pub fn new(thresholds: usize, uids: usize) -> Self {
        Self { uids, values: vec![0.0; thresholds * uids] }
    }

    pub fn add(&mut self, threshold: usize, weights: &[f64]) {
        let row = &mut self.values[threshold * self.uids..][..self.uids];
        row.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    }

    /// Means over so many loops.
    pub fn over(&self, rounds: u64) -> Self {
        // Without the noise of sums, so that what is equal stays equal.
        let mean = |sum: &f64| (sum / rounds.max(1) as f64 * STEPS).round() / STEPS;
        Self { uids: self.uids, values: self.values.iter().map(mean).collect() }
    }

    /// Means of a resample's sums.
    pub fn resampled(&self, sums: &[f32], rounds: u64) -> Self {
        let values = sums.iter().map(|&sum| f64::from(sum) / rounds.max(1) as f64).collect();
        Self { uids: self.uids, values }
    }

    fn row(&self, threshold: usize) -> &[f64] {
        &self.values[threshold * self.uids..][..self.uids]
    }

    /// Without a penalty.
    fn without(&self) -> &[f64] {
        &self.values[self.values.len() - self.uids..]
    }
}

/// All that a run found.
pub(super) struct Found<'a> {
    pub spec: &'a RewardsSpec,
    pub thresholds: &'a [f64],
    /// Those of the recording, then those of each resample.
    pub emissions: &'a [Emissions],
    pub flagged: &'a [u64],
    pub miners: Vec<Miner>,
    pub scores: Vec<ScoreRow>,
    pub classes: Vec<ClassRow>,
    pub rounds: u64,
    pub is_copier: &'a [bool],
}

pub(super) fn judged(found: Found<'_>) -> Judged {
    let chosen = found.thresholds.iter().position(|&one| one == found.spec.rules.threshold).unwrap_or(0);
    Judged {
        rounds: found.rounds,
        miners: found.miners(chosen),
        thresholds: (0..found.thresholds.len()).map(|place| found.threshold(place)).collect(),
        emissions: (0..found.thresholds.len()).map(|place| found.emissions[0].row(place).to_vec()).collect(),
        order: Some(found.order(chosen)),
        scores: found.scores,
        classes: found.classes,
    }
}

/// What cannot be below 0 has no interval that is.
fn not_negative(estimate: Estimate) -> Estimate {
    let above = |ends: Interval| Interval { low: ends.low.max(0.0), high: ends.high.max(0.0) };
    Estimate { interval: estimate.interval.map(above), ..estimate }
}

impl Found<'_> {
    /// A figure of the recording with its interval over the resamples.
    ///
    /// Ranks are steps, so that resamples, in which there is noise twice, scatter about another figure than recordings do.
    /// The interval is the hull of their percentiles as they are and as they lie about the figure: either alone is too
    /// short (`cargo run --example simulate_rewards`).
    fn estimate(&self, figure: impl Fn(&Emissions) -> f64) -> Estimate {
        let value = figure(&self.emissions[0]);
        let mut drawn: Vec<f64> = self.emissions[1..].iter().map(&figure).collect();
        let interval = self.spec.bootstrap.and_then(|spec| hull_interval(&mut drawn, value, spec.confidence));
        Estimate { value, interval }
    }

    fn miners(&self, chosen: usize) -> Vec<MinerRow> {
        let emissions = &self.emissions[0];
        let (with, without) = (ranks(emissions.row(chosen)), ranks(emissions.without()));
        (0..self.miners.len()).map(|place| self.miner(place, chosen, [with[place], without[place]])).collect()
    }

    fn miner(&self, place: usize, chosen: usize, [rank, rank_without]: [u64; 2]) -> MinerRow {
        let (miner, emissions) = (&self.miners[place], &self.emissions[0]);
        let known = miner.responses - miner.unknown;
        MinerRow {
            miner: place,
            is_copier: self.is_copier[place],
            responses: miner.responses,
            failed: miner.failed,
            unknown: miner.unknown,
            flagged: miner.flagged,
            reward: (known > 0).then(|| miner.rewards / known as f64),
            weight: miner.weight,
            emission: emissions.row(chosen)[place],
            emission_without: emissions.without()[place],
            lost: self.estimate(|one| one.without()[place] - one.row(chosen)[place]),
            rank,
            rank_without,
        }
    }

    fn threshold(&self, place: usize) -> ThresholdRow {
        let emissions = &self.emissions[0];
        let copied = self.is_copier.iter().any(|is| *is);
        ThresholdRow {
            threshold: self.thresholds[place],
            answers: self.miners.iter().map(|miner| miner.responses - miner.unknown - miner.failed).sum(),
            flagged: self.flagged[place],
            lost: not_negative(self.estimate(|one| self.lost(one, place))),
            copiers: copied.then(|| not_negative(self.estimate(|one| self.of_copiers(one.row(place))))),
            tau: kendall_tau(emissions.row(place), emissions.without()),
            overlap: self.overlap(place).map(|stay| stay as f64 / self.top() as f64),
        }
    }

    /// What independent miners lose that lose any.
    fn lost(&self, emissions: &Emissions, place: usize) -> f64 {
        let pairs = emissions.without().iter().zip(emissions.row(place)).zip(self.is_copier);
        pairs
            .filter(|(_, is_copier)| !**is_copier)
            .map(|((without, with), _)| (without - with).max(0.0))
            .fold(0.0, |sum, lost| sum + lost)
    }

    fn of_copiers(&self, emission: &[f64]) -> f64 {
        emission.iter().zip(self.is_copier).filter(|(_, is_copier)| **is_copier).map(|(one, _)| one).sum()
    }

    fn top(&self) -> usize {
        self.spec.top.min(self.miners.len())
    }

    /// How many of those at the top without a penalty are there with it.
    fn overlap(&self, place: usize) -> Option<usize> {
        let top = self.top() as u64;
        let emissions = &self.emissions[0];
        let (without, with) = (ranks(emissions.without()), ranks(emissions.row(place)));
        (top > 0).then(|| {
            without.iter().zip(&with).filter(|(one, other)| **one <= top && **other <= top).count().min(top as usize)
        })
    }

    fn order(&self, chosen: usize) -> OrderChange {
        let emissions = &self.emissions[0];
        let (with, without) = (emissions.row(chosen), emissions.without());
        let count =
            |is: fn(f64, f64) -> bool| with.iter().zip(without).filter(|(with, without)| is(**with, **without)).count();
        OrderChange {
            tau: kendall_tau(with, without),
            top: self.top(),
            stay: self.overlap(chosen).unwrap_or(0),
            losers: count(|with, without| with < without),
            winners: count(|with, without| with > without),
        }
    }
}

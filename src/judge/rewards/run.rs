//! A run of loops, one after another: each rewards its answers and moves the scores, at every threshold that is asked
//! about at once. Nothing is kept of a loop but its standings.

use super::answer::{Answer, Round};
use super::classes::Classes;
use super::ledger::{Ledger, standings, weights};
use super::resampling::{Drawn, Resamples, Weighed};
use super::rules::{Appraisal, Parts};
use super::spec::RewardsSpec;
use super::tables::{self, Emissions, Judged, Miner, ScoreRow};
use crate::stats::StatsError;

/// A run of loops.
pub struct RewardsRun {
    spec: RewardsSpec,
    /// All thresholds in ascending order; the last one flags nothing.
    thresholds: Vec<f64>,
    ledgers: Vec<Ledger>,
    emissions: Emissions,
    flagged: Vec<u64>,
    miners: Vec<Miner>,
    scores: Vec<ScoreRow>,
    classes: Classes,
    resamples: Option<Resamples>,
    rounds: u64,
}

/// What a loop made of an answer; nothing where something that the reward rests on is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rewarded {
    /// The reward.
    pub reward: f64,
    /// Whether the penalty was above the threshold.
    pub is_flagged: bool,
    /// What adds up to it.
    pub parts: Parts,
}

/// Sums of a uid's rewards in one loop.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    rewards: f64,
    count: u32,
    parts: Parts,
}

impl RewardsRun {
    /// Before the first loop of a run with so many uids.
    ///
    /// # Errors
    /// The bootstrap's parameters cannot be used.
    pub fn new(spec: RewardsSpec, uids: usize) -> Result<Self, StatsError> {
        spec.bootstrap.map_or(Ok(()), |bootstrap| bootstrap.validate())?;
        let mut thresholds = spec.thresholds.clone();
        thresholds.extend([spec.rules.threshold, f64::INFINITY]);
        thresholds.sort_by(f64::total_cmp);
        thresholds.dedup();
        let count = thresholds.len();
        let kept = spec.rules.kept;
        Ok(Self {
            ledgers: vec![Ledger::new(uids, kept); count],
            emissions: Emissions::new(count, uids),
            flagged: vec![0; count],
            miners: vec![Miner::default(); uids],
            scores: Vec::new(),
            classes: Classes::new(spec.bootstrap),
            resamples: spec.bootstrap.map(|bootstrap| Resamples::new(bootstrap, count, uids, kept)),
            rounds: 0,
            thresholds,
            spec,
        })
    }

    /// Rewards the next loop; what it made of each answer, in their order.
    pub fn round(&mut self, round: &Round) -> Vec<Option<Rewarded>> {
        let appraisals: Vec<Option<Appraisal>> =
            round.answers.iter().map(|answer| self.spec.rules.appraise(answer)).collect();
        let known: Vec<(&Answer, &Appraisal)> = round
            .answers
            .iter()
            .zip(&appraisals)
            .filter_map(|(answer, found)| Some((answer, found.as_ref()?)))
            .collect();
        let means: Vec<Vec<Option<f64>>> =
            (0..self.thresholds.len()).map(|place| self.pay(place, round.number, &known)).collect();
        self.note(round, &appraisals);
        let drawn = self.spec.bootstrap.map(|bootstrap| Drawn::new(&round.answers, bootstrap));
        if let (Some(resamples), Some(drawn)) = (&mut self.resamples, &drawn) {
            resamples.take(&weighed(&round.answers, &appraisals, &self.thresholds), drawn, &means);
        }
        self.classes.take(&self.spec.rules, &round.answers, drawn.as_ref());
        self.rounds += 1;
        let threshold = self.spec.rules.threshold;
        let rewarded = |found: &Appraisal| Rewarded {
            reward: found.reward(threshold),
            is_flagged: found.exceeds(threshold),
            parts: found.parts(threshold),
        };
        appraisals.iter().map(|found| found.as_ref().map(rewarded)).collect()
    }

    /// Moves the scores at one threshold; the mean of every uid, if it has one.
    fn pay(&mut self, place: usize, round: u64, known: &[(&Answer, &Appraisal)]) -> Vec<Option<f64>> {
        let threshold = self.thresholds[place];
        let mut sums = vec![Sum::default(); self.miners.len()];
        for (answer, found) in known {
            let sum = &mut sums[answer.miner];
            sum.rewards += found.reward(threshold);
            sum.count += 1;
            if threshold == self.spec.rules.threshold {
                sum.parts.add(&found.parts(threshold));
            }
        }
        self.flagged[place] += known.iter().filter(|(_, found)| found.exceeds(threshold)).count() as u64;
        let mean = |sum: &Sum| (sum.count > 0).then(|| sum.rewards / f64::from(sum.count));
        let means: Vec<Option<f64>> = sums.iter().map(mean).collect();
        let standings = standings(&means);
        let scores = self.ledgers[place].take(&standings);
        let weights = weights(&scores);
        self.emissions.add(place, &weights);
        if threshold == self.spec.rules.threshold {
            let mut standings = standings.iter().peekable();
            for miner in 0..scores.len() {
                let sum = &sums[miner];
                self.scores.push(ScoreRow {
                    round,
                    miner,
                    standing: standings.next_if(|standing| standing.miner == miner).copied(),
                    raw: means[miner],
                    parts: sum.parts.over(f64::from(sum.count)),
                    score: scores[miner],
                    weight: weights[miner],
                });
                self.miners[miner].weight = weights[miner];
            }
        }
        means
    }

    /// Counts what each miner did.
    fn note(&mut self, round: &Round, appraisals: &[Option<Appraisal>]) {
        for (answer, found) in round.answers.iter().zip(appraisals) {
            let miner = &mut self.miners[answer.miner];
            miner.responses += 1;
            miner.failed += u64::from(!answer.is_answered);
            match found {
                None => miner.unknown += 1,
                Some(found) => {
                    miner.flagged += u64::from(found.exceeds(self.spec.rules.threshold));
                    miner.rewards += found.reward(self.spec.rules.threshold);
                }
            }
        }
    }

    /// What it came to; `is_copier` says of every uid whether it copies.
    pub fn finish(self, is_copier: &[bool]) -> Judged {
        let resamples = self.resamples.as_ref().map_or(&[][..], Resamples::each);
        let emissions: Vec<Emissions> = std::iter::once(self.emissions.over(self.rounds))
            .chain(resamples.iter().map(|resample| self.emissions.resampled(&resample.emission, self.rounds)))
            .collect();
        tables::judged(tables::Found {
            spec: &self.spec,
            thresholds: &self.thresholds,
            emissions: &emissions,
            flagged: &self.flagged,
            miners: self.miners,
            scores: self.scores,
            classes: self.classes.finish(),
            rounds: self.rounds,
            is_copier,
        })
    }
}

fn weighed(answers: &[Answer], appraisals: &[Option<Appraisal>], thresholds: &[f64]) -> Vec<Weighed> {
    let of = |(place, (answer, found)): (usize, (&Answer, &Option<Appraisal>))| {
        let found = found.as_ref()?;
        let plain = found.reward(f64::INFINITY);
        Some(Weighed {
            miner: answer.miner,
            place,
            plain,
            cost: found.reward(f64::NEG_INFINITY) - plain,
            flagged: thresholds.partition_point(|&threshold| found.exceeds(threshold)),
        })
    };
    answers.iter().zip(appraisals).enumerate().filter_map(of).collect()
}

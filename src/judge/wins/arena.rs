//! One step: from the losses of its participants to wins, weights and intervals. Each number, intervals included, comes
//! from the functions in `wins`, `totals` and `weights`: a resample takes the way of the real tallies.

use std::collections::HashSet;

use super::resampling::{Resampled, Resamples};
use super::{
    Contestant, Lead, Rules, RunningWeights, Step, StepPlan, StepRow, StepTable, Submitted, Tally, WinsError,
    count_wins, sample_totals, step_weights,
};
use crate::stats::Interval;

/// One step about to be judged.
pub(super) struct Arena<'a> {
    pub(super) rules: &'a Rules,
    pub(super) submissions: &'a [Submitted],
    pub(super) plan: &'a StepPlan,
    /// The step's participants, indices into `submissions`.
    pub(super) members: &'a [usize],
    /// The weights that the earlier steps left.
    pub(super) before: &'a RunningWeights,
}

/// What tallies lead to: the one way for the real tallies and for resampled ones.
struct Weighed {
    step: Vec<f64>,
    after: RunningWeights,
}

impl Arena<'_> {
    /// The step's table and the weights that it leaves.
    ///
    /// # Errors
    /// A drawn sample that a submission was not measured on, or with a negative loss.
    pub(super) fn judge(&self, resamples: Option<&mut Resamples>) -> Result<(StepTable, RunningWeights), WinsError> {
        let losses = self.losses()?;
        let contestants = self.contestants(&losses)?;
        let wins = count_wins(&contestants);
        let tallies = self.tallies((0..wins.size).map(|member| wins.total(member)));
        let outcome = self.outcome(&tallies, self.before);
        let mut table = StepTable {
            plan: self.plan.clone(),
            rows: self.rows(&losses, &tallies, &outcome.step),
            wins,
            weights: (0..self.submissions.len()).map(|index| outcome.after.reported(index)).collect(),
            weight_intervals: vec![None; self.submissions.len()],
        };
        if let Some(resamples) = resamples {
            self.add_intervals(&mut table, resamples, &contestants);
        }
        Ok((table, outcome.after))
    }

    /// The members' losses on the step's samples; empty for the skipped.
    fn losses(&self) -> Result<Vec<Vec<f64>>, WinsError> {
        self.members.iter().map(|&member| self.drawn(&self.submissions[member])).collect()
    }

    fn drawn(&self, submission: &Submitted) -> Result<Vec<f64>, WinsError> {
        let Some(losses) = &submission.losses else { return Ok(Vec::new()) };
        let outside = |sample| {
            let (step, uid) = (self.plan.step, submission.uid);
            WinsError::SampleOutside { step, sample, uid, losses: losses.len() }
        };
        let loss = |&sample: &usize| losses.get(sample).copied().ok_or_else(|| outside(sample));
        self.plan.samples.iter().map(loss).collect()
    }

    fn contestants<'l>(&self, losses: &'l [Vec<f64>]) -> Result<Vec<Contestant<'l>>, WinsError> {
        let contestant = |(&member, losses): (&usize, &'l Vec<f64>)| {
            let Submitted { uid, block, .. } = self.submissions[member];
            Contestant::new(block, self.epsilon(member), losses).map_err(|negative| WinsError::NegativeLoss {
                uid,
                sample: self.plan.samples[negative.sample],
                loss: negative.loss,
            })
        };
        self.members.iter().zip(losses).map(contestant).collect()
    }

    fn epsilon(&self, member: usize) -> f64 {
        self.rules.epsilon.at(self.submissions[member].block, self.plan.current_block)
    }

    /// Tallies from (wins, matches) of the members.
    fn tallies(&self, totals: impl Iterator<Item = (u64, u64)>) -> Vec<Tally> {
        let evaluated = |member: &usize| self.submissions[*member].losses.is_some();
        let tally = |(member, (wins, matches))| Tally { wins, matches, evaluated: evaluated(member) };
        self.members.iter().zip(totals).map(tally).collect()
    }

    fn outcome(&self, tallies: &[Tally], before: &RunningWeights) -> Weighed {
        if self.members.is_empty() {
            return Weighed { step: Vec::new(), after: before.clone() };
        }
        let step = Step { competition: self.plan.competition, members: self.members, tallies };
        Weighed { step: step_weights(&self.rules.weighting, tallies), after: before.after(&step) }
    }

    fn rows(&self, losses: &[Vec<f64>], tallies: &[Tally], step: &[f64]) -> Vec<StepRow> {
        let kept = top(tallies, self.rules.sample_min);
        let leads = leads(tallies);
        let row = |(place, &submission): (usize, &usize)| StepRow {
            submission,
            epsilon: self.epsilon(submission),
            average_loss: mean(&losses[place], |loss| loss),
            perplexity: mean(&losses[place], f64::exp),
            wins: tallies[place].wins,
            matches: tallies[place].matches,
            win_rate: tallies[place].win_rate(),
            win_rate_interval: None,
            lead: leads[place].map(|lead| Lead { over: self.members[lead.rival], by: lead.by, interval: None }),
            step_weight: step[place],
            step_weight_interval: None,
            kept: kept.contains(&place),
        };
        self.members.iter().enumerate().map(row).collect()
    }

    /// Intervals of the members' win rates, step weights and leads, and of all weights, from the same resamples.
    fn add_intervals(&self, table: &mut StepTable, resamples: &mut Resamples, contestants: &[Contestant<'_>]) {
        let totals = sample_totals(contestants);
        let rivals = table.rows.iter().map(|row| self.place(row.lead?.over)).collect::<Vec<_>>();
        let intervals = resamples.step(self.plan, &totals, |summed, before| self.resampled(summed, before, &rivals));
        let (size, interval) = (table.rows.len(), |value: usize| intervals.get(value).copied().flatten());
        if !self.plan.samples.is_empty() {
            resamples.note(self.members);
            let unseen = resamples.unseen(self.plan);
            for (place, row) in table.rows.iter_mut().enumerate() {
                let rate = interval(place).filter(|_| row.matches > 0);
                row.win_rate_interval = rate.map(|ends| wider(ends, unseen, 0.0));
                row.step_weight_interval = interval(size + place);
                if let Some(lead) = &mut row.lead {
                    lead.interval = interval(2 * size + place).map(|ends| wider(ends, unseen, -1.0));
                }
            }
        }
        for (submission, ends) in table.weight_intervals.iter_mut().enumerate() {
            *ends = interval(3 * size + submission).filter(|_| resamples.took_part(submission));
        }
    }

    /// Win rates, step weights and leads of the members, then all weights, by the summed totals of one resample.
    fn resampled(&self, summed: &[u64], before: &RunningWeights, rivals: &[Option<usize>]) -> Resampled {
        let (wins, matches) = summed.split_at(self.members.len());
        let tallies = self.tallies(wins.iter().copied().zip(matches.iter().copied()));
        let Weighed { step, after } = self.outcome(&tallies, before);
        let rates: Vec<f64> = tallies.iter().map(Tally::win_rate).collect();
        let lead = |(rate, rival): (&f64, &Option<usize>)| rival.map_or(0.0, |rival| rate - rates[rival]);
        let mut values = rates.clone();
        values.extend(step);
        values.extend(rates.iter().zip(rivals).map(lead));
        values.extend((0..self.submissions.len()).map(|submission| after.reported(submission)));
        Resampled { values, after }
    }

    fn place(&self, submission: usize) -> Option<usize> {
        self.members.iter().position(|&member| member == submission)
    }
}

/// How far one is ahead of the best of the others.
#[derive(Clone, Copy)]
struct PlaceLead {
    /// The place of that other.
    rival: usize,
    by: f64,
}

/// Of every place its lead over the highest win rate of the others, where both have matches; of equal rivals the first.
fn leads(tallies: &[Tally]) -> Vec<Option<PlaceLead>> {
    let mut order: Vec<usize> = (0..tallies.len()).filter(|&place| tallies[place].matches > 0).collect();
    order.sort_by(|&a, &b| tallies[b].win_rate().total_cmp(&tallies[a].win_rate()));
    let lead = |place: usize| {
        let rival = order.iter().copied().find(|&other| other != place)?;
        let by = tallies[place].win_rate() - tallies[rival].win_rate();
        (tallies[place].matches > 0).then_some(PlaceLead { rival, by })
    };
    (0..tallies.len()).map(lead).collect()
}

/// Where no resample changed anything, the interval that a share `unseen` of samples unlike all drawn ones leaves
/// open: on these the value may be anything from `lowest` to 1. Other intervals stay.
fn wider(ends: Interval, unseen: f64, lowest: f64) -> Interval {
    if ends.low < ends.high {
        return ends;
    }
    let seen = (1.0 - unseen) * ends.low;
    Interval { low: seen + unseen * lowest, high: seen + unseen }
}

/// Places of the `count` highest win rates; of equal ones the first.
fn top(tallies: &[Tally], count: usize) -> HashSet<usize> {
    let mut places: Vec<usize> = (0..tallies.len()).collect();
    places.sort_by(|&a, &b| tallies[b].win_rate().total_cmp(&tallies[a].win_rate()));
    places.into_iter().take(count).collect()
}

/// The plain mean of a function of the losses; +inf of none.
fn mean(losses: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    if losses.is_empty() {
        return f64::INFINITY;
    }
    losses.iter().map(|&loss| of(loss)).sum::<f64>() / losses.len() as f64
}

#[cfg(test)]
mod tests;

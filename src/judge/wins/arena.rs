//! One step: from the losses of its participants to wins, weights and intervals. Each number, intervals included, comes
//! from the functions in `cohort` and `weights`: a resample takes the way of the real tallies.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::cohort::{Cohort, Counted, Rows, mean};
use super::resampling::{Drawn, Resampled, Resamples};
use super::{
    Entrant, Lead, Matching, Rules, RunningWeights, Sources, Step, StepPlan, StepRow, StepTable, Tally, WinsError,
    step_weights,
};
use crate::stats::Interval;
use crate::stats::bootstrap::Counts;

/// The average within a competition from which on it decides who is kept, before the win rate.
const STANDING: f64 = 0.001;

/// One step about to be judged.
pub(super) struct Arena<'a> {
    pub(super) rules: &'a Rules,
    /// The uid of every submission of the run.
    pub(super) uids: &'a [u32],
    pub(super) plan: &'a StepPlan,
    /// The step's participants.
    pub(super) entrants: &'a [Entrant],
    /// The sources of the plan's samples.
    pub(super) sources: &'a Sources,
    /// The weights that the earlier steps left.
    pub(super) before: &'a RunningWeights,
}

/// How participants stand before the wins: whether each can win at all, and its mean loss.
#[derive(Clone, Copy)]
pub(super) struct Standings<'a> {
    pub(super) competing: &'a [bool],
    pub(super) scores: &'a [f64],
}

/// What tallies lead to: the one way for the real tallies and for resampled ones.
pub(super) struct Weighed {
    step: Vec<f64>,
    pub(super) after: RunningWeights,
}

impl Arena<'_> {
    /// The step's table and the weights that it leaves.
    ///
    /// # Errors
    /// A negative loss.
    pub(super) fn judge(&self, resamples: Option<&mut Resamples>) -> Result<(StepTable, RunningWeights), WinsError> {
        let counted = Counted::new(self.rules.matching, self.entrants);
        let cohort = Cohort::new(self.rules, self.plan.current_block, self.entrants, &counted).map_err(
            |(place, negative)| WinsError::NegativeLoss {
                uid: self.uids[self.entrants[place].submission],
                sample: self.plan.samples[negative.sample],
                loss: negative.loss,
            },
        )?;
        let wins = cohort.pairs();
        let tallies = cohort.tallies(&wins);
        let is_void = self.is_void(&tallies);
        let outcome = self.outcome(&tallies, self.before);
        let standings = Standings { competing: &cohort.competing(), scores: &cohort.scores() };
        let kept = self.kept(standings, &tallies, &outcome.after);
        let mut table = StepTable {
            plan: self.plan.clone(),
            rows: self.rows(&tallies, &cohort.unboosted(), &outcome.step, &kept),
            is_void,
            wins,
            weights: (0..self.uids.len()).map(|index| outcome.after.reported(index)).collect(),
            weight_intervals: vec![None; self.uids.len()],
        };
        if let Some(resamples) = resamples {
            self.add_intervals(&mut table, resamples, &cohort);
        }
        Ok((table, outcome.after))
    }

    /// Whether the filter left nobody: the original fails there and changes nothing.
    fn is_void(&self, tallies: &[Tally]) -> bool {
        self.rules.matching == Matching::PerContender && !tallies.iter().any(|tally| tally.unopposed)
    }

    pub(super) fn outcome(&self, tallies: &[Tally], before: &RunningWeights) -> Weighed {
        if tallies.is_empty() || self.is_void(tallies) {
            return Weighed { step: vec![0.0; tallies.len()], after: before.clone() };
        }
        let members = self.members();
        let StepPlan { competition, concludes, .. } = *self.plan;
        let step = Step { competition, members: &members, tallies, concludes };
        Weighed { step: step_weights(&self.rules.weighting, tallies), after: before.after(&step) }
    }

    fn drawn(&self) -> Drawn<'_> {
        Drawn { samples: &self.plan.samples, sources: self.sources }
    }

    fn members(&self) -> Vec<usize> {
        self.entrants.iter().map(|entrant| entrant.submission).collect()
    }

    /// The places that stay for the competition's next step; of equal ones the first, and all of a step that changed
    /// nothing. Where each competition has an average, those that can win go by it first, and the lowest scores of the
    /// others fill up.
    pub(super) fn kept(&self, standings: Standings<'_>, tallies: &[Tally], after: &RunningWeights) -> HashSet<usize> {
        if self.is_void(tallies) {
            return (0..tallies.len()).collect();
        }
        let standing = |place: usize| {
            let average = after.within(self.plan.competition, self.entrants[place].submission);
            average.filter(|&average| average >= STANDING).map_or(tallies[place].win_rate(), |average| 1.0 + average)
        };
        let Standings { competing, scores } = standings;
        let mut places: Vec<usize> = (0..tallies.len()).collect();
        places.sort_by(|&a, &b| {
            let by_standing = || standing(b).total_cmp(&standing(a));
            Reverse(competing[a]).cmp(&Reverse(competing[b])).then_with(|| match competing[a] {
                true => by_standing(),
                false => scores[a].total_cmp(&scores[b]),
            })
        });
        places.into_iter().take(self.rules.sample_min).collect()
    }

    fn rows(&self, tallies: &[Tally], unboosted: &[Tally], step: &[f64], kept: &HashSet<usize>) -> Vec<StepRow> {
        let leads = leads(tallies);
        let row = |(place, entrant): (usize, &Entrant)| {
            let losses = entrant.losses.as_deref().unwrap_or_default();
            StepRow {
                submission: entrant.submission,
                epsilon: self.rules.epsilon_at(entrant.block, self.plan.current_block),
                average_loss: mean(losses, |loss| loss),
                perplexity: mean(losses, f64::exp),
                wins: tallies[place].wins,
                matches: tallies[place].matches,
                win_rate: tallies[place].win_rate(),
                unboosted_win_rate: unboosted[place].win_rate(),
                win_rate_interval: None,
                lead: leads[place].map(|lead| Lead {
                    over: self.entrants[lead.rival].submission,
                    by: lead.by,
                    interval: None,
                }),
                step_weight: step[place],
                step_weight_interval: None,
                kept: kept.contains(&place),
            }
        };
        self.entrants.iter().enumerate().map(row).collect()
    }

    /// Intervals of the members' win rates, step weights and leads, and of all weights, from the same resamples.
    fn add_intervals(&self, table: &mut StepTable, resamples: &mut Resamples, cohort: &Cohort<'_>) {
        let rivals = table.rows.iter().map(|row| self.place(row.lead?.over)).collect::<Vec<_>>();
        let size = table.rows.len();
        let resampled = |tallies: Vec<Tally>, before: &_| self.resampled(&tallies, before, &rivals);
        let intervals = match cohort.rows() {
            Rows::Totals(totals) => {
                let counts = Counts { rows: totals.rows(), width: 2 * size };
                resamples.step(self.drawn(), counts, |summed, before| resampled(cohort.of_totals(summed), before))
            }
            Rows::Losses(rows) => {
                let counts = Counts { rows: &rows, width: 2 * size };
                resamples.step(self.drawn(), counts, |summed, before| resampled(cohort.of_losses(summed), before))
            }
        };
        let interval = |value: usize| intervals.get(value).copied().flatten();
        if !self.plan.samples.is_empty() {
            resamples.note(&self.members());
            // A few samples of an unseen kind are a share of the matches, where samples meet; a mean they move, and by how
            // much the drawn ones tell.
            let unseen = if self.rules.matching.is_of_means() { 0.0 } else { resamples.unseen(self.drawn()) };
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

    /// Win rates, step weights and leads of the members, then all weights, by what a resample comes to.
    fn resampled(&self, tallies: &[Tally], before: &RunningWeights, rivals: &[Option<usize>]) -> Resampled {
        let Weighed { step, after } = self.outcome(tallies, before);
        let rates: Vec<f64> = tallies.iter().map(Tally::win_rate).collect();
        let lead = |(rate, rival): (&f64, &Option<usize>)| rival.map_or(0.0, |rival| rate - rates[rival]);
        let mut values = rates.clone();
        values.extend(step);
        values.extend(rates.iter().zip(rivals).map(lead));
        values.extend((0..self.uids.len()).map(|submission| after.reported(submission)));
        Resampled { values, after }
    }

    fn place(&self, submission: usize) -> Option<usize> {
        self.entrants.iter().position(|entrant| entrant.submission == submission)
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
pub(super) fn wider(ends: Interval, unseen: f64, lowest: f64) -> Interval {
    if ends.low < ends.high {
        return ends;
    }
    let seen = (1.0 - unseen) * ends.low;
    Interval { low: seen + unseen * lowest, high: seen + unseen }
}

#[cfg(test)]
mod tests;

//! One step: from the losses of its contenders to wins, weights and intervals. Each number, intervals included, comes
//! from the functions in `wins`, `totals` and `weights`: a resample takes the way of the real tallies.

use std::collections::HashSet;

use super::{
    BootstrapSpec, Contestant, Interval, JudgeError, Rules, RunningWeights, Step, StepPlan, StepRow, StepTable,
    Submitted, Tally, count_wins, sample_totals, step_weights,
};
use crate::stats::bootstrap::Counts;

/// One step about to be judged.
pub(super) struct Arena<'a> {
    pub(super) rules: &'a Rules,
    pub(super) submissions: &'a [Submitted],
    pub(super) plan: &'a StepPlan,
    /// The step's contenders, indices into `submissions`.
    pub(super) members: &'a [usize],
    /// The weights that the earlier steps left.
    pub(super) before: &'a RunningWeights,
}

/// What tallies lead to: the one way for the real tallies and for resampled ones.
struct Outcome {
    step: Vec<f64>,
    after: RunningWeights,
}

impl Arena<'_> {
    /// The step's table and the weights that it leaves.
    ///
    /// # Errors
    /// A drawn sample that a submission was not measured on, or with a negative loss.
    pub(super) fn judge(&self, bootstrap: Option<BootstrapSpec>) -> Result<(StepTable, RunningWeights), JudgeError> {
        let losses = self.losses()?;
        let contestants = self.contestants(&losses)?;
        let wins = count_wins(&contestants);
        let tallies = self.tallies((0..wins.size).map(|member| wins.total(member)));
        let outcome = self.outcome(&tallies);
        let mut table = StepTable {
            plan: self.plan.clone(),
            rows: self.rows(&losses, &tallies, &outcome.step),
            wins,
            weights: (0..self.submissions.len()).map(|index| outcome.after.reported(index)).collect(),
            weight_intervals: vec![None; self.submissions.len()],
        };
        if let Some(spec) = bootstrap {
            self.add_intervals(&mut table, &self.intervals(spec, &contestants));
        }
        Ok((table, outcome.after))
    }

    /// The members' losses on the step's samples; empty for the skipped.
    fn losses(&self) -> Result<Vec<Vec<f64>>, JudgeError> {
        self.members.iter().map(|&member| self.drawn(&self.submissions[member])).collect()
    }

    fn drawn(&self, submission: &Submitted) -> Result<Vec<f64>, JudgeError> {
        let Some(losses) = &submission.losses else { return Ok(Vec::new()) };
        let outside = |sample| {
            let (step, uid) = (self.plan.step, submission.uid);
            JudgeError::SampleOutside { step, sample, uid, losses: losses.len() }
        };
        let loss = |&sample: &usize| losses.get(sample).copied().ok_or_else(|| outside(sample));
        self.plan.samples.iter().map(loss).collect()
    }

    fn contestants<'l>(&self, losses: &'l [Vec<f64>]) -> Result<Vec<Contestant<'l>>, JudgeError> {
        let contestant = |(&member, losses): (&usize, &'l Vec<f64>)| {
            let Submitted { uid, block, .. } = self.submissions[member];
            Contestant::new(block, self.epsilon(member), losses).map_err(|negative| JudgeError::NegativeLoss {
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

    fn outcome(&self, tallies: &[Tally]) -> Outcome {
        if self.members.is_empty() {
            return Outcome { step: Vec::new(), after: self.before.clone() };
        }
        let step = Step { competition: self.plan.competition, members: self.members, tallies };
        Outcome { step: step_weights(&self.rules.weighting, tallies), after: self.before.after(&step) }
    }

    fn rows(&self, losses: &[Vec<f64>], tallies: &[Tally], step: &[f64]) -> Vec<StepRow> {
        let kept = top(tallies, self.rules.sample_min);
        let row = |(place, &submission): (usize, &usize)| StepRow {
            submission,
            epsilon: self.epsilon(submission),
            average_loss: mean(&losses[place], |loss| loss),
            perplexity: mean(&losses[place], f64::exp),
            wins: tallies[place].wins,
            matches: tallies[place].matches,
            win_rate: tallies[place].win_rate(),
            win_rate_interval: None,
            step_weight: step[place],
            step_weight_interval: None,
            kept: kept.contains(&place),
        };
        self.members.iter().enumerate().map(row).collect()
    }

    /// Intervals of the members' win rates, then of their step weights, then of their weights.
    fn intervals(&self, spec: BootstrapSpec, contestants: &[Contestant<'_>]) -> Vec<Option<Interval>> {
        let totals = sample_totals(contestants);
        let counts = Counts { rows: totals.rows(), width: 2 * totals.size() };
        spec.intervals(self.plan.step as u32, counts, |summed| {
            let (wins, matches) = summed.split_at(totals.size());
            let tallies = self.tallies(wins.iter().copied().zip(matches.iter().copied()));
            let outcome = self.outcome(&tallies);
            let rates = tallies.iter().map(Tally::win_rate);
            let weights = self.members.iter().map(|&member| outcome.after.reported(member));
            rates.chain(outcome.step).chain(weights).collect()
        })
    }

    fn add_intervals(&self, table: &mut StepTable, intervals: &[Option<Interval>]) {
        let size = table.rows.len();
        let interval = |value: usize| intervals.get(value).copied().flatten();
        for (place, row) in table.rows.iter_mut().enumerate() {
            row.win_rate_interval = interval(place).filter(|_| row.matches > 0);
            row.step_weight_interval = interval(size + place);
            table.weight_intervals[row.submission] = interval(2 * size + place);
        }
    }
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
mod tests {
    use super::*;
    use crate::judge::fixtures::{plan, rules, skipped, submitted};
    use crate::judge::{Epsilon, judge, plan_steps};
    use crate::stats::{Draws, bootstrap, percentile_interval};

    /// Four submissions that differ on 40 samples; the last is skipped.
    fn field() -> Vec<Submitted> {
        let mut draws = Draws::new(1, b"testdata", 0);
        let mut losses = |shift: f64| (0..40).map(|_| shift + draws.below(1000) as f64 / 1000.0).collect::<Vec<_>>();
        let mut field: Vec<_> = [(1, 10, 1.0), (2, 20, 0.9), (3, 30, 0.8)]
            .map(|(uid, block, shift)| submitted(uid, block, 0, &losses(shift)))
            .into();
        field.push(skipped(4, 0));
        field
    }

    #[test]
    fn only_the_drawn_samples_count_and_may_be_judged_again() {
        let submissions =
            [submitted(1, 5, 0, &[f64::NAN, 1.0, -9.0, 3.0]), submitted(2, 6, 0, &[f64::NAN, 2.0, -9.0, 1.0])];
        let judgement = judge(&rules(), &submissions, &[plan(0, 0, 9, &[3, 1])], None).expect("judged");
        let rows = &judgement.steps[0].rows;
        assert_eq!((rows[0].wins, rows[1].wins, rows[0].matches), (1, 1, 2));
        assert_eq!((rows[0].average_loss, rows[1].average_loss), (2.0, 1.5));
        assert_eq!(rows[0].perplexity, (1.0_f64.exp() + 3.0_f64.exp()) / 2.0);
    }

    #[test]
    fn skipped_submissions_have_infinite_loss_and_a_share() {
        let submissions = [submitted(1, 5, 0, &[1.0]), submitted(2, 6, 0, &[2.0]), skipped(3, 0)];
        let table = judge(&rules(), &submissions, &[plan(0, 0, 9, &[0])], None).expect("judged").steps.remove(0);
        let row = &table.rows[2];
        assert_eq!((row.average_loss, row.perplexity), (f64::INFINITY, f64::INFINITY));
        assert_eq!((row.wins, row.matches, row.win_rate), (0, 0, 0.0));
        assert!(row.step_weight > 0.0 && table.weights[2] > 0.0);
    }

    #[test]
    fn epsilon_decays_with_the_age_of_the_earlier_submission() {
        let epsilon = Epsilon::Linear { start: 0.5, end: 0.0, blocks: 100 };
        let submissions = [submitted(1, 100, 0, &[1.0]), submitted(2, 150, 0, &[0.7])];
        let plans = [plan(0, 0, 150, &[0]), plan(1, 0, 100 + 50, &[0]), plan(2, 0, 190, &[0])];
        let steps = judge(&Rules { epsilon, ..rules() }, &submissions, &plans, None).expect("judged").steps;
        // 1 · (1 − .25) is not below .7; nor is .7 boosted. At age 90 the boost is .05, and still .7 wins.
        assert_eq!(steps[0].rows[0].epsilon, 0.25);
        assert_eq!((steps[0].rows[0].wins, steps[0].rows[1].wins), (0, 1));
        assert!((steps[2].rows[0].epsilon - 0.05).abs() < 1e-12);
        assert_eq!(steps[2].rows[1].epsilon, 0.3);
    }

    /// The value that the bootstrap should give, by judging every resample as a run of its own.
    fn by_hand(spec: BootstrapSpec, plan: &StepPlan, value: impl Fn(&StepTable) -> f64) -> Option<Interval> {
        let size = plan.samples.len();
        let resample = |resample: u64| {
            let mut draws = Draws::new(spec.seed, bootstrap::PURPOSE, ((plan.step as u64) << 32) | resample);
            let samples: Vec<usize> = (0..size).map(|_| plan.samples[draws.below(size)]).collect();
            let resampled = StepPlan { samples, ..plan.clone() };
            value(&judge(&rules(), &field(), &[resampled], None).expect("judged").steps[0])
        };
        let mut values: Vec<f64> = (0..spec.resamples as u64).map(resample).collect();
        percentile_interval(&mut values, spec.confidence)
    }

    #[test]
    fn intervals_equal_judging_every_resample() {
        let spec = BootstrapSpec { resamples: 60, confidence: 0.9, seed: 3 };
        let plan = plan_steps(40, 1, 3, 25, 0, 1000, 0).remove(2);
        let table = judge(&rules(), &field(), std::slice::from_ref(&plan), Some(spec)).expect("judged").steps.remove(0);
        for (place, row) in table.rows.iter().enumerate() {
            let rate = by_hand(spec, &plan, |table| table.rows[place].win_rate);
            assert_eq!(row.win_rate_interval, rate.filter(|_| place < 3), "a skipped one has no rate to be unsure of");
            assert_eq!(row.step_weight_interval, by_hand(spec, &plan, |table| table.rows[place].step_weight));
            assert_eq!(table.weight_intervals[place], by_hand(spec, &plan, |table| table.weights[place]));
            assert!(table.weight_intervals[place].is_some_and(|interval| interval.low < interval.high));
        }
    }

    #[test]
    fn intervals_take_earlier_steps_as_given_and_leave_the_numbers_alone() {
        let spec = BootstrapSpec { resamples: 50, confidence: 0.95, seed: 3 };
        let plans = plan_steps(40, 2, 3, 25, 0, 1000, 0);
        let with = judge(&rules(), &field(), &plans, Some(spec)).expect("judged");
        let without = judge(&rules(), &field(), &plans, None).expect("judged");
        assert_eq!(with.steps[1].weight_intervals, [None; 4], "no contender, no interval");
        for (with, without) in with.steps.iter().zip(&without.steps) {
            assert_eq!(with.weights, without.weights);
        }
        let floor = 0.9 * with.steps[0].weights[2];
        assert!(with.steps[2].weight_intervals[2].is_some_and(|interval| interval.low >= floor));
    }

    #[test]
    fn no_samples_mean_no_matches_and_no_intervals() {
        let spec = BootstrapSpec { resamples: 50, confidence: 0.95, seed: 3 };
        let table = judge(&rules(), &field(), &[plan(0, 0, 99, &[])], Some(spec)).expect("judged").steps.remove(0);
        assert!(table.rows.iter().all(|row| row.matches == 0 && row.step_weight_interval.is_none()));
    }
}

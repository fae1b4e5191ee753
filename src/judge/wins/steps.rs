//! Judging a run step by step: who takes part in a step, and what one step leaves to the next. Input is checked as a
//! whole before the first step.

use std::collections::HashSet;

use super::{
    Entrant, Judgement, Resampling, Rules, RunningWeights, Season, Sources, StepPlan, StepTable, Submitted, Together,
    WinsError,
};

/// [`judge_steps`], with all steps together.
///
/// # Errors
/// As there.
pub fn judge(
    rules: &Rules,
    submissions: &[Submitted],
    plans: &[StepPlan],
    resampling: Option<Resampling<'_>>,
) -> Result<Judgement, WinsError> {
    let mut judgement = Judgement::default();
    judge_steps(rules, submissions, plans, resampling, |step| {
        judgement.steps.push(step);
        Ok::<_, WinsError>(())
    })?;
    Ok(judgement)
}

/// Judges the steps in order and hands over each.
///
/// A step's participants are the submissions of its competition that are kept from the competition's last step (the top
/// `sample_min` by win rate, ties in list order) and those that were submitted since: all with a block up to the
/// step's current block, or an unknown one, that have not taken part yet. Skipped submissions (`losses: None`) take
/// part with an empty loss list and win rate 0. A step without participants changes nothing.
///
/// With `resampling`, win rates, leads, step weights and weights get intervals: the sources of all drawn samples are
/// drawn again, once per resample for all steps, so that steps with the same samples move together. Who takes part in
/// which step stays as it was. A win rate without matches, and a step without samples, have none.
///
/// # Errors
/// Any [`WinsError`]: rules, submissions, plans or bootstrap parameters that do not hold, each named; and what `each`
/// gives.
pub fn judge_steps<E: From<WinsError>>(
    rules: &Rules,
    submissions: &[Submitted],
    plans: &[StepPlan],
    resampling: Option<Resampling<'_>>,
    mut each: impl FnMut(StepTable) -> Result<(), E>,
) -> Result<(), E> {
    let uids: Vec<u32> = submissions.iter().map(|submission| submission.uid).collect();
    let weights = RunningWeights::new(rules, submissions.len());
    let sources = resampling.map_or_else(Sources::default, |resampling| resampling.sources.clone());
    let together = Together { plans, sources: &sources };
    let bootstrap = resampling.map(|resampling| resampling.bootstrap);
    let mut season = Season::new(rules, &uids, weights?, bootstrap, Some(together))?;
    check_submissions(rules, submissions)?;
    check_plans(rules, plans)?;
    let mut trimmed = vec![false; submissions.len()];
    for plan in plans {
        let entrants = entrants(submissions, &participants(submissions, &trimmed, plan), plan)?;
        let table = season.step(plan, &entrants, &sources)?;
        table.rows.iter().for_each(|row| trimmed[row.submission] = !row.kept);
        each(table)?;
    }
    Ok(())
}

/// The participants with their losses on the step's samples.
fn entrants(submissions: &[Submitted], members: &[usize], plan: &StepPlan) -> Result<Vec<Entrant>, WinsError> {
    let entrant = |&submission: &usize| {
        let Submitted { block, losses, .. } = &submissions[submission];
        let losses = losses.as_ref().map(|losses| drawn(submissions[submission].uid, losses, plan)).transpose()?;
        Ok(Entrant { submission, block: *block, losses })
    };
    members.iter().map(entrant).collect()
}

fn drawn(uid: u32, losses: &[f64], plan: &StepPlan) -> Result<Vec<f64>, WinsError> {
    let outside = |sample| WinsError::SampleOutside { step: plan.step, sample, uid, losses: losses.len() };
    let loss = |&sample: &usize| losses.get(sample).copied().ok_or_else(|| outside(sample));
    plan.samples.iter().map(loss).collect()
}

fn check_submissions(rules: &Rules, submissions: &[Submitted]) -> Result<(), WinsError> {
    let mut uids = HashSet::new();
    for submission in submissions {
        if !uids.insert(submission.uid) {
            return Err(WinsError::RepeatedUid(submission.uid));
        }
        if let Some(competition) = submission.competition {
            check_competition(rules, competition, || format!("uid {}", submission.uid))?;
        }
    }
    Ok(())
}

fn check_plans(rules: &Rules, plans: &[StepPlan]) -> Result<(), WinsError> {
    for plan in plans {
        check_competition(rules, plan.competition, || format!("step {}", plan.step))?;
    }
    match plans.windows(2).find(|pair| pair[1].current_block < pair[0].current_block) {
        Some(pair) => Err(WinsError::StepsOutOfOrder { step: pair[1].step, block: pair[1].current_block }),
        None => Ok(()),
    }
}

fn check_competition(rules: &Rules, competition: usize, what: impl Fn() -> String) -> Result<(), WinsError> {
    let competitions = rules.competitions.len();
    if competition < competitions {
        return Ok(());
    }
    Err(WinsError::UnknownCompetition { what: what(), competition, competitions })
}

/// The step's participants in list order: whoever of its competition was submitted by now and not trimmed before.
fn participants(submissions: &[Submitted], trimmed: &[bool], plan: &StepPlan) -> Vec<usize> {
    let contends = |&index: &usize| {
        let Submitted { competition, block, .. } = submissions[index];
        let submitted = block.is_none_or(|block| block <= plan.current_block);
        competition == Some(plan.competition) && submitted && !trimmed[index]
    };
    (0..submissions.len()).filter(contends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::fixtures::{plan, rules, submitted};

    fn members(table: &StepTable) -> Vec<usize> {
        table.rows.iter().map(|row| row.submission).collect()
    }

    #[test]
    fn later_submissions_enter_once_their_block_is_reached() {
        let submissions = [submitted(1, 100, 0, &[1.0]), submitted(2, 205, 0, &[0.5]), submitted(3, None, 0, &[0.7])];
        let plans = [plan(0, 0, 200, &[0]), plan(1, 0, 205, &[0])];
        let judgement = judge(&rules(), &submissions, &plans, None).expect("judged");
        assert_eq!(members(&judgement.steps[0]), [0, 2]);
        assert_eq!(members(&judgement.steps[1]), [0, 1, 2]);
    }

    #[test]
    fn trimmed_submissions_stay_out_and_ties_keep_list_order() {
        let rules = Rules { sample_min: 2, ..rules() };
        let submissions = [
            submitted(1, 10, 0, &[2.0]),
            submitted(2, 10, 0, &[1.0]),
            submitted(3, 10, 0, &[2.0]),
            submitted(4, 50, 0, &[2.0]),
        ];
        let plans = [plan(0, 0, 20, &[0]), plan(1, 0, 30, &[0]), plan(2, 0, 50, &[0])];
        let judgement = judge(&rules, &submissions, &plans, None).expect("judged");
        let participants: Vec<_> = judgement.steps.iter().map(members).collect();
        assert_eq!(participants, [vec![0, 1, 2], vec![0, 1], vec![0, 1, 3]]);
        let kept: Vec<_> = judgement.steps[2].rows.iter().map(|row| row.kept).collect();
        assert_eq!(kept, [true, true, false]);
    }

    #[test]
    fn an_unevaluated_competition_decays_and_an_empty_step_changes_nothing() {
        let submissions = [submitted(1, 1, 0, &[1.0]), submitted(2, 99, 1, &[1.0])];
        let plans = [plan(0, 0, 10, &[0]), plan(1, 1, 20, &[0]), plan(2, 0, 100, &[0]), plan(3, 1, 110, &[0])];
        let steps = judge(&rules(), &submissions, &plans, None).expect("judged").steps;
        assert!(steps[1].rows.is_empty());
        assert_eq!(steps[1].weights, steps[0].weights);
        assert!((steps[3].weights[0] - 0.9 * steps[2].weights[0]).abs() < 1e-15);
    }

    #[test]
    fn input_that_does_not_hold_is_named() {
        let judge = |submissions: &[Submitted], plans: &[StepPlan]| judge(&rules(), submissions, plans, None);
        let one = submitted(1, 5, 0, &[1.0]);
        let twice = [one.clone(), one.clone()];
        assert_eq!(judge(&twice, &[]), Err(WinsError::RepeatedUid(1)));
        let refused = judge(std::slice::from_ref(&one), &[plan(4, 0, 9, &[0, 1])]);
        assert_eq!(refused, Err(WinsError::SampleOutside { step: 4, sample: 1, uid: 1, losses: 1 }));
        let refused = judge(&[submitted(1, 5, 0, &[1.0, -0.5])], &[plan(0, 0, 9, &[1])]);
        assert_eq!(refused, Err(WinsError::NegativeLoss { uid: 1, sample: 1, loss: -0.5 }));
        let refused = judge(&[submitted(1, 5, 2, &[1.0])], &[]);
        assert!(matches!(refused, Err(WinsError::UnknownCompetition { competition: 2, competitions: 2, .. })));
        assert!(matches!(judge(&[], &[plan(0, 7, 9, &[])]), Err(WinsError::UnknownCompetition { .. })));
        let refused = judge(&[one], &[plan(0, 0, 9, &[0]), plan(1, 0, 8, &[0])]);
        assert_eq!(refused, Err(WinsError::StepsOutOfOrder { step: 1, block: 8 }));
    }
}

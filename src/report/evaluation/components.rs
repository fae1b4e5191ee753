//! What a win rate is made of: what the losses alone give, and what the boost of age adds to it or takes from it.

use super::Evaluation;
use crate::judge::wins::{StepRow, StepTable};
use crate::report::components::{self, Component};
use crate::report::numbers::decimal;
use crate::report::table::Sheet;

/// The win rate of everybody in every step in its two parts.
pub fn sheet(evaluation: &Evaluation) -> Sheet<'_> {
    components::sheet(
        "`losses`: the win rate by the same losses if nobody had a boost; `age`: what the boosts of all add to that",
        evaluation.judgement.steps.iter().flat_map(move |step| step.rows.iter().flat_map(parts(evaluation, step))),
    )
}

/// The parts of a row of a step.
fn parts(evaluation: &Evaluation, step: &StepTable) -> impl Fn(&StepRow) -> [Component; 2] {
    let step = step.plan.step as u64;
    move |row| {
        let uid = evaluation.submissions[row.submission].uid;
        let part = |component, value| Component { step, uid, score: "win_rate", component, value };
        [part("losses", row.unboosted_win_rate), part("age", row.win_rate - row.unboosted_win_rate)]
    }
}

/// Where a competition's last step is led by age: one sentence for each.
pub fn sentences(evaluation: &Evaluation) -> Vec<String> {
    let last = |competition: usize| {
        evaluation.judgement.steps.iter().rev().find(|step| step.plan.competition == competition && !step.is_void)
    };
    let steps = (0..evaluation.rules.competitions.len()).filter_map(last);
    steps.filter_map(|step| sentence(evaluation, step)).collect()
}

fn sentence(evaluation: &Evaluation, step: &StepTable) -> Option<String> {
    let leader = first(&step.rows, |row| row.win_rate)?;
    let other = first(&step.rows, |row| row.unboosted_win_rate)?;
    (leader.unboosted_win_rate < other.unboosted_win_rate).then(|| {
        format!(
            "Without the boost of age uid {} would lead step {} of {} by its losses (win rate {}), and not uid {} ({}).",
            evaluation.submissions[other.submission].uid,
            step.plan.step,
            evaluation.competition_id(step.plan.competition),
            decimal(Some(other.unboosted_win_rate), 3),
            evaluation.submissions[leader.submission].uid,
            decimal(Some(leader.unboosted_win_rate), 3),
        )
    })
}

/// The first of those with the highest rate.
fn first(rows: &[StepRow], rate: impl Fn(&StepRow) -> f64) -> Option<&StepRow> {
    rows.iter().reduce(|best, row| if rate(row) > rate(best) { row } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Summary;
    use crate::report::evaluation::testing;

    #[test]
    fn who_leads_by_age_alone_is_named() {
        let mut evaluation = testing::evaluation(6, 20, 2);
        assert_eq!(sentences(&evaluation), [""; 0]);
        let rows = &mut evaluation.judgement.steps[0].rows;
        for (row, rates) in rows.iter_mut().zip([(0.6, 0.3), (0.5, 0.45), (0.1, 0.2)]) {
            (row.win_rate, row.unboosted_win_rate) = rates;
        }
        let expected = "Without the boost of age uid 7 would lead step 0 of l3 by its losses (win rate 0.450), and not uid 1 (0.300).";
        assert_eq!(sentences(&evaluation), [expected]);
        assert!(evaluation.terminal().ends_with(expected) && evaluation.markdown().ends_with(expected));
        evaluation.judgement.steps[0].rows[0].unboosted_win_rate = 0.45;
        assert_eq!(sentences(&evaluation), [""; 0], "equal without the boost is no other leader");
    }
}

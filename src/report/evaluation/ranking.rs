//! The submissions of an evaluation from first to last, each with what its last step and the run's last one say of it.

use std::cmp::Ordering;

use super::findings::{Evaluation, Status, SubmissionOutcome};
use crate::judge::wins::{StepRow, StepTable};
use crate::stats::Interval;
use crate::stats::ranks::ranks;

/// One submission among all.
#[derive(Debug, Clone)]
pub struct Ranked<'a> {
    /// Place by weight among the evaluated submissions, from 1, equal ones the best of theirs; `None` if skipped.
    pub rank: Option<u64>,
    /// The submission.
    pub submission: &'a SubmissionOutcome,
    /// The last step that it took part in, and its row there.
    pub appearance: Option<(&'a StepTable, &'a StepRow)>,
    /// Moving-average weight after the run's last step.
    pub weight: Option<f64>,
    /// Its interval; known only if the submission took part in that step.
    pub weight_interval: Option<Interval>,
    /// Why it was skipped, or how many of its samples gave no finite loss.
    pub note: Option<String>,
}

impl<'a> Ranked<'a> {
    /// Its row of the last step that it took part in.
    pub fn row(&self) -> Option<&'a StepRow> {
        self.appearance.map(|(_, row)| row)
    }

    fn is_skipped(&self) -> bool {
        self.submission.status != Status::Evaluated
    }

    fn win_rate(&self) -> Option<f64> {
        self.row().map(|row| row.win_rate)
    }
}

/// Every submission, by weight from high to low; ties by win rate, then by uid; skipped ones after evaluated ones of the
/// same weight.
pub fn ranking(evaluation: &Evaluation) -> Vec<Ranked<'_>> {
    let last = evaluation.judgement.steps.last();
    let submissions = evaluation.submissions.iter().zip(notes(evaluation)).enumerate();
    let ranked = submissions.map(|(index, (submission, note))| Ranked {
        rank: None,
        submission,
        appearance: evaluation.last_appearance(index),
        weight: last.and_then(|step| step.weights.get(index).copied()),
        weight_interval: last.and_then(|step| step.weight_intervals.get(index).copied().flatten()),
        note,
    });
    let mut ranking: Vec<_> = ranked.collect();
    ranking.sort_by(by_weight);
    let evaluated = || ranking.iter().filter(|ranked| !ranked.is_skipped());
    let places = ranks(&evaluated().map(|ranked| ranked.weight.unwrap_or(f64::NAN)).collect::<Vec<_>>());
    let evaluated = ranking.iter_mut().filter(|ranked| !ranked.is_skipped());
    evaluated.zip(places).for_each(|(ranked, place)| ranked.rank = Some(place));
    ranking
}

fn by_weight(a: &Ranked<'_>, b: &Ranked<'_>) -> Ordering {
    descending(a.weight, b.weight)
        .then(a.is_skipped().cmp(&b.is_skipped()))
        .then(descending(a.win_rate(), b.win_rate()))
        .then(a.submission.uid.cmp(&b.submission.uid))
}

/// From high to low, with unknown and NaN last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    let key = |value: Option<f64>| value.filter(|value| !value.is_nan()).unwrap_or(f64::NEG_INFINITY);
    key(b).total_cmp(&key(a))
}

/// The note of every submission: why it was skipped, or how many samples gave no finite loss.
fn notes(evaluation: &Evaluation) -> Vec<Option<String>> {
    let mut counts = vec![(0, 0); evaluation.submissions.len()];
    for loss in evaluation.losses() {
        let (unusable, all) = &mut counts[loss.submission];
        *unusable += u64::from(!loss.outcome.loss.is_finite());
        *all += 1;
    }
    let note = |(status, counts): (&Status, (u64, u64))| match (status, counts) {
        (Status::Skipped(reason), _) => Some(format!("skipped: {reason}")),
        (Status::Evaluated, (0, _)) => None,
        (Status::Evaluated, (unusable, all)) => Some(format!("{unusable} of {all} samples without a finite loss")),
    };
    evaluation.submissions.iter().map(|submission| &submission.status).zip(counts).map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evaluation::testing;

    #[test]
    fn rows_are_ranked_by_final_weight_and_skipped_ones_have_no_rank() {
        let evaluation = testing::evaluation(7, 20, 4);
        let rows = ranking(&evaluation);
        assert!(rows.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        let ranked: Vec<_> = rows.iter().filter_map(|row| row.rank).collect();
        assert_eq!(ranked, [1, 2, 3, 4, 5, 6]);
        let skipped = rows.iter().find(|row| row.is_skipped()).unwrap();
        assert_eq!(
            (skipped.submission.uid, skipped.rank, skipped.row().unwrap().average_loss),
            (19, None, f64::INFINITY)
        );
        assert!(skipped.note.as_deref().unwrap().starts_with("skipped: model.safetensors"));
    }

    #[test]
    fn values_come_from_the_last_step_of_the_submission() {
        let evaluation = testing::evaluation(5, 20, 4);
        let rows = ranking(&evaluation);
        let row = rows.iter().find(|row| row.submission.uid == 1).unwrap();
        let (step, last) = (&evaluation.judgement.steps[2], evaluation.judgement.steps.last().unwrap());
        assert_eq!((row.appearance.unwrap().0.plan.step, row.win_rate()), (2, Some(step.rows[0].win_rate)));
        assert_eq!(row.weight, Some(last.weights[0]));
        // It took no part in the last step, whose intervals therefore say nothing of it.
        assert_eq!(row.weight_interval, None);
    }

    #[test]
    fn unusable_samples_are_counted() {
        let evaluation = testing::evaluation(4, 20, 1);
        let rows = ranking(&evaluation);
        let row = rows.iter().find(|row| row.submission.uid == 4).unwrap();
        assert_eq!(row.note.as_deref(), Some("2 of 20 samples without a finite loss"));
    }

    #[test]
    fn nan_weights_and_unjudged_submissions_come_last() {
        let mut evaluation = testing::evaluation(3, 5, 1);
        evaluation.judgement.steps[0].weights = vec![f64::NAN, 0.25, 0.5];
        let uids: Vec<_> = ranking(&evaluation).iter().map(|row| row.submission.uid).collect();
        assert_eq!(uids, [7, 4, 1]);
        evaluation.judgement.steps.clear();
        let rows = ranking(&evaluation);
        assert!(rows.iter().all(|row| row.weight.is_none() && row.row().is_none()));
        assert_eq!(rows.iter().map(|row| row.submission.uid).collect::<Vec<_>>(), [1, 4, 7]);
    }
}

//! The rows of the summary. Loss, win rate and step weight are those of the last step that a submission took part in;
//! the weight is the one after the run's last step.

use std::cmp::Ordering;

use serde::Serialize;

use crate::judge::wins::StepRow;
use crate::report::evaluation::{Evaluation, Status};
use crate::stats::Interval;

/// One submission in the summary. Field names are those of `weights.parquet`; unknown values are `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Place by weight among the evaluated submissions, from 1; `None` if skipped.
    pub rank: Option<u64>,
    /// Its uid.
    pub uid: u32,
    /// Hotkey of the miner.
    pub hotkey: Option<String>,
    /// The competition that took it.
    pub competition: Option<String>,
    /// The model as it was submitted.
    pub model: String,
    /// Commit of the model's repository.
    pub commit: Option<String>,
    /// Content hash of the model's files.
    pub content_hash: Option<String>,
    /// Block of the submission.
    pub block: Option<u64>,
    /// The last step it took part in.
    pub step: Option<u64>,
    /// Part that its loss is reduced by against later submissions.
    pub epsilon: Option<f64>,
    /// Nats per scored token, mean over samples; infinite if it has no losses.
    pub average_loss: Option<f64>,
    /// Mean of exp(loss) over samples; infinite if it has no losses.
    pub perplexity: Option<f64>,
    /// win_total / match_total.
    pub win_rate: Option<f64>,
    /// Lower end of the interval of the win rate.
    pub win_rate_low: Option<f64>,
    /// Upper end of the interval of the win rate.
    pub win_rate_high: Option<f64>,
    /// The best of the others in the step: its leader or, for the leader itself, the second.
    pub lead_over: Option<u32>,
    /// Win rate minus that of the other; negative behind it.
    pub lead: Option<f64>,
    /// Lower end of the interval of the lead.
    pub lead_low: Option<f64>,
    /// Upper end of the interval of the lead.
    pub lead_high: Option<f64>,
    /// Wins over all opponents and samples.
    pub win_total: Option<u64>,
    /// Matches over all opponents and samples.
    pub match_total: Option<u64>,
    /// Weight by that step alone.
    pub step_weight: Option<f64>,
    /// Lower end of the interval of the step weight.
    pub step_weight_low: Option<f64>,
    /// Upper end of the interval of the step weight.
    pub step_weight_high: Option<f64>,
    /// Moving-average weight after the run's last step.
    pub weight: Option<f64>,
    /// Lower end of the interval of the weight; known only if the submission took part in a step.
    pub weight_low: Option<f64>,
    /// Upper end of the interval of the weight, known where the lower end is.
    pub weight_high: Option<f64>,
    /// Kept for the competition's next step.
    pub kept: Option<bool>,
    /// `evaluated` or `skipped`.
    pub status: &'static str,
    /// Why it was skipped, or how many of its samples gave no finite loss.
    pub note: Option<String>,
}

/// One row per submission, by weight from high to low; ties by win rate, then by uid; skipped ones after evaluated
/// ones of the same weight.
pub fn summarise(evaluation: &Evaluation) -> Vec<SummaryRow> {
    let notes = notes(evaluation);
    let mut rows: Vec<SummaryRow> =
        notes.into_iter().enumerate().map(|(index, note)| summary_row(evaluation, index, note)).collect();
    rows.sort_by(by_weight);
    let evaluated = rows.iter_mut().filter(|row| row.status == Status::Evaluated.name());
    evaluated.zip(1..).for_each(|(row, rank)| row.rank = Some(rank));
    rows
}

fn by_weight(a: &SummaryRow, b: &SummaryRow) -> Ordering {
    descending(a.weight, b.weight)
        .then(a.status.cmp(b.status))
        .then(descending(a.win_rate, b.win_rate))
        .then(a.uid.cmp(&b.uid))
}

/// From high to low, with unknown and NaN last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    let key = |value: Option<f64>| value.filter(|value| !value.is_nan()).unwrap_or(f64::NEG_INFINITY);
    key(b).total_cmp(&key(a))
}

fn summary_row(evaluation: &Evaluation, index: usize, note: Option<String>) -> SummaryRow {
    let submission = &evaluation.submissions[index];
    let appearance = evaluation.last_appearance(index);
    let row = appearance.map(|(_, row)| row);
    let number = |read: fn(&StepRow) -> f64| row.map(read);
    let (win_rate_low, win_rate_high) = ends(row.and_then(|row| row.win_rate_interval));
    let lead = row.and_then(|row| row.lead);
    let (lead_low, lead_high) = ends(lead.and_then(|lead| lead.interval));
    let (step_weight_low, step_weight_high) = ends(row.and_then(|row| row.step_weight_interval));
    let (weight, (weight_low, weight_high)) = final_weight(evaluation, index);
    SummaryRow {
        rank: None,
        uid: submission.uid,
        hotkey: submission.hotkey.clone(),
        competition: submission.competition.clone(),
        model: submission.model.clone(),
        commit: submission.commit.clone(),
        content_hash: submission.content_hash.clone(),
        block: submission.block,
        step: appearance.map(|(step, _)| step.plan.step as u64),
        epsilon: number(|row| row.epsilon),
        average_loss: number(|row| row.average_loss),
        perplexity: number(|row| row.perplexity),
        win_rate: number(|row| row.win_rate),
        win_rate_low,
        win_rate_high,
        lead_over: lead.map(|lead| evaluation.submissions[lead.over].uid),
        lead: lead.map(|lead| lead.by),
        lead_low,
        lead_high,
        win_total: row.map(|row| row.wins),
        match_total: row.map(|row| row.matches),
        step_weight: number(|row| row.step_weight),
        step_weight_low,
        step_weight_high,
        weight,
        weight_low,
        weight_high,
        kept: row.map(|row| row.kept),
        status: submission.status.name(),
        note,
    }
}

type Ends = (Option<f64>, Option<f64>);

fn ends(interval: Option<Interval>) -> Ends {
    interval.map_or((None, None), |interval| (Some(interval.low), Some(interval.high)))
}

/// The weight after the last step, and its interval if that step gave one.
fn final_weight(evaluation: &Evaluation, index: usize) -> (Option<f64>, Ends) {
    let last = evaluation.judgement.steps.last();
    let weight = last.and_then(|step| step.weights.get(index).copied());
    (weight, ends(last.and_then(|step| step.weight_intervals.get(index).copied().flatten())))
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
        let rows = summarise(&evaluation);
        assert!(rows.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        let ranked: Vec<_> = rows.iter().filter_map(|row| row.rank).collect();
        assert_eq!(ranked, [1, 2, 3, 4, 5, 6]);
        let skipped = rows.iter().find(|row| row.status == "skipped").unwrap();
        assert_eq!((skipped.uid, skipped.rank, skipped.average_loss), (19, None, Some(f64::INFINITY)));
        assert!(skipped.note.as_deref().unwrap().starts_with("skipped: model.safetensors"));
    }

    #[test]
    fn values_come_from_the_last_step_of_the_submission() {
        let evaluation = testing::evaluation(5, 20, 4);
        let rows = summarise(&evaluation);
        let row = rows.iter().find(|row| row.uid == 1).unwrap();
        let (step, last) = (&evaluation.judgement.steps[2], evaluation.judgement.steps.last().unwrap());
        assert_eq!((row.step, row.win_rate), (Some(2), Some(step.rows[0].win_rate)));
        assert_eq!(row.weight, Some(last.weights[0]));
        // It took no part in the last step, whose intervals therefore say nothing of it.
        assert_eq!(row.weight_low, None);
    }

    #[test]
    fn unusable_samples_are_counted() {
        let rows = summarise(&testing::evaluation(4, 20, 1));
        let row = rows.iter().find(|row| row.uid == 4).unwrap();
        assert_eq!(row.note.as_deref(), Some("2 of 20 samples without a finite loss"));
    }

    #[test]
    fn nan_weights_and_unjudged_submissions_come_last() {
        let mut evaluation = testing::evaluation(3, 5, 1);
        evaluation.judgement.steps[0].weights = vec![f64::NAN, 0.25, 0.5];
        let uids: Vec<_> = summarise(&evaluation).iter().map(|row| row.uid).collect();
        assert_eq!(uids, [7, 4, 1]);
        evaluation.judgement.steps.clear();
        let rows = summarise(&evaluation);
        assert!(rows.iter().all(|row| row.weight.is_none() && row.win_rate.is_none()));
        assert_eq!(rows.iter().map(|row| row.uid).collect::<Vec<_>>(), [1, 4, 7]);
    }
}

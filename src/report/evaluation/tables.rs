//! The Parquet tables of an evaluation: losses, wins, weights, steps and timings. Every column is documented in the
//! file. Submissions appear by uid, samples by index and id; what is not known is null.

use super::components;
use super::findings::{Evaluation, SampleLoss, SubmissionOutcome, row_of};
use super::pairs::Pair;
use crate::judge::wins::{StepRow, StepTable};
use crate::report::table::{Sheet, Table};
use crate::report::timing::timings;
use crate::stats::Interval;

/// Every table.
pub fn all(evaluation: &Evaluation) -> Vec<Sheet<'_>> {
    vec![
        losses(evaluation),
        wins(evaluation),
        weights(evaluation),
        components::sheet(evaluation),
        steps(evaluation),
        timings(&evaluation.timings),
    ]
}

/// One row per submission and measured sample.
pub fn losses(evaluation: &Evaluation) -> Sheet<'_> {
    let submission = |loss: &SampleLoss| &evaluation.submissions[loss.submission];
    Table::new("The loss of every evaluated submission on every sample. One row per submission and sample.")
        .column("uid", "uid of the submission", move |row: SampleLoss| submission(&row).uid)
        .column("block", "block of the submission; null counts as later than every known block", move |row| {
            submission(&row).block
        })
        .column("competition", "competition that took the submission; null if none did", move |row| {
            submission(&row).competition.as_deref()
        })
        .column("sample_index", "index of the sample in the pool, from 0", |row| row.sample as u64)
        .column("sample_id", "id of the sample", |row| evaluation.sample_ids[row.sample].as_str())
        .column("source", "where the sample is from; null if that is not recorded", |row| {
            evaluation.sample_sources.get(row.sample)?.as_deref()
        })
        .column(
            "loss",
            "mean cross-entropy in nats per scored token; null where nothing was measured, which judging counts as \
             NaN for status no-target and as +inf for status error",
            |row| row.outcome.measured_loss(),
        )
        .column("scored_tokens", "targets that the loss is the mean over", |row| row.outcome.scored_tokens)
        .column("status", "ok, nan, inf, no-target (nothing to score) or error (the model failed here)", |row| {
            row.outcome.status.name()
        })
        .sheet("losses", evaluation.losses())
}

/// One row per step and ordered pair of different submissions.
pub fn wins(evaluation: &Evaluation) -> Sheet<'_> {
    let uid = |submission: usize| evaluation.submissions[submission].uid;
    Table::new("Wins of every ordered pair of a step's submissions. One row per step, uid_a and uid_b.")
        .column("step", "step number, from 0", |pair: Pair| pair.step as u32)
        .column("competition", "competition of the step", |pair| evaluation.competition_id(pair.competition))
        .column("uid_a", "uid of the submission whose wins are counted", move |pair| uid(pair.a))
        .column("uid_b", "uid of its opponent", move |pair| uid(pair.b))
        .column("wins", "samples on which uid_a won against uid_b", |pair| pair.met.wins)
        .column("matches", "samples on which the two were compared; a match may have no winner", |pair| {
            pair.met.matches
        })
        .sheet_of("wins", evaluation.judgement.pairs.iter())
}

#[derive(Clone, Copy)]
struct WeightRow<'a> {
    step: &'a StepTable,
    index: usize,
    submission: &'a SubmissionOutcome,
    row: Option<&'a StepRow>,
}

impl WeightRow<'_> {
    fn weight_interval(self) -> Option<Interval> {
        self.step.weight_intervals.get(self.index).copied().flatten()
    }
}

/// One row per step and submission of the run, whether or not it took part in the step.
pub fn weights(evaluation: &Evaluation) -> Sheet<'_> {
    let table = Table::new(
        "What each step reports of each submission. One row per step and submission; columns from epsilon to \
         step_weight_high, and kept, are null for submissions that took no part in the step. Ends of intervals are \
         bootstrap percentiles over the sources of the samples, at the level that run.json states; where no resample \
         changed a rate or lead, what samples of an unseen kind could do (rule of three).",
    );
    let table = outcome_columns(score_columns(identity_columns(table, evaluation), evaluation, |row| row.row));
    table.sheet("weights", evaluation.judgement.steps.iter().flat_map(|step| weight_rows(evaluation, step)))
}

fn weight_rows<'a>(evaluation: &'a Evaluation, step: &'a StepTable) -> impl Iterator<Item = WeightRow<'a>> {
    let submissions = evaluation.submissions.iter().enumerate();
    submissions.map(move |(index, submission)| WeightRow { step, index, submission, row: row_of(step, index) })
}

type WeightTable<'a> = Table<'a, WeightRow<'a>>;

fn identity_columns<'a>(table: WeightTable<'a>, evaluation: &'a Evaluation) -> WeightTable<'a> {
    table
        .column("step", "step number, from 0", |row| row.step.plan.step as u32)
        .column("competition", "competition of the step", |row| evaluation.competition_id(row.step.plan.competition))
        .column("current_block", "block of the chain during the step", |row| row.step.plan.current_block)
        .column("uid", "uid of the submission", |row| row.submission.uid)
        .column("hotkey", "hotkey of the miner, if recorded", |row| row.submission.hotkey.as_deref())
        .column("model", "model as it was submitted", |row| row.submission.model.as_str())
        .column("commit", "commit of the model's repository, if it came from one", |row| {
            row.submission.commit.as_deref()
        })
        .column("content_hash", "content hash of the model's files, base64 of SHA-256", |row| {
            row.submission.content_hash.as_deref()
        })
        .column("block", "block of the submission; null counts as later than every known block", |row| {
            row.submission.block
        })
        .column("submission_competition", "competition that took the submission; null if none did", |row| {
            row.submission.competition.as_deref()
        })
}

/// What a step says of a submission that took part in it.
pub fn score_columns<'a, R: Copy + 'a>(
    table: Table<'a, R>,
    evaluation: &'a Evaluation,
    row: impl Fn(R) -> Option<&'a StepRow> + Copy + 'a,
) -> Table<'a, R> {
    table
        .column("epsilon", "part that its loss is reduced by against later submissions", move |of| {
            row(of).map(|row| row.epsilon)
        })
        .column("average_loss", "plain mean of the per-sample losses in nats; +inf if it was skipped", move |of| {
            row(of).map(|row| row.average_loss)
        })
        .column("perplexity", "mean of exp(loss) over the samples; +inf if it was skipped", move |of| {
            row(of).map(|row| row.perplexity)
        })
        .column("win_rate", "win_total / match_total; 0 without a match", move |of| row(of).map(|row| row.win_rate))
        .interval("win_rate", "the interval of win_rate", move |of| row(of)?.win_rate_interval)
        .column(
            "lead_over",
            "uid of the best of the others in the step: the leader or, for the leader, the second",
            move |of| row(of)?.lead.map(|lead| evaluation.submissions[lead.over].uid),
        )
        .column("lead", "win_rate minus that of lead_over on the same samples; negative behind it", move |of| {
            row(of)?.lead.map(|lead| lead.by)
        })
        .interval("lead", "the interval of lead, from the same resamples of both", move |of| row(of)?.lead?.interval)
        .column("win_total", "wins over all opponents and samples", move |of| row(of).map(|row| row.wins))
        .column("match_total", "matches over all opponents and samples", move |of| row(of).map(|row| row.matches))
        .column("step_weight", "weight by this step alone, before rewards and moving average; equal best ones share it where one takes all", move |of| {
            row(of).map(|row| row.step_weight)
        })
        .interval("step_weight", "the interval of step_weight", move |of| row(of)?.step_weight_interval)
}

fn outcome_columns(table: WeightTable<'_>) -> WeightTable<'_> {
    table
        .column("weight", "moving-average weight after this step", |row| row.step.weights.get(row.index).copied())
        .interval("weight", "the interval of weight, all steps resampled together", |row| row.weight_interval())
        .column("kept", "kept for the competition's next step", |row| row.row.map(|row| row.kept))
        .column("status", "evaluated or skipped", |row| row.submission.status.name())
        .column("reason", "why it was skipped", |row| row.submission.status.reason())
}

/// One row per step and drawn sample.
pub fn steps(evaluation: &Evaluation) -> Sheet<'_> {
    let drawn = evaluation.judgement.steps.iter().flat_map(|step| {
        let samples = step.plan.samples.iter().enumerate();
        samples.map(move |(position, sample)| (step.plan.step, position, *sample))
    });
    Table::new("The samples that each step drew, the same for all its submissions. One row per step and position.")
        .column("step", "step number, from 0", |(step, _, _): (usize, usize, usize)| step as u32)
        .column("position", "place of the sample in the step, from 0", |(_, position, _)| position as u64)
        .column("sample_index", "index of the sample in the pool, from 0", |(_, _, sample)| sample as u64)
        .column("sample_id", "id of the sample", |(_, _, sample)| evaluation.sample_ids[sample].as_str())
        .sheet("steps", drawn)
}

#[cfg(test)]
mod tests;

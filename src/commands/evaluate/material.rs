//! Puts what a run found into the shapes that reports are written from.

use super::inputs::Inputs;
use super::measuring::{Laboratory, Outcomes};
use crate::commands::candidates::Candidate;
use crate::commands::settings::EvaluateSettings;
use crate::judge::wins::Competition;
use crate::report::{
    Evaluation, InputRecord, Judged, ModelRecord, RewardShare, RunRecord, Setting, Status, SubmissionOutcome, Timing,
};
use crate::version;

/// What there is to report, before judging.
pub struct Material<'a> {
    /// How it was run.
    pub settings: &'a EvaluateSettings,
    /// On what.
    pub inputs: &'a Inputs,
    /// Every submission.
    pub candidates: &'a [Candidate],
    /// Indices of the drawn samples.
    pub pool: &'a [usize],
}

impl Material<'_> {
    /// All that tables, plots and the page are made of.
    pub fn evaluation(&self, outcomes: Vec<Outcomes>, judgement: Judged, timings: Vec<Timing>) -> Evaluation {
        Evaluation {
            submissions: self.candidates.iter().map(|candidate| self.submission(candidate)).collect(),
            sample_ids: self.inputs.samples.rows.iter().map(|sample| sample.id.clone()).collect(),
            sample_sources: self.inputs.samples.rows.iter().map(|sample| sample.source.clone()).collect(),
            measured: self.pool.to_vec(),
            outcomes: outcomes.into_iter().map(Option::unwrap_or_default).collect(),
            rules: self.settings.rules.clone(),
            judgement,
            timings,
        }
    }

    fn submission(&self, candidate: &Candidate) -> SubmissionOutcome {
        let (submission, card) = (&candidate.submission, candidate.card.as_ref());
        let competition = candidate.competition.map(|index| self.settings.rules.competitions[index].id.clone());
        SubmissionOutcome {
            uid: submission.uid,
            hotkey: submission.hotkey.clone(),
            model: submission.model.clone(),
            commit: candidate.model.as_ref().and_then(|model| model.commit.clone()),
            content_hash: candidate.fingerprint.as_ref().map(|f| f.content.clone()),
            block: submission.block,
            competition: competition.or_else(|| submission.competition.clone()),
            architecture: card.map(|card| card.architecture.to_owned()),
            parameters: card.map(|card| card.parameters),
            status: candidate.skipped.clone().map_or(Status::Evaluated, Status::Skipped),
        }
    }

    /// All that is needed to run it again.
    pub fn record(&self, laboratory: &Laboratory, warnings: Vec<String>) -> RunRecord {
        RunRecord {
            schema_version: RunRecord::SCHEMA_VERSION,
            command: "evaluate".into(),
            settings: self.settings_record(laboratory),
            reward_shares: self.reward_shares(),
            seed: self.settings.seed,
            inputs: self.input_records(),
            models: self.candidates.iter().filter(|candidate| candidate.model.is_some()).map(model_record).collect(),
            device: laboratory.devices().names.clone(),
            compute_dtype: laboratory.devices().dtype.as_str().into(),
            loss_dtype: Some("f32".into()),
            crate_version: version::VERSION.into(),
            git_commit: version::COMMIT.map(str::to_owned),
            warnings,
        }
    }

    /// The settings as they were resolved, the date as it was used.
    fn settings_record(&self, laboratory: &Laboratory) -> Vec<Setting> {
        let mut settings: Vec<Setting> = self.settings.sources.iter().map(Setting::from).collect();
        for date in settings.iter_mut().filter(|setting| setting.key == "date") {
            date.value = laboratory.date().to_string().into();
        }
        settings
    }

    /// What a sweep over the run's losses begins from.
    fn reward_shares(&self) -> Vec<RewardShare> {
        let share = |Competition { id, reward_share, .. }: &Competition| RewardShare {
            competition: id.clone(),
            share: *reward_share,
        };
        self.settings.rules.competitions.iter().map(share).collect()
    }

    fn input_records(&self) -> Vec<InputRecord> {
        let (submissions, samples) = (&self.inputs.submissions, &self.inputs.samples);
        vec![
            InputRecord {
                path: self.settings.submissions.to_string(),
                sha256: submissions.sha256.clone(),
                rows: submissions.rows.len() as u64,
                skipped_rows: submissions.skipped,
            },
            InputRecord {
                path: self.settings.samples.to_string(),
                sha256: samples.sha256.clone(),
                rows: samples.rows.len() as u64,
                skipped_rows: samples.skipped,
            },
        ]
    }
}

fn model_record(candidate: &Candidate) -> ModelRecord {
    let card = candidate.card.as_ref();
    ModelRecord {
        uid: Some(candidate.submission.uid),
        path: candidate.submission.model.clone(),
        commit: candidate.model.as_ref().and_then(|model| model.commit.clone()),
        content_hash: candidate.fingerprint.as_ref().map(|f| f.content.clone()),
        weight_dtype: card.map(|card| card.weight_dtype.clone()),
        architecture: card.map(|card| card.architecture.to_owned()),
        parameters: card.map(|card| card.parameters),
    }
}

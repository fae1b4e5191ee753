//! What can be said of each submission before it is loaded: its files, their hashes, its architecture and competition.
//! One that cannot take part is skipped with the reason; it never stops the others.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rayon::prelude::*;

use super::finished::Interrupted;
use crate::engine::causal_lm::{self, ModelCard, read_card};
use crate::engine::decoder::read_config;
use crate::engine::weights::WeightSummary;
use crate::hub::{
    Fingerprint, Hub, HubError, ModelFolder, ModelReference, Need, RepoReference, Survey, Uncached, Unpulled,
};
use crate::judge::wins::{self, Competition};
use crate::records::{Submission, Submissions};
use crate::reporter::Reporter;

/// A submission and what is known of it.
pub struct Candidate {
    /// As it was recorded.
    pub submission: Submission,
    /// Where its files are, if they can be had.
    pub model: Option<Model>,
    /// Their hashes, if they could be read.
    pub fingerprint: Option<Fingerprint>,
    /// What they say, if they can be understood.
    pub card: Option<ModelCard>,
    /// Index of the competition it takes part in.
    pub competition: Option<usize>,
    /// Why it is not evaluated.
    pub skipped: Option<String>,
    /// Whether it is left out only because the network failed, so that a result without it would be another one.
    pub unpulled: bool,
    notes: Vec<String>,
}

/// A model's files.
pub struct Model {
    /// The folder that they are in; weights that were only surveyed are not there yet.
    pub folder: PathBuf,
    /// Their size.
    pub bytes: u64,
    /// The commit, where they are a repository's.
    pub commit: Option<String>,
    /// What the hub says of them, where they are to be pulled.
    pub survey: Option<Survey>,
}

/// What a submission must keep within.
pub struct Limits<'a> {
    /// The competitions.
    pub competitions: &'a [Competition],
    /// Largest size of a model's files in bytes.
    pub max_repo_bytes: u64,
}

/// Looks at every submission, as many at a time as the hub has jobs, and then for duplicates among those that could be
/// evaluated.
///
/// # Errors
/// The user asked to stop, the cache cannot be written, or models are missing while offline.
pub fn inspect_all(
    submissions: &Submissions,
    limits: &Limits,
    hub: &Hub,
    jobs: usize,
    reporter: &dyn Reporter,
) -> Result<Vec<Candidate>> {
    reporter.start("inspecting", submissions.rows.len() as u64);
    let inspect = |submission: &Submission| {
        let mut candidate = Candidate::new(submission);
        let result = candidate.examine(limits, &submissions.base, hub);
        reporter.advance(1);
        (candidate, result)
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let inspected: Vec<_> = pool.install(|| submissions.rows.par_iter().map(inspect).collect());
    let (mut candidates, mut missing) = (Vec::with_capacity(inspected.len()), Vec::new());
    for (mut candidate, result) in inspected {
        candidate.notes.iter().for_each(|note| reporter.info(note));
        match result {
            Err(error) if matches!(error.downcast_ref(), Some(HubError::NotCached(_))) => {
                missing.extend(error.downcast().map(missing_part));
            }
            Err(error) => candidate.leave_out(error, reporter)?,
            Ok(()) => {}
        }
        candidates.push(candidate);
    }
    if !missing.is_empty() {
        let cache = hub.cache.folder().display().to_string();
        return Err(Uncached { cache, missing }.into());
    }
    skip_duplicates(&mut candidates, reporter);
    reporter.finish();
    Ok(candidates)
}

fn missing_part(error: HubError) -> String {
    match error {
        HubError::NotCached(what) => what,
        other => other.to_string(),
    }
}

/// A result without what could not be pulled would be another one, so there is none.
///
/// # Errors
/// [`Unpulled`], if the network failed for any.
pub fn refuse_unpulled(candidates: &[Candidate]) -> Result<(), Unpulled> {
    let mut reasons = candidates.iter().filter(|candidate| candidate.unpulled);
    let Some(first) = reasons.next() else { return Ok(()) };
    let reason = first.skipped.clone().unwrap_or_default();
    Err(Unpulled { count: 1 + reasons.count(), first: format!("{}, {reason}", first.label()) })
}

fn skip_duplicates(candidates: &mut [Candidate], reporter: &dyn Reporter) {
    let content = |c: &Candidate| c.fingerprint.as_ref().filter(|_| c.skipped.is_none()).map(|f| f.content.clone());
    let contents: Vec<Option<String>> = candidates.iter().map(content).collect();
    let keyed: Vec<_> =
        contents.iter().zip(candidates.iter()).map(|(c, k)| (c.as_deref(), k.submission.block)).collect();
    for (index, original) in wins::duplicates(&keyed).into_iter().enumerate() {
        if let Some(original) = original {
            let first = &candidates[original].submission;
            let block = first.block.map_or_else(|| "an unknown block".into(), |block| format!("block {block}"));
            let reason = format!("same content as uid {} of {block}", first.uid);
            candidates[index].skip(reason, reporter);
        }
    }
}

impl Candidate {
    fn new(submission: &Submission) -> Self {
        Self {
            submission: submission.clone(),
            model: None,
            fingerprint: None,
            card: None,
            competition: None,
            skipped: None,
            unpulled: false,
            notes: Vec::new(),
        }
    }

    /// How messages name it.
    pub fn label(&self) -> String {
        format!("uid {}", self.submission.uid)
    }

    /// Leaves it out of what is evaluated, and says so.
    pub fn skip(&mut self, reason: String, reporter: &dyn Reporter) {
        reporter.warn(&format!("{} is skipped: {reason}", self.label()));
        self.skipped = Some(reason);
    }

    /// Leaves it out for an error of its own.
    ///
    /// # Errors
    /// The error would have kept back any other submission too.
    pub fn leave_out(&mut self, error: anyhow::Error, reporter: &dyn Reporter) -> Result<()> {
        match error.downcast_ref::<HubError>() {
            Some(HubError::Interrupted) => return Err(Interrupted.into()),
            Some(cause) if cause.ends_the_run() => return Err(error),
            Some(cause) => self.unpulled = cause.is_transient(),
            None => {}
        }
        self.skip(format!("{error:#}"), reporter);
        Ok(())
    }

    /// Fills in what can be found out, up to the first reason to skip.
    fn examine(&mut self, limits: &Limits, base: &Path, hub: &Hub) -> Result<()> {
        self.competition = self.named_competition(limits.competitions)?;
        let Submission { model, revision, .. } = &self.submission;
        match ModelReference::parse(model, revision.as_deref(), base, &hub.endpoint)? {
            ModelReference::Folder(folder) => self.examine_folder(&folder, None, limits)?,
            ModelReference::Repo(reference) if hub.is_offline() => {
                let cached = hub.cached(&reference, Need::CausalLm)?;
                self.examine_folder(&cached.folder, Some(cached.commit), limits)?;
            }
            ModelReference::Repo(reference) => {
                self.examine_repo(&reference, limits, hub).map_err(|error| match error.downcast_ref() {
                    // A folder may have been meant, with a mistake in its name.
                    Some(HubError::Absent { .. }) if !self.names_a_revision() => {
                        error.context(format!("there is no folder {}", self.submission.model))
                    }
                    _ => error,
                })?;
            }
        }
        let Some(card) = &self.card else { return Ok(()) };
        if !card.unread_keys.is_empty() {
            let (label, keys) = (self.label(), card.unread_keys.join(", "));
            self.notes.push(format!("{label}: config.json keys without effect on a {}: {keys}", card.architecture));
        }
        self.competition = Some(entered(self.competition, limits.competitions, card)?);
        Ok(())
    }

    /// A model whose files are here, all of them or, of a repository in the cache, those that are needed.
    fn examine_folder(&mut self, path: &Path, commit: Option<String>, limits: &Limits) -> Result<()> {
        let in_cache = commit.is_some();
        let folder = ModelFolder::find(path)?;
        let bytes = folder.bytes();
        self.model = Some(Model { folder: folder.path.clone(), bytes, commit, survey: None });
        folder.check_size(limits.max_repo_bytes)?;
        let fingerprint = &*self.fingerprint.insert(Fingerprint::of(&folder)?);
        if let Some(recorded) = &self.submission.hash {
            match fingerprint.verify(recorded, self.submission.hotkey.as_deref()) {
                // The hash is over files that a cache need not hold; the commit stands for them.
                Err(_) if in_cache => {
                    self.notes.push(format!("{}: its hash cannot be checked offline; its commit is", self.label()));
                }
                result => drop(result?),
            }
        }
        self.card = Some(read_card(&folder.path)?);
        Ok(())
    }

    /// A model of the hub: all is checked that can be before its weights are pulled.
    fn examine_repo(&mut self, reference: &RepoReference, limits: &Limits, hub: &Hub) -> Result<()> {
        let survey = hub.survey(reference, Need::CausalLm, Some(limits.max_repo_bytes))?;
        let fingerprint = hub.fingerprint(&survey, self.submission.hash.is_some())?;
        let (folder, bytes) =
            (survey.folder.clone(), survey.texts.iter().chain(&survey.weights).map(|f| f.bytes).sum());
        let commit = Some(survey.listing.commit.clone());
        let model = Model { folder, bytes, commit, survey: Some(survey) };
        let (model, fingerprint) = (&*self.model.insert(model), &*self.fingerprint.insert(fingerprint));
        if let Some(recorded) = &self.submission.hash {
            fingerprint.verify(recorded, self.submission.hotkey.as_deref())?;
        }
        let config = read_config(&model.folder.join("config.json"))?;
        if let Some(survey) = &model.survey {
            let headers = hub.headers(survey)?;
            let headers = headers.iter().map(|header| (header.file.as_path(), header.file_bytes, &*header.bytes));
            self.card = Some(causal_lm::card(config, &WeightSummary::of_headers(headers)?));
        }
        Ok(())
    }

    fn names_a_revision(&self) -> bool {
        self.submission.revision.is_some() || self.submission.model.contains(['@', ':'])
    }

    /// The competition that the submission names.
    fn named_competition(&self, competitions: &[Competition]) -> Result<Option<usize>> {
        let Some(id) = &self.submission.competition else { return Ok(None) };
        match competitions.iter().position(|competition| competition.id == *id) {
            Some(index) => Ok(Some(index)),
            None => {
                let known: Vec<&str> = competitions.iter().map(|competition| competition.id.as_str()).collect();
                anyhow::bail!("competition `{id}` is not one of {}", known.join(", "))
            }
        }
    }
}

/// The named competition, or the first that takes the architecture; with its limits checked.
fn entered(named: Option<usize>, competitions: &[Competition], card: &ModelCard) -> Result<usize> {
    let takes = |competition: &Competition| {
        competition.architectures.is_empty() || competition.architectures.iter().any(|a| a == card.architecture)
    };
    let found = named.or_else(|| competitions.iter().position(takes));
    let Some(index) = found else { anyhow::bail!("no competition takes a {}", card.architecture) };
    let competition = &competitions[index];
    if !takes(competition) {
        let accepted = competition.architectures.join(", ");
        anyhow::bail!("competition {} takes {accepted}, not a {}", competition.id, card.architecture);
    }
    match competition.max_parameters {
        Some(limit) if card.parameters > limit => anyhow::bail!(
            "{} parameters are more than the {limit} that competition {} allows",
            card.parameters,
            competition.id
        ),
        _ => Ok(index),
    }
}

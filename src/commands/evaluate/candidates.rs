//! What can be said of each submission before it is loaded: its files, their hashes, its architecture and competition.
//! One that cannot take part is skipped with the reason; it never stops the others.

use std::path::Path;

use candle_core::{DType, Device};

use super::inputs::Inputs;
use crate::commands::settings::EvaluateSettings;
use crate::engine::causal_lm::{ModelCard, read_card};
use crate::engine::decoder::{PROJECTIONS, projection_norms, read_config};
use crate::engine::weights::Safetensors;
use crate::hub::{Fingerprint, ModelFolder};
use crate::judge::{self, Competition, tampering};
use crate::records::Submission;
use crate::reporter::Reporter;

/// A submission and what is known of it.
pub struct Candidate {
    /// As it was recorded.
    pub submission: Submission,
    /// Its files, if they are there.
    pub folder: Option<ModelFolder>,
    /// Their hashes, if they could be read.
    pub fingerprint: Option<Fingerprint>,
    /// What they say, if they can be understood.
    pub card: Option<ModelCard>,
    /// Index of the competition it takes part in.
    pub competition: Option<usize>,
    /// Why it is not evaluated.
    pub skipped: Option<String>,
}

/// Looks at every submission, in order, and then for duplicates among those that could be evaluated.
pub fn inspect_all(settings: &EvaluateSettings, inputs: &Inputs, reporter: &dyn Reporter) -> Vec<Candidate> {
    let rows = &inputs.submissions.rows;
    reporter.start("inspecting", rows.len() as u64);
    let inspected = rows.iter().map(|submission| {
        let candidate = Candidate::inspect(submission, settings, &inputs.submissions.base, reporter);
        reporter.advance(1);
        candidate
    });
    let mut candidates: Vec<Candidate> = inspected.collect();
    skip_duplicates(&mut candidates, reporter);
    reporter.finish();
    candidates
}

fn skip_duplicates(candidates: &mut [Candidate], reporter: &dyn Reporter) {
    let content = |c: &Candidate| c.fingerprint.as_ref().filter(|_| c.skipped.is_none()).map(|f| f.content.clone());
    let contents: Vec<Option<String>> = candidates.iter().map(content).collect();
    let keyed: Vec<_> =
        contents.iter().zip(candidates.iter()).map(|(c, k)| (c.as_deref(), k.submission.block)).collect();
    for (index, original) in judge::duplicates(&keyed).into_iter().enumerate() {
        if let Some(original) = original {
            let first = &candidates[original].submission;
            let block = first.block.map_or_else(|| "an unknown block".into(), |block| format!("block {block}"));
            let reason = format!("same content as uid {} of {block}", first.uid);
            candidates[index].skip(reason, reporter);
        }
    }
}

impl Candidate {
    fn inspect(submission: &Submission, settings: &EvaluateSettings, base: &Path, reporter: &dyn Reporter) -> Self {
        let mut candidate = Self {
            submission: submission.clone(),
            folder: None,
            fingerprint: None,
            card: None,
            competition: None,
            skipped: None,
        };
        if let Err(reason) = candidate.examine(settings, base, reporter) {
            candidate.skip(reason.to_string(), reporter);
        }
        candidate
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

    /// Fills in what can be found out, up to the first reason to skip.
    fn examine(&mut self, settings: &EvaluateSettings, base: &Path, reporter: &dyn Reporter) -> anyhow::Result<()> {
        let competitions = &settings.rules.competitions;
        self.competition = self.named_competition(competitions)?;
        let folder = &*self.folder.insert(ModelFolder::find(&self.submission.model, base)?);
        folder.check_size(settings.max_repo_bytes)?;
        let fingerprint = &*self.fingerprint.insert(Fingerprint::of(folder)?);
        if let Some(recorded) = &self.submission.hash {
            fingerprint.verify(recorded, self.submission.hotkey.as_deref())?;
        }
        let card = &*self.card.insert(read_card(&folder.path)?);
        if !card.unread_keys.is_empty() {
            let (label, keys) = (format!("uid {}", self.submission.uid), card.unread_keys.join(", "));
            reporter.info(&format!("{label}: config.json keys without effect on a {}: {keys}", card.architecture));
        }
        self.competition = Some(entered(self.competition, competitions, card)?);
        if settings.weight_norms { check_norms(folder) } else { Ok(()) }
    }

    /// The competition that the submission names.
    fn named_competition(&self, competitions: &[Competition]) -> anyhow::Result<Option<usize>> {
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
fn entered(named: Option<usize>, competitions: &[Competition], card: &ModelCard) -> anyhow::Result<usize> {
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

fn check_norms(folder: &ModelFolder) -> anyhow::Result<()> {
    let config = read_config(&folder.path.join("config.json"))?;
    let weights = Safetensors::open(&folder.path, DType::F32, &Device::Cpu)?;
    match tampering::refuse_norms(&PROJECTIONS, &projection_norms(&config.description, &weights)?) {
        Some(reason) => anyhow::bail!(reason),
        None => Ok(()),
    }
}

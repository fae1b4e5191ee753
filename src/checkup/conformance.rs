//! Whole models against losses in double precision: each case is a folder with a tiny random model, the token ids of
//! some texts and −ln p of every token, as another implementation computed them in f64.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use serde::Deserialize;

use super::error::CheckupError;
use super::examination::{Examination, Question};
use super::values::{largest, largest_difference};
use crate::check::{Check, Section};
use crate::engine::batch::{Batch, Sequence};
use crate::engine::causal_lm;
use crate::engine::decoder::Decoder;
use crate::engine::{EngineError, Result};

/// The file that makes a folder a case.
const EXPECTED: &str = "expected.json";
/// Largest difference of a token's −ln p in f32, in nats.
const TOKEN_LIMIT: f64 = 1e-4;
/// Largest difference of a text's mean in half precision, in nats.
const MEAN_LIMIT: f64 = 2e-2;
/// Tokens whose mean is held against that limit as it is. The mean of fewer scatters more, by the root of their number.
const ENOUGH: f64 = 16.0;
/// Tokens that texts share where prompts are shared.
const PROMPTS: [usize; 3] = [1, 5, 20];

/// Where the models are.
#[derive(Debug, Clone, PartialEq)]
pub struct Models {
    /// Their folder.
    pub folder: PathBuf,
    /// Whether the user named it: then it must hold some.
    pub is_named: bool,
}

/// What a case says of its texts.
#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<Vec<u32>>,
    /// Of each text, of every token but the first.
    nll: Vec<Vec<f64>>,
}

/// The ways in which texts go through a model.
const WAYS: [(&str, Way); 3] = [("alone", alone), ("together", together), ("with shared prompts", with_shared_prompts)];

/// Differences of one way, as `Losses` takes them.
type Way = fn(&Losses) -> Result<f64>;

/// Checks every case below `folder`.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check_all(examination: &mut Examination, models: &Models) -> Result<(), CheckupError> {
    let folder = &models.folder;
    let (cases, unread) = cases_below(folder);
    if models.is_named && cases.is_empty() && unread.is_empty() {
        let why = format!("{} holds no case", folder.display());
        examination.note(Check::failed(Section::Conformance, "models", why));
        return Ok(());
    }
    if cases.is_empty() && !models.is_named {
        let why = format!("{} holds no case; give --models the folder `fixtures` of the source", folder.display());
        examination.reporter.warn(&format!("conformance is not checked: {why}"));
        examination.note(Check::skipped(Section::Conformance, "models", why));
        return Ok(());
    }
    for why in unread {
        examination.note(Check::failed(Section::Conformance, "models that are read", why));
    }
    examination.reporter.start("computing models", cases.len() as u64);
    for case in &cases {
        for dtype in examination.dtypes() {
            check_case(examination, case, dtype)?;
        }
        examination.reporter.advance(1);
    }
    examination.reporter.finish();
    Ok(())
}

fn check_case(examination: &mut Examination, folder: &Path, dtype: DType) -> Result<(), CheckupError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (limit, unit) =
        if dtype == DType::F32 { (TOKEN_LIMIT, "nats per token") } else { (MEAN_LIMIT, "nats per text") };
    let fails = |why: String| Check::failed(Section::Conformance, "models that are read", why).of(name.clone());
    let expected = match read(folder) {
        Ok(expected) => expected,
        Err(why) => {
            examination.note(fails(why));
            return Ok(());
        }
    };
    let decoder = match examination.load(|device| Ok(causal_lm::load(folder, dtype, device)?.decoder)) {
        Ok(decoder) => decoder,
        Err(error) => {
            examination.note(fails(error.to_string()));
            return if matches!(error, EngineError::Fault(_)) { Err(error.into()) } else { Ok(()) };
        }
    };
    let losses = Losses { decoder: &decoder, expected: &expected, by_token: dtype == DType::F32 };
    for (words, way) in WAYS {
        // How the beginning of a text is rotated may depend on how long the text gets.
        let is_shared = words == "with shared prompts";
        if is_shared && (!decoder.shares_prompts() || losses.alike(PROMPTS[0]).is_empty()) {
            continue;
        }
        let what = format!("models {words}, {}", dtype.as_str());
        let question =
            Question { section: Section::Conformance, what, case: Some(name.clone()), limit: Some(limit), unit };
        examination.find(question, |_: &Device| way(&losses))?;
    }
    Ok(())
}

/// Folders with a case: the folder itself, those in it and those in these, in the order of their paths; and why others
/// cannot be looked into.
fn cases_below(folder: &Path) -> (Vec<PathBuf>, Vec<String>) {
    let mut unread = Vec::new();
    let mut inside = |folders: &[PathBuf]| -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in folders {
            match std::fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>) {
                Ok(entries) => found.extend(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir())),
                Err(error) => unread.push(format!("{}: {error}", folder.display())),
            }
        }
        found
    };
    let roots = vec![folder.to_owned()];
    let children = inside(&roots);
    let grandchildren = inside(&children);
    let all = roots.into_iter().chain(children).chain(grandchildren);
    let mut cases: Vec<PathBuf> = all.filter(|folder| folder.join(EXPECTED).is_file()).collect();
    cases.sort();
    (cases, unread)
}

fn read(folder: &Path) -> std::result::Result<Expected, String> {
    let path = folder.join(EXPECTED);
    let refuse = |problem: String| format!("{}: {problem}", path.display());
    let text = std::fs::read(&path).map_err(|error| refuse(error.to_string()))?;
    let expected: Expected = serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
    let fits = |(ids, nll): (&Vec<u32>, &Vec<f64>)| ids.len() == nll.len() + 1 && !nll.is_empty();
    let is_whole = expected.input_ids.len() == expected.nll.len() && !expected.nll.is_empty();
    if is_whole && expected.input_ids.iter().zip(&expected.nll).all(fits) {
        return Ok(expected);
    }
    Err(refuse("`nll` must have one number for each token of each text but its first".into()))
}

/// A model and what its losses must be.
struct Losses<'a> {
    decoder: &'a Decoder,
    expected: &'a Expected,
    /// Whether every token counts, or the mean of each text.
    by_token: bool,
}

impl Losses<'_> {
    /// The largest difference in one batch of texts, each with the losses of its targets.
    fn difference(&self, texts: &[(Sequence, &[f64])], share: bool) -> Result<f64> {
        let sequences: Vec<Sequence> = texts.iter().map(|(sequence, _)| *sequence).collect();
        let batch = Batch::pack(&sequences, share);
        let found = self.decoder.negative_log_likelihoods(&batch)?;
        let (mut rest, mut worst) = (found.as_slice(), Vec::new());
        for (_, expected) in texts {
            let (own, others) = rest.split_at(expected.len().min(rest.len()));
            rest = others;
            worst.push(match self.by_token {
                true => largest_difference(own, expected),
                false => {
                    let scatter = (ENOUGH / expected.len() as f64).sqrt().max(1.0);
                    largest_difference(&[mean(own)], &[mean(expected)]) / scatter
                }
            });
        }
        Ok(largest(&worst))
    }

    fn texts(&self) -> Vec<(Sequence<'_>, &[f64])> {
        let texts = self.expected.input_ids.iter().zip(&self.expected.nll);
        texts.map(|(ids, nll)| (Sequence { ids, scored_from: 0 }, nll.as_slice())).collect()
    }

    /// Texts that begin like the longest one, of different lengths and scored behind `prompt` tokens.
    fn alike(&self, prompt: usize) -> Vec<(Sequence<'_>, &[f64])> {
        let longest = self.texts().into_iter().max_by_key(|(sequence, _)| sequence.ids.len());
        let Some((Sequence { ids, .. }, nll)) = longest.filter(|(sequence, _)| sequence.ids.len() > prompt + 1) else {
            return Vec::new();
        };
        let cut = |length: usize| (Sequence { ids: &ids[..length], scored_from: prompt }, &nll[prompt - 1..length - 1]);
        [ids.len(), ids.len() - 1, ids.len(), prompt + 1].map(cut).into()
    }
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

fn alone(losses: &Losses) -> Result<f64> {
    let each = losses.texts().into_iter().map(|text| losses.difference(&[text], false));
    let each = each.collect::<Result<Vec<f64>>>()?;
    Ok(largest(&each))
}

fn together(losses: &Losses) -> Result<f64> {
    let (texts, mut backwards) = (losses.texts(), losses.texts());
    backwards.reverse();
    losses.difference(&[texts, backwards].concat(), losses.decoder.shares_prompts())
}

fn with_shared_prompts(losses: &Losses) -> Result<f64> {
    let each = PROMPTS.map(|prompt| losses.difference(&losses.alike(prompt), true));
    let each = each.into_iter().collect::<Result<Vec<f64>>>()?;
    Ok(largest(&each))
}

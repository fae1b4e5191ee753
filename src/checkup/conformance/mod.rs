//! Whole models against losses in double precision: each case is a folder with a tiny random model, the token ids of
//! some texts and −ln p of every token, as another implementation computed them in f64.

mod cases;
mod judged;

use std::path::{Path, PathBuf};

use candle_core::DType;

use super::error::CheckupError;
use super::examination::{Examination, Finding, Question, halved};
use crate::check::{Check, Section};
use crate::engine::batch::Batch;
use crate::engine::causal_lm;
use crate::engine::decoder::Decoder;
use crate::engine::{EngineError, Result};
use cases::{Expected, Text, cases_below, read};
use judged::{Losses, MEAN_LIMIT, SCATTER_LIMIT, TOKEN_LIMIT, cut, off_by_mean, off_by_token, scattered};

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
    for way in ways(&decoder, &expected) {
        for (question, finding) in findings(examination, &way, &decoder, dtype, expected.bf16_scatter) {
            examination.record(Question { case: Some(name.clone()), ..question }, finding)?;
        }
    }
    Ok(())
}

/// Texts that go through a model together, and whether they share prompts.
type Together<'a> = (Vec<Text<'a>>, bool);

/// A way in which the texts of a case go through a model.
struct Way<'a> {
    words: &'static str,
    batches: Vec<Together<'a>>,
}

fn ways<'a>(decoder: &Decoder, expected: &'a Expected) -> Vec<Way<'a>> {
    let texts = expected.texts();
    let backwards = texts.iter().rev().copied();
    let both = texts.iter().copied().chain(backwards).collect();
    let alone = texts.iter().map(|text| (vec![*text], false)).collect();
    let mut ways = vec![
        Way { words: "alone", batches: alone },
        Way { words: "together", batches: vec![(both, decoder.shares_prompts())] },
    ];
    // How the beginning of a text is rotated may depend on how long the text gets.
    if decoder.shares_prompts() {
        let alike = PROMPTS.map(|prompt| (expected.alike(prompt), true));
        let batches: Vec<Together> = alike.into_iter().filter(|(texts, _)| !texts.is_empty()).collect();
        if !batches.is_empty() {
            ways.push(Way { words: "with shared prompts", batches });
        }
    }
    ways
}

/// What a way comes to, in one computation: in f32 by token, in half precision by text and by all tokens.
fn findings(
    examination: &Examination,
    way: &Way,
    decoder: &Decoder,
    dtype: DType,
    scatter: Option<f64>,
) -> Vec<(Question, Result<Finding>)> {
    let question = |of: &str, limit, unit| {
        let what = format!("{of}models {}, {}", way.words, dtype.as_str());
        Question { section: Section::Conformance, what, case: None, limit: Some(limit), unit }
    };
    let by_token = || question("", TOKEN_LIMIT, "nats per token");
    let by_text = || question("", MEAN_LIMIT, "nats per text");
    let (losses, note) = match losses(examination, way, decoder) {
        Ok(found) => found,
        Err(error) => return vec![(if dtype == DType::F32 { by_token() } else { by_text() }, Err(error))],
    };
    let finding = |number| Ok(Finding { number, note: note.clone() });
    if dtype == DType::F32 {
        return vec![(by_token(), finding(off_by_token(&losses)))];
    }
    let all = scatter.map(|scatter| {
        let question = question("all tokens of ", SCATTER_LIMIT, "of transformers' scatter");
        (question, finding(scattered(&losses, scatter)))
    });
    [(by_text(), finding(off_by_mean(&losses, scatter)))].into_iter().chain(all).collect()
}

/// The losses of all texts, and what there is to say of how they were had.
fn losses<'a>(examination: &Examination, way: &Way<'a>, decoder: &Decoder) -> Result<(Vec<Losses<'a>>, String)> {
    let (mut losses, mut parts) = (Vec::new(), 0);
    for (texts, share) in &way.batches {
        let computed = examination.compute_by_halves(texts, &mut |texts| losses_of(decoder, texts, *share))?;
        parts += computed.len();
        losses.extend(computed.into_iter().flatten());
    }
    Ok((losses, halved(way.batches.len(), parts)))
}

fn losses_of<'a>(decoder: &Decoder, texts: &[Text<'a>], share: bool) -> Result<Vec<Losses<'a>>> {
    let sequences: Vec<_> = texts.iter().map(|(sequence, _)| *sequence).collect();
    let found = decoder.negative_log_likelihoods(&Batch::pack(&sequences, share))?;
    Ok(cut(&found, texts.iter().map(|(_, expected)| *expected)))
}

//! Recorded answers to prompts, compared with the trusted ones: an honest miner's, another prompt's, and edited ones.

use anyhow::Result;

use crate::commands::comparing::{Compared, Comparer};
use crate::commands::embedder::OpenEmbedder;
use crate::commands::finished::Interrupted;
use crate::commands::reading::{Chunk, in_chunks};
use crate::commands::record::input_of;
use crate::commands::settings::AnswerSettings;
use crate::judge::horde::{AnswerLikeness, PromptAnswers};
use crate::records::{Order, ReadOptions, Request};
use crate::report::{InputRecord, Timing, counted};
use crate::reporter::Reporter;
use crate::similarity::Pairs;
use crate::similarity::attacks::attacked;

/// The first answers to a prompt are the trusted one's and an honest miner's.
const HONEST: usize = 2;

/// Answers that were compared.
pub struct Answers {
    /// By prompt.
    pub prompts: Vec<PromptAnswers>,
    /// The file.
    pub record: InputRecord,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

/// Compares the answers of a recording; of each prompt the first is the trusted one and the second an honest miner's.
///
/// # Errors
/// The recording cannot be read, or the embedder fails.
pub fn compare(
    settings: &AnswerSettings,
    reading: &ReadOptions,
    tools: &OpenEmbedder,
    seed: u64,
    reporter: &dyn Reporter,
) -> Result<Answers> {
    let mut comparer = Comparer::new(tools, reporter);
    let (mut prompts, mut alone, mut before) = (Vec::new(), 0, None);
    let recording = in_chunks(&settings.source, Order::Minibatches, reading, |chunk| {
        if reporter.interrupted() {
            return Err(Interrupted.into());
        }
        let texts = texts(&chunk, settings, seed, &mut before, &mut alone);
        let lists: Vec<Vec<&str>> = texts.iter().map(|one| one.texts.iter().map(String::as_str).collect()).collect();
        let compared = comparer.compare(&lists)?;
        prompts.extend(texts.iter().zip(&compared).map(|(one, compared)| likeness(one, compared)));
        Ok(())
    })?;
    if alone > 0 {
        reporter.warn(&format!("{} with fewer than two answers left out", counted(alone, "prompt")));
    }
    let record = input_of(&settings.source, &recording.sha256, recording.rows as usize, recording.skipped);
    Ok(Answers { prompts, record, timings: comparer.timings() })
}

/// What is compared of a prompt: the trusted answer, an honest one, those of cheats.
struct Texts {
    texts: Vec<String>,
    /// Whether the last one is another prompt's.
    has_other: bool,
}

fn texts(
    chunk: &Chunk,
    settings: &AnswerSettings,
    seed: u64,
    before: &mut Option<String>,
    alone: &mut usize,
) -> Vec<Texts> {
    let mut found = Vec::new();
    for (number, request) in (chunk.first as u64..).zip(&chunk.requests) {
        let answers = answers(request);
        let [trusted, honest] = answers[..] else {
            *alone += 1;
            continue;
        };
        let edited = settings.cheats.iter().map(|attack| attacked(honest, attack, seed, number));
        let mut texts: Vec<String> = [trusted, honest].map(str::to_owned).into_iter().chain(edited).collect();
        let other = before.replace(honest.to_owned());
        let has_other = other.is_some();
        texts.extend(other);
        found.push(Texts { texts, has_other });
    }
    found
}

/// The trusted answer and an honest one.
fn answers(request: &Request) -> Vec<&str> {
    let answered = request.responses.iter().filter(|response| response.answered());
    answered.take(HONEST).map(|response| response.reasoning.as_str()).collect()
}

/// How alike each is to the trusted one; another prompt's answer comes first among the cheats.
fn likeness(one: &Texts, compared: &Compared) -> PromptAnswers {
    let pairs = Pairs::new(&compared.pairs, one.texts.len());
    let of = |place: usize| {
        let likeness = pairs.as_ref()?.get(0, place);
        Some(AnswerLikeness {
            is_equal: one.texts[0] == one.texts[place],
            cosine: f64::from(likeness.cosine),
            partial_ratio: f64::from(likeness.partial_ratio),
        })
    };
    let last = one.texts.len() - usize::from(one.has_other);
    let other = if one.has_other { of(last) } else { None };
    let never = AnswerLikeness { is_equal: false, cosine: 0.0, partial_ratio: 0.0 };
    PromptAnswers {
        honest: of(1).unwrap_or(never),
        cheats: std::iter::once(other).chain((HONEST..last).map(of)).collect(),
    }
}

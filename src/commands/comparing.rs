//! The likeness of the responses of one request: cosines of their embeddings and partial ratios of their texts.

use std::collections::HashMap;
use std::time::Instant;

use anyhow::Result;
use rayon::prelude::*;

use super::embedder::OpenEmbedder;
use crate::engine::embedder::Embedding;
use crate::judge::calibration::{RequestScores, ResponseScore, roles};
use crate::records::{Request, Response};
use crate::report::Timing;
use crate::reporter::Reporter;
use crate::similarity::{Likeness, Matcher, Pairs, Penalty, Profile, Text};

/// Compares texts, and tells what that took.
pub struct Comparer<'a> {
    tools: &'a OpenEmbedder,
    reporter: &'a dyn Reporter,
    embedding: f64,
    comparing: f64,
}

impl<'a> Comparer<'a> {
    /// Before the first text.
    pub fn new(tools: &'a OpenEmbedder, reporter: &'a dyn Reporter) -> Self {
        Self { tools, reporter, embedding: 0.0, comparing: 0.0 }
    }

    /// The embeddings of texts, from the store or the model.
    ///
    /// # Errors
    /// The store or the model fails.
    pub fn embed(&mut self, texts: &[&str]) -> Result<Vec<Embedding>> {
        let start = Instant::now();
        let OpenEmbedder { embedder, store, .. } = self.tools;
        let embeddings = store.embeddings(embedder, texts, self.reporter)?;
        self.embedding += start.elapsed().as_secs_f64();
        Ok(embeddings)
    }

    /// Compares the texts of each request with each other.
    ///
    /// # Errors
    /// As [`Self::embed`].
    pub fn compare(&mut self, requests: &[Vec<&str>]) -> Result<Vec<Compared>> {
        let mut embeddings = self.embed(&requests.concat())?.into_iter();
        let of_request = requests.iter().map(|texts| embeddings.by_ref().take(texts.len()).collect::<Vec<_>>());
        let jobs: Vec<(&Vec<&str>, Vec<Embedding>)> = requests.iter().zip(of_request).collect();
        let compare = |matcher: &mut Matcher, (texts, embeddings): (&Vec<&str>, Vec<Embedding>)| {
            Compared::new(texts, embeddings, matcher)
        };
        Ok(self.timed(|| jobs.into_par_iter().map_init(Matcher::new, compare).collect()))
    }

    /// Counts what `work` takes as comparing.
    pub fn timed<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.comparing += start.elapsed().as_secs_f64();
        done
    }

    /// Where the time went.
    pub fn timings(&self) -> Vec<Timing> {
        vec![Timing::of_all("embed", self.embedding), Timing::of_all("compare", self.comparing)]
    }
}

/// A request under comparison: its answered responses.
pub struct Compared {
    /// Their texts, prepared.
    pub texts: Vec<Text>,
    /// Their embeddings.
    pub embeddings: Vec<Embedding>,
    /// The likeness of every pair, in the order of [`Pairs`].
    pub pairs: Vec<Likeness>,
}

impl Compared {
    /// Compares every pair.
    pub fn new(texts: &[&str], embeddings: Vec<Embedding>, matcher: &mut Matcher) -> Self {
        let texts: Vec<Text> = texts.iter().map(|text| Text::new(text)).collect();
        let pairs = Pairs::numbered(texts.len()).map(|(a, b)| Likeness {
            cosine: cosine(&embeddings[a], &embeddings[b]),
            partial_ratio: (matcher.partial_ratio(&texts[a], &texts[b]) / 100.0) as f32,
        });
        Self { pairs: pairs.collect(), texts, embeddings }
    }
}

/// The cosine of two embeddings, summed in f64; 0 where one has no length.
pub fn cosine(a: &Embedding, b: &Embedding) -> f32 {
    let dot =
        |a: &Embedding, b: &Embedding| a.iter().zip(b.iter()).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let lengths = dot(a, a).sqrt() * dot(b, b).sqrt();
    if lengths > 0.0 { (dot(a, b) / lengths) as f32 } else { 0.0 }
}

/// The answered responses of a request, in their order.
pub fn answered(request: &Request) -> Vec<&Response> {
    request.responses.iter().filter(|response| response.answered()).collect()
}

/// What is kept of a request once it is compared.
pub fn scores(request: &Request, pairs: Vec<Likeness>, profile: Profile) -> RequestScores {
    let answered = answered(request);
    let origins = origins(request, &answered);
    let copied: Vec<_> = answered.iter().zip(&origins).map(|(one, &origin)| (one.copy_of.is_some(), origin)).collect();
    let response = |((response, role), origin): ((&&Response, _), u32)| ResponseScore {
        uid: response.uid,
        characters: response.reasoning.chars().count() as u32,
        rewarded: response.rewarded,
        role,
        copy_of: response.copy_of,
        origin,
        correctness: response.correctness.map(|correctness| correctness as f32),
        penalty: Penalty { embedding: 0.0, lexical: 0.0, total: 0.0 },
    };
    let first = request.responses.first();
    let scores = RequestScores {
        id: request.id.as_str().into(),
        problem: first.and_then(|response| response.problem.as_deref()).map(Into::into),
        source: request.source().map(Into::into),
        recorded_at: request.recorded_at(),
        responses: answered.iter().zip(roles(&copied)).zip(origins).map(response).collect(),
        pairs,
    };
    scores.by(profile)
}

/// The uid at the end of the chain of copies of each answered response. A chain may pass through failed responses; that
/// it ends was checked when it was read.
fn origins(request: &Request, answered: &[&Response]) -> Vec<u32> {
    let copied: HashMap<u32, u32> =
        request.responses.iter().filter_map(|response| Some((response.uid, response.copy_of?))).collect();
    let origin = |response: &&Response| {
        let step = |uid: &u32| copied.get(uid).copied();
        std::iter::successors(Some(response.uid), step).last().unwrap_or(response.uid)
    };
    answered.iter().map(origin).collect()
}

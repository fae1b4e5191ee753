//! Measures a recording: embeddings from the store or the model, partial ratios, and copies made by construction. Texts
//! are dropped chunk by chunk; what stays of a request is its scores, some hundred bytes.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::Result;
use rayon::prelude::*;

use super::comparing::{Compared, answered, scores};
use super::forging::{Forgery, forge, prepare};
use super::overview::Overview;
use super::reading::{Chunk, in_chunks};
use crate::commands::finished::Interrupted;
use crate::commands::settings::CalibrateSettings;
use crate::engine::embedder::{Embedder, Embedding};
use crate::judge::calibration::{Attacked, CopyScore, RequestScores};
use crate::report::Timing;
use crate::reporter::Reporter;
use crate::similarity::Matcher;
use crate::store::EmbeddingStore;

/// Penalties of the recording may differ from ours by this much before it is said.
const AGREEMENT: f64 = 1e-4;

/// What measuring found.
#[derive(Debug, Default)]
pub struct Scored {
    /// Every request, in the order of the recording.
    pub requests: Vec<RequestScores>,
    /// Copies made by construction, per attack.
    pub attacks: Vec<Attacked>,
    /// How the recorded penalties compare with ours.
    pub recorded: Agreement,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

/// Recorded penalties beside computed ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agreement {
    /// Responses with a recorded penalty.
    pub compared: u64,
    /// Those that differ by more than rounding.
    pub differing: u64,
    /// The largest difference, and its request and uid.
    pub largest: Option<(f64, String, u32)>,
}

/// The work and its tools.
pub struct Measuring<'a> {
    settings: &'a CalibrateSettings,
    embedder: &'a dyn Embedder,
    store: &'a EmbeddingStore,
    reporter: &'a dyn Reporter,
    attacked: BTreeSet<usize>,
    embedding: f64,
    comparing: f64,
    found: Scored,
}

/// Measures the recording that `overview` has looked at.
///
/// # Errors
/// The store or the model fails, or the user asked to stop.
pub fn measure(
    settings: &CalibrateSettings,
    overview: &Overview,
    embedder: &dyn Embedder,
    store: &EmbeddingStore,
    reporter: &dyn Reporter,
) -> Result<Scored> {
    let attacks = prepare(&settings.attacks.0);
    let mut measuring = Measuring {
        settings,
        embedder,
        store,
        reporter,
        attacked: overview.attacked.iter().copied().collect(),
        embedding: 0.0,
        comparing: 0.0,
        found: Scored { attacks, ..Scored::default() },
    };
    reporter.start("comparing", overview.requests as u64);
    let recording = in_chunks(&settings.recording, &settings.reading, |chunk| measuring.chunk(&chunk))?;
    // What was checked, counted and hashed must be what was measured.
    anyhow::ensure!(recording == overview.recording, "{} changed while it was read; run again", settings.recording);
    reporter.finish();
    Ok(measuring.into_measured())
}

impl Measuring<'_> {
    fn chunk(&mut self, chunk: &Chunk) -> Result<()> {
        if self.reporter.interrupted() {
            return Err(Interrupted.into());
        }
        let texts: Vec<Vec<&str>> = chunk.requests.iter().map(|request| texts(request)).collect();
        let mut embeddings = self.embed(&texts.concat())?.into_iter();
        let of_request = texts.iter().map(|texts| embeddings.by_ref().take(texts.len()).collect::<Vec<_>>());
        let jobs: Vec<(&Vec<&str>, Vec<Embedding>)> = texts.iter().zip(of_request).collect();
        let start = Instant::now();
        let compare = |matcher: &mut Matcher, (texts, embeddings): (&Vec<&str>, Vec<Embedding>)| {
            Compared::new(texts, embeddings, matcher)
        };
        let compared: Vec<Compared> = jobs.into_par_iter().map_init(Matcher::new, compare).collect();
        self.comparing += start.elapsed().as_secs_f64();
        self.forge(chunk, &texts, &compared)?;
        for (request, compared) in chunk.requests.iter().zip(compared) {
            let scores = scores(request, compared.pairs, self.settings.spec.profile);
            self.found.recorded.compare(request, &scores);
            self.found.requests.push(scores);
        }
        self.reporter.advance(chunk.requests.len() as u64);
        Ok(())
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Embedding>> {
        let start = Instant::now();
        let embeddings = self.store.embeddings(self.embedder, texts, self.reporter)?;
        self.embedding += start.elapsed().as_secs_f64();
        Ok(embeddings)
    }

    /// Makes copies in the drawn requests of a chunk, one request at a time, so that little is in memory at once.
    fn forge(&mut self, chunk: &Chunk, texts: &[Vec<&str>], compared: &[Compared]) -> Result<()> {
        let seed = self.settings.spec.bootstrap.seed;
        for place in 0..chunk.requests.len() {
            let number = chunk.first + place;
            if !self.attacked.contains(&number) {
                continue;
            }
            let forgeries = forge(&self.settings.attacks.0, &texts[place], number, seed);
            let copies: Vec<&str> = forgeries.iter().map(|forgery| forgery.text.as_str()).collect();
            let embeddings = self.embed(&copies)?;
            let start = Instant::now();
            let profile = self.settings.spec.profile;
            let penalty = |matcher: &mut Matcher, (forgery, embedding): (&Forgery, &Embedding)| {
                forgery.penalty(&compared[place], embedding, profile, matcher)
            };
            let penalties: Vec<f64> = forgeries.par_iter().zip(&embeddings).map_init(Matcher::new, penalty).collect();
            self.comparing += start.elapsed().as_secs_f64();
            let uids: Vec<u32> = answered(&chunk.requests[place]).into_iter().map(|response| response.uid).collect();
            for (forgery, penalty) in forgeries.iter().zip(penalties) {
                let copy = CopyScore { request: number, uid: uids[forgery.replaced], penalty };
                self.found.attacks[forgery.attack].copies.push(copy);
            }
        }
        Ok(())
    }

    fn into_measured(self) -> Scored {
        let timings = vec![Timing::of_all("embed", self.embedding), Timing::of_all("compare", self.comparing)];
        Scored { timings, ..self.found }
    }
}

/// Texts of the answered responses.
fn texts(request: &crate::records::Request) -> Vec<&str> {
    answered(request).into_iter().map(|response| response.reasoning.as_str()).collect()
}

impl Agreement {
    fn compare(&mut self, request: &crate::records::Request, scores: &RequestScores) {
        for (response, computed) in answered(request).into_iter().zip(&scores.responses) {
            let Some(recorded) = response.penalty.filter(|_| response.rewarded) else { continue };
            let difference = (recorded - f64::from(computed.penalty.total)).abs();
            self.compared += 1;
            self.differing += u64::from(difference > AGREEMENT);
            if self.largest.as_ref().is_none_or(|(largest, ..)| difference > *largest) {
                self.largest = Some((difference, request.id.clone(), response.uid));
            }
        }
    }

    /// What is worth saying, if anything was recorded.
    pub fn report(&self, reporter: &dyn Reporter) {
        let Some((largest, request, uid)) = &self.largest else { return };
        let (compared, differing) = (self.compared, self.differing);
        let farthest = format!("the largest difference is {largest:.6}, in request {request}, uid {uid}");
        if differing == 0 {
            reporter.info(&format!("all {compared} recorded penalties agree with the computed ones; {farthest}"));
        } else {
            reporter.warn(&format!(
                "{differing} of {compared} recorded penalties differ from the computed ones by more than {AGREEMENT}; \
                 {farthest}; check --profile and --embedder"
            ));
        }
    }
}

//! Measures a recording: embeddings from the store or the model, partial ratios, and copies made by construction. Texts
//! are dropped chunk by chunk; what stays of a request is its scores, some hundred bytes.

use std::collections::BTreeSet;

use anyhow::Result;
use rayon::prelude::*;

use super::forging::{Forgery, forge, prepare};
use super::overview::Overview;
use crate::commands::agreement::Agreement;
use crate::commands::comparing::{Compared, Comparer, answered, scores};
use crate::commands::embedder::OpenEmbedder;
use crate::commands::finished::Interrupted;
use crate::commands::reading::{Chunk, in_chunks};
use crate::commands::settings::CalibrateSettings;
use crate::engine::embedder::Embedding;
use crate::judge::calibration::{Attacked, CopyScore, RequestScores};
use crate::records::{Order, Request};
use crate::report::Timing;
use crate::reporter::Reporter;
use crate::similarity::Matcher;

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

/// The work and its tools.
pub struct Measuring<'a> {
    settings: &'a CalibrateSettings,
    comparer: Comparer<'a>,
    reporter: &'a dyn Reporter,
    attacked: BTreeSet<usize>,
    found: Scored,
}

/// Measures the recording that `overview` has looked at.
///
/// # Errors
/// The store or the model fails, or the user asked to stop.
pub fn measure(
    settings: &CalibrateSettings,
    overview: &Overview,
    embedder: &OpenEmbedder,
    reporter: &dyn Reporter,
) -> Result<Scored> {
    let attacks = prepare(&settings.attacks.0);
    let mut measuring = Measuring {
        settings,
        comparer: Comparer::new(embedder, reporter),
        reporter,
        attacked: overview.attacked.iter().copied().collect(),
        found: Scored { attacks, ..Scored::default() },
    };
    reporter.start("comparing", overview.requests as u64);
    let recording =
        in_chunks(&settings.recording, Order::Minibatches, &settings.reading, |chunk| measuring.chunk(&chunk))?;
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
        let compared = self.comparer.compare(&texts)?;
        self.forge(chunk, &texts, &compared)?;
        for (request, compared) in chunk.requests.iter().zip(compared) {
            let scores = scores(request, compared.pairs, self.settings.spec.profile);
            compare_recorded(&mut self.found.recorded, request, &scores);
            self.found.requests.push(scores);
        }
        self.reporter.advance(chunk.requests.len() as u64);
        Ok(())
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
            let embeddings = self.comparer.embed(&copies)?;
            let profile = self.settings.spec.profile;
            let penalty = |matcher: &mut Matcher, (forgery, embedding): (&Forgery, &Embedding)| {
                forgery.penalty(&compared[place], embedding, profile, matcher)
            };
            let penalties: Vec<f64> =
                self.comparer.timed(|| forgeries.par_iter().zip(&embeddings).map_init(Matcher::new, penalty).collect());
            let uids: Vec<u32> = answered(&chunk.requests[place]).into_iter().map(|response| response.uid).collect();
            for (forgery, penalty) in forgeries.iter().zip(penalties) {
                let copy = CopyScore { request: number, uid: uids[forgery.replaced], penalty };
                self.found.attacks[forgery.attack].copies.push(copy);
            }
        }
        Ok(())
    }

    fn into_measured(self) -> Scored {
        Scored { timings: self.comparer.timings(), ..self.found }
    }
}

/// Texts of the answered responses.
fn texts(request: &Request) -> Vec<&str> {
    answered(request).into_iter().map(|response| response.reasoning.as_str()).collect()
}

/// Holds the penalties of a recording against the computed ones.
fn compare_recorded(agreement: &mut Agreement, request: &Request, scores: &RequestScores) {
    for (response, computed) in answered(request).into_iter().zip(&scores.responses) {
        if let Some(recorded) = response.penalty.filter(|_| response.rewarded) {
            agreement.note(recorded, computed.penalty.total.into(), &request.id, response.uid);
        }
    }
}

//! The first look at a recording: every row is read and checked before anything is measured, so that a bad line costs
//! seconds and not hours, and so that requests can be drawn by their number.

use anyhow::Result;

use crate::commands::settings::CalibrateSettings;
use crate::records::{Order, Reading, Recording, Request, read_requests};
use crate::report::counted;
use crate::reporter::Reporter;
use crate::stats::Draws;

/// The purpose that names the stream that draws the attacked requests.
const PURPOSE: &[u8; 8] = b"calattck";

/// What a recording holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// Rows and hash of the recording.
    pub recording: Recording,
    /// Number of requests.
    pub requests: usize,
    /// Numbers of the requests that copies are made in, ascending.
    pub attacked: Vec<usize>,
}

impl Overview {
    /// Reads the whole recording.
    ///
    /// # Errors
    /// The recording is missing or bad.
    pub fn of(settings: &CalibrateSettings, reporter: &dyn Reporter) -> Result<Self> {
        let (mut requests, mut unanswered, mut alone, mut attackable) = (0, 0, 0, Vec::new());
        let reading = Reading::new(&settings.reading, reporter);
        let recording = read_requests(&settings.recording, Order::Minibatches, &reading, |request| {
            let answered = answered(&request);
            unanswered += request.responses.len() - answered;
            alone += usize::from(answered < 2);
            if answered > 1 && request.responses.iter().all(|response| response.copy_of.is_none()) {
                attackable.push(requests);
            }
            requests += 1;
            Ok(())
        })?;
        let wanted = if settings.attacks.0.is_empty() { 0 } else { settings.attack_requests };
        let drawn = Draws::new(settings.spec.bootstrap.seed, PURPOSE, 0).distinct(attackable.len(), wanted);
        let mut attacked: Vec<usize> = drawn.into_iter().map(|place| attackable[place]).collect();
        attacked.sort_unstable();
        let (rows, named) = (counted(recording.rows as usize, "response"), counted(requests, "request"));
        reporter.info(&format!("{}: {rows} to {named}", settings.recording));
        if unanswered > 0 {
            let (failed, verbs) = (counted(unanswered, "response"), agreeing(unanswered));
            reporter.info(&format!("{failed} {} a status other than 200 and {} left out", verbs.0, verbs.1));
        }
        if alone > 0 {
            let (alone, has) = (counted(alone, "request"), agreeing(alone).0);
            reporter.info(&format!("{alone} {has} fewer than two answers: nothing to compare, so no rate counts them"));
        }
        Ok(Self { recording, requests, attacked })
    }
}

/// `has` and `is`, or `have` and `are`.
fn agreeing(count: usize) -> (&'static str, &'static str) {
    if count == 1 { ("has", "is") } else { ("have", "are") }
}

fn answered(request: &Request) -> usize {
    request.responses.iter().filter(|response| response.answered()).count()
}

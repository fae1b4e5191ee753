//! The first look at a recording: every row is read and checked before anything is measured, so that a bad line costs
//! seconds and not hours, and so that requests can be drawn by their number.

use anyhow::Result;

use crate::commands::settings::CalibrateSettings;
use crate::records::{Recording, Request, read_requests};
use crate::reporter::Reporter;
use crate::stats::Draws;

/// The purpose that names the stream that draws the attacked requests.
const PURPOSE: &[u8; 8] = b"calattck";

/// What a recording holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// Rows and hash of the recording.
    pub recording: Recording,
    /// Number of requests.
    pub requests: usize,
    /// Responses that failed.
    pub unanswered: usize,
    /// Numbers of the requests that copies are made in, ascending.
    pub attacked: Vec<usize>,
}

impl Survey {
    /// Reads the whole recording.
    ///
    /// # Errors
    /// The recording is missing or bad.
    pub fn of(settings: &CalibrateSettings, reporter: &dyn Reporter) -> Result<Self> {
        let (mut requests, mut unanswered, mut attackable) = (0, 0, Vec::new());
        let recording = read_requests(&settings.recording, |request| {
            let answered = answered(&request);
            unanswered += request.responses.len() - answered;
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
        reporter.info(&format!("{}: {} responses to {requests} requests", settings.recording, recording.rows));
        if unanswered > 0 {
            reporter.info(&format!("{unanswered} responses have a status other than 200 and are left out"));
        }
        Ok(Self { recording, requests, unanswered, attacked })
    }
}

fn answered(request: &Request) -> usize {
    request.responses.iter().filter(|response| response.answered()).count()
}

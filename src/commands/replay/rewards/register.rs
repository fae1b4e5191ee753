//! The first look at a recording of rewards: who takes part, who copies, what is not known, and what miners offer.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::copying::Copiers;
use crate::commands::settings::ReplayRewardsSettings;
use crate::judge::rewards::{Answer, numeric_correctness};
use crate::records::{Order, Reading, RecordError, Recording, Request, Response, read_requests};
use crate::report::counted;
use crate::reporter::Reporter;

/// Answers of a miner in a loop from which on intervals hold what they should (`examples/simulate_rewards`).
const FEW: f64 = 20.0;

/// Everybody who takes part.
pub struct Register {
    /// Rows and hash of the recording.
    pub recording: Recording,
    /// Uids in the order in which they are met.
    pub uids: Vec<u32>,
    places: HashMap<u32, usize>,
    /// Of each whether any response of it is a copy, as the recording says.
    pub is_copier: Vec<bool>,
    /// Of each the volume that it said last, if it ever did.
    pub volumes: Vec<Option<f64>>,
    /// Number of requests.
    pub requests: u64,
    /// Loops.
    rounds: HashSet<Option<u64>>,
    /// Answers up for a reward that lack something, by what.
    lacking: BTreeMap<&'static str, u64>,
    answers: u64,
}

impl Register {
    /// Reads the whole recording.
    ///
    /// # Errors
    /// The recording is missing or bad.
    pub fn read(settings: &ReplayRewardsSettings, reporter: &dyn Reporter) -> Result<Self> {
        let mut register = Self {
            recording: Recording { sha256: String::new(), rows: 0, skipped: 0 },
            uids: Vec::new(),
            places: HashMap::new(),
            is_copier: Vec::new(),
            volumes: Vec::new(),
            requests: 0,
            rounds: HashSet::new(),
            lacking: BTreeMap::new(),
            answers: 0,
        };
        let reading = Reading::new(&settings.reading, reporter);
        register.recording = read_requests(&settings.recording, Order::Loops, &reading, |request| {
            register.requests += 1;
            register.rounds.insert(request.round());
            request.responses.iter().for_each(|response| register.meet(response, settings.recompute.is_none()));
            Ok(())
        })?;
        let Recording { rows, .. } = register.recording;
        let (rows, requests) = (counted(rows as usize, "response"), counted(register.requests as usize, "request"));
        let miners = counted(register.uids.len(), "miner");
        reporter.info(&format!("{}: {rows} of {miners} to {requests}", settings.recording));
        match register.rounds.contains(&None) {
            true if register.rounds.len() > 1 => Err(RecordError::MixedLoops { file: settings.recording.to_string() })?,
            true => reporter.info("no row names a `loop`: all responses count as one"),
            false => {}
        }
        register.say_what_lacks(reporter);
        register.say_what_is_little(reporter);
        Ok(register)
    }

    fn meet(&mut self, response: &Response, needs_penalty: bool) {
        let next = self.uids.len();
        let place = *self.places.entry(response.uid).or_insert(next);
        if place == next {
            self.uids.push(response.uid);
            self.is_copier.push(false);
            self.volumes.push(None);
        }
        self.is_copier[place] |= response.copy_of.is_some();
        self.volumes[place] = response.grounds.epoch_volume.or(self.volumes[place]);
        if !response.rewarded || !response.answered() {
            return;
        }
        self.answers += 1;
        let lacks = [
            ("similarity", response.grounds.similarity.is_none()),
            ("correctness", correctness(response).is_none()),
            ("process_time", response.grounds.process_time.is_none()),
            ("penalty", needs_penalty && response.penalty.is_none()),
        ];
        for (what, _) in lacks.into_iter().filter(|(_, lacks)| *lacks) {
            *self.lacking.entry(what).or_default() += 1;
        }
    }

    fn say_what_lacks(&self, reporter: &dyn Reporter) {
        for (what, count) in &self.lacking {
            let remedy = match *what {
                "correctness" => "; give it, or answer and ground_truth with one number each",
                "penalty" => "; give it, or --penalties recompute",
                _ => "",
            };
            reporter.warn(&format!(
                "{count} of {} have no {what}: their rewards are not known and no mean counts them{remedy}",
                counted(self.answers as usize, "answer")
            ));
        }
    }

    fn say_what_is_little(&self, reporter: &dyn Reporter) {
        let each = self.answers as f64 / (self.uids.len() * self.rounds.len()).max(1) as f64;
        if each < FEW {
            reporter.warn(&format!(
                "a miner has {each:.1} rewarded answers in a loop on average; below {FEW} the intervals are too short"
            ));
        }
    }

    /// The place of a uid; the second look meets nobody new.
    fn place(&self, uid: u32) -> Option<usize> {
        self.places.get(&uid).copied()
    }

    /// Whether a uid takes part.
    pub fn knows(&self, uid: u32) -> bool {
        self.place(uid).is_some()
    }

    /// Uids of those who do not copy, as the recording says.
    pub fn independent(&self) -> Vec<u32> {
        self.uids.iter().zip(&self.is_copier).filter(|(_, is_copier)| !**is_copier).map(|(uid, _)| *uid).collect()
    }

    /// Marks miners as copiers that were made so.
    pub fn mark(&mut self, copiers: &Copiers) {
        for (uid, is_copier) in self.uids.iter().zip(&mut self.is_copier) {
            *is_copier |= copiers.holds(*uid);
        }
    }

    /// A response as its judge sees it, with this penalty.
    pub fn answer(&self, request: &Request, response: &Response, penalty: Option<f64>) -> Option<Answer> {
        let grounds = &response.grounds;
        Some(Answer {
            miner: self.place(response.uid)?,
            problem: problem(request),
            is_answered: response.answered(),
            similarity: grounds.similarity,
            correctness: correctness(response),
            process_time: grounds.process_time,
            timeout: grounds.timeout,
            penalty,
            epoch_volume: grounds.epoch_volume,
        })
    }
}

/// The correctness as recorded, or of the numbers.
fn correctness(response: &Response) -> Option<f64> {
    let grounds = &response.grounds;
    let numeric = || numeric_correctness(grounds.ground_truth.as_deref()?, grounds.answer.as_deref()?);
    response.correctness.or_else(numeric)
}

/// A number for the problem of a request; requests that name none have one of their own.
fn problem(request: &Request) -> u64 {
    let named = request.responses.first().and_then(|response| response.problem.as_deref());
    let name = named.map_or_else(|| format!("request {}", request.id), |problem| format!("problem {problem}"));
    Sha256::digest(name).iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

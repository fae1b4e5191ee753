//! Miners that are made to copy: what they answer is an edited copy of another's answer to the same request, as one
//! operator with several miners would send it.

use std::collections::BTreeSet;

use crate::commands::settings::Copying;
use crate::records::{Request, Response};
use crate::similarity::attacks::attacked;
use crate::stats::Draws;

/// The purpose that names the stream that draws who copies.
const WHO: &[u8; 8] = b"rwcopier";
/// The purpose that names the streams that draw from whom.
const WHOM: &[u8; 8] = b"rworigin";

/// Those who copy.
pub struct Copiers {
    copying: Copying,
    uids: BTreeSet<u32>,
    seed: u64,
}

impl Copiers {
    /// Draws them.
    pub fn draw(copying: &Copying, uids: &[u32], seed: u64) -> Self {
        let places = Draws::new(seed, WHO, 0).distinct(uids.len(), copying.copiers);
        Self { copying: copying.clone(), uids: places.into_iter().map(|place| uids[place]).collect(), seed }
    }

    /// Whether a uid is one of them.
    pub fn holds(&self, uid: u32) -> bool {
        self.uids.contains(&uid)
    }

    /// Lets them copy in the request with this number in the recording: each takes the text of another who does not copy,
    /// edited, and with it what rests on the text. How many do.
    pub fn forge(&self, request: &mut Request, number: u64) -> u64 {
        let copies = |response: &&Response| self.holds(response.uid);
        let originals: Vec<Response> =
            request.responses.iter().filter(|response| response.answered() && !copies(response)).cloned().collect();
        if originals.is_empty() {
            return 0;
        }
        let mut forged = 0;
        let mut draws = Draws::new(self.seed, WHOM, number);
        for (place, response) in request.responses.iter_mut().enumerate() {
            if !response.answered() || !self.holds(response.uid) {
                continue;
            }
            let original = &originals[draws.below(originals.len())];
            // A stream of edits for every copy: a request has fewer than 2¹⁰ + 1 responses.
            let index = number << 11 | place as u64;
            response.reasoning = attacked(&original.reasoning, &self.copying.attack, self.seed, index);
            response.correctness = original.correctness;
            response.grounds.similarity = original.grounds.similarity;
            response.grounds.answer.clone_from(&original.grounds.answer);
            response.copy_of = Some(original.uid);
            forged += 1;
        }
        forged
    }
}

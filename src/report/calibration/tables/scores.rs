//! The scores themselves: every pair and every response of every request.

use std::path::Path;

use crate::judge::calibration::{RequestScores, ResponseScore, Role};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::role_name;
use crate::report::error::ReportError;
use crate::report::table::Table;
use crate::similarity::{Likeness, Profile};

#[derive(Clone, Copy)]
struct PairRow<'a> {
    request: &'a RequestScores,
    a: usize,
    b: usize,
    like: Likeness,
    score: f64,
}

impl PairRow<'_> {
    fn uid(&self, index: usize) -> u32 {
        self.request.responses[index].uid
    }
}

/// One row per request and unordered pair of its answered responses.
pub fn write_pairs(path: &Path, findings: &CalibrationFindings) -> Result<(), ReportError> {
    let profile = findings.calibration.spec.profile;
    Table::new("How alike two responses of a request are. One row per request and unordered pair of responses.")
        .column("request_id", "id of the request", |row: PairRow<'_>| &*row.request.id)
        .column("uid_a", "uid of the response that was recorded first", |row| row.uid(row.a))
        .column("uid_b", "uid of the other response", |row| row.uid(row.b))
        .column("cosine", "cosine of their embeddings, -1 to 1", |row| f64::from(row.like.cosine))
        .column("partial_ratio", "their partial ratio divided by 100, 0 to 1", |row| f64::from(row.like.partial_ratio))
        .column("score", "penalty that the two would get as a minibatch of their own; flagged if greater", |row| {
            row.score
        })
        .column("class", "copied if one copies the other, or both the same third, else independent", |row| {
            row.request.pair_class(row.a, row.b).name()
        })
        .write(path, findings.requests.iter().flat_map(|request| pair_rows(request, profile)))
}

fn pair_rows(request: &RequestScores, profile: Profile) -> impl Iterator<Item = PairRow<'_>> {
    let pairs = request.numbered_pairs().zip(&request.pairs);
    pairs.map(move |((a, b), &like)| {
        let both = request.penalties_of(profile, &[a, b]);
        let score = both.iter().map(|penalty| f64::from(penalty.total)).fold(0.0, f64::max);
        PairRow { request, a, b, like, score }
    })
}

#[derive(Clone, Copy)]
struct ResponseRow<'a> {
    request: &'a RequestScores,
    response: &'a ResponseScore,
}

impl ResponseRow<'_> {
    fn copy_of(self) -> Option<u32> {
        match self.response.role {
            Role::Copy(original) => self.request.responses.get(usize::from(original)).map(|response| response.uid),
            _ => None,
        }
    }
}

/// One row per request and answered response.
pub fn write_responses(path: &Path, findings: &CalibrationFindings) -> Result<(), ReportError> {
    let threshold = findings.calibration.threshold();
    let rows = findings.requests.iter().flat_map(|request| {
        let responses = request.responses.iter();
        responses.map(move |response| ResponseRow { request, response })
    });
    Table::new("The penalty of every answered response among those of its request. One row per request and response.")
        .column("request_id", "id of the request", |row: ResponseRow<'_>| &*row.request.id)
        .column("uid", "uid of the response", |row| row.response.uid)
        .column("embedding", "part of the penalty that comes from cosines, 0 to 1", |row| {
            f64::from(row.response.penalty.embedding)
        })
        .column("lexical", "part of the penalty that comes from partial ratios, 0 to 1", |row| {
            f64::from(row.response.penalty.lexical)
        })
        .column("penalty", "the penalty, 0 to 1", |row| f64::from(row.response.penalty.total))
        .column("rewarded", "whether it was up for a reward; others are compared with, but never flagged", |row| {
            row.response.rewarded
        })
        .column(
            "role",
            "independent, copy, original (was copied; counts for neither class) or apart (copies a response that \
             failed; counts for neither class)",
            |row| role_name(row.response.role),
        )
        .column("copy_of", "uid of the response that it copies", |row| row.copy_of())
        .column("correctness", "how correct it was, as recorded", |row| row.response.correctness.map(f64::from))
        .column("characters", "length of its text in Unicode characters", |row| row.response.characters)
        .column("flagged", "whether it was up for a reward and its penalty is above the threshold in use", move |row| {
            row.response.rewarded && row.response.penalty.exceeds(threshold)
        })
        .write(path, rows)
}

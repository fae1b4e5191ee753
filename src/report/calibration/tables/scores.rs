//! The scores themselves: every pair and every response of every request, and every copy. All rates can be computed
//! from them again.

use crate::judge::calibration::{Attacked, CopyScore, Part, RequestScores, ResponseScore};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::role_name;
use crate::report::table::{Sheet, Table};
use crate::similarity::{Likeness, Profile};

#[derive(Clone, Copy)]
struct PairRow<'a> {
    request: &'a RequestScores,
    a: usize,
    b: usize,
    like: Likeness,
    score: Option<f64>,
}

impl PairRow<'_> {
    fn uid(&self, index: usize) -> u32 {
        self.request.responses[index].uid
    }
}

/// One row per request and unordered pair of its answered responses.
pub fn pairs(findings: &CalibrationFindings) -> Sheet<'_> {
    let profile = findings.calibration.spec.profile;
    Table::new("How alike two responses of a request are. One row per request and unordered pair of responses.")
        .column("request_id", "id of the request", |row: PairRow<'_>| &*row.request.id)
        .column("uid_a", "uid of the response that was recorded first", |row| row.uid(row.a))
        .column("uid_b", "uid of the other response", |row| row.uid(row.b))
        .column("cosine", "cosine of their embeddings, -1 to 1", |row| f64::from(row.like.cosine))
        .column("partial_ratio", "their partial ratio divided by 100, 0 to 1", |row| f64::from(row.like.partial_ratio))
        .column(
            "score",
            "the larger penalty that those up for a reward would get if the two were a minibatch of their own; null \
             where neither was, so that no rate counts the pair",
            |row| row.score,
        )
        .column("class", "copied if one copies the other, or both a third, at any remove, else independent", |row| {
            row.request.pair_class(row.a, row.b).name()
        })
        .sheet("pairs", findings.requests.iter().flat_map(move |request| pair_rows(request, profile)))
}

fn pair_rows(request: &RequestScores, profile: Profile) -> impl Iterator<Item = PairRow<'_>> {
    let pairs = request.numbered_pairs().zip(&request.pairs);
    pairs.map(move |((a, b), &like)| PairRow { request, a, b, like, score: request.pair_score(profile, a, b) })
}

#[derive(Clone, Copy)]
struct ResponseRow<'a> {
    request: &'a RequestScores,
    response: &'a ResponseScore,
    part: Part,
    /// Whether it can be flagged.
    flaggable: bool,
}

/// One row per request and answered response.
pub fn responses(findings: &CalibrationFindings) -> Sheet<'_> {
    let threshold = findings.calibration.threshold();
    let choosing = &findings.calibration.choosing;
    let rows = findings.requests.iter().enumerate().flat_map(move |(number, request)| {
        let part = if choosing.contains(&number) { Part::Choosing } else { Part::Reporting };
        let row = move |response| ResponseRow { request, response, part, flaggable: request.can_be_flagged(response) };
        request.responses.iter().map(row)
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
            "independent, copy, original (was copied; counts for neither class) or apart (a copy without another \
             answer of its origin to compare it with; counts for neither class)",
            |row| role_name(row.response.role),
        )
        .column("copy_of", "uid of the response that it copies, as recorded", |row| row.response.copy_of)
        .column("problem", "problem of its request, as recorded", |row| row.request.problem.as_deref())
        .column("source", "where the problem of its request is from, as recorded", |row| row.request.source.as_deref())
        .column("recorded_at", "time of its request's first response in seconds since 1970, if recorded", |row| {
            row.request.recorded_at
        })
        .column("correctness", "how correct it was, as recorded", |row| row.response.correctness.map(f64::from))
        .column("characters", "length of its text in Unicode characters", |row| row.response.characters)
        .column("part", "the part its request is in: choosing (thresholds were chosen on it) or reporting", |row| {
            row.part.name()
        })
        .column(
            "flagged",
            "whether it was up for a reward, there is another to compare it with, and its penalty is above the \
             threshold in use",
            move |row| row.flaggable && row.response.penalty.exceeds(threshold),
        )
        .sheet("responses", rows)
}

/// One row per attack, strength and copy.
pub fn attack_scores(findings: &CalibrationFindings) -> Sheet<'_> {
    let rows = findings.copies().flat_map(|attacked| attacked.copies.iter().map(move |copy| (attacked, copy)));
    let threshold = findings.calibration.threshold();
    Table::new("The penalty of every copy, made or recorded. One row per attack, strength and copy.")
        .column("attack", "how the copy was made, or recorded", |(attacked, _): (&Attacked, &CopyScore)| {
            attacked.attack.as_str()
        })
        .column("strength", "share of the text that is changed, 0 to 1; null where the attack has none", |row| {
            row.0.strength
        })
        .column("request_id", "id of the request that it stands in", |(_, copy)| {
            findings.requests.get(copy.request).map_or("", |request| &*request.id)
        })
        .column("uid", "uid of the response that it is, or that it was put in the place of", |(_, copy)| copy.uid)
        .column("penalty", "its penalty among the other responses of the request, 0 to 1", |(_, copy)| copy.penalty)
        .column("flagged", "whether the penalty is above the threshold in use", move |(_, copy)| {
            copy.penalty > threshold
        })
        .sheet("attack_scores", rows)
}

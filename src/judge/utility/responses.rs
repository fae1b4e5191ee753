//! What every response comes to: its valid fields, its terms, its utility and its reward.

use std::collections::BTreeSet;

use super::fields::{Penalties, valid_fields};
use super::recording::{Recording, Response, Status};
use super::rules::{Rules, Source, TimeTerm, Unanswered};
use super::terms::{Timed, sizes, times};

/// What a response came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseRow {
    /// Number of the request.
    pub request: usize,
    /// Number of the contender.
    pub contender: usize,
    /// How it ended.
    pub status: Status,
    /// Whether there is an answer, and in time.
    pub is_in_time: bool,
    /// Whether there is an answer that could be returned to a caller: none that is null, however late.
    pub is_returnable: bool,
    /// Seconds that the answer took; nothing without one.
    pub seconds: Option<f64>,
    /// Seconds that it might take.
    pub timeout: f64,
    /// Bytes of the answer, if they are known.
    pub size: Option<u64>,
    /// Whether answers to the request are held against a schema; those to an endpoint without one count for utility only.
    pub is_examined: bool,
    /// Valid fields; nothing without an answer or a schema.
    pub valid_fields: Option<f64>,
    /// Valid fields that utility counts: of an answer without a schema what its being JSON makes them; 0 without an answer.
    pub counted_fields: f64,
    /// Score by missing fields: 0 without an answer, nothing where the original has none.
    pub missing_fields: Option<f64>,
    /// Score by differences from the truth: 0 without an answer, nothing where none is known.
    pub difference: Option<f64>,
    /// Share of the required fields that the answer has; nothing without one or without a schema.
    pub fields: Option<f64>,
    /// Its time terms, as in [`TimeTerm::ALL`]; 0 unless in time.
    pub times: [f64; TimeTerm::ALL.len()],
    /// Its size term; 0 unless in time.
    pub size_term: f64,
    /// Utility by the rules; 0 unless in time.
    pub utility: f64,
    /// What goes into the moving average by the rules; nothing where it leaves the score as it is.
    pub reward: Option<f64>,
}

impl ResponseRow {
    /// Utility with the time term `time`.
    pub fn utility_by(&self, rules: &Rules, time: TimeTerm) -> f64 {
        match self.is_in_time {
            true => rules.weights.utility(self.counted_fields, self.times[time as usize], self.size_term),
            false => 0.0,
        }
    }

    /// What goes into the moving average where rewards are `value`.
    pub fn rewarded(&self, rules: &Rules, value: Option<f64>) -> Option<f64> {
        match (self.status, rules.unanswered) {
            (Status::Ok, _) => value,
            (_, Unanswered::Zero) => Some(0.0),
            (_, Unanswered::Unchanged) => None,
        }
    }
}

/// Every response by the rules, in the order of the recording.
pub fn responses(recording: &Recording, rules: &Rules) -> Vec<ResponseRow> {
    let penalties = Penalties::new(rules, &recording.kinds);
    let unexamined = unexamined(recording);
    let row = |response: &Response| {
        let endpoint = recording.requests[response.request].endpoint;
        ResponseRow { is_examined: !unexamined.contains(&endpoint), ..measured(response, rules, &penalties) }
    };
    let mut rows: Vec<ResponseRow> = recording.responses.iter().map(row).collect();
    for request in rows.chunk_by_mut(|one, other| one.request == other.request) {
        add_terms(request);
    }
    for row in &mut rows {
        row.utility = row.utility_by(rules, rules.time);
    }
    reward(&mut rows, rules);
    rows
}

/// Sets what goes into the moving average.
pub(super) fn reward(rows: &mut [ResponseRow], rules: &Rules) {
    for row in rows {
        let value = match rules.source {
            Source::Utility => Some(row.utility),
            Source::MissingFields => row.missing_fields,
            Source::Difference => row.difference,
            Source::Volume(_) => None,
        };
        row.reward = row.rewarded(rules, value);
    }
}

/// Endpoints whose answers are held against nothing.
fn unexamined(recording: &Recording) -> BTreeSet<usize> {
    let is_unexamined = |response: &&Response| response.answer.as_ref().is_some_and(|answer| answer.is_unexamined);
    let responses = recording.responses.iter().filter(is_unexamined);
    responses.map(|response| recording.requests[response.request].endpoint).collect()
}

fn measured(response: &Response, rules: &Rules, penalties: &Penalties) -> ResponseRow {
    let timeout = response.timeout.unwrap_or(rules.timeout);
    let answer = response.answer.as_ref().filter(|_| response.status == Status::Ok);
    let seconds = response.process_time.filter(|_| answer.is_some());
    let counted = answer.map(|answer| valid_fields(answer, penalties, rules));
    let examined = answer.filter(|answer| !answer.is_unexamined);
    ResponseRow {
        request: response.request,
        contender: response.contender,
        status: response.status,
        is_in_time: seconds.is_some_and(|seconds| seconds <= timeout),
        is_returnable: answer.is_some_and(|answer| !answer.is_null),
        seconds,
        timeout,
        size: response.size,
        is_examined: true,
        valid_fields: counted.filter(|_| examined.is_some()),
        counted_fields: counted.unwrap_or(0.0),
        missing_fields: answer.map_or(Some(0.0), |answer| answer.missing_fields),
        difference: answer.map_or(Some(0.0), |answer| answer.difference),
        fields: examined.map(|answer| answer.fields),
        times: [0.0; TimeTerm::ALL.len()],
        size_term: 0.0,
        utility: 0.0,
        reward: None,
    }
}

/// The terms of the responses to one request.
fn add_terms(request: &mut [ResponseRow]) {
    for term in TimeTerm::ALL {
        add_term(request, term);
    }
    add_sizes(request);
}

/// One time term of the responses to one request.
pub(super) fn add_term(request: &mut [ResponseRow], term: TimeTerm) {
    let in_time = |row: &&mut ResponseRow| row.is_in_time;
    let timed: Vec<Timed> = request.iter().filter(|row| row.is_in_time).filter_map(timed).collect();
    for (row, value) in request.iter_mut().filter(in_time).zip(times(&timed, term)) {
        row.times[term as usize] = value;
    }
}

/// The size terms of the responses to one request.
pub(super) fn add_sizes(request: &mut [ResponseRow]) {
    let bytes: Vec<Option<u64>> = request.iter().filter(|row| row.is_in_time).map(|row| row.size).collect();
    for (row, value) in request.iter_mut().filter(|row| row.is_in_time).zip(sizes(&bytes)) {
        row.size_term = value;
    }
}

fn timed(row: &ResponseRow) -> Option<Timed> {
    Some(Timed { seconds: row.seconds?, timeout: row.timeout })
}

//! From which weight of time on an answer that nothing is in, but that is fast, beats a complete one.

use super::clusters::median;
use super::fields::{Penalties, valid_fields};
use super::recording::{Answer, Fault, Junk, JunkAnswer, Recording};
use super::responses::ResponseRow;
use super::rules::{Rules, TimeTerm};
use super::terms::{Timed, times};

/// The kind that broken JSON has.
const BROKEN: &str = "json_invalid";

/// A fast answer that nothing is in against a complete one. Nothing here has an interval: it is what would happen at
/// these very times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FastWin {
    /// Number of the endpoint that both answer.
    pub endpoint: usize,
    /// What is in the fast answer.
    pub junk: Junk,
    /// Its valid fields.
    pub valid_fields: f64,
    /// Its seconds.
    pub seconds: f64,
    /// Seconds of the complete answer: the median of those recorded.
    pub complete_seconds: f64,
    /// The time term, of the two alone.
    pub time: TimeTerm,
    /// It wins at every weight of time above this one, that of fields being that of the rules; nothing: never.
    pub above: Option<f64>,
    /// The same where the weight of fields is 1 less that of time; at most 1, so nothing wins above 1.
    pub above_of_one: Option<f64>,
}

/// Every fast answer to every endpoint, at the fastest time recorded there and at those asked for, by every time term.
/// Without a complete answer in time there is nothing to beat.
pub(super) fn fast_wins(
    recording: &Recording,
    rows: &[ResponseRow],
    rules: &Rules,
    junk: &[JunkAnswer],
    fast_seconds: &[f64],
) -> Vec<FastWin> {
    let of = |endpoint: usize| match complete(recording, rows, endpoint) {
        Some(complete) => of_endpoint(&complete, rules, &worth(recording, rules, junk, endpoint), fast_seconds),
        None => Vec::new(),
    };
    (0..recording.endpoints.len()).flat_map(of).collect()
}

/// The complete answers to an endpoint, and its fastest answer.
struct Complete {
    endpoint: usize,
    /// Median seconds and timeout.
    answer: Timed,
    /// Seconds of the fastest answer in time, whatever is in it.
    fastest: Option<f64>,
}

fn complete(recording: &Recording, rows: &[ResponseRow], endpoint: usize) -> Option<Complete> {
    let is_asked = |row: &ResponseRow| row.is_in_time && recording.requests[row.request].endpoint == endpoint;
    let in_time = || rows.iter().zip(&recording.responses).filter(|(row, _)| is_asked(row));
    let is_valid = |answer: &Answer| answer.faults.is_empty() && !answer.is_unexamined;
    let is_complete = |answer: &Answer| is_valid(answer) && !answer.is_empty && !answer.is_broken;
    let complete = || in_time().filter(|(_, response)| response.answer.as_ref().is_some_and(is_complete));
    let seconds = median(complete().filter_map(|(row, _)| row.seconds).collect())?;
    let timeout = median(complete().map(|(row, _)| row.timeout).collect())?;
    Some(Complete {
        endpoint,
        answer: Timed { seconds, timeout: timeout.max(seconds) },
        fastest: in_time().filter_map(|(row, _)| row.seconds).reduce(f64::min),
    })
}

/// Every junk of so many valid fields against the complete answer.
fn of_endpoint(complete: &Complete, rules: &Rules, junk: &[(Junk, f64)], fast_seconds: &[f64]) -> Vec<FastWin> {
    let &Complete { endpoint, answer, fastest } = complete;
    let mut found = Vec::new();
    for &(junk, valid_fields) in junk {
        for seconds in fastest.into_iter().chain(fast_seconds.iter().copied()) {
            found.extend(TimeTerm::ALL.map(|time| {
                let pair = [Timed { seconds, ..answer }, answer];
                let above = above(rules.weights.fields, 1.0 - valid_fields, pair, time);
                FastWin {
                    endpoint,
                    junk,
                    valid_fields,
                    seconds,
                    complete_seconds: answer.seconds,
                    time,
                    above: above.map(|[fixed, _]| fixed),
                    above_of_one: above.map(|[_, shared]| shared),
                }
            }));
        }
    }
    found
}

/// The weight of time above which the first of a pair wins that lacks so many valid fields: with the weight of fields
/// as given, and as 1 less that of time. `None` where it never does: it is not the faster one, or late.
///
/// w1 · lacks = w2 · gains, so w2 = w1 · lacks / gains, and lacks / (lacks + gains) with w1 = 1 − w2.
pub fn above(fields: f64, lacks: f64, pair: [Timed; 2], time: TimeTerm) -> Option<[f64; 2]> {
    let is_late = |one: Timed| one.seconds > one.timeout;
    let terms = times(&pair, time);
    let gains = terms[0] - terms[1];
    let can_win = gains > 0.0 && !is_late(pair[0]);
    can_win.then(|| [fields * lacks / gains, lacks / (lacks + gains)])
}

/// What nothing may look like at an endpoint, and its valid fields by the rules. A text with a kind of faults that the
/// recording does not have is left out.
fn worth(recording: &Recording, rules: &Rules, junk: &[JunkAnswer], endpoint: usize) -> Vec<(Junk, f64)> {
    let penalties = Penalties::new(rules, &recording.kinds);
    let is_known = |one: &&JunkAnswer| {
        one.endpoint == endpoint && one.answer.faults.iter().all(|fault| fault.kind < recording.kinds.len())
    };
    let examined = junk.iter().filter(is_known).map(|one| (one.junk, valid_fields(&one.answer, &penalties, rules)));
    let fault = Fault { kind: 0, is_null: false, item: None };
    let broken = Answer { faults: vec![fault], is_broken: true, ..Answer::default() };
    let of_broken = valid_fields(&broken, &Penalties::new(rules, &[BROKEN.into()]), rules);
    [(Junk::Empty, 0.0)].into_iter().chain(examined).chain([(Junk::Broken, of_broken)]).collect()
}

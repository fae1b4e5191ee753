//! From which weight of time on an answer that nothing is in, but that is fast, beats a complete one.

use super::clusters::median;
use super::fields::{Penalties, valid_fields};
use super::recording::{Answer, Fault, Recording};
use super::responses::ResponseRow;
use super::rules::{Nothing, Rules, TimeTerm};
use super::terms::{Timed, times};

/// The kind that broken JSON has.
const BROKEN: &str = "json_invalid";

/// A fast answer that nothing is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Junk {
    /// One without a valid field.
    Empty,
    /// An empty list where a list is asked for: no fault at all in the original.
    EmptyList,
    /// Broken JSON: one fault in the original.
    Broken,
}

/// A fast answer that nothing is in against a complete one. Nothing here has an interval: it is what would happen at
/// these very times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FastWin {
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

/// Every fast answer, at the fastest recorded time and at those asked for, by every time term. Without a complete
/// answer in time there is nothing to beat.
pub(super) fn fast_wins(
    recording: &Recording,
    rows: &[ResponseRow],
    rules: &Rules,
    fast_seconds: &[f64],
) -> Vec<FastWin> {
    let in_time = || rows.iter().zip(&recording.responses).filter(|(row, _)| row.is_in_time);
    let fastest = in_time().filter_map(|(row, _)| row.seconds).reduce(f64::min);
    let is_complete = |answer: &Answer| answer.faults.is_empty() && !answer.is_empty && !answer.is_broken;
    let complete = || in_time().filter(|(_, response)| response.answer.as_ref().is_some_and(is_complete));
    let seconds = median(complete().filter_map(|(row, _)| row.seconds).collect());
    let timeout = median(complete().map(|(row, _)| row.timeout).collect());
    let (Some(complete_seconds), Some(timeout)) = (seconds, timeout) else { return Vec::new() };
    let mut found = Vec::new();
    for (junk, fields) in junk(rules) {
        for seconds in fastest.into_iter().chain(fast_seconds.iter().copied()) {
            for time in TimeTerm::ALL {
                let timeout = timeout.max(complete_seconds);
                let pair = [seconds, complete_seconds].map(|seconds| Timed { seconds, timeout });
                let above = above(rules.weights.fields, 1.0 - fields, pair, time);
                found.push(FastWin {
                    junk,
                    valid_fields: fields,
                    seconds,
                    complete_seconds,
                    time,
                    above: above.map(|[fixed, _]| fixed),
                    above_of_one: above.map(|[_, shared]| shared),
                });
            }
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

/// What nothing may look like, and its valid fields by the rules.
fn junk(rules: &Rules) -> [(Junk, f64); 3] {
    let kinds = [BROKEN.into()];
    let fault = Fault { kind: 0, is_null: false, item: None };
    let broken = Answer { faults: vec![fault], is_broken: true, ..Answer::default() };
    let list = if rules.empty == Nothing::Zero { 0.0 } else { 1.0 };
    let of_broken = valid_fields(&broken, &Penalties::new(rules, &kinds), rules);
    [(Junk::Empty, 0.0), (Junk::EmptyList, list), (Junk::Broken, of_broken)]
}

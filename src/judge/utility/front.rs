//! Completeness against speed: who is not beaten in one without losing in the other. Who is on a front has no interval,
//! being no number; the means that it is made of have theirs among the contenders.

use super::clusters::{by_contender, mean, median};
use super::responses::ResponseRow;

/// What completeness is taken to be, as a mean over all responses, 0 for those without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Share of the required fields.
    Fields,
    /// Valid fields by the rules.
    ValidFields,
}

/// What speed is taken to be, over all answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// Mean seconds.
    Mean,
    /// Median seconds.
    Median,
}

/// A contender with an answer, by one completeness and one speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontRow {
    /// What completeness is.
    pub by: Completeness,
    /// What speed is.
    pub speed: Speed,
    /// Number of the contender.
    pub contender: usize,
    /// Its completeness.
    pub completeness: f64,
    /// Its seconds.
    pub seconds: f64,
    /// Contenders that are as complete and as fast, and better in one of both; 0 on the front.
    pub dominators: u64,
    /// The most complete of them, of equal ones the fastest, then the first: it is on the front.
    pub dominated_by: Option<usize>,
}

/// Every contender by every completeness and speed.
pub(super) fn fronts(rows: &[ResponseRow], contenders: usize) -> Vec<FrontRow> {
    let places = by_contender(rows, contenders);
    let own = |contender: usize| places[contender].iter().map(|&place| &rows[place as usize]);
    let mut found = Vec::new();
    for by in [Completeness::Fields, Completeness::ValidFields] {
        for speed in [Speed::Mean, Speed::Median] {
            let point = |contender: usize| {
                let completeness = mean(own(contender).map(|row| match by {
                    Completeness::Fields => row.fields.unwrap_or(0.0),
                    Completeness::ValidFields => row.valid_fields.unwrap_or(0.0),
                }))?;
                let seconds = own(contender).filter_map(|row| row.seconds);
                let seconds = match speed {
                    Speed::Mean => mean(seconds)?,
                    Speed::Median => median(seconds.collect())?,
                };
                Some(FrontRow { by, speed, contender, completeness, seconds, dominators: 0, dominated_by: None })
            };
            found.extend(front((0..contenders).filter_map(point).collect()));
        }
    }
    found
}

/// Says of each who dominates it.
fn front(mut points: Vec<FrontRow>) -> Vec<FrontRow> {
    let all = points.clone();
    for point in &mut points {
        let dominates = |one: &&FrontRow| {
            let is_as_good = one.completeness >= point.completeness && one.seconds <= point.seconds;
            is_as_good && (one.completeness > point.completeness || one.seconds < point.seconds)
        };
        let best = |one: &&FrontRow, other: &&FrontRow| {
            let by_time = other.seconds.total_cmp(&one.seconds).then(other.contender.cmp(&one.contender));
            one.completeness.total_cmp(&other.completeness).then(by_time)
        };
        let (dominators, by) =
            (all.iter().filter(dominates).count(), all.iter().filter(dominates).max_by(best).map(|one| one.contender));
        (point.dominators, point.dominated_by) = (dominators as u64, by);
    }
    points
}

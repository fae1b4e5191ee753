//! Completeness against speed: who is not beaten in one without losing in the other, and how sure that is. The means that
//! a front is made of have their intervals among the contenders.

use super::clusters::{Clusters, by_contender, mean, median};
use super::front_draws::shares;
use super::responses::ResponseRow;
use crate::stats::BootstrapSpec;

/// What completeness is taken to be, as a mean over all responses, 0 for those without an answer. Endpoints without a
/// schema are left out.
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
    /// Share of resamples of requests in which it is on the front: a probability itself, and so without an interval.
    pub on_front: f64,
}

/// Every contender by every completeness and speed.
pub(super) fn fronts(
    rows: &[ResponseRow],
    contenders: usize,
    clusters: Clusters,
    bootstrap: &BootstrapSpec,
) -> Vec<FrontRow> {
    let places = by_contender(rows, contenders);
    let of = |contender: usize| places[contender].iter().map(|&place| &rows[place as usize]);
    let own = |contender: usize| of(contender).filter(|row| row.is_examined);
    let shares = shares(own, contenders, clusters, &bootstrap.sparing());
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
                let on_front = shares[contender][2 * by as usize + speed as usize];
                let (dominators, dominated_by) = (0, None);
                Some(FrontRow { by, speed, contender, completeness, seconds, dominators, dominated_by, on_front })
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

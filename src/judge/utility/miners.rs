//! What every contender came to.

use rayon::prelude::*;

use super::clusters::{Clusters, POSITIVE, SHARE, by_contender, means, median};
use super::recording::{Recording, Status};
use super::responses::ResponseRow;
use super::standing::Standing;
use crate::stats::{BootstrapSpec, Estimate};

/// Contenders whose means are resampled together.
const TOGETHER: usize = 32;

/// A contender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MinerRow {
    /// Its number.
    pub contender: usize,
    /// Responses that it was asked for.
    pub responses: u64,
    /// Those with an answer in time.
    pub in_time: u64,
    /// Those with an answer after the timeout.
    pub late: u64,
    /// Those that ended as a timeout.
    pub timeouts: u64,
    /// Those that ended with an error.
    pub errors: u64,
    /// Those that ended well, but without an answer.
    pub unanswered: u64,
    /// Mean valid fields of its answers that were held against a schema.
    pub valid_fields: Option<Estimate>,
    /// Mean seconds of its answers.
    pub seconds: Option<Estimate>,
    /// Median seconds of its answers. It has no interval: a resampled median of few answers jumps from one to the next.
    pub median_seconds: Option<f64>,
    /// Mean utility of all its responses, 0 for those without an answer in time.
    pub utility: Option<Estimate>,
    /// Its moving average at the end. It has no interval: it hangs on the order of rounds, which resampling undoes.
    pub score: f64,
    /// Its share of all scores; nothing where they add up to nothing, or beyond single precision.
    pub weight: Option<f64>,
    /// Its place by score, from 1; equal ones share the best.
    pub rank: u64,
    /// Its score by the preset.
    pub baseline_score: f64,
    /// Its weight by the preset.
    pub baseline_weight: Option<f64>,
    /// Its place by the preset.
    pub baseline_rank: u64,
}

impl MinerRow {
    /// Places won against the preset; negative where some are lost.
    pub fn places_won(&self) -> i64 {
        self.baseline_rank as i64 - self.rank as i64
    }
}

/// Every contender, by number.
pub(super) fn miners(
    recording: &Recording,
    rows: &[ResponseRow],
    standings: [&Standing; 2],
    clusters: Clusters,
    bootstrap: &BootstrapSpec,
) -> Vec<MinerRow> {
    let places = by_contender(rows, recording.uids.len());
    let numbered: Vec<(usize, &Vec<u32>)> = places.iter().enumerate().collect();
    let of = |together: &[(usize, &Vec<u32>)]| {
        let of_each = |read: fn(&ResponseRow) -> Option<f64>, bounds| {
            let rows_of = |places: &'_ Vec<u32>| places.iter().map(|&place| &rows[place as usize]).collect::<Vec<_>>();
            let sums = |(_, places): &(usize, &Vec<u32>)| clusters.sums(rows_of(places).into_iter(), read);
            means(&together.iter().map(sums).collect::<Vec<_>>(), bounds, bootstrap)
        };
        let fields = of_each(|row| row.valid_fields, SHARE);
        let seconds = of_each(|row| row.seconds, POSITIVE);
        let utilities = of_each(|row| Some(row.utility), POSITIVE);
        let row = |(place, &(contender, places)): (usize, &(usize, &Vec<u32>))| MinerRow {
            valid_fields: fields[place],
            seconds: seconds[place],
            utility: utilities[place],
            ..counted(contender, places, rows, standings)
        };
        together.iter().enumerate().map(row).collect::<Vec<MinerRow>>()
    };
    numbered.par_chunks(TOGETHER).flat_map_iter(of).collect()
}

/// A contender without its means.
fn counted(contender: usize, places: &[u32], rows: &[ResponseRow], standings: [&Standing; 2]) -> MinerRow {
    let own = || places.iter().map(|&place| &rows[place as usize]);
    let count = |is: fn(&&ResponseRow) -> bool| own().filter(is).count() as u64;
    let [standing, baseline] = standings;
    MinerRow {
        contender,
        responses: places.len() as u64,
        in_time: count(|row| row.is_in_time),
        late: count(|row| row.seconds.is_some() && !row.is_in_time),
        timeouts: count(|row| row.status == Status::Timeout),
        errors: count(|row| row.status == Status::Error),
        unanswered: count(|row| row.status == Status::Ok && row.seconds.is_none()),
        median_seconds: median(own().filter_map(|row| row.seconds).collect()),
        score: standing.scores[contender],
        weight: standing.weights[contender],
        rank: standing.ranks[contender],
        baseline_score: baseline.scores[contender],
        baseline_weight: baseline.weights[contender],
        baseline_rank: baseline.ranks[contender],
        ..MinerRow::default()
    }
}

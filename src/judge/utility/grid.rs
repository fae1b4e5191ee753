//! Who has the highest mean utility by other weights and time terms. Utility is linear in its weights, so sums of what
//! they multiply tell all points at once.

use rayon::prelude::*;

use super::clusters::{Clusters, by_contender};
use super::responses::ResponseRow;
use super::rules::{Rules, TimeTerm, Weights};
use super::spec::Questions;
use crate::stats::BootstrapSpec;
use crate::stats::bootstrap::{ClusterTable, Counts};
use crate::stats::ranks::kendall_tau;

/// Sums of a contender: responses, valid fields in time, size terms, time terms.
const WIDTH: usize = 3 + TimeTerm::ALL.len();
/// Contenders of a table, so that its sums stay in a cache.
const TOGETHER: usize = 32;
/// Resamples that are summed in one pass over a table.
const AT_ONCE: usize = 25;

/// The sums of one contender.
type Sums = [f64; WIDTH];

/// A point of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridRow {
    /// Its weights.
    pub weights: Weights,
    /// Its time term.
    pub time: TimeTerm,
    /// Who has the highest mean utility, the first of equal ones; nobody where nobody has any.
    pub winner: Option<usize>,
    /// That mean.
    pub utility: Option<f64>,
    /// Its share of all contenders' means; nothing where they add up to nothing.
    pub share: Option<f64>,
    /// Kendall's τ-b of the order by mean utility and that by the run's own rules; nothing where one is no order.
    pub tau: Option<f64>,
    /// Pairs of contenders that stand the other way round than by the run's own rules.
    pub flips: u64,
    /// Share of resamples of requests in which another one has as much or more, so that 1 stands beside one of several
    /// that are alike: a probability itself, and so without an interval.
    pub change: Option<f64>,
}

/// Every point: each pair of weights with each time term.
pub(super) fn grid(
    rows: &[ResponseRow],
    contenders: usize,
    rules: &Rules,
    questions: &Questions,
    clusters: Clusters,
    bootstrap: &BootstrapSpec,
) -> Vec<GridRow> {
    let places = by_contender(rows, contenders);
    let of = |places: &Vec<u32>| {
        let mut sums = [0.0; WIDTH];
        places.iter().for_each(|&place| add(&mut sums, &rows[place as usize]));
        sums
    };
    let sums: Vec<Sums> = places.iter().map(of).collect();
    let own = means(&sums, rules.weights, rules.time);
    let point = |weights: &Weights| questions.times.iter().map(|&time| point(&sums, &own, *weights, time)).collect();
    let mut points: Vec<GridRow> = questions.weights.iter().map(point).collect::<Vec<Vec<GridRow>>>().concat();
    let resamples = bootstrap.sparing().resamples;
    let totals = resampled(rows, &places, clusters, &bootstrap.sparing());
    points.par_iter_mut().for_each(|point| {
        let others = (0..resamples).filter(|&resample| {
            let of = &totals[resample * contenders..(resample + 1) * contenders];
            point.winner.is_some_and(|winner| is_reached(&means(of, point.weights, point.time), winner))
        });
        point.change = point.winner.map(|_| others.count() as f64 / resamples as f64);
    });
    points
}

fn add(sums: &mut Sums, row: &ResponseRow) {
    sums[0] += 1.0;
    if row.is_in_time {
        sums[1] += row.counted_fields;
        sums[2] += row.size_term;
        sums[3..].iter_mut().zip(row.times).for_each(|(sum, time)| *sum += time);
    }
}

/// Mean utility of each contender; nothing without a response.
fn means(sums: &[Sums], weights: Weights, time: TimeTerm) -> Vec<Option<f64>> {
    let mean =
        |sums: &Sums| (sums[0] > 0.0).then(|| weights.utility(sums[1], sums[3 + time as usize], sums[2]) / sums[0]);
    sums.iter().map(mean).collect()
}

/// Whether another one has as much as the winner or more.
fn is_reached(means: &[Option<f64>], winner: usize) -> bool {
    let own = means[winner];
    means.iter().enumerate().any(|(contender, mean)| contender != winner && mean.is_some() && *mean >= own)
}

/// Who has the highest mean, the first of equal ones, and that mean.
fn best(means: &[Option<f64>]) -> Option<(usize, f64)> {
    let known = means.iter().enumerate().filter_map(|(contender, mean)| Some((contender, (*mean)?)));
    known.reduce(|best, one| if one.1 > best.1 { one } else { best })
}

/// A point without what resampling tells; `own` are the means by the run's own rules.
fn point(sums: &[Sums], own: &[Option<f64>], weights: Weights, time: TimeTerm) -> GridRow {
    let means = means(sums, weights, time);
    let winner = best(&means).filter(|&(_, mean)| mean > 0.0);
    let total: f64 = means.iter().flatten().sum();
    let pairs: Vec<[f64; 2]> = own.iter().zip(&means).filter_map(|(own, mean)| Some([(*own)?, (*mean)?])).collect();
    let list = |place: usize| -> Vec<f64> { pairs.iter().map(|pair| pair[place]).collect() };
    GridRow {
        weights,
        time,
        winner: winner.map(|(contender, _)| contender),
        utility: winner.map(|(_, mean)| mean),
        share: winner.filter(|_| total > 0.0).map(|(_, mean)| mean / total),
        tau: kendall_tau(&list(0), &list(1)),
        flips: flips(&pairs),
        change: None,
    }
}

/// Pairs that stand one way round by the first value and the other way round by the second.
fn flips(pairs: &[[f64; 2]]) -> u64 {
    let against = |place: usize| {
        let one = pairs[place];
        pairs[..place].iter().filter(|other| (one[0] - other[0]) * (one[1] - other[1]) < 0.0).count() as u64
    };
    (0..pairs.len()).map(against).sum()
}

/// The sums of every contender in every resample of clusters, one resample after the other.
fn resampled(rows: &[ResponseRow], places: &[Vec<u32>], clusters: Clusters, bootstrap: &BootstrapSpec) -> Vec<Sums> {
    let contenders = places.len();
    let mut found = vec![[0.0; WIDTH]; bootstrap.resamples * contenders];
    let all: Vec<Option<u32>> = (0..clusters.count as u32).map(Some).collect();
    for (chunk, places) in places.chunks(TOGETHER).enumerate() {
        let width = WIDTH * places.len();
        let mut table = vec![0.0; clusters.count * width];
        for (column, places) in places.iter().enumerate() {
            for row in places.iter().map(|&place| &rows[place as usize]) {
                let start = clusters.of(row.request) * width + column * WIDTH;
                if let Some(sums) = table[start..].first_chunk_mut() {
                    add(sums, row);
                }
            }
        }
        let table = ClusterTable { counts: Counts { rows: &table, width }, places: &all };
        found.par_chunks_mut(AT_ONCE * contenders).enumerate().for_each(|(group, found)| {
            let resamples = found.len() / contenders;
            let totals = bootstrap.totals((group * AT_ONCE) as u64, resamples, &table);
            for (found, totals) in found.chunks_mut(contenders).zip(totals.chunks(width)) {
                let (totals, _) = totals.as_chunks::<WIDTH>();
                found[chunk * TOGETHER..][..totals.len()].copy_from_slice(totals);
            }
        });
    }
    found
}

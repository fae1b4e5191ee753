//! What each kind of faults costs: how many answers have it, and what their valid fields would be without it.

use super::clusters::{Clusters, SHARE, means};
use super::fields::{Penalties, by_faults, is_nothing};
use super::recording::{Answer, Fault, Recording};
use super::responses::ResponseRow;
use super::rules::Rules;
use crate::stats::ratio::Sums;
use crate::stats::shares::{Trials, share};
use crate::stats::{BootstrapSpec, Confidence, Estimate};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Faults of a kind, by number.
    Kind(usize),
    /// Faults where a null was given, whatever their kind: they are counted by their kind too.
    Null,
}

/// A kind of faults, among all answers or those of one contender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindRow {
    /// The kind.
    pub kind: FaultKind,
    /// Number of the contender; nothing for all of them.
    pub contender: Option<usize>,
    /// Answers that were held against a schema.
    pub answers: u64,
    /// Answers that have it.
    pub with: u64,
    /// Faults of it.
    pub faults: u64,
    /// Share of answers that have it. Of one contender it has no interval: so many are not resampled.
    pub share: Option<Estimate>,
    /// Mean valid fields that answers would have more if it cost nothing. Of one contender it has no interval.
    pub cost: Option<Estimate>,
}

/// Counts of a kind.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    with: u64,
    faults: u64,
    cost: f64,
}

/// Every kind that occurs, over all answers that were held against a schema and then by contender.
pub(super) fn kinds(
    recording: &Recording,
    rows: &[ResponseRow],
    rules: &Rules,
    clusters: Clusters,
    bootstrap: &BootstrapSpec,
) -> Vec<KindRow> {
    let (penalties, nulls) = (Penalties::new(rules, &recording.kinds), recording.kinds.len());
    let mut answers = vec![0_u64; recording.uids.len()];
    let mut tallies = vec![vec![Tally::default(); nulls + 1]; recording.uids.len()];
    let mut columns = vec![vec![(Trials::default(), Sums::default()); clusters.count]; nulls + 1];
    let mut asked = vec![0.0; clusters.count];
    for (row, response) in rows.iter().zip(&recording.responses) {
        let (Some(fields), Some(answer)) = (row.valid_fields, &response.answer) else { continue };
        let cluster = clusters.of(row.request);
        answers[row.contender] += 1;
        asked[cluster] += 1.0;
        for (place, faults) in present(answer, nulls) {
            let cost = without(answer, rules, &penalties, place, nulls) - fields;
            let tally = &mut tallies[row.contender][place];
            *tally = Tally { with: tally.with + 1, faults: tally.faults + faults, cost: tally.cost + cost };
            let (trials, sums) = &mut columns[place][cluster];
            trials.add(1.0, 1.0);
            sums.above += cost;
        }
    }
    for (column, &asked) in columns.iter_mut().flat_map(|column| column.iter_mut().zip(&asked)) {
        (column.1.below, column.0.sums.below, column.0.squares) = (asked, asked, asked);
    }
    let whole = whole(&tallies, &answers, &columns, bootstrap);
    let of = |(contender, tallies): (usize, &Vec<Tally>)| {
        let count = answers[contender];
        let row = move |(place, tally): (usize, &Tally)| {
            let plain = |sum: f64| Some(Estimate { value: sum / count as f64, interval: None });
            counted(kind(place, nulls), Some(contender), count, *tally, [plain(tally.with as f64), plain(tally.cost)])
        };
        tallies.iter().enumerate().filter(|(_, tally)| tally.with > 0).map(row).collect::<Vec<KindRow>>()
    };
    whole.into_iter().chain(tallies.iter().enumerate().flat_map(of)).collect()
}

/// Every kind that occurs, over all answers.
fn whole(
    tallies: &[Vec<Tally>],
    answers: &[u64],
    columns: &[Vec<(Trials, Sums)>],
    bootstrap: &BootstrapSpec,
) -> Vec<KindRow> {
    let confidence = Confidence::new(bootstrap.confidence).ok();
    let sums: Vec<Vec<Sums>> = columns.iter().map(|column| column.iter().map(|one| one.1).collect()).collect();
    let costs = means(&sums, SHARE, bootstrap);
    let row = |(place, column): (usize, &Vec<(Trials, Sums)>)| {
        let tally = tallies.iter().map(|of| of[place]).fold(Tally::default(), |sum, one| Tally {
            with: sum.with + one.with,
            faults: sum.faults + one.faults,
            cost: sum.cost + one.cost,
        });
        let trials: Vec<Trials> = column.iter().map(|one| one.0).collect();
        let found = confidence.and_then(|confidence| share(&trials, confidence));
        let all = answers.iter().sum();
        (tally.with > 0).then(|| counted(kind(place, columns.len() - 1), None, all, tally, [found, costs[place]]))
    };
    columns.iter().enumerate().filter_map(row).collect()
}

fn counted(
    kind: FaultKind,
    contender: Option<usize>,
    answers: u64,
    tally: Tally,
    [share, cost]: [Option<Estimate>; 2],
) -> KindRow {
    KindRow { kind, contender, answers, with: tally.with, faults: tally.faults, share, cost }
}

fn kind(place: usize, nulls: usize) -> FaultKind {
    if place == nulls { FaultKind::Null } else { FaultKind::Kind(place) }
}

/// Places of the kinds that an answer has, nulls last, and how many faults of each.
fn present(answer: &Answer, nulls: usize) -> Vec<(usize, u64)> {
    let own = answer.faults.iter().map(|fault| fault.kind);
    let mut places: Vec<usize> = own.chain(answer.faults.iter().filter(|fault| fault.is_null).map(|_| nulls)).collect();
    places.sort_unstable();
    places.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u64)).collect()
}

/// The valid fields where a kind costs nothing.
fn without(answer: &Answer, rules: &Rules, penalties: &Penalties, place: usize, nulls: usize) -> f64 {
    let is_free = |fault: &Fault| if place == nulls { fault.is_null } else { fault.kind == place };
    match is_nothing(answer, rules) {
        true => 0.0,
        false => by_faults(answer, rules.items, |fault| if is_free(fault) { 0.0 } else { penalties.of(fault) }),
    }
}

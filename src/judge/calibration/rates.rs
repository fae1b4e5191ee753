//! Rates of flags under thresholds, at every unit, in every part of the requests, with every interval. A rate is
//! never given without its unit, its trials and how the trials hang together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::clusters::Clusters;
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use crate::stats::bootstrap::Counts;
use crate::stats::cluster::{ClusteredRate, Ratio};
use crate::stats::proportion::FEW_EVENTS;
use crate::stats::{ClusterCounts, Confidence, Draws, Evidence, Interval, Proportion, StatsError};

/// The purpose that names the stream of the split.
const SPLIT: &[u8; 8] = b"calsplit";

/// A part of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    All,
    /// Those that thresholds are chosen on.
    Choosing,
    /// The others, which know nothing of the choice.
    Reporting,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 3] = [Self::All, Self::Choosing, Self::Reporting];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Choosing => "choosing",
            Self::Reporting => "reporting",
        }
    }

    /// Indices of its requests, ascending. The choosing part is a seeded draw of clusters without replacement, so that
    /// no problem is in both others.
    pub fn of(self, clusters: &Clusters, spec: &CalibrationSpec) -> Vec<usize> {
        let wanted = (clusters.count() as f64 * spec.split).round() as usize;
        let drawn = Draws::new(spec.bootstrap.seed, SPLIT, 0).distinct(clusters.count(), wanted);
        let mut choosing = vec![false; clusters.count()];
        drawn.into_iter().for_each(|number| choosing[number] = true);
        let belongs = |number: usize| match self {
            Self::All => true,
            Self::Choosing => choosing[number],
            Self::Reporting => !choosing[number],
        };
        let requests: usize = clusters.members().iter().map(Vec::len).sum();
        (0..requests).filter(|request| belongs(clusters.number(*request))).collect()
    }
}

/// A rate of flags.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRow {
    /// The threshold; flagged is what lies strictly above.
    pub threshold: f64,
    /// What is counted.
    pub unit: Unit,
    /// Independent units give false positives, copied ones true positives.
    pub class: Class,
    /// Which requests.
    pub part: Part,
    /// Flags and trials.
    pub counts: Proportion,
    /// The same by cluster: by problem, or by request where no problem is named.
    pub clusters: ClusterCounts,
    /// Requests that hold such a unit.
    pub requests: u64,
    /// Sizes of their minibatches in answered responses, and how many have each, most frequent first.
    pub sizes: Vec<(usize, u64)>,
    /// As if trials were independent of each other.
    pub wilson: Option<Interval>,
    /// As if trials were independent of each other; never too narrow if they are.
    pub clopper_pearson: Option<Interval>,
    /// From resampling whole clusters.
    pub clustered: ClusteredRate,
    /// The interval to quote.
    pub quoted: Option<Quoted>,
}

/// An interval that a person may quote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quoted {
    /// The interval.
    pub interval: Interval,
    /// What it rests on.
    pub basis: Basis,
}

/// What an interval rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Clopper–Pearson on trials of a cluster each, which are independent.
    Exact,
    /// Gamma bounds on clusters, of which too few are flagged, or not, to resample.
    Counting,
    /// The gamma bounds and the BCa interval together.
    Both,
    /// BCa from resampling clusters.
    Resampling,
}

/// Thresholds that are counted at a time: a row of counts per request is in memory for each, so few at once.
const TOGETHER: usize = 12;

/// Rates at each of `thresholds`, for every unit and class, of the requests of one part.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn rates(
    requests: &[RequestScores],
    part: Part,
    thresholds: &[f64],
    spec: &CalibrationSpec,
) -> Result<Vec<RateRow>, StatsError> {
    let clusters = Clusters::of(requests);
    let members = part.of(&clusters, spec);
    let kinds: Vec<(Unit, Class)> =
        Unit::ALL.into_iter().flat_map(|unit| Class::ALL.map(|class| (unit, class))).collect();
    let mut rows = Vec::with_capacity(kinds.len() * thresholds.len());
    for thresholds in thresholds.chunks(TOGETHER) {
        let tally =
            Tallied::count(&Members { requests, clusters: &clusters, members: &members }, &kinds, thresholds, spec);
        // The draws depend on the part alone, so rates of different thresholds stay comparable.
        let clustered = spec.bootstrap.rates(part as u32, tally.table(), &tally.ratios())?;
        for ((ratio, clustered), number) in tally.ratios().iter().zip(clustered).zip(0..) {
            let threshold = thresholds[number % thresholds.len()];
            rows.push(tally.row(*ratio, clustered, (threshold, kinds[number / thresholds.len()], part), spec)?);
        }
    }
    rows.sort_by_key(|row| kinds.iter().position(|kind| *kind == (row.unit, row.class)));
    Ok(rows)
}

/// The requests of a part and their clusters.
struct Members<'a> {
    requests: &'a [RequestScores],
    clusters: &'a Clusters,
    members: &'a [usize],
}

/// Counts per cluster: of each kind of unit its number, then its flags at each threshold.
struct Tallied {
    counts: Vec<u32>,
    /// Of each kind, the sizes of the minibatches that hold such a unit.
    minibatch_sizes: Vec<Vec<usize>>,
    kinds: usize,
    thresholds: usize,
}

impl Tallied {
    fn count(part: &Members<'_>, kinds: &[(Unit, Class)], thresholds: &[f64], spec: &CalibrationSpec) -> Self {
        let width = kinds.len() * (1 + thresholds.len());
        let mut rows: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut minibatch_sizes = vec![Vec::new(); kinds.len()];
        for &member in part.members {
            let row = rows.entry(part.clusters.number(member)).or_insert_with(|| vec![0; width]);
            let request = &part.requests[member];
            for (kind, &(unit, class)) in kinds.iter().enumerate() {
                let scores = request.scores(spec.profile, unit, class);
                let columns = &mut row[kind * (1 + thresholds.len())..];
                columns[0] += scores.len() as u32;
                for (column, threshold) in columns[1..].iter_mut().zip(thresholds) {
                    *column += scores.iter().filter(|score| **score > *threshold).count() as u32;
                }
                if !scores.is_empty() {
                    minibatch_sizes[kind].push(request.responses.len());
                }
            }
        }
        let counts = rows.into_values().flatten().collect();
        Self { counts, minibatch_sizes, kinds: kinds.len(), thresholds: thresholds.len() }
    }

    fn width(&self) -> usize {
        self.kinds * (1 + self.thresholds)
    }

    fn table(&self) -> Counts<'_> {
        Counts { rows: &self.counts, width: self.width() }
    }

    /// Kind by kind, threshold by threshold.
    fn ratios(&self) -> Vec<Ratio> {
        let of_kind = |kind: usize| {
            let trials = kind * (1 + self.thresholds);
            (1..=self.thresholds).map(move |place| Ratio { events: trials + place, trials })
        };
        (0..self.kinds).flat_map(of_kind).collect()
    }

    fn column(&self, column: usize) -> impl Iterator<Item = u64> {
        self.counts.iter().skip(column).step_by(self.width()).map(|&count| u64::from(count))
    }

    fn row(
        &self,
        ratio: Ratio,
        clustered: ClusteredRate,
        (threshold, (unit, class), part): (f64, (Unit, Class), Part),
        spec: &CalibrationSpec,
    ) -> Result<RateRow, StatsError> {
        let confidence = Confidence::new(spec.bootstrap.confidence)?;
        let found = ClusterCounts::of(self.column(ratio.events).zip(self.column(ratio.trials)));
        let quoted = quoted(found, clustered.bca, confidence);
        let sizes = &self.minibatch_sizes[ratio.trials / (1 + self.thresholds)];
        Ok(RateRow {
            threshold,
            unit,
            class,
            part,
            counts: found.counts,
            clusters: found,
            requests: sizes.len() as u64,
            sizes: frequencies(sizes.iter().copied()),
            wilson: found.counts.wilson(confidence),
            clopper_pearson: found.counts.clopper_pearson(confidence),
            clustered,
            quoted,
        })
    }
}

/// Each number and how often it occurs, most frequent first.
pub(super) fn frequencies(numbers: impl Iterator<Item = usize>) -> Vec<(usize, u64)> {
    let mut counts = BTreeMap::new();
    numbers.for_each(|number| *counts.entry(number).or_insert(0) += 1);
    let mut frequencies: Vec<(usize, u64)> = counts.into_iter().collect();
    frequencies.sort_by_key(|&(number, count)| (Reverse(count), number));
    frequencies
}

/// The interval to quote of a rate whose units hang together by cluster.
pub(super) fn quoted(found: ClusterCounts, bca: Option<Interval>, confidence: Confidence) -> Option<Quoted> {
    let counted = found.interval(confidence)?;
    let (interval, basis) = match (found.evidence(), bca) {
        _ if found.is_independent() => (counted, Basis::Exact),
        (Evidence::Few, _) | (_, None) => (counted, Basis::Counting),
        (Evidence::Many, Some(bca)) if found.is_equal() => (bca, Basis::Resampling),
        // Where clusters differ in size, many with an event may well hide that no large one has had any yet.
        (_, Some(bca)) => (counted.hull(bca), Basis::Both),
    };
    Some(Quoted { interval, basis })
}

impl RateRow {
    /// Whether there are too few errors for more than a weak estimate: flags of independent units, misses of copied
    /// ones.
    pub fn is_weak(&self) -> bool {
        let errors = if self.class == Class::Independent { self.counts.events() } else { self.counts.misses() };
        errors < FEW_EVENTS
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;

    fn spec() -> CalibrationSpec {
        let mut spec = CalibrationSpec::default();
        spec.bootstrap.resamples = 500;
        spec
    }

    #[test]
    fn the_parts_are_drawn_once_and_cover_everything() {
        for (count, split) in [(0, 0.5), (1, 0.5), (10, 0.5), (101, 0.3), (10, 1.0), (10, 0.0)] {
            let spec = CalibrationSpec { split, ..spec() };
            let requests: Vec<_> = (0..count).map(|n| request(n, &[Role::Independent; 2], 0.1)).collect();
            let clusters = Clusters::of(&requests);
            let (choosing, reporting) = (Part::Choosing.of(&clusters, &spec), Part::Reporting.of(&clusters, &spec));
            assert_eq!(choosing.len(), (count as f64 * split).round() as usize);
            let mut both = [choosing, reporting].concat();
            both.sort_unstable();
            assert_eq!(both, Part::All.of(&clusters, &spec));
        }
    }

    #[test]
    fn flags_are_counted_per_unit_and_class() {
        // Penalty (.9 + 1) / 2 / 2 + .45 = .925 in three requests of four, .25 + .3 = … below in the fourth.
        let requests: Vec<_> = [0.9, 0.9, 0.9, 0.1].map(|value| request(0, &[Role::Independent; 3], value)).into();
        let rows = rates(&requests, Part::All, &[0.5, 0.92, 0.93], &spec()).unwrap();
        let find = |unit, class, threshold| {
            rows.iter().find(|row| (row.unit, row.class, row.threshold) == (unit, class, threshold)).unwrap()
        };
        let counts = |unit, threshold| {
            let row = find(unit, Class::Independent, threshold);
            (row.counts.events(), row.counts.trials(), row.requests)
        };
        assert_eq!(counts(Unit::Pair, 0.92), (9, 12, 4));
        assert_eq!(counts(Unit::Response, 0.92), (9, 12, 4));
        assert_eq!(counts(Unit::Minibatch, 0.92), (3, 4, 4));
        assert_eq!(counts(Unit::Minibatch, 0.93), (0, 4, 4));
        let copied = find(Unit::Response, Class::Copied, 0.5);
        assert_eq!((copied.counts.trials(), copied.quoted), (0, None));
        assert_eq!(find(Unit::Response, Class::Independent, 0.92).clustered.rate, Some(0.75));
    }

    #[test]
    fn few_requests_are_counted_and_not_resampled() {
        let quoted = |count: usize, flagged: usize| {
            let one = |n: usize| {
                let mut request = request(n, &[Role::Independent; 4], 0.1);
                request
                    .responses
                    .iter_mut()
                    .take(if n < flagged { 2 } else { 0 })
                    .for_each(|one| one.penalty.total = 1.0);
                request
            };
            let requests: Vec<_> = (0..count).map(one).collect();
            let rows = rates(&requests, Part::All, &[0.95], &spec()).unwrap();
            let of = |unit| rows.iter().find(|row| row.unit == unit && row.class == Class::Independent).unwrap();
            of(Unit::Response).quoted.unwrap()
        };
        let two = quoted(2, 1);
        assert_eq!(two.basis, Basis::Counting);
        assert!(two.interval.low > 0.0 && two.interval.low < 0.01 && two.interval.high > 0.85, "{two:?}");
        let one = quoted(1, 1);
        assert!(one.interval.low < 0.02 && one.interval.high > 0.98, "{one:?}");
        assert_eq!((quoted(400, 9).basis, quoted(400, 10).basis), (Basis::Counting, Basis::Both));
        let all_equal = quoted(40, 40);
        assert_eq!(all_equal.basis, Basis::Counting, "every request has two of four: no resample differs");
        assert!(all_equal.interval.low < 0.45 && all_equal.interval.high > 0.55, "{all_equal:?}");
    }

    #[test]
    fn few_misses_of_copies_make_a_weak_rate() {
        let caught = |penalty: f32| request(0, &[Role::Original, Role::Copy, Role::Independent], penalty);
        let requests: Vec<_> = (0..60).map(|n| caught(if n < 50 { 1.0 } else { 0.1 })).collect();
        let rows = rates(&requests, Part::All, &[0.95], &spec()).unwrap();
        let copied = rows.iter().find(|row| row.unit == Unit::Response && row.class == Class::Copied).unwrap();
        assert!(copied.counts.events() == 50 && copied.is_weak(), "ten were missed");
        let independent =
            rows.iter().find(|row| row.unit == Unit::Response && row.class == Class::Independent).unwrap();
        assert!(!independent.is_weak(), "50 flags");
    }

    #[test]
    fn whole_requests_are_resampled() {
        // All three responses of a request are flagged or none: the rate varies as that of requests does.
        let requests: Vec<_> =
            (0..100).map(|n| request(n, &[Role::Independent; 3], if n % 2 == 0 { 0.9 } else { 0.1 })).collect();
        let rows = rates(&requests, Part::All, &[0.9], &spec()).unwrap();
        let width = |row: &RateRow| row.clustered.percentile.map(|interval| interval.high - interval.low).unwrap();
        let of = |unit| rows.iter().find(|row| row.unit == unit && row.class == Class::Independent).unwrap();
        assert!((width(of(Unit::Response)) - width(of(Unit::Minibatch))).abs() < 1e-12);
        let naive = of(Unit::Response).wilson.map(|interval| interval.high - interval.low).unwrap();
        assert!(width(of(Unit::Response)) > 1.5 * naive, "and not as that of 300 responses");
    }
}

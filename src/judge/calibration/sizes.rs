//! Minibatches of other sizes, formed from the recorded responses of each request: fewer peers give fewer chances to
//! look alike. Larger ones than were recorded cannot be had from a recording.

use std::collections::BTreeMap;

use super::clusters::Clusters;
use super::rates::{Quoted, frequencies, quoted};
use super::scores::{RequestScores, Role};
use super::spec::CalibrationSpec;
use crate::stats::bootstrap::Counts;
use crate::stats::cluster::{ClusteredRate, Ratio};
use crate::stats::{ClusterCounts, Confidence, Draws, StatsError};

/// Minibatches formed from one request, at most: all that there are if they are no more, else as many drawn ones.
const MOST: usize = 24;
/// The purpose that names the streams of these draws.
const PURPOSE: &[u8; 8] = b"calsizes";
/// Keeps the bootstrap's draws of this table apart from those of the parts.
const GROUP: u32 = 100;

/// False-positive rates at one minibatch size.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeRow {
    /// Responses of a minibatch.
    pub minibatch_size: usize,
    /// The threshold.
    pub threshold: f64,
    /// Requests with that many independent responses, of which minibatches were formed.
    pub requests: u64,
    /// Share of flagged responses.
    pub response: SizeRate,
    /// Share of minibatches with any flag.
    pub minibatch: SizeRate,
}

/// A rate over minibatches that were formed: those of one request, or of one problem, hang together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeRate {
    /// Resampled over clusters.
    pub clustered: ClusteredRate,
    /// The interval to quote.
    pub quoted: Option<Quoted>,
}

/// Rates at `threshold` for each of the sizes that the specification names.
///
/// # Errors
/// As [`super::rates::rates`].
pub fn sizes(requests: &[RequestScores], threshold: f64, spec: &CalibrationSpec) -> Result<Vec<SizeRow>, StatsError> {
    spec.minibatch_sizes.iter().map(|&size| of_size(requests, size, threshold, spec)).collect()
}

fn of_size(
    requests: &[RequestScores],
    minibatch_size: usize,
    threshold: f64,
    spec: &CalibrationSpec,
) -> Result<SizeRow, StatsError> {
    let clusters = Clusters::of(requests);
    let (mut by_cluster, mut used) = (BTreeMap::<usize, [u32; 4]>::new(), 0);
    for (index, request) in requests.iter().enumerate() {
        let Some(counts) = formed(request, index, minibatch_size, threshold, spec) else { continue };
        let row = by_cluster.entry(clusters.number(index)).or_default();
        row.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        used += 1;
    }
    let rows: Vec<[u32; 4]> = by_cluster.into_values().collect();
    let ratios = [Ratio { events: 1, trials: 0 }, Ratio { events: 3, trials: 2 }];
    let table = Counts { rows: rows.as_flattened(), width: 4 };
    let rates = spec.bootstrap.rates(GROUP + minibatch_size as u32, table, &ratios)?;
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let rate = |place: usize| {
        let Ratio { events, trials } = ratios[place];
        let found = ClusterCounts::of(rows.iter().map(|row| (row[events].into(), row[trials].into())));
        SizeRate { clustered: rates[place], quoted: quoted(found, rates[place].bca, confidence) }
    };
    Ok(SizeRow { minibatch_size, threshold, requests: used, response: rate(0), minibatch: rate(1) })
}

/// Rewarded responses and their flags, minibatches and those with a flag; `None` of a request with too few responses.
fn formed(
    request: &RequestScores,
    index: usize,
    size: usize,
    threshold: f64,
    spec: &CalibrationSpec,
) -> Option<[u32; 4]> {
    let independent: Vec<usize> =
        (0..request.responses.len()).filter(|&i| request.responses[i].role == Role::Independent).collect();
    if independent.len() < size || size == 0 {
        return None;
    }
    let mut counts = [0; 4];
    for members in minibatches(&independent, size, index, spec) {
        let penalties = request.penalties_of(spec.profile, &members);
        let flags = members.iter().zip(penalties).filter(|(member, _)| request.responses[**member].rewarded);
        let flags: Vec<bool> = flags.map(|(_, penalty)| penalty.exceeds(threshold)).collect();
        let flagged = flags.iter().filter(|flag| **flag).count() as u32;
        counts[0] += flags.len() as u32;
        counts[1] += flagged;
        counts[2] += u32::from(!flags.is_empty());
        counts[3] += u32::from(flagged > 0);
    }
    Some(counts)
}

/// All minibatches of `size` of these responses, or as many as [`MOST`] drawn ones where there are more.
fn minibatches(responses: &[usize], size: usize, index: usize, spec: &CalibrationSpec) -> Vec<Vec<usize>> {
    if subsets(responses.len(), size) <= MOST {
        return all_subsets(responses, size);
    }
    let mut draws = Draws::new(spec.bootstrap.seed, PURPOSE, (size as u64) << 40 | index as u64);
    let mut drawn = || {
        let places = draws.distinct(responses.len(), size);
        let mut members: Vec<usize> = places.into_iter().map(|place| responses[place]).collect();
        members.sort_unstable();
        members
    };
    (0..MOST).map(|_| drawn()).collect()
}

/// The number of subsets of `size` of `count`, or some number above [`MOST`] if it is above.
fn subsets(count: usize, size: usize) -> usize {
    // Each product is a number of subsets itself, so the division leaves no rest; they grow up to half of `count`.
    let grown = (0..size.min(count - size)).try_fold(1, |subsets, taken| {
        let more = subsets * (count - taken) / (taken + 1);
        (more <= MOST).then_some(more)
    });
    grown.unwrap_or(MOST + 1)
}

/// Every subset of `size`, in lexicographic order.
fn all_subsets(responses: &[usize], size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let starting_at = |first: usize| {
        let rest = all_subsets(&responses[first + 1..], size - 1).into_iter();
        rest.map(move |rest| [&[responses[first]][..], &rest].concat())
    };
    (0..(responses.len() + 1).saturating_sub(size)).flat_map(starting_at).collect()
}

/// Recorded sizes of minibatches: number of answered responses, and how many requests have it, most frequent first.
pub fn recorded_sizes(requests: &[RequestScores]) -> Vec<(usize, u64)> {
    frequencies(requests.iter().map(|request| request.responses.len()))
}

#[cfg(test)]
mod tests {
    use super::super::scores::testing::request;
    use super::*;
    use crate::similarity::Likeness;

    fn spec(sizes: &[usize]) -> CalibrationSpec {
        let mut spec = CalibrationSpec { minibatch_sizes: sizes.to_vec(), ..CalibrationSpec::default() };
        spec.bootstrap.resamples = 200;
        spec
    }

    /// Four responses, of which only the first two are alike.
    fn one_pair_alike(number: usize) -> RequestScores {
        let mut request = request(number, &[Role::Independent; 4], 0.1);
        request.pairs[0] = Likeness { cosine: 1.0, partial_ratio: 1.0 };
        request
    }

    #[test]
    fn smaller_minibatches_have_fewer_flags() {
        let requests: Vec<_> = (0..300).map(one_pair_alike).collect();
        let rows = sizes(&requests, 0.95, &spec(&[2, 3, 4, 5])).unwrap();
        // Two given responses are both in a minibatch of m of 4 with probability m (m − 1) / 12.
        for (row, expected) in rows.iter().zip([1.0 / 6.0, 0.5, 1.0]) {
            let found = row.minibatch.clustered.rate.unwrap();
            assert!((found - expected).abs() < 1e-12, "{} {found}", row.minibatch_size);
            let responses = row.response.clustered.rate.unwrap();
            assert!((responses - found * 2.0 / row.minibatch_size as f64).abs() < 1e-12);
        }
        assert_eq!((rows[3].requests, rows[3].minibatch.clustered.rate), (0, None), "no request has five");
        assert_eq!(rows[0].requests, 300);
    }

    #[test]
    fn what_can_be_counted_is_not_drawn() {
        let members: Vec<usize> = (0..30).collect();
        let formed = |count: usize, size: usize| minibatches(&members[..count], size, 0, &spec(&[]));
        assert_eq!(formed(4, 3), [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]);
        assert_eq!(formed(24, 1).len(), 24);
        assert_eq!(formed(24, 23).len(), 24);
        assert!(formed(30, 30).iter().eq([&members]));
        for (count, size) in [(7, 3), (25, 1), (30, 15)] {
            let drawn = formed(count, size);
            assert!(drawn.len() == MOST && drawn.iter().all(|subset| subset.is_sorted_by(|a, b| a < b)));
        }
        assert_eq!((subsets(6, 3), subsets(7, 2), subsets(1024, 512)), (20, 21, MOST + 1));
    }

    #[test]
    fn without_a_flag_the_interval_of_a_size_is_no_point() {
        let requests: Vec<_> = (0..50).map(|n| request(n, &[Role::Independent; 4], 0.1)).collect();
        let row = sizes(&requests, 0.95, &spec(&[2])).unwrap().remove(0);
        let interval = row.minibatch.quoted.unwrap().interval;
        assert!(interval.low == 0.0 && (interval.high - 0.071).abs() < 1e-3, "{interval:?}");
    }

    #[test]
    fn requests_of_one_problem_are_one_cluster() {
        let mut requests: Vec<_> =
            (0..100).map(|n| request(n, &[Role::Independent; 2], if n < 50 { 1.0 } else { 0.1 })).collect();
        let width = |requests: &[RequestScores]| {
            let row = sizes(requests, 0.95, &spec(&[2])).unwrap().remove(0);
            assert_eq!(row.requests, 100);
            row.minibatch.quoted.map(|quoted| quoted.interval.high - quoted.interval.low).unwrap()
        };
        let apart = width(&requests);
        for (number, request) in requests.iter_mut().enumerate() {
            request.problem = Some(format!("p{}", number / 5).into());
        }
        assert!(width(&requests) > 1.8 * apart);
    }

    #[test]
    fn copies_and_their_originals_are_left_out() {
        let request = request(0, &[Role::Original, Role::Copy, Role::Independent, Role::Independent], 0.99);
        assert!(formed(&request, 0, 3, 0.5, &spec(&[])).is_none());
        assert_eq!(formed(&request, 0, 2, 0.5, &spec(&[])), Some([2, 2, 1, 1]));
    }

    #[test]
    fn sizes_are_listed_by_how_often_they_were_recorded() {
        let requests = [3, 4, 4, 1].map(|size| request(0, &vec![Role::Independent; size], 0.5));
        assert_eq!(recorded_sizes(&requests), [(4, 2), (1, 1), (3, 1)]);
    }
}

//! Minibatches of other sizes, formed from the recorded responses of each request: fewer peers give fewer chances to
//! look alike. Larger ones than were recorded cannot be had from a recording.

use super::run::CalibrationSpec;
use super::scores::{RequestScores, Role};
use crate::stats::bootstrap::Counts;
use crate::stats::cluster::{ClusteredRate, Ratio};
use crate::stats::{Draws, StatsError};

/// Minibatches drawn from one request.
const DRAWS: usize = 24;
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
    /// Requests with that many independent responses, of which minibatches were drawn.
    pub requests: u64,
    /// Share of flagged responses, resampled over requests.
    pub response: ClusteredRate,
    /// Share of minibatches with any flag, resampled over requests.
    pub minibatch: ClusteredRate,
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
    let mut counts = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        counts.extend(drawn(request, index, minibatch_size, threshold, spec).into_iter().flatten());
    }
    let ratios = [Ratio { events: 1, trials: 0 }, Ratio { events: 3, trials: 2 }];
    let table = Counts { rows: &counts, width: 4 };
    let rates = spec.bootstrap.rates(GROUP + minibatch_size as u32, table, &ratios)?;
    Ok(SizeRow {
        minibatch_size,
        threshold,
        requests: counts.len() as u64 / 4,
        response: rates[0],
        minibatch: rates[1],
    })
}

/// Rewarded responses and their flags, minibatches and those with a flag; `None` of a request with too few responses.
fn drawn(
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
    let whole = independent.len() == size;
    let mut draws = Draws::new(spec.bootstrap.seed, PURPOSE, (size as u64) << 40 | index as u64);
    let mut counts = [0; 4];
    for _ in 0..if whole { 1 } else { DRAWS } {
        let mut members: Vec<usize> =
            draws.distinct(independent.len(), size).into_iter().map(|place| independent[place]).collect();
        members.sort_unstable();
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

/// Recorded sizes of minibatches: number of answered responses, and how many requests have it, most frequent first.
pub fn recorded_sizes(requests: &[RequestScores]) -> Vec<(usize, u64)> {
    let mut counts = std::collections::BTreeMap::new();
    requests.iter().for_each(|request| *counts.entry(request.responses.len()).or_insert(0) += 1);
    let mut sizes: Vec<(usize, u64)> = counts.into_iter().collect();
    sizes.sort_by_key(|&(size, count)| (std::cmp::Reverse(count), size));
    sizes
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
            let found = row.minibatch.rate.unwrap();
            assert!((found - expected).abs() < 0.03, "{} {found}", row.minibatch_size);
            let responses = row.response.rate.unwrap();
            assert!((responses - found * 2.0 / row.minibatch_size as f64).abs() < 1e-12);
        }
        assert_eq!((rows[3].requests, rows[3].minibatch.rate), (0, None), "no request has five");
        assert_eq!(rows[0].requests, 300);
    }

    #[test]
    fn copies_and_their_originals_are_left_out() {
        let request = request(0, &[Role::Original, Role::Copy(0), Role::Independent, Role::Independent], 0.99);
        assert!(drawn(&request, 0, 3, 0.5, &spec(&[])).is_none());
        assert_eq!(drawn(&request, 0, 2, 0.5, &spec(&[])), Some([2, 2, 1, 1]));
    }

    #[test]
    fn sizes_are_listed_by_how_often_they_were_recorded() {
        let requests = [3, 4, 4, 1].map(|size| request(0, &vec![Role::Independent; size], 0.5));
        assert_eq!(recorded_sizes(&requests), [(4, 2), (1, 1), (3, 1)]);
    }
}

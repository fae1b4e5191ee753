//! Where false positives come from: the rate by source, length, correctness and pair of miners. Every stratum is looked
//! at under the threshold in use; with many strata some will stand out by chance.

use std::collections::BTreeMap;

use super::by_cluster::{ByCluster, ClusterRate};
use super::clusters::Clusters;
use super::rates::Quoted;
use super::scores::{Class, RequestScores, Role, Unit};
use super::spec::CalibrationSpec;
use crate::stats::{Confidence, Interval, Proportion, StatsError};

/// Length bins, at the quartiles of the recording.
const LENGTH_BINS: usize = 4;

/// The false-positive rate of one stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct StratumRow {
    /// What the strata differ in: `source`, `length`, `correctness` or `uids`.
    pub stratum: &'static str,
    /// This one.
    pub value: String,
    /// What is counted: pairs for `uids`, responses otherwise.
    pub unit: Unit,
    /// Flags and trials.
    pub counts: Proportion,
    /// Wilson's interval; it takes the trials as independent.
    pub wilson: Option<Interval>,
    /// The interval to quote, which keeps requests, or problems, together.
    pub quoted: Option<Quoted>,
}

/// Rates by stratum at `threshold`.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn strata(
    requests: &[RequestScores],
    threshold: f64,
    spec: &CalibrationSpec,
) -> Result<Vec<StratumRow>, StatsError> {
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let bounds = length_bounds(requests);
    let clusters = Clusters::of(requests);
    let mut tallies: BTreeMap<(usize, String), ByCluster> = BTreeMap::new();
    for (number, request) in requests.iter().enumerate() {
        let cluster = clusters.number(number);
        let mut tally = |stratum: usize, value: String, is_flagged: bool| {
            tallies.entry((stratum, value)).or_default().add(cluster, is_flagged);
        };
        for response in request.flaggable().filter(|one| one.role == Role::Independent) {
            let flagged = response.penalty.exceeds(threshold);
            if let Some(source) = &request.source {
                tally(0, source.to_string(), flagged);
            }
            tally(1, length_bin(response.characters, &bounds), flagged);
            if let Some(correctness) = response.correctness {
                tally(2, (if correctness >= 0.5 { "correct (0.5 or more)" } else { "incorrect" }).into(), flagged);
            }
        }
        for (a, b) in request.pairs_of(Class::Independent) {
            let Some(score) = request.pair_score(spec.profile, a, b) else { continue };
            let (a_uid, b_uid) = (request.responses[a].uid, request.responses[b].uid);
            tally(3, format!("{} and {}", a_uid.min(b_uid), a_uid.max(b_uid)), score > threshold);
        }
    }
    let row = |((stratum, value), tally): ((usize, String), ByCluster)| {
        let ClusterRate { found, quoted } = tally.rate(spec)?;
        let counts = found.counts;
        let unit = if stratum == 3 { Unit::Pair } else { Unit::Response };
        let stratum = ["source", "length", "correctness", "uids"][stratum];
        Ok(StratumRow { stratum, value, unit, counts, wilson: counts.wilson(confidence), quoted })
    };
    tallies.into_iter().map(row).collect()
}

/// Lengths at which bins begin, after the first.
fn length_bounds(requests: &[RequestScores]) -> Vec<u32> {
    let mut lengths: Vec<u32> =
        requests.iter().flat_map(|request| &request.responses).map(|response| response.characters).collect();
    lengths.sort_unstable();
    let mut bounds: Vec<u32> =
        (1..LENGTH_BINS).filter_map(|bin| lengths.get(bin * lengths.len() / LENGTH_BINS).copied()).collect();
    bounds.dedup();
    bounds
}

/// The bin in words, so that bins sort by length: `   0 to  119 characters`.
fn length_bin(characters: u32, bounds: &[u32]) -> String {
    let bin = bounds.partition_point(|&bound| bound <= characters);
    let low = if bin == 0 { 0 } else { bounds[bin - 1] };
    match bounds.get(bin) {
        Some(high) => format!("{low:>5} to {:>5} characters", high.saturating_sub(1)),
        None => format!("{low:>5} or more characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rates::Basis;
    use super::super::scores::testing::request;
    use super::*;

    #[test]
    fn each_stratum_has_its_own_rate() {
        let mut requests: Vec<_> =
            (0..40).map(|n| request(n, &[Role::Independent; 2], if n < 10 { 0.99 } else { 0.1 })).collect();
        for (index, request) in requests.iter_mut().enumerate() {
            request.source = Some(if index < 20 { "one".into() } else { "two".into() });
        }
        let rows = strata(&requests, 0.9, &CalibrationSpec::default()).unwrap();
        let find = |stratum: &str, value: &str| {
            let row = rows.iter().find(|row| row.stratum == stratum && row.value == value).unwrap();
            (row.counts.events(), row.counts.trials())
        };
        assert_eq!((find("source", "one"), find("source", "two")), ((20, 40), (0, 40)));
        assert_eq!((find("correctness", "incorrect"), find("uids", "0 and 1")), ((10, 40), (10, 40)));
        let lengths: u64 = rows.iter().filter(|row| row.stratum == "length").map(|row| row.counts.trials()).sum();
        assert_eq!(lengths, 80);
    }

    /// As single responses an interval of clustered flags missed the rate nearly every fourth time.
    #[test]
    fn intervals_of_strata_keep_requests_together() {
        let mut requests: Vec<_> = (0..400)
            .map(|n| request(n, &[Role::Independent; 9], if n.is_multiple_of(3) { 0.99 } else { 0.1 }))
            .collect();
        requests.iter_mut().for_each(|request| request.source = Some("one".into()));
        let mut spec = CalibrationSpec::default();
        spec.bootstrap.resamples = 500;
        let width = |ends: Interval| ends.high - ends.low;
        let wider = |quoted: Option<Quoted>, wilson: Option<Interval>| {
            width(quoted.unwrap().interval) > 2.0 * width(wilson.unwrap())
        };
        let rows = strata(&requests, 0.9, &spec).unwrap();
        let source = rows.iter().find(|row| row.stratum == "source").unwrap();
        assert!(wider(source.quoted, source.wilson), "{source:?}");
        // A pair of miners meets once in a request.
        let uids = rows.iter().find(|row| row.stratum == "uids").unwrap();
        assert_eq!(uids.quoted.map(|quoted| quoted.basis), Some(Basis::Exact));
    }

    #[test]
    fn copies_are_no_false_positives_in_any_stratum() {
        let requests = [request(0, &[Role::Original, Role::Copy, Role::Independent], 0.99)];
        let rows = strata(&requests, 0.5, &CalibrationSpec::default()).unwrap();
        assert!(rows.iter().all(|row| row.value != "0 and 1"));
        assert!(rows.iter().filter(|row| row.unit == Unit::Response).all(|row| row.counts.trials() == 1));
    }

    #[test]
    fn pairs_that_no_validator_flags_are_in_no_stratum() {
        let mut request = request(0, &[Role::Independent; 3], 0.99);
        request.responses[..2].iter_mut().for_each(|response| response.rewarded = false);
        let rows = strata(&[request], 0.5, &CalibrationSpec::default()).unwrap();
        let uids: Vec<&str> = rows.iter().filter(|row| row.stratum == "uids").map(|row| row.value.as_str()).collect();
        assert_eq!(uids, ["0 and 2", "1 and 2"]);
    }

    #[test]
    fn length_bins_are_at_the_quartiles() {
        assert_eq!(length_bin(5, &[10, 20]), "    0 to     9 characters");
        assert_eq!(length_bin(10, &[10, 20]), "   10 to    19 characters");
        assert_eq!(length_bin(99, &[10, 20]), "   20 or more characters");
        assert_eq!(length_bin(0, &[]), "    0 or more characters");
    }
}

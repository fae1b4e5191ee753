//! Whether anything changes over time: the false-positive rate in windows of time, and how the penalties of each window
//! differ from all the others'.

use super::by_cluster::{ByCluster, ClusterRate};
use super::clusters::Clusters;
use super::rates::Quoted;
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use crate::stats::drift::Drift;
use crate::stats::{Confidence, Interval, Proportion, StatsError};

/// Windows of time, where there are as many clusters.
const WINDOWS: usize = 10;

/// The false-positive rate of one window of time.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowRow {
    /// Number of the window, from 0.
    pub window: usize,
    /// Requests in it.
    pub requests: u64,
    /// Time of its first and last request, in seconds since 1970, where that was recorded. A problem that is sent again
    /// reaches into later windows.
    pub times: Option<(f64, f64)>,
    /// Flags and trials of responses.
    pub counts: Proportion,
    /// Wilson's interval; it takes the trials as independent.
    pub wilson: Option<Interval>,
    /// The interval to quote, which keeps requests, or problems, together.
    pub quoted: Option<Quoted>,
    /// How the largest penalties of its minibatches differ from those of all other windows.
    pub drift: Option<Drift>,
}

/// Rates in windows of time, which hold equal numbers of requests, or of problems where they are named: by the time of
/// their first requests where all have one, else in the order of the recording.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn windows(
    requests: &[RequestScores],
    threshold: f64,
    spec: &CalibrationSpec,
) -> Result<Vec<WindowRow>, StatsError> {
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let windows = in_order(requests);
    // Drift is looked at in what is independent of each other: the clusters, each with one score per minibatch.
    let largest = |cluster: &Vec<usize>| -> Vec<f64> {
        let scores = |&number: &usize| requests[number].scores(spec.profile, Unit::Minibatch, Class::Independent);
        cluster.iter().flat_map(scores).collect()
    };
    let blocks: Vec<Vec<Vec<f64>>> = windows.iter().map(|window| window.iter().map(largest).collect()).collect();
    let drifts = spec.bootstrap.drifts(&blocks)?;
    let row = |(window, drift): (usize, Option<Drift>)| {
        let mut tally = ByCluster::default();
        for (cluster, members) in windows[window].iter().enumerate() {
            let scores = |&number: &usize| requests[number].scores(spec.profile, Unit::Response, Class::Independent);
            members.iter().flat_map(scores).for_each(|score| tally.add(cluster, score > threshold));
        }
        let ClusterRate { found, quoted } = tally.rate(spec)?;
        let members = || windows[window].iter().flatten();
        let times: Option<Vec<f64>> = members().map(|&number| requests[number].recorded_at).collect();
        let end = |pick: fn(f64, f64) -> f64| times.as_ref()?.iter().copied().reduce(pick);
        Ok(WindowRow {
            window,
            requests: members().count() as u64,
            times: end(f64::min).zip(end(f64::max)),
            counts: found.counts,
            wilson: found.counts.wilson(confidence),
            quoted,
            drift,
        })
    };
    drifts.into_iter().enumerate().map(row).collect()
}

/// The clusters of each window, each with its requests.
fn in_order(requests: &[RequestScores]) -> Vec<Vec<Vec<usize>>> {
    let mut clusters = Clusters::of(requests).members().to_vec();
    if requests.iter().all(|request| request.recorded_at.is_some()) {
        let first = |cluster: &Vec<usize>| {
            let times = cluster.iter().filter_map(|&number| requests[number].recorded_at);
            times.fold(f64::INFINITY, f64::min)
        };
        clusters.sort_by(|a, b| first(a).total_cmp(&first(b)));
    }
    let (count, windows) = (clusters.len(), clusters.len().min(WINDOWS));
    let bounds = |window: usize| window * count / windows..(window + 1) * count / windows;
    (0..windows).map(|window| clusters[bounds(window)].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;

    /// Recorded backwards: the late half, which comes first in the file, is more alike.
    fn late_first() -> Vec<RequestScores> {
        let one = |n: usize| {
            let value = (if n < 50 { 0.8 } else { 0.2 }) + (n % 10) as f32 / 100.0;
            let mut request = request(n, &[Role::Independent; 3], value);
            request.recorded_at = Some(1000.0 - n as f64);
            request
        };
        (0..100).map(one).collect()
    }

    #[test]
    fn windows_follow_the_clock_and_see_a_change() {
        let rows = windows(&late_first(), 0.8, &CalibrationSpec::default()).unwrap();
        assert_eq!(rows.len(), 10);
        assert_eq!((rows[0].counts.events(), rows[9].counts.events()), (0, 30));
        assert_eq!(rows[0].times, Some((901.0, 910.0)));
        for row in &rows {
            // A window of one half, against ninety of which fifty are of the other half.
            let drift = row.drift.unwrap();
            assert!((drift.distance - 50.0 / 90.0).abs() < 1e-9 && drift.chance.unwrap().p_value < 0.05, "{drift:?}");
        }
        let mut unordered = late_first();
        unordered[0].recorded_at = None;
        let rows = windows(&unordered, 0.8, &CalibrationSpec::default()).unwrap();
        assert_eq!((rows[0].counts.events(), rows[9].counts.events()), (30, 0), "in the order of the recording");
        assert_eq!((rows[0].times, rows[9].times), (None, Some((901.0, 910.0))));
    }

    #[test]
    fn a_problem_is_in_one_window_and_one_block() {
        let mut requests = late_first();
        for (number, request) in requests.iter_mut().enumerate() {
            request.problem = Some(format!("p{}", number % 50).into());
        }
        let rows = windows(&requests, 0.8, &CalibrationSpec::default()).unwrap();
        // Each of 50 problems is sent twice, once in either half.
        assert!(rows.iter().all(|row| row.requests == 10));
        assert!(rows.iter().all(|row| row.drift.unwrap().chance.is_some_and(|chance| chance.p_value > 0.05)));
        assert_eq!(rows[0].times, Some((901.0, 955.0)));
    }

    #[test]
    fn fewer_clusters_than_windows_are_a_window_each() {
        let rows = windows(&late_first()[..4], 0.8, &CalibrationSpec::default()).unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.requests == 1 && row.drift.unwrap().chance.is_none()));
        assert!(windows(&[], 0.8, &CalibrationSpec::default()).unwrap().is_empty());
    }

    #[test]
    fn intervals_of_windows_keep_requests_together() {
        let alike = |n: usize| if n.is_multiple_of(3) { 0.99 } else { 0.1 };
        let requests: Vec<_> = (0..400).map(|n| request(n, &[Role::Independent; 9], alike(n))).collect();
        let mut spec = CalibrationSpec::default();
        spec.bootstrap.resamples = 500;
        let width = |ends: Interval| ends.high - ends.low;
        let rows = windows(&requests, 0.9, &spec).unwrap();
        assert!(rows.iter().all(|row| width(row.quoted.unwrap().interval) > 2.0 * width(row.wilson.unwrap())));
    }
}

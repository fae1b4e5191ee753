//! How sure a place on a front is: the share of resamples of requests in which a contender is on it.

use rayon::prelude::*;

use super::clusters::Clusters;
use super::responses::ResponseRow;
use crate::stats::bootstrap::PURPOSE;
use crate::stats::{BootstrapSpec, Draws};

/// Fronts: two kinds of completeness, each with two of speed.
const FRONTS: usize = 4;

/// Shares by contender, of each front: completeness and speed in the order of their enumerations.
pub(super) type Shares = Vec<[f64; FRONTS]>;

/// Two kinds of completeness and two of speed of a contender in a resample.
type Point = ([f64; 2], [f64; 2]);

/// The rows of a contender as far as a front reads them.
struct Own {
    /// Sums of a cluster: responses, fields, valid fields, answers and their seconds.
    sums: Vec<(u32, [f64; 5])>,
    /// Seconds of answers, rising, and their clusters.
    seconds: Vec<(u32, f64)>,
}

impl Own {
    fn new<'a>(rows: impl Iterator<Item = &'a ResponseRow>, clusters: Clusters) -> Self {
        let mut found = Self { sums: Vec::new(), seconds: Vec::new() };
        let Self { sums, seconds } = &mut found;
        for row in rows {
            let cluster = clusters.of(row.request) as u32;
            if sums.last().is_none_or(|last| last.0 != cluster) {
                sums.push((cluster, [0.0; 5]));
            }
            let answers = f64::from(u8::from(row.seconds.is_some()));
            let fields = [row.fields, row.valid_fields, row.seconds].map(|value| value.unwrap_or(0.0));
            let more = [1.0, fields[0], fields[1], answers, fields[2]];
            if let Some((_, sums)) = sums.last_mut() {
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
            seconds.extend(row.seconds.map(|seconds| (cluster, seconds)));
        }
        seconds.sort_by(|one, other| one.1.total_cmp(&other.1));
        found
    }

    /// Where it lies if each cluster is there so many times; `None` without an answer.
    fn point(&self, times: &[u32]) -> Option<Point> {
        let mut all = [0.0; 5];
        for (cluster, sums) in &self.sums {
            let times = f64::from(times[*cluster as usize]);
            all.iter_mut().zip(sums).for_each(|(all, sum)| *all += times * sum);
        }
        let [responses, fields, valid_fields, answers, seconds] = all;
        let median = self.median(times, answers as u64)?;
        Some(([fields / responses, valid_fields / responses], [seconds / answers, median]))
    }

    /// The median of so many seconds, between the middle two of an even number.
    fn median(&self, times: &[u32], count: u64) -> Option<f64> {
        let middle = [count.checked_sub(1)? / 2, count / 2];
        let (mut before, mut lower) = (0, None);
        for &(cluster, seconds) in &self.seconds {
            before += u64::from(times[cluster as usize]);
            lower = lower.or((before > middle[0]).then_some(seconds));
            if before > middle[1] {
                return lower.map(|lower| lower + (seconds - lower) / 2.0);
            }
        }
        None
    }
}

/// In which share of resamples each contender is on each front; `own` gives the rows that count.
pub(super) fn shares<'a, I: Iterator<Item = &'a ResponseRow>>(
    own: impl Fn(usize) -> I + Sync,
    contenders: usize,
    clusters: Clusters,
    bootstrap: &BootstrapSpec,
) -> Shares {
    let resamples = bootstrap.resamples;
    let times: Vec<Vec<u32>> =
        (0..resamples as u64).map(|resample| drawn(clusters, bootstrap.seed, resample)).collect();
    let points: Vec<Vec<Option<Point>>> = (0..contenders)
        .into_par_iter()
        .map(|contender| {
            let own = Own::new(own(contender), clusters);
            times.iter().map(|times| own.point(times)).collect()
        })
        .collect();
    let count = |mut counts: Vec<[u32; FRONTS]>, resample: usize| {
        for (front, place) in (0..FRONTS).map(|front| (front, [front / 2, front % 2])) {
            let of = |(contender, points): (usize, &Vec<Option<Point>>)| {
                points[resample].map(|point| (contender, [point.0[place[0]], point.1[place[1]]]))
            };
            let points = points.iter().enumerate().filter_map(of).collect();
            on_front(points).into_iter().for_each(|contender| counts[contender][front] += 1);
        }
        counts
    };
    let none = || vec![[0; FRONTS]; contenders];
    let add = |mut one: Vec<[u32; FRONTS]>, other: Vec<[u32; FRONTS]>| {
        one.iter_mut().flatten().zip(other.iter().flatten()).for_each(|(sum, more)| *sum += more);
        one
    };
    let counts = (0..resamples).into_par_iter().fold(none, count).reduce(none, add);
    counts.into_iter().map(|counts| counts.map(|count| f64::from(count) / resamples as f64)).collect()
}

/// How often a resample holds each cluster: the draws of [`BootstrapSpec::totals`].
fn drawn(clusters: Clusters, seed: u64, resample: u64) -> Vec<u32> {
    let (mut times, mut draws) = (vec![0; clusters.count], Draws::new(seed, PURPOSE, resample));
    (0..clusters.count).for_each(|_| times[draws.below(clusters.count)] += 1);
    times
}

/// Who is on the front of points of completeness and seconds: nobody is as complete and as fast and better in one of both.
pub(super) fn on_front(mut points: Vec<(usize, [f64; 2])>) -> Vec<usize> {
    points.sort_unstable_by(|(_, one), (_, other)| one[1].total_cmp(&other[1]).then(other[0].total_cmp(&one[0])));
    let (mut found, mut best) = (Vec::new(), f64::NEG_INFINITY);
    // Of equally fast ones the most complete stand first.
    for equal in points.chunk_by(|one, other| one.1[1] == other.1[1]) {
        let most = equal[0].1[0];
        if most > best {
            found.extend(equal.iter().take_while(|one| one.1[0] == most).map(|one| one.0));
            best = most;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{issue, made_up};
    use super::super::responses::responses;
    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 50, confidence: 0.9, seed: 7 };

    #[test]
    fn a_front_holds_equal_points_and_nobody_who_is_beaten() {
        let points = [[0.9, 2.0], [0.9, 2.0], [0.5, 2.0], [0.9, 3.0], [1.0, 4.0], [0.1, 1.0], [0.1, 1.5]];
        let mut found = on_front(points.into_iter().enumerate().collect());
        found.sort_unstable();
        assert_eq!(found, [0, 1, 4, 5]);
        assert!(on_front(Vec::new()).is_empty());
    }

    #[test]
    fn a_point_is_that_of_the_rows_as_often_as_they_are_drawn() {
        let recording = made_up(9, 1, 21);
        let rows = responses(&recording, &issue());
        let own = Own::new(rows.iter(), Clusters::new(9));
        let times = [2, 0, 1, 3, 0, 1, 1, 0, 1];
        let again = || rows.iter().zip(times).flat_map(|(row, times)| std::iter::repeat_n(row, times as usize));
        let (completeness, seconds) = own.point(&times).unwrap();
        let mean = |values: Vec<f64>| super::super::clusters::mean(values.into_iter()).unwrap();
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        close(completeness[0], mean(again().map(|row| row.fields.unwrap_or(0.0)).collect()));
        close(completeness[1], mean(again().map(|row| row.valid_fields.unwrap_or(0.0)).collect()));
        close(seconds[0], mean(again().filter_map(|row| row.seconds).collect()));
        close(seconds[1], super::super::clusters::median(again().filter_map(|row| row.seconds).collect()).unwrap());
        assert_eq!(own.point(&[0; 9]), None);
    }

    #[test]
    fn one_request_is_always_the_same_and_many_are_not() {
        let shares = |requests: usize| {
            let rows = responses(&made_up(requests, 5, 22), &issue());
            let own = |contender: usize| rows.iter().filter(move |row| row.contender == contender);
            shares(own, 5, Clusters::new(requests), &SPEC)
        };
        assert!(shares(1).as_flattened().iter().all(|&share| share == 0.0 || share == 1.0));
        let many = shares(30);
        let unsure = many.as_flattened().iter().filter(|&&share| share > 0.0 && share < 1.0).count();
        assert!(unsure > 0, "{many:?}");
    }
}

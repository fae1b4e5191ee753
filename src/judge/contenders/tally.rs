//! What became of the requests that a policy would have sent where they were sent, window by window, and how it would have
//! shared them out.

use super::recording::{Recording, Request};
use crate::stats::ratio::{Sums, ratios};
use crate::stats::shares::{Trials, share};
use crate::stats::{BootstrapSpec, Confidence, Estimate, Interval};

/// HTTP status of an answer.
const OK: u32 = 200;
/// HTTP status of a refusal for want of room.
const BUSY: u32 = 429;
/// HTTP status of a failure.
const FAILED: u32 = 500;

const SECONDS: Interval = Interval { low: 0.0, high: f64::INFINITY };

/// What a policy came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fared {
    /// The policy, as a place among all.
    pub policy: usize,
    /// Requests that were replayed.
    pub requests: u64,
    /// Share of them whose outcome is known: sent to whom the policy picks, with a known status.
    pub coverage: Option<Estimate>,
    /// Of what is known: by the requests as they were sent.
    pub observed: Rates,
    /// The same, each request over the probability with which it was sent; nothing unless all are known.
    pub weighted: Option<Rates>,
    /// Gini coefficient of the requests among the contenders of a task, mean over tasks by requests.
    pub gini: Option<f64>,
    /// Contenders that took something.
    pub present: usize,
    /// Those of them that would have got less than one request.
    pub starved: usize,
    /// Requests that each contender would have got, by its place; nothing of those that never took any.
    pub loads: Vec<Option<f64>>,
}

impl Fared {
    /// How requests went: of all of them where it is known with which probability each was sent, of the covered ones else.
    pub fn rates(&self) -> &Rates {
        self.weighted.as_ref().unwrap_or(&self.observed)
    }

    /// The share of all requests that go to each share of the contenders, the least asked first: the Lorenz curve.
    pub fn lorenz(&self) -> Vec<[f64; 2]> {
        let mut loads: Vec<f64> = self.loads.iter().copied().flatten().collect();
        loads.sort_by(f64::total_cmp);
        let (total, count) = (loads.iter().sum::<f64>(), loads.len() as f64);
        let mut sum = 0.0;
        let point = |(place, load): (usize, f64)| {
            sum += load;
            [(place + 1) as f64 / count, sum / total]
        };
        std::iter::once([0.0; 2]).chain(loads.into_iter().enumerate().map(point)).collect()
    }
}

/// How requests went.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Share with status 200.
    pub success: Option<Estimate>,
    /// Share with status 429.
    pub n429: Option<Estimate>,
    /// Share with status 500.
    pub n500: Option<Estimate>,
    /// Mean seconds to the end of an answer.
    pub seconds: Option<Estimate>,
}

/// A request, and the probability that a policy sends it where it was sent.
pub(super) struct Outcome<'a> {
    pub window: usize,
    pub chance: f64,
    pub request: &'a Request,
}

/// Sums over the requests of a window.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    covered: Trials,
    observed: Sum,
    weighted: Sum,
}

/// Sums of requests, each by a weight.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    success: Trials,
    n429: Trials,
    n500: Trials,
    seconds: Sums,
}

impl Sum {
    fn add(&mut self, request: &Request, status: u32, weight: f64) {
        let of = |wanted: u32| f64::from(u8::from(status == wanted));
        self.success.add(weight, of(OK));
        self.n429.add(weight, of(BUSY));
        self.n500.add(weight, of(FAILED));
        if let (OK, Some(seconds)) = (status, request.response_time) {
            self.seconds.add(Sums { above: weight * seconds, below: weight });
        }
    }
}

/// The running sums of a policy.
pub(super) struct Tally {
    windows: Vec<Window>,
    requests: u64,
    has_propensities: bool,
    /// Requests by contender.
    loads: Vec<f64>,
    is_present: Vec<bool>,
}

impl Tally {
    pub fn new(windows: usize, contenders: usize) -> Self {
        Self {
            windows: vec![Window::default(); windows],
            requests: 0,
            has_propensities: true,
            loads: vec![0.0; contenders],
            is_present: vec![false; contenders],
        }
    }

    /// Takes a request; `chances` are those of the contenders at `places` to be tried first.
    pub fn take(&mut self, outcome: &Outcome<'_>, places: &[usize], chances: &[f64]) {
        let Outcome { window, chance, request } = *outcome;
        let window = &mut self.windows[window];
        self.requests += 1;
        let known = request.status.map_or(0.0, |_| chance);
        window.covered.add(1.0, known);
        self.has_propensities &= request.propensity.is_some();
        if let Some(status) = request.status.filter(|_| chance > 0.0) {
            window.observed.add(request, status, chance);
            if let Some(propensity) = request.propensity {
                window.weighted.add(request, status, chance / propensity);
            }
        }
        for (&place, chance) in places.iter().zip(chances) {
            self.loads[place] += chance;
            self.is_present[place] = true;
        }
    }

    pub fn finish(self, policy: usize, recording: &Recording, bootstrap: Option<&BootstrapSpec>) -> Fared {
        let confidence = bootstrap.and_then(|spec| Confidence::new(spec.confidence).ok());
        let rate = |read: &dyn Fn(&Window) -> Trials| {
            let column: Vec<Trials> = self.windows.iter().map(read).collect();
            match confidence {
                Some(confidence) => share(&column, confidence),
                None => plain(column.iter().map(|trials| trials.sums)),
            }
        };
        let seconds = |of: fn(&Window) -> &Sum| {
            let column: Vec<Sums> = self.windows.iter().map(|window| of(window).seconds).collect();
            match bootstrap {
                Some(bootstrap) => ratios(&[column], SECONDS, bootstrap).remove(0),
                None => plain(column.into_iter()),
            }
        };
        let rates = |of: fn(&Window) -> &Sum| Rates {
            success: rate(&|window| of(window).success),
            n429: rate(&|window| of(window).n429),
            n500: rate(&|window| of(window).n500),
            seconds: seconds(of),
        };
        let is_starved = |place: &usize| self.is_present[*place] && self.loads[*place] < 1.0;
        let present = self.is_present.iter().filter(|is| **is).count();
        Fared {
            policy,
            requests: self.requests,
            coverage: rate(&|window| window.covered),
            observed: rates(|window| &window.observed),
            weighted: (self.has_propensities && self.requests > 0).then(|| rates(|window| &window.weighted)),
            gini: self.gini(recording),
            present,
            starved: (0..self.loads.len()).filter(is_starved).count(),
            loads: self.loads.iter().zip(&self.is_present).map(|(&load, &is)| is.then_some(load)).collect(),
        }
    }

    /// Mean of the tasks' coefficients, each by its requests.
    fn gini(&self, recording: &Recording) -> Option<f64> {
        let mut by_task: Vec<Vec<f64>> = vec![Vec::new(); recording.tasks.len()];
        for (place, contender) in recording.contenders.iter().enumerate().filter(|(place, _)| self.is_present[*place]) {
            by_task[contender.task as usize].push(self.loads[place]);
        }
        let mut sums = Sums::default();
        for loads in by_task {
            let total: f64 = loads.iter().sum();
            if total > 0.0 {
                sums.add(Sums { above: total * gini(loads, total), below: total });
            }
        }
        (sums.below > 0.0).then(|| sums.above / sums.below)
    }
}

/// A ratio without an interval.
fn plain(sums: impl Iterator<Item = Sums>) -> Option<Estimate> {
    let mut all = Sums::default();
    sums.for_each(|one| all.add(one));
    (all.below > 0.0).then(|| Estimate { value: all.above / all.below, interval: None })
}

/// Gini coefficient of loads with a total above 0: 0 where all are equal, towards 1 where one has all.
fn gini(mut loads: Vec<f64>, total: f64) -> f64 {
    loads.sort_by(f64::total_cmp);
    let count = loads.len() as f64;
    let ranked: f64 = loads.iter().zip(1..).map(|(load, rank)| load * f64::from(rank)).sum();
    (2.0 * ranked / (count * total) - (count + 1.0) / count).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gini_coefficient_tells_equal_from_one_for_all() {
        assert_eq!(gini(vec![2.0, 2.0, 2.0], 6.0), 0.0);
        assert!((gini(vec![0.0, 0.0, 0.0, 8.0], 8.0) - 0.75).abs() < 1e-15);
        // Mean absolute difference over twice the mean: (1 + 3 + 2) · 2 / 9 / (2 · 7 / 3).
        assert!((gini(vec![4.0, 1.0, 2.0], 7.0) - (12.0 / 9.0) / (14.0 / 3.0)).abs() < 1e-15);
    }
}

//! The verdict of a gate: whether the false-positive rate is shown to be at most a limit. Bounds count whole requests,
//! because the units of one request depend on each other.

use super::rates::{Part, RateRow, rates};
use super::run::CalibrationSpec;
use super::scores::{Class, RequestScores, Unit};
use crate::stats::threshold::scores_needed;
use crate::stats::{BootstrapSpec, Confidence, Interval, Proportion, StatsError, Verdict};

/// The narrowest central interval that is asked for, at a confidence of one half.
const NARROWEST: f64 = 1e-9;

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateVerdict {
    /// The upper bound of the rate is at most the limit.
    Passed,
    /// The upper bound is above the limit.
    Failed,
    /// It is, too, but so few are the requests that even without a flag it would be, and nothing shows a violation.
    Inconclusive,
}

/// The gate's judgement of the false-positive rate at the threshold in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The largest rate allowed.
    pub max_fpr: f64,
    /// Of what.
    pub unit: Unit,
    /// The threshold.
    pub threshold: f64,
    /// Flags and trials, of all requests.
    pub counts: Proportion,
    /// One-sided bounds of the rate, each at the stated confidence; `None` without a trial.
    pub bounds: Option<Interval>,
    /// Requests that are needed to pass at best.
    pub needs: u64,
    /// Requests with such a unit.
    pub requests: u64,
    /// The verdict.
    pub verdict: GateVerdict,
}

/// Judges the false-positive rate of all requests.
pub(super) fn gate(
    rates: &[RateRow],
    requests: &[RequestScores],
    threshold: f64,
    spec: &CalibrationSpec,
) -> Result<Option<Gate>, StatsError> {
    let Some((max_fpr, unit)) = spec.gate else { return Ok(None) };
    let wanted = (unit, Class::Independent, Part::All, threshold);
    let Some(row) = rates.iter().find(|row| (row.unit, row.class, row.part, row.threshold) == wanted) else {
        return Ok(None);
    };
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let bounds = bounds(row, requests, confidence, spec)?;
    let needs = scores_needed(max_fpr, confidence)?;
    let verdict = match Verdict::of(bounds, max_fpr) {
        Verdict::Within => GateVerdict::Passed,
        Verdict::Inconclusive if row.requests < needs => GateVerdict::Inconclusive,
        Verdict::Inconclusive | Verdict::Exceeded => GateVerdict::Failed,
    };
    let (counts, requests) = (row.counts, row.requests);
    Ok(Some(Gate { max_fpr, unit, threshold, counts, bounds, needs, requests, verdict }))
}

/// The wider of the bounds from counting whole requests and of the bootstrap's over requests.
fn bounds(
    row: &RateRow,
    requests: &[RequestScores],
    confidence: Confidence,
    spec: &CalibrationSpec,
) -> Result<Option<Interval>, StatsError> {
    let Some(counted) = row.clusters.one_sided_bounds(confidence) else { return Ok(None) };
    // Minibatches are independent, and without a flag the bootstrap knows nothing.
    if row.unit == Unit::Minibatch || row.counts.events() == 0 {
        return Ok(Some(counted));
    }
    let resampled = resampled(row, requests, confidence, spec)?.unwrap_or(counted);
    Ok(Some(Interval { low: counted.low.min(resampled.low), high: counted.high.max(resampled.high) }))
}

/// The bootstrap's one-sided bounds.
fn resampled(
    row: &RateRow,
    requests: &[RequestScores],
    confidence: Confidence,
    spec: &CalibrationSpec,
) -> Result<Option<Interval>, StatsError> {
    // A central interval at 2c − 1 ends at the one-sided bounds at c; below one half, they have changed places.
    let central = 2.0 * confidence.level() - 1.0;
    let bootstrap = BootstrapSpec { confidence: central.abs().max(NARROWEST), ..spec.bootstrap };
    let spec = CalibrationSpec { bootstrap, ..spec.clone() };
    let rows = rates(requests, Part::All, &[row.threshold], &spec)?;
    let found = rows.into_iter().find(|other| (other.unit, other.class) == (row.unit, row.class));
    let ends = found.and_then(|row| row.clustered.bca.or(row.clustered.percentile));
    Ok(ends.map(|ends| if central < 0.0 { Interval { low: ends.high, high: ends.low } } else { ends }))
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;
    use crate::stats::binomial;

    fn spec(unit: Unit, max_fpr: f64) -> CalibrationSpec {
        let mut spec =
            CalibrationSpec { gate: Some((max_fpr, unit)), threshold: Some(0.95), ..CalibrationSpec::default() };
        spec.bootstrap.resamples = 400;
        spec
    }

    fn requests(count: usize, flagged: usize) -> Vec<RequestScores> {
        (0..count).map(|n| request(n, &[Role::Independent; 4], if n < flagged { 1.0 } else { 0.3 })).collect()
    }

    fn judged(requests: &[RequestScores], spec: &CalibrationSpec) -> Gate {
        let rates = rates(requests, Part::All, &[0.95], spec).unwrap();
        gate(&rates, requests, 0.95, spec).unwrap().unwrap()
    }

    fn verdict(count: usize, flagged: usize, unit: Unit) -> (GateVerdict, Interval) {
        let gate = judged(&requests(count, flagged), &spec(unit, 0.05));
        (gate.verdict, gate.bounds.unwrap())
    }

    #[test]
    fn the_gate_lets_pass_what_is_shown_to_be_rare() {
        for unit in Unit::ALL {
            assert_eq!(verdict(400, 4, unit).0, GateVerdict::Passed, "{unit}");
            assert_eq!(verdict(400, 18, unit).0, GateVerdict::Failed, "4.5 % may well be more than 5 %: {unit}");
            assert_eq!(verdict(50, 0, unit).0, GateVerdict::Inconclusive, "59 requests are needed: {unit}");
            assert_eq!(verdict(59, 0, unit).0, GateVerdict::Passed, "{unit}");
        }
        let (_, bounds) = verdict(59, 0, Unit::Response);
        assert!((bounds.high - 0.0495).abs() < 1e-3, "one request in 59, not one response in 236");
    }

    #[test]
    fn a_plain_violation_fails_however_few_the_requests() {
        for unit in Unit::ALL {
            assert_eq!(verdict(50, 40, unit).0, GateVerdict::Failed, "{unit}");
            assert_eq!(verdict(50, 50, unit).0, GateVerdict::Failed, "{unit}");
            assert_eq!(verdict(50, 3, unit).0, GateVerdict::Inconclusive, "6 % may well be less than 5 %: {unit}");
        }
        assert_eq!(verdict(2, 1, Unit::Response).0, GateVerdict::Inconclusive, "one event shows little");
    }

    #[test]
    fn one_event_counts_once_in_every_unit() {
        let bound = |unit| judged(&requests(1000, 1), &spec(unit, 0.004)).bounds.unwrap().high;
        for unit in Unit::ALL {
            assert_eq!(judged(&requests(1000, 1), &spec(unit, 0.004)).verdict, GateVerdict::Failed, "{unit}");
            assert!((bound(unit) - bound(Unit::Minibatch)).abs() < 1e-12, "{unit}");
        }
    }

    /// Of 1000 requests that are wholly flagged or not at all, K are flagged: K is binomial. At a true rate that is the
    /// limit, or just above it, the gate passes in 5 of 100 recordings at most.
    #[test]
    fn a_gate_at_95_percent_is_wrong_in_5_of_100_recordings_at_most() {
        for unit in Unit::ALL {
            let bound = |flagged: u64| judged(&requests(1000, flagged as usize), &spec(unit, 0.5)).bounds.unwrap().high;
            let bounds: Vec<f64> = (0..14).map(bound).collect();
            assert!(bounds.is_sorted(), "{bounds:?}");
            for limit in bounds[..13].iter().copied().chain([0.004, 0.005, 0.01]) {
                let passing = bounds.iter().filter(|bound| **bound <= limit).count() as u64;
                let wrong = if passing == 0 { 0.0 } else { binomial::at_most(passing - 1, 1000, limit) };
                assert!(wrong <= 0.05 + 1e-9, "{unit}, limit {limit}: {wrong}");
            }
        }
    }

    #[test]
    fn a_low_confidence_keeps_requests_together() {
        // A fifth of the requests has two of four flagged: as single responses they would be known far better.
        let partly = |n: usize| {
            let mut request = request(n, &[Role::Independent; 4], 0.3);
            let flagged = if n.is_multiple_of(5) { 2 } else { 0 };
            request.responses[..flagged].iter_mut().for_each(|one| one.penalty.total = 1.0);
            request
        };
        let requests: Vec<_> = (0..200).map(partly).collect();
        let bounds = |confidence: f64| {
            let mut spec = spec(Unit::Response, 0.5);
            spec.bootstrap.confidence = confidence;
            judged(&requests, &spec).bounds.unwrap()
        };
        let [lower, low, half, high] = [0.2, 0.45, 0.5, 0.6].map(bounds);
        assert!(lower.high <= low.high && low.high <= half.high && half.high <= high.high);
        assert!(low.high >= 0.1 * 0.95 && half.high >= 0.1, "{low:?} {half:?}");
        assert!(half.low <= half.high && high.low <= 0.1);
    }

    #[test]
    fn nothing_is_decided_on_nothing() {
        let found = judged(&[], &spec(Unit::Pair, 0.05));
        assert_eq!((found.verdict, found.bounds), (GateVerdict::Inconclusive, None));
    }
}

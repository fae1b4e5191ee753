//! The verdict of a gate: whether the false-positive rate is shown to be at most a limit, or shown to be above it, or
//! neither. Bounds count whole clusters, because the units of one request, or of one problem, depend on each other.

use super::rates::{Part, RateRow, rates};
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use super::thresholds::{ThresholdRow, in_use, judged_part};
use crate::stats::{BootstrapSpec, Confidence, Interval, Proportion, StatsError, Verdict};

/// The narrowest central interval that is asked for, at a confidence of one half.
const NARROWEST: f64 = 1e-9;

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateVerdict {
    /// The upper bound of the rate is at most the limit.
    Passed,
    /// The lower bound is above the limit.
    Failed,
    /// The limit lies between the bounds: neither is shown.
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
    /// The requests that are counted: those that had no part in choosing the threshold.
    pub part: Part,
    /// Flags and trials.
    pub counts: Proportion,
    /// One-sided bounds of the rate, each at the stated confidence; `None` without a trial.
    pub bounds: Option<Interval>,
    /// About how many clusters it takes to pass with probability [`POWER`] where the true rate is half the limit.
    pub needs: u64,
    /// Clusters with such a unit: problems, or requests where no problem is named.
    pub clusters: u64,
    /// Requests with such a unit.
    pub requests: u64,
    /// The verdict.
    pub verdict: GateVerdict,
}

/// The probability to pass that a recording should be large enough for.
pub const POWER: f64 = 0.8;

/// Judges the false-positive rate of the requests that had no part in choosing the threshold; `None` without a limit, or
/// where `rates` lacks that rate.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn gate(
    rates: &[RateRow],
    requests: &[RequestScores],
    thresholds: &[ThresholdRow],
    spec: &CalibrationSpec,
) -> Result<Option<Gate>, StatsError> {
    let Some((max_fpr, unit)) = spec.gate else { return Ok(None) };
    let (threshold, part) = (in_use(thresholds, spec), judged_part(thresholds));
    let wanted = (unit, Class::Independent, part, threshold);
    let Some(row) = rates.iter().find(|row| (row.unit, row.class, row.part, row.threshold) == wanted) else {
        return Ok(None);
    };
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let bounds = bounds(row, requests, confidence, spec)?;
    let needs = row.clusters.clusters_needed(max_fpr, confidence, POWER)?;
    let verdict = match Verdict::of(bounds, max_fpr) {
        Verdict::Within => GateVerdict::Passed,
        Verdict::Inconclusive => GateVerdict::Inconclusive,
        Verdict::Exceeded => GateVerdict::Failed,
    };
    let (counts, clusters, requests) = (row.counts, row.clusters.clusters, row.requests);
    Ok(Some(Gate { max_fpr, unit, threshold, part, counts, bounds, needs, clusters, requests, verdict }))
}

/// The wider of the bounds from counting whole clusters and of the bootstrap's over clusters.
fn bounds(
    row: &RateRow,
    requests: &[RequestScores],
    confidence: Confidence,
    spec: &CalibrationSpec,
) -> Result<Option<Interval>, StatsError> {
    let Some(counted) = row.clusters.one_sided_bounds(confidence) else { return Ok(None) };
    // Without a flag the bootstrap knows nothing.
    if row.clusters.is_independent() || row.counts.events() == 0 {
        return Ok(Some(counted));
    }
    Ok(Some(counted.hull(resampled(row, requests, confidence, spec)?.unwrap_or(counted))))
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
    let rows = rates(requests, row.part, &[row.threshold], &spec)?;
    let found = rows.into_iter().find(|other| (other.unit, other.class) == (row.unit, row.class));
    let ends = found.and_then(|row| row.clustered.bca.or(row.clustered.percentile));
    Ok(ends.map(|ends| if central < 0.0 { Interval { low: ends.high, high: ends.low } } else { ends }))
}

#[cfg(test)]
mod tests {
    use super::super::run::calibrate;
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::super::thresholds::thresholds;
    use super::*;
    use crate::stats::binomial;
    use crate::stats::threshold::trials_for_power;

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
        gate(&rates, requests, &thresholds(requests, spec).unwrap(), spec).unwrap().unwrap()
    }

    fn verdict(count: usize, flagged: usize, unit: Unit) -> (GateVerdict, Interval) {
        let gate = judged(&requests(count, flagged), &spec(unit, 0.05));
        (gate.verdict, gate.bounds.unwrap())
    }

    #[test]
    fn the_gate_lets_pass_what_is_shown_to_be_rare() {
        for unit in Unit::ALL {
            assert_eq!(verdict(400, 4, unit).0, GateVerdict::Passed, "{unit}");
            let open = GateVerdict::Inconclusive;
            assert_eq!(verdict(400, 18, unit).0, open, "4.5 % may well be more than 5 %, and less: {unit}");
            assert_eq!(verdict(50, 0, unit).0, open, "59 requests are needed: {unit}");
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
            assert_eq!(judged(&requests(1000, 1), &spec(unit, 0.004)).verdict, GateVerdict::Inconclusive, "{unit}");
            assert!((bound(unit) / bound(Unit::Minibatch) - 1.0).abs() < 0.01, "{unit}");
        }
    }

    /// At a true rate of half the limit nine of ten gates were called failed, which none is.
    #[test]
    fn what_is_not_shown_is_not_failed() {
        let found = judged(&requests(300, 2), &spec(Unit::Minibatch, 0.01));
        assert_eq!(found.verdict, GateVerdict::Inconclusive);
        assert_eq!(found.needs, trials_for_power(0.01, Confidence::new(0.95).unwrap(), POWER).unwrap());
        let pairs = judged(&requests(300, 2), &spec(Unit::Pair, 0.01));
        let ratio = pairs.needs as f64 / found.needs as f64;
        assert!(
            (1.0..1.06).contains(&ratio),
            "requests that agree are single trials, but for the kind of bound: {ratio}"
        );
        assert_eq!(judged(&requests(300, 10), &spec(Unit::Minibatch, 0.01)).verdict, GateVerdict::Failed);
    }

    /// Thirty of 600 requests have 32 responses, all alike in six of them: pairs of large requests are most of all.
    #[test]
    fn few_large_requests_are_not_many_pairs() {
        let one = |n: usize| {
            let size = if n.is_multiple_of(20) { 32 } else { 4 };
            request(n, &vec![Role::Independent; size], if n == 20 || n == 41 { 1.0 } else { 0.3 })
        };
        let requests: Vec<_> = (0..600).map(one).collect();
        let found = judged(&requests, &spec(Unit::Pair, 0.05));
        assert_eq!(found.counts.events(), 496 + 6);
        // 2.73 % with two requests flagged, of which one is all that counts: as one event of thirty.
        assert!(found.bounds.unwrap().high > 0.1, "{:?}", found.bounds);
        assert_eq!(found.verdict, GateVerdict::Inconclusive);
    }

    #[test]
    fn a_chosen_threshold_is_judged_on_the_other_requests() {
        let requests: Vec<_> =
            (0..800).map(|n| request(n, &[Role::Independent; 2], (n * 7 % 800) as f32 / 800.0)).collect();
        let spec = CalibrationSpec { threshold: None, target_fpr: 0.05, ..spec(Unit::Minibatch, 0.1) };
        let found = calibrate(&requests, &[], &spec).unwrap();
        let gate = found.gate.as_ref().unwrap();
        let in_use = found.thresholds.iter().find(|row| row.in_use).unwrap();
        assert_eq!((in_use.part, gate.part, gate.requests), (Some(Part::Choosing), Part::Reporting, 400));
        assert_eq!(gate.counts, found.rate(Unit::Minibatch, Class::Independent, Part::Reporting).unwrap().counts);
    }

    #[test]
    fn requests_of_one_problem_are_one_event() {
        let mut requests = requests(500, 5);
        let bound = |requests: &[RequestScores]| judged(requests, &spec(Unit::Minibatch, 0.05)).bounds.unwrap().high;
        let apart = bound(&requests);
        for (number, request) in requests.iter_mut().enumerate() {
            request.problem = Some(format!("p{}", number / 5).into());
        }
        let exact = Proportion::new(1, 100).unwrap().one_sided_bounds(Confidence::new(0.95).unwrap()).unwrap().high;
        assert!(bound(&requests) > 1.5 * apart && (bound(&requests) / exact - 1.0).abs() < 0.02);
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

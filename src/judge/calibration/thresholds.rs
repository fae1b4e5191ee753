//! Which thresholds are looked at: the given one, and those that a target false-positive rate asks for. Empirical ones are
//! chosen on one part of the requests, so that the other part can tell what they are worth; the guaranteed one on all.

use super::clusters::Clusters;
use super::rates::Part;
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use crate::stats::threshold::{Guarantee, empirical_threshold, guaranteed_threshold};
use crate::stats::{Confidence, Draws, Scores, StatsError};

/// The purpose that names the streams that draw one request of each problem.
const ONE_EACH: &[u8; 8] = b"calguard";

/// Where a threshold comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThresholdKind {
    /// The user's, or the preset's.
    Given,
    /// The smallest with at most the target rate on the choosing part: true of those requests, promised of no other.
    Empirical,
    /// The smallest that keeps the rate of flagged minibatches at the target with the stated confidence.
    Guaranteed,
}

impl ThresholdKind {
    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Empirical => "empirical",
            Self::Guaranteed => "guaranteed",
        }
    }
}

/// A threshold, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdRow {
    /// Where it comes from.
    pub kind: ThresholdKind,
    /// Unit of the rate that it was chosen for; `None` for a given one.
    pub unit: Option<Unit>,
    /// The rate that it was chosen for; `None` for a given one.
    pub target_fpr: Option<f64>,
    /// Confidence of the guarantee.
    pub confidence: Option<f64>,
    /// The threshold; `None` where there are not enough data.
    pub threshold: Option<f64>,
    /// The requests that it was chosen on; `None` for a given one.
    pub part: Option<Part>,
    /// Independent scores that it was chosen from.
    pub scores: Option<u64>,
    /// How many of them may lie above it.
    pub allowed: Option<u64>,
    /// How many of them do.
    pub above: Option<u64>,
    /// How many of them are equal to it, and so are not flagged.
    pub ties: Option<u64>,
    /// Scores that a guarantee needs, where there are fewer.
    pub needs: Option<u64>,
    /// Whether strata, windows, sizes and attacks are looked at under this one.
    pub in_use: bool,
}

/// All thresholds of a calibration, the one in use marked: a given one if there is one, else the guaranteed if it can
/// flag anything, else the preset's.
///
/// # Errors
/// The target rate or the confidence is none.
pub fn thresholds(requests: &[RequestScores], spec: &CalibrationSpec) -> Result<Vec<ThresholdRow>, StatsError> {
    let mut rows = vec![given(spec.threshold.unwrap_or(spec.preset_threshold))];
    for unit in Unit::ALL {
        rows.push(empirical(unit, &choosing(requests, spec, unit)?, spec.target_fpr)?);
    }
    let part = guaranteed_on(spec);
    let largest = one_of_each_problem(requests, part, spec)?;
    let guaranteed = guaranteed(&largest, spec.target_fpr, Confidence::new(spec.bootstrap.confidence)?)?;
    rows.push(ThresholdRow { part: Some(part), ..guaranteed });
    let last = rows.len() - 1;
    let useful = rows[last].threshold.is_some_and(can_flag);
    let in_use = if spec.threshold.is_none() && useful { last } else { 0 };
    rows[in_use].in_use = true;
    Ok(rows)
}

/// The threshold in use; the preset's where none is.
pub fn in_use(rows: &[ThresholdRow], spec: &CalibrationSpec) -> f64 {
    let used = rows.iter().find(|row| row.in_use).and_then(|row| row.threshold);
    used.unwrap_or(spec.preset_threshold)
}

/// Whether any penalty can lie above a threshold: at 1, not even the exact copy's does.
pub fn can_flag(threshold: f64) -> bool {
    threshold < 1.0
}

/// The requests that the guaranteed threshold is chosen on. The order of the scores is fixed before the recording, so
/// the guarantee needs no other requests and takes all, unless a gate must judge the very threshold that it gives.
fn guaranteed_on(spec: &CalibrationSpec) -> Part {
    if spec.gate.is_some() && spec.threshold.is_none() { Part::Choosing } else { Part::All }
}

/// The requests that tell what the threshold in use is worth: all of them if it was given, those that had no part in
/// choosing it if there are any, else those that it was chosen on.
pub fn judged_part(rows: &[ThresholdRow]) -> Part {
    match rows.iter().find(|row| row.in_use).and_then(|row| row.part) {
        Some(Part::Choosing) => Part::Reporting,
        _ => Part::All,
    }
}

/// The largest score of one independent minibatch of each problem, drawn where there are several: the guarantee holds
/// of scores that are independent of each other.
fn one_of_each_problem(requests: &[RequestScores], part: Part, spec: &CalibrationSpec) -> Result<Scores, StatsError> {
    let clusters = Clusters::of(requests);
    let mut of_problem = vec![Vec::new(); clusters.count()];
    for request in part.of(&clusters, spec) {
        let scores = requests[request].scores(spec.profile, Unit::Minibatch, Class::Independent);
        of_problem[clusters.number(request)].extend(scores);
    }
    let drawn = |(number, scores): (usize, &Vec<f64>)| match scores.len() {
        0 => None,
        several => Some(scores[Draws::new(spec.bootstrap.seed, ONE_EACH, number as u64).below(several)]),
    };
    Scores::new(of_problem.iter().enumerate().filter_map(drawn).collect())
}

/// Scores of independent units among the requests that thresholds are chosen on.
fn choosing(requests: &[RequestScores], spec: &CalibrationSpec, unit: Unit) -> Result<Scores, StatsError> {
    let chosen = Part::Choosing.of(&Clusters::of(requests), spec);
    let of_request = |index: &usize| requests[*index].scores(spec.profile, unit, Class::Independent);
    Scores::new(chosen.iter().flat_map(of_request).collect())
}

fn given(threshold: f64) -> ThresholdRow {
    ThresholdRow {
        kind: ThresholdKind::Given,
        unit: None,
        target_fpr: None,
        confidence: None,
        threshold: Some(threshold),
        part: None,
        scores: None,
        allowed: None,
        above: None,
        ties: None,
        needs: None,
        in_use: false,
    }
}

/// How many of the scores equal the threshold.
fn ties(scores: &Scores, threshold: f64) -> u64 {
    scores.sorted().iter().filter(|score| **score == threshold).count() as u64
}

fn empirical(unit: Unit, scores: &Scores, target_fpr: f64) -> Result<ThresholdRow, StatsError> {
    let found = if scores.is_empty() { None } else { Some(empirical_threshold(scores, target_fpr)?) };
    Ok(ThresholdRow {
        kind: ThresholdKind::Empirical,
        unit: Some(unit),
        target_fpr: Some(target_fpr),
        part: Some(Part::Choosing),
        threshold: found.map(|found| found.threshold),
        scores: Some(scores.len() as u64),
        allowed: found.map(|found| found.allowed),
        above: found.map(|found| found.above.events()),
        ties: found.map(|found| ties(scores, found.threshold)),
        ..given(0.0)
    })
}

fn guaranteed(largest: &Scores, target_fpr: f64, confidence: Confidence) -> Result<ThresholdRow, StatsError> {
    let row = ThresholdRow {
        kind: ThresholdKind::Guaranteed,
        unit: Some(Unit::Minibatch),
        target_fpr: Some(target_fpr),
        confidence: Some(confidence.level()),
        threshold: None,
        scores: Some(largest.len() as u64),
        ..given(0.0)
    };
    Ok(match guaranteed_threshold(largest, target_fpr, confidence)? {
        Guarantee::Threshold(found) => ThresholdRow {
            threshold: Some(found.threshold),
            allowed: Some(found.allowed),
            above: Some(found.above.events()),
            ties: Some(ties(largest, found.threshold)),
            ..row
        },
        Guarantee::NotEnough { needs, .. } => ThresholdRow { needs: Some(needs), ..row },
    })
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;

    fn spread(count: usize) -> Vec<RequestScores> {
        (0..count).map(|n| request(n, &[Role::Independent; 2], (n * 7 % count) as f32 / count as f32)).collect()
    }

    fn spec(target_fpr: f64, threshold: Option<f64>) -> CalibrationSpec {
        CalibrationSpec { target_fpr, threshold, ..CalibrationSpec::default() }
    }

    #[test]
    fn the_guaranteed_one_is_in_use_unless_another_is_given() {
        let requests = spread(1000);
        let in_use = |threshold| {
            let rows = thresholds(&requests, &spec(0.05, threshold)).unwrap();
            assert_eq!(rows.iter().filter(|row| row.in_use).count(), 1);
            rows.into_iter().find(|row| row.in_use).unwrap()
        };
        assert_eq!(in_use(None).kind, ThresholdKind::Guaranteed);
        assert_eq!((in_use(Some(0.9)).kind, in_use(Some(0.9)).threshold), (ThresholdKind::Given, Some(0.9)));
    }

    #[test]
    fn too_few_requests_give_a_number_that_is_needed_and_no_threshold() {
        let rows = thresholds(&spread(100), &spec(0.01, None)).unwrap();
        let guaranteed = rows.last().unwrap();
        assert_eq!((guaranteed.threshold, guaranteed.needs), (None, Some(299)));
        assert_eq!((guaranteed.scores, guaranteed.part), (Some(100), Some(Part::All)), "it needs no hold-out");
        assert!(rows[0].in_use && rows[0].threshold == Some(0.95), "the preset's is used instead");
    }

    /// Of 1000 requests 4 may exceed a threshold for 1 %, not the 1 that half of them allow.
    #[test]
    fn the_guarantee_is_chosen_on_all_requests_unless_a_gate_judges_it() {
        let allowed = |gate| {
            let rows = thresholds(&spread(1000), &CalibrationSpec { gate, ..spec(0.01, None) }).unwrap();
            (rows.last().unwrap().allowed.unwrap(), judged_part(&rows))
        };
        assert_eq!(allowed(None), (4, Part::All));
        assert_eq!(allowed(Some((0.05, Unit::Response))), (1, Part::Reporting));
    }

    #[test]
    fn five_requests_of_a_problem_are_one_score() {
        let mut requests = spread(1000);
        for (number, request) in requests.iter_mut().enumerate() {
            request.problem = Some(format!("p{}", number / 5).into());
        }
        let row = thresholds(&requests, &spec(0.01, None)).unwrap().pop().unwrap();
        assert_eq!((row.scores, row.needs, row.threshold), (Some(200), Some(299), None));
    }

    #[test]
    fn a_guarantee_that_flags_nothing_is_not_used() {
        let mut requests = spread(400);
        requests
            .iter_mut()
            .step_by(20)
            .for_each(|request| *request = super::super::scores::testing::request(0, &[Role::Independent; 2], 1.0));
        let rows = thresholds(&requests, &spec(0.02, None)).unwrap();
        assert_eq!(rows.last().unwrap().threshold, Some(1.0), "a twentieth of the requests holds equal answers");
        assert!(rows[0].in_use && !rows.last().unwrap().in_use);
        let (ties, allowed) = (rows.last().unwrap().ties.unwrap(), rows.last().unwrap().allowed.unwrap());
        assert!(ties > allowed && rows.last().unwrap().above == Some(0), "{ties} equal, {allowed} allowed");
    }

    #[test]
    fn an_empirical_threshold_keeps_its_target_on_the_part_it_was_chosen_on() {
        let (requests, spec) = (spread(400), spec(0.1, None));
        for row in thresholds(&requests, &spec).unwrap().iter().filter(|row| row.kind == ThresholdKind::Empirical) {
            let scores = choosing(&requests, &spec, row.unit.unwrap()).unwrap();
            let above = |threshold| scores.above(threshold).rate().unwrap();
            assert!(above(row.threshold.unwrap()) <= 0.1 && above(row.threshold.unwrap() - 1e-6) > 0.1);
            let counted = (row.above.unwrap(), row.allowed.unwrap(), row.above.unwrap() + row.ties.unwrap());
            assert!(counted.0 <= counted.1 && counted.1 < counted.2, "{counted:?}");
            assert_eq!(counted.1, scores.len() as u64 / 10);
        }
    }

    #[test]
    fn without_a_request_there_are_only_gaps() {
        let rows = thresholds(&[], &spec(0.05, None)).unwrap();
        assert!(rows[1..].iter().all(|row| row.threshold.is_none()), "{rows:?}");
    }
}

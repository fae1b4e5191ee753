//! The whole calibration: thresholds chosen on one part of the requests, rates on all parts, strata, windows, sizes,
//! attacks, and the verdict of a gate.

use std::collections::HashSet;

use super::clusters::Clusters;
use super::collusion::{Meeting, meetings};
use super::curve::{CurveRow, curve};
use super::detection::{Attacked, Detection, detections, with_recorded};
use super::differences::{Difference, differences};
use super::gate::{Gate, gate};
use super::rates::{Part, RateRow, rates};
use super::responders::{Responders, responders};
use super::scores::{Class, RequestScores, Unit};
use super::separation::{Separation, separations};
use super::sizes::{SizeRow, recorded_sizes, sizes};
use super::spec::CalibrationSpec;
use super::strata::{StratumRow, strata};
use super::thresholds::{ThresholdRow, in_use, thresholds};
use super::windows::{WindowRow, windows};
use crate::stats::StatsError;

/// Everything that calibrating a recording finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration {
    /// How it was done.
    pub spec: CalibrationSpec,
    /// Places of the requests that thresholds are chosen on; the others report what they are worth.
    pub choosing: HashSet<usize>,
    /// The thresholds; one of them is in use.
    pub thresholds: Vec<ThresholdRow>,
    /// Rates at each of them: every part, unit and class.
    pub rates: Vec<RateRow>,
    /// What tells the other thresholds from the one in use.
    pub differences: Vec<Difference>,
    /// Rates of false positives of all requests over a grid of thresholds, every unit.
    pub curve: Vec<CurveRow>,
    /// The responders' share of the error, at the threshold in use.
    pub responders: Option<Responders>,
    /// Rates by stratum at the threshold in use.
    pub strata: Vec<StratumRow>,
    /// Rates over time at the threshold in use.
    pub windows: Vec<WindowRow>,
    /// Rates at other minibatch sizes, at the threshold in use.
    pub sizes: Vec<SizeRow>,
    /// Recorded sizes of minibatches, and how many requests have each, most frequent first.
    pub recorded_sizes: Vec<(usize, u64)>,
    /// The chance that colluders meet.
    pub meetings: Vec<Meeting>,
    /// Every kind of copies: the recording's own, if it has any that can be flagged, before those made by construction.
    pub copies: Vec<Attacked>,
    /// Detection of copies at the threshold in use.
    pub detections: Vec<Detection>,
    /// How well copies are told apart at any threshold.
    pub separations: Vec<Separation>,
    /// Whether the recording says of any response that it is a copy.
    pub labelled: bool,
    /// The gate's verdict, if a limit was given.
    pub gate: Option<Gate>,
}

impl Calibration {
    /// The threshold in use.
    pub fn threshold(&self) -> f64 {
        in_use(&self.thresholds, &self.spec)
    }

    /// The rate of a unit and class in a part at the threshold in use.
    pub fn rate(&self, unit: Unit, class: Class, part: Part) -> Option<&RateRow> {
        let threshold = self.threshold();
        self.rates.iter().find(|row| (row.unit, row.class, row.part, row.threshold) == (unit, class, part, threshold))
    }
}

/// Calibrates on measured requests and copies made of them.
///
/// # Errors
/// The specification holds a number that nothing can be computed with.
pub fn calibrate(
    requests: &[RequestScores],
    attacks: &[Attacked],
    spec: &CalibrationSpec,
) -> Result<Calibration, StatsError> {
    let thresholds = thresholds(requests, spec)?;
    let threshold = in_use(&thresholds, spec);
    let mut values: Vec<f64> = thresholds.iter().filter_map(|row| row.threshold).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let parts = Part::ALL.into_iter().map(|part| rates(requests, part, &values, spec));
    let mut rates: Vec<RateRow> = parts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    rates.iter_mut().filter(|row| was_chosen_on(&thresholds, row)).for_each(|row| row.quoted = None);
    let attacks = with_recorded(requests, attacks);
    let (mut strata, mut windows) = (strata(requests, threshold, spec)?, windows(requests, threshold, spec)?);
    let mut sizes = sizes(requests, threshold, spec)?;
    // They are of all requests, and no interval takes account of a choice on them.
    if thresholds.iter().any(|row| row.in_use && row.part.is_some()) {
        strata.iter_mut().for_each(|row| row.quoted = None);
        windows.iter_mut().for_each(|row| row.quoted = None);
        sizes.iter_mut().for_each(|row| (row.response.quoted, row.minibatch.quoted) = (None, None));
    }
    Ok(Calibration {
        choosing: Part::Choosing.of(&Clusters::of(requests), spec).into_iter().collect(),
        differences: differences(requests, &thresholds, spec)?,
        curve: curve(requests, spec)?,
        responders: responders(requests, threshold, spec),
        strata,
        windows,
        sizes,
        recorded_sizes: recorded_sizes(requests),
        meetings: meetings(spec.uids, &spec.minibatch_sizes, &spec.colluders),
        detections: detections(&attacks, &Clusters::of(requests), threshold, spec)?,
        separations: separations(&attacks, requests, spec)?,
        copies: attacks,
        labelled: requests.iter().flat_map(|request| &request.responses).any(|response| response.copy_of.is_some()),
        gate: gate(&rates, requests, &thresholds, spec)?,
        spec: spec.clone(),
        thresholds,
        rates,
    })
}

/// Whether the threshold was chosen on the very units that are counted: an interval would take no account of that.
pub(super) fn was_chosen_on(thresholds: &[ThresholdRow], row: &RateRow) -> bool {
    let mut same = thresholds.iter().filter(|other| other.threshold == Some(row.threshold)).peekable();
    let overlaps = |part: Part| part == row.part || part == Part::All || row.part == Part::All;
    row.class == Class::Independent && same.peek().is_some() && same.all(|other| other.part.is_some_and(overlaps))
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;
    use crate::stats::BootstrapSpec;

    fn requests(count: usize, flagged: usize) -> Vec<RequestScores> {
        (0..count).map(|n| request(n, &[Role::Independent; 4], if n < flagged { 1.0 } else { 0.3 })).collect()
    }

    fn calibration(requests: &[RequestScores], spec: CalibrationSpec) -> Calibration {
        let bootstrap = BootstrapSpec { resamples: 400, ..spec.bootstrap };
        calibrate(requests, &[], &CalibrationSpec { bootstrap, ..spec }).unwrap()
    }

    #[test]
    fn every_table_is_filled() {
        let mut requests = requests(80, 8);
        requests.push(request(80, &[Role::Original, Role::Copy, Role::Independent], 1.0));
        let found = calibration(&requests, CalibrationSpec::default());
        assert!(found.labelled && found.detections[0].attack == "recorded");
        assert_eq!(found.thresholds.len(), 5);
        assert_eq!(found.curve.len(), 3 * super::super::curve::POINTS);
        assert_eq!(found.recorded_sizes, [(4, 80), (3, 1)]);
        assert!(!found.strata.is_empty() && found.windows.len() == 10 && found.sizes.len() == 3);
        let rate = |part| found.rate(Unit::Minibatch, Class::Independent, part).unwrap().counts;
        assert_eq!((rate(Part::All).events(), rate(Part::All).trials()), (8, 80));
        assert_eq!(rate(Part::Choosing).trials() + rate(Part::Reporting).trials(), 80);
        assert!((0.0..=1.0).contains(&found.separations[0].auc.value) && found.responders.is_some());
    }

    #[test]
    fn a_rate_on_the_requests_of_the_choice_has_no_interval() {
        let found = calibration(&requests(400, 30), CalibrationSpec { target_fpr: 0.2, ..CalibrationSpec::default() });
        let guaranteed = found.rate(Unit::Response, Class::Independent, Part::All).unwrap();
        assert!(found.strata.iter().all(|row| row.quoted.is_none()) && !found.strata.is_empty());
        assert!(found.windows.iter().all(|row| row.quoted.is_none()) && found.sizes[0].response.quoted.is_none());
        assert!(found.threshold() != 0.95 && guaranteed.counts.trials() == 1600 && guaranteed.quoted.is_none());
        let given = found.rates.iter().filter(|row| row.threshold == 0.95 && row.class == Class::Independent);
        assert!(given.clone().count() == 9 && given.clone().all(|row| row.quoted.is_some()), "nothing was chosen");
    }

    #[test]
    fn no_request_at_all_is_no_crash() {
        let found = calibration(&[], CalibrationSpec::default());
        assert!(found.rates.iter().all(|row| row.counts.rate().is_none()) && !found.labelled);
    }
}

//! What other settings would make of the same scores: the threshold in use, what it flags, what it finds.

use std::borrow::Cow;

use super::detection::{Attacked, with_recorded};
use super::gate::{GateVerdict, gate};
use super::rates::{RateRow, rates};
use super::run::was_chosen_on;
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use super::thresholds::{ThresholdKind, in_use, judged_part, thresholds};
use crate::similarity::Profile;
use crate::stats::{Estimate, StatsError};

/// What calibrating by other settings comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Supposed {
    /// The threshold in use.
    pub threshold: f64,
    /// Whether it is guaranteed to keep the target; else it is the user's, or the preset's where too few requests are there.
    pub is_guaranteed: bool,
    /// Share of independent responses that are flagged, of the requests that had no part in choosing the threshold; without
    /// such, of those that it was chosen on, and then without an interval: no estimate for others.
    pub response: Option<Estimate>,
    /// Share of the minibatches of independent responses with a flag, of the same requests.
    pub minibatch: Option<Estimate>,
    /// Share of all copies that are flagged; those made by construction have penalties by the run's own profile alone.
    pub copies: Option<f64>,
    /// What the gate says.
    pub verdict: Option<GateVerdict>,
}

/// Calibrates by `spec` on requests and copies whose penalties are by the profile `own`.
///
/// # Errors
/// As [`super::calibrate`].
pub fn suppose(
    requests: &[RequestScores],
    attacks: &[Attacked],
    own: Profile,
    spec: &CalibrationSpec,
) -> Result<Supposed, StatsError> {
    let (requests, attacks): (Cow<'_, [RequestScores]>, &[Attacked]) = match spec.profile == own {
        true => (Cow::Borrowed(requests), attacks),
        false => (requests.iter().map(|request| request.by(spec.profile)).collect(), &[]),
    };
    let thresholds = thresholds(&requests, spec)?;
    let (threshold, part) = (in_use(&thresholds, spec), judged_part(&thresholds));
    let rates = rates(&requests, part, &[threshold], spec)?;
    let rate = |unit: Unit| {
        let row = rates.iter().find(|row| (row.unit, row.class) == (unit, Class::Independent))?;
        let quoted = |row: &RateRow| row.quoted.filter(|_| !was_chosen_on(&thresholds, row));
        Some(Estimate { value: row.counts.rate()?, interval: quoted(row).map(|quoted| quoted.interval) })
    };
    let attacks = with_recorded(&requests, attacks);
    let penalties: Vec<f64> = attacks.iter().flat_map(Attacked::penalties).collect();
    let found = penalties.iter().filter(|penalty| **penalty > threshold).count();
    Ok(Supposed {
        threshold,
        is_guaranteed: thresholds.iter().any(|row| row.in_use && row.kind == ThresholdKind::Guaranteed),
        response: rate(Unit::Response),
        minibatch: rate(Unit::Minibatch),
        copies: (!penalties.is_empty()).then(|| found as f64 / penalties.len() as f64),
        verdict: gate(&rates, &requests, &thresholds, spec)?.map(|gate| gate.verdict),
    })
}

#[cfg(test)]
mod tests {
    use super::super::run::calibrate;
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;
    use crate::stats::BootstrapSpec;

    fn recording() -> Vec<RequestScores> {
        let roles = [Role::Original, Role::Copy, Role::Independent, Role::Independent];
        (0..300).map(|n| request(n, &roles, if n % 20 == 0 { 0.97 } else { 0.3 })).collect()
    }

    fn spec() -> CalibrationSpec {
        let bootstrap = BootstrapSpec { resamples: 400, confidence: 0.9, seed: 1 };
        CalibrationSpec { bootstrap, gate: Some((0.1, Unit::Response)), ..CalibrationSpec::default() }
    }

    /// At the run's own settings it says what the run says.
    #[test]
    fn the_own_settings_come_to_what_the_run_found() {
        let requests = recording();
        for threshold in [None, Some(0.9), Some(0.99)] {
            let spec = CalibrationSpec { threshold, ..spec() };
            let (run, found) =
                (calibrate(&requests, &[], &spec).unwrap(), suppose(&requests, &[], spec.profile, &spec));
            let found = found.unwrap();
            assert_eq!(found.threshold, run.threshold());
            let used = run.thresholds.iter().find(|row| row.in_use).unwrap();
            assert_eq!(found.is_guaranteed, used.kind == ThresholdKind::Guaranteed);
            assert_eq!(found.verdict, run.gate.as_ref().map(|gate| gate.verdict));
            for (unit, estimate) in [(Unit::Response, found.response), (Unit::Minibatch, found.minibatch)] {
                let row = run.rate(unit, Class::Independent, judged_part(&run.thresholds)).unwrap();
                assert_eq!(estimate.map(|it| it.value), row.counts.rate());
                assert_eq!(estimate.and_then(|it| it.interval), row.quoted.map(|quoted| quoted.interval));
            }
            assert_eq!(found.copies, run.detections[0].counts.rate());
        }
    }

    #[test]
    fn another_profile_has_its_own_penalties_and_no_copies_by_construction() {
        let mut requests = recording();
        // The likest by meaning is not the likest by letters.
        requests.iter_mut().for_each(|request| request.pairs[0].cosine = 0.99);
        let attack = Attacked { attack: "exact".into(), strength: None, copies: Vec::new() };
        let spec = CalibrationSpec { profile: Profile::Joint, threshold: Some(0.9), ..spec() };
        let anew: Vec<RequestScores> = requests.iter().map(|request| request.by(Profile::Joint)).collect();
        let found = suppose(&requests, &[attack], Profile::LogicnetPr99, &spec).unwrap();
        assert_eq!(found, suppose(&anew, &[], Profile::Joint, &spec).unwrap());
        assert_ne!(anew, requests, "the profiles differ");
    }
}

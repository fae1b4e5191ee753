//! Made-up but plausible calibrations for the tests of this folder: judged by the real judging, with few resamples so
//! that they are quick. Nothing here is random.

use crate::judge::calibration::{
    Attacked, CalibrationSpec, RequestScores, ResponseScore, Role, ThresholdKind, ancestry, attacked, calibrate,
};
use crate::report::calibration::CalibrationFindings;
use crate::report::{ModelRecord, RunRecord, Timing};
use crate::similarity::{Likeness, Pairs, Penalty, Profile};
use crate::stats::BootstrapSpec;

/// A number from 0 to 1 that looks random, the same for the same `place` every time.
fn noise(place: usize) -> f64 {
    (place as f64 * 0.618_033_988_749_895).fract()
}

/// A request of rewarded responses, each pair as alike as `like` says of its place.
pub fn request(number: usize, roles: &[Role], like: impl Fn(usize) -> f32) -> RequestScores {
    let response = |(index, role): (usize, &Role)| ResponseScore {
        uid: 10 + index as u32,
        copy_of: ancestry(*role, 10 + index as u32, 10).0,
        origin: ancestry(*role, 10 + index as u32, 10).1,
        characters: 100 + (number % 50) as u32 * 10,
        rewarded: true,
        role: *role,
        correctness: Some((number % 3) as f32 / 2.0),
        penalty: Penalty { embedding: 0.0, lexical: 0.0, total: 0.0 },
    };
    let pair = |place| Likeness { cosine: like(place), partial_ratio: like(place) };
    let mut request = RequestScores {
        id: format!("request-{number}").into(),
        problem: None,
        source: Some(["gsm8k", "math"][number % 2].into()),
        recorded_at: Some(1_700_000_000.0 + 60.0 * number as f64),
        responses: roles.iter().enumerate().map(response).collect(),
        pairs: (0..Pairs::count(roles.len())).map(pair).collect(),
    };
    let members: Vec<usize> = (0..roles.len()).collect();
    let found = request.penalties_of(Profile::LogicnetPr99, &members);
    request.responses.iter_mut().zip(found).for_each(|(response, penalty)| response.penalty = penalty);
    request
}

/// How to calibrate here.
pub fn spec(threshold: Option<f64>) -> CalibrationSpec {
    let bootstrap = BootstrapSpec { resamples: 200, confidence: 0.95, seed: 7 };
    CalibrationSpec { threshold, bootstrap, ..CalibrationSpec::default() }
}

/// What judging finds in these requests and attacks.
pub fn judged(requests: Vec<RequestScores>, attacks: Vec<Attacked>, spec: &CalibrationSpec) -> CalibrationFindings {
    let calibration = calibrate(&requests, &attacks, spec).unwrap();
    let timings = vec![Timing::of_all("judge", 0.5)];
    CalibrationFindings { calibration, requests, grid: None, timings }
}

/// `count` requests of four independent responses; in the first `alike` of them all are alike, so that all four are
/// flagged at .95.
pub fn findings(count: usize, alike: usize, threshold: Option<f64>) -> CalibrationFindings {
    judged(independent(count, alike), vec![], &spec(threshold))
}

/// The requests of [`findings`].
pub fn independent(count: usize, alike: usize) -> Vec<RequestScores> {
    let one = |number: usize| {
        let like = move |place: usize| if number < alike { 0.99 } else { 0.8 * noise(7 * number + place).powi(2) };
        request(number, &[Role::Independent; 4], move |place| like(place) as f32)
    };
    (0..count).map(one).collect()
}

/// A recording with marked copies, copies by construction at several strengths, some of which slip through, and a gate.
pub fn labelled() -> CalibrationFindings {
    let mut requests = independent(400, 12);
    let roles = [Role::Original, Role::Copy, Role::Independent, Role::Apart];
    let copied = |number: usize| {
        request(number, &roles, move |place| if place == 0 { 0.9 + 0.1 * noise(number) as f32 } else { 0.3 })
    };
    requests.extend((400..440).map(copied));
    requests[0].responses[3].rewarded = false;
    // Too few requests for a guarantee of half a percent.
    let spec = CalibrationSpec { target_fpr: 0.005, ..spec(Some(0.95)) };
    judged(requests, attacks(&["exact", "words", "truncated", "prefix"]), &spec)
}

/// Copies by construction: the first kind is exact, the others come at five strengths.
pub fn attacks(kinds: &[&str]) -> Vec<Attacked> {
    let mut attacks = Vec::new();
    for (kind, name) in kinds.iter().enumerate() {
        if kind == 0 {
            attacks.push(attacked(name, None, &[1.0; 200]));
            continue;
        }
        for strength in [0.1, 0.2, 0.3, 0.4, 0.5] {
            let harm = strength * (0.1 + 0.2 * kind as f64);
            let penalty = |place: usize| f64::from((1.0 - harm * (0.2 + noise(place + kind))) as f32);
            let penalties: Vec<f64> = (0..200).map(penalty).collect();
            attacks.push(attacked(name, Some(strength), &penalties));
        }
    }
    attacks
}

/// A record of a run of `calibrate`.
pub fn record() -> RunRecord {
    let record = crate::report::evaluation::testing::record();
    let models = record.models.into_iter().map(|model| ModelRecord { uid: None, ..model }).collect();
    RunRecord { command: "calibrate".into(), models, loss_dtype: None, ..record }
}

/// Everything in every state that a report must cope with, by name.
pub fn cases() -> Vec<(&'static str, CalibrationFindings)> {
    let nothing = |threshold| judged(vec![], vec![], &spec(threshold));
    let empty = |size: usize| {
        judged((0..9).map(|n| request(n, &vec![Role::Independent; size], |_| 0.5)).collect(), vec![], &spec(None))
    };
    let kinds =
        ["exact", "words", "a", "b", "c", "d", "a very long name of an attack that nobody wants", "e", "f", "g"];
    let mut everything = labelled();
    everything.calibration.thresholds.iter_mut().for_each(|row| row.threshold = Some(0.95));
    let mut low = labelled();
    low.calibration
        .thresholds
        .iter_mut()
        .filter(|row| row.kind != ThresholdKind::Given)
        .for_each(|row| row.threshold = Some(0.3));
    let same = judged(independent(300, 300), vec![], &spec(None));
    let gated = CalibrationSpec { gate: Some((0.05, crate::judge::calibration::Unit::Response)), ..spec(Some(0.5)) };
    vec![
        ("nothing", nothing(None)),
        ("nothing, given", nothing(Some(0.9))),
        ("single responses", empty(1)),
        ("no answered response", empty(0)),
        ("few", findings(3, 1, None)),
        ("guaranteed", findings(1000, 5, None)),
        ("all alike", same),
        (
            "target of half",
            judged(independent(300, 30), attacks(&["exact"]), &CalibrationSpec { target_fpr: 0.5, ..spec(None) }),
        ),
        (
            "target of nine tenths",
            judged(independent(300, 30), vec![], &CalibrationSpec { target_fpr: 0.9, ..spec(None) }),
        ),
        ("tiny target", judged(independent(300, 3), vec![], &CalibrationSpec { target_fpr: 1e-6, ..spec(None) })),
        ("labelled", labelled()),
        ("many attacks", judged(independent(300, 3), attacks(&kinds), &gated)),
        ("equal thresholds", everything),
        ("low thresholds", low),
        ("threshold zero", findings(100, 0, Some(0.0))),
        ("threshold above one", findings(100, 2, Some(1.5))),
    ]
}

//! The story of `weighhouse calibrate`: from recorded minibatches to thresholds, their rates with intervals, and what
//! slips through.

mod forging;
mod measuring;
mod overview;

use anyhow::Result;

use self::measuring::{Scored, measure};
use self::overview::Overview;
use super::clock::{Clock, timed};
use super::embedder::OpenEmbedder;
use super::finished::{Ending, Finished, summary};
use super::notices::Notices;
use super::record::{Embedded, of_judging};
use super::settings::CalibrateSettings;
use super::what_if::at_each_point;
use crate::judge::calibration::{Calibration, Class, GateVerdict, Part, Unit, calibrate, suppose};
use crate::report::calibration::{CALIBRATION_FIGURES, calibration_results};
use crate::report::{CalibrationFindings, InputRecord, ReportFolder, Timing, WhatIf};
use crate::reporter::Reporter;

/// Calibrates on a recording as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &CalibrateSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    // Before the recording, which may take long to read.
    let embedder = OpenEmbedder::open(&settings.embedding, &notices)?;
    let overview = Overview::of(settings, &notices)?;
    let measured = measure(settings, &overview, &embedder, &notices)?;
    embedder.report(&notices);
    measured.recorded.report(&notices);
    let (calibration, judging) = timed("judge", || calibrate(&measured.requests, &measured.attacks, &settings.spec));
    let calibration = calibration?;
    report_sizes(&calibration, &notices);
    let ending = ending(&calibration, settings, &notices);
    let own = settings.spec.profile;
    // Made copies have penalties by the run's profile alone; every point is told of the same copies.
    let is_one = settings.grid.iter().flat_map(|grid| &grid.points).all(|point| point.rules.profile == own);
    let attacks = if is_one { &measured.attacks[..] } else { &[] };
    let grid = at_each_point(settings.grid.as_ref(), &CALIBRATION_FIGURES, &notices, |spec| {
        Ok(calibration_results(&suppose(&measured.requests, attacks, own, spec)?))
    })?;
    let findings = findings(measured, calibration, grid, [judging, clock.whole()]);
    let inputs = vec![InputRecord {
        path: settings.recording.to_string(),
        sha256: overview.recording.sha256.clone(),
        rows: overview.recording.rows,
        skipped_rows: overview.recording.skipped,
    }];
    let seed = settings.spec.bootstrap.seed;
    let record = of_judging("calibrate", &settings.sources, seed, inputs, notices.warnings()).embedded(&embedder);
    folder.write(&findings, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&findings, settings.format)?, ending })
}

/// Minibatches can only be formed of responses that were recorded.
fn report_sizes(calibration: &Calibration, notices: &Notices) {
    for row in calibration.sizes.iter().filter(|row| row.requests == 0) {
        let size = row.minibatch_size;
        notices.info(&format!(
            "no request has {size} independent responses: rates of minibatches of that size stay unknown"
        ));
    }
}

fn findings(
    measured: Scored,
    calibration: Calibration,
    grid: Option<WhatIf>,
    last: [Timing; 2],
) -> CalibrationFindings {
    let Scored { requests, mut timings, .. } = measured;
    timings.extend(last);
    CalibrationFindings { calibration, requests, grid, timings }
}

/// What the program's exit code tells.
fn ending(calibration: &Calibration, settings: &CalibrateSettings, notices: &Notices) -> Ending {
    let counted = |class| calibration.rate(Unit::Response, class, Part::All).map_or(0, |row| row.counts.trials());
    if counted(Class::Independent) == 0 {
        notices.warn(if counted(Class::Copied) == 0 {
            "nothing was measured: no response is answered, up for a reward and beside another answer"
        } else {
            "no false-positive rate was measured: every response that can be flagged is a copy or was copied"
        });
        return Ending::NothingMeasured;
    }
    match calibration.gate.as_ref().map(|gate| gate.verdict) {
        Some(GateVerdict::Failed) => Ending::GateFailed,
        Some(GateVerdict::Inconclusive) if settings.fail_on_inconclusive => Ending::Inconclusive,
        _ => Ending::Done,
    }
}

//! The story of `weighhouse calibrate`: from recorded minibatches to thresholds, their rates with intervals, and what
//! slips through.

mod comparing;
mod embedder;
mod forging;
mod measuring;
mod overview;
mod reading;
mod record;

use anyhow::{Context, Result};

use self::measuring::{Scored, measure};
use self::overview::Overview;
use super::clock::{Clock, timed};
use super::finished::{Ending, Finished, summary};
use super::notices::Notices;
use super::settings::CalibrateSettings;
use crate::engine::bert::BertEmbedder;
use crate::engine::device::open_device;
use crate::judge::calibration::{Calibration, Class, GateVerdict, Part, Unit, calibrate};
use crate::report::{CalibrationFindings, ReportFolder, Timing};
use crate::reporter::Reporter;
use crate::store::EmbeddingStore;

/// Calibrates on a recording as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &CalibrateSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let store = EmbeddingStore::open(&settings.store)?;
    let device = open_device(settings.device, &notices)?;
    // Before the recording, which may take long to read.
    let files = embedder::find(settings, &notices)?;
    let loaded = BertEmbedder::load(&files.folder, &device).context("the embedder, see --embedder")?;
    let embedder = loaded.rehearsing(settings.device.rehearsal())?;
    let overview = Overview::of(settings, &notices)?;
    let measured = measure(settings, &overview, &embedder, &store, &notices)?;
    if let Some(tokens) = embedder.too_many() {
        notices.warn(&format!(
            "the device's memory did not hold {tokens} tokens at once; smaller batches were embedded instead"
        ));
    }
    measured.recorded.report(&notices);
    let (calibration, judging) = timed("judge", || calibrate(&measured.requests, &measured.attacks, &settings.spec));
    let calibration = calibration?;
    report_sizes(&calibration, &notices);
    let ending = ending(&calibration, settings, &notices);
    let findings = findings(measured, calibration, [judging, clock.whole()]);
    let record = record::of_run(settings, &overview, (&embedder, files.commit.clone(), &device), notices.warnings());
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

fn findings(measured: Scored, calibration: Calibration, last: [Timing; 2]) -> CalibrationFindings {
    let Scored { requests, mut timings, .. } = measured;
    timings.extend(last);
    CalibrationFindings { calibration, requests, timings }
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

//! The story of `weighhouse doctor`: examines the device and says what was found.

use anyhow::Result;

use super::finished::{Ending, Finished, summary};
use super::settings::DoctorSettings;
use crate::check::Standing;
use crate::checkup::{Checkup, examine};
use crate::report::checkup::CheckupReport;
use crate::reporter::Reporter;

/// Examines what `settings` say.
///
/// # Errors
/// The device cannot be opened, or nothing can be written beside it.
pub fn run(settings: &DoctorSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let checkup = examine(&settings.plan, reporter)?;
    let report = CheckupReport(&checkup.checks);
    reporter.info(&report.sentence());
    Ok(Finished { summary: summary(&report, settings.format)?, ending: ending(&checkup) })
}

fn ending(checkup: &Checkup) -> Ending {
    match (checkup.has_fault, checkup.count(Standing::Failed)) {
        (true, _) => Ending::TryAgain,
        (false, 0) => Ending::Done,
        (false, _) => Ending::GateFailed,
    }
}

//! The story of `weighhouse replay utility`: payloads are held against their schema and the truth, answers are weighed by
//! the rules, and the questions about these rules are answered from the same recording.

mod examining;
mod input;
mod schemas;

use anyhow::Result;

use self::input::Input;
pub use self::schemas::SchemaFileError;
use crate::commands::clock::{Clock, timed};
use crate::commands::finished::{Ending, Finished, Interrupted, summary};
use crate::commands::notices::Notices;
use crate::commands::record::of_judging;
use crate::commands::settings::{ReplayUtilitySettings, Utility};
use crate::commands::what_if::at_each_point;
use crate::judge::utility::{Source, UtilitySpec, judge, suppose};
use crate::report::utility::{UTILITY_FIGURES, UtilityReplay, utility_results};
use crate::report::{ReportFolder, counted};
use crate::reporter::Reporter;

/// Replays utility as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ReplayUtilitySettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let (input, examining) = timed("examine", || Input::read(settings, &notices));
    let input = input?;
    say_what_is_missing(settings, &input, &notices);
    let spec = spec(settings);
    let (judged, judging) = timed("judge", || judge(&input.recording, &spec));
    let judged = judged.map_err(|error| input.placed(error))?;
    if notices.interrupted() {
        return Err(Interrupted.into());
    }
    let grid = at_each_point(settings.grid.as_ref(), &UTILITY_FIGURES, &notices, |point: &Utility| {
        let supposed = suppose(&input.recording, &point.rules, &judged.miners).map_err(|error| input.placed(error))?;
        Ok(utility_results(&supposed, &input.recording))
    })?;
    let replay = UtilityReplay {
        grid,
        recording: input.recording,
        judged,
        paths: input.paths,
        has_truth: input.has_truth,
        spec: Some(spec),
        timings: vec![examining, judging, clock.whole()],
    };
    let seed = settings.bootstrap.seed;
    let record = of_judging("replay utility", &settings.sources, seed, input.records, notices.warnings());
    folder.write(&replay, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&replay, settings.format)?, ending: ending(&replay, &notices) })
}

fn spec(settings: &ReplayUtilitySettings) -> UtilitySpec {
    let Utility { rules, baseline } = settings.utility.clone();
    UtilitySpec { rules, baseline, questions: settings.questions.clone(), bootstrap: settings.bootstrap }
}

fn say_what_is_missing(settings: &ReplayUtilitySettings, input: &Input, reporter: &dyn Reporter) {
    let source = settings.utility.rules.source;
    if !input.has_truth {
        let earns = if source == Source::Difference { ", and nobody earns anything by these rules" } else { "" };
        reporter.warn(&format!(
            "no truth: how far answers are from it is not known{earns}; give the right answers with --truth"
        ));
    }
    if matches!(source, Source::Volume(_)) && input.recording.volumes.is_empty() {
        reporter.warn("these rules reward volumes, and there are none; give them with --volumes");
    }
}

/// Nothing is said of anybody where nobody has a score.
fn ending(replay: &UtilityReplay, reporter: &dyn Reporter) -> Ending {
    if replay.judged.dethroning.leader.is_some() {
        return Ending::Done;
    }
    reporter.warn(&format!(
        "nobody has a score: none of {} earns anything by these rules",
        counted(replay.recording.responses.len(), "response")
    ));
    Ending::NothingMeasured
}

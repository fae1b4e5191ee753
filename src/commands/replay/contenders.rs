//! The story of `weighhouse replay contenders`: recorded periods are ranked under every policy, recorded requests are
//! replayed, and both become weights.

mod input;

use anyhow::Result;

use self::input::Input;
pub use self::input::MomentError;
use crate::commands::clock::{Clock, timed};
use crate::commands::finished::{Ending, Finished, Interrupted, summary};
use crate::commands::notices::Notices;
use crate::commands::record::of_judging;
use crate::commands::settings::{Picking, ReplayContendersSettings};
use crate::commands::what_if::at_each_point;
use crate::judge::contenders::{ContendersSpec, Judged, judge, suppose};
use crate::report::contenders::{CONTENDERS_FIGURES, ContendersReplay, contenders_results};
use crate::report::{ReportFolder, counted};
use crate::reporter::Reporter;

/// Share of the periods' requests below which the recorded ones are called few.
const FEW: f64 = 0.9;

/// Replays contenders as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ReplayContendersSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let input = Input::read(settings, &notices)?;
    let spec = spec(settings, &settings.picking, input.now);
    let (judged, judging) = timed("judge", || judged(&input, &spec, &notices));
    let judged = judged?;
    say_what_is_missing(settings, &judged, &notices);
    let grid = at_each_point(settings.grid.as_ref(), &CONTENDERS_FIGURES, &notices, |picking: &Picking| {
        let asked = self::spec(settings, picking, input.now);
        Ok(contenders_results(&suppose(&input.recording, &asked, settings.policy, &judged.weights)))
    })?;
    let replay = ContendersReplay {
        grid,
        recording: input.recording,
        policy: settings.policy,
        rules: Some(settings.picking.rules),
        has_requests: settings.requests.is_some(),
        has_tasks: settings.tasks.is_some(),
        judged,
        timings: vec![judging, clock.whole()],
    };
    let seed = settings.bootstrap.seed;
    let record = of_judging("replay contenders", &settings.sources, seed, input.records, notices.warnings());
    folder.write(&replay, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&replay, settings.format)?, ending: ending(&replay, &notices) })
}

fn spec(settings: &ReplayContendersSettings, picking: &Picking, now: f64) -> ContendersSpec {
    ContendersSpec {
        rules: picking.rules,
        baseline: picking.baseline,
        now,
        period_seconds: picking.period_seconds,
        scores_seconds: picking.scores_seconds,
        load: settings.load,
        bootstrap: settings.bootstrap,
    }
}

/// Judges, with progress by requests, until the end or until the user ends it.
fn judged(input: &Input, spec: &ContendersSpec, reporter: &dyn Reporter) -> Result<Judged> {
    reporter.start("replaying requests", input.recording.requests.len() as u64);
    let mut told = || {
        reporter.advance(1);
        !reporter.interrupted()
    };
    let found = judge(&input.recording, spec, &mut told)?;
    reporter.finish();
    if reporter.interrupted() { Err(Interrupted.into()) } else { Ok(found) }
}

fn say_what_is_missing(settings: &ReplayContendersSettings, judged: &Judged, reporter: &dyn Reporter) {
    if let Some(logged) = judged.logged.filter(|&logged| logged < FEW) {
        reporter.warn(&format!(
            "the recorded requests are {:.1} % of those that the periods count: policies that balance see fewer requests \
             than there were, so history counts for more than it did",
            100.0 * logged
        ));
    }
    if settings.tasks.is_some() && settings.requests.is_none() {
        reporter.warn("weights rest on requests; give --requests with --tasks");
    }
}

/// Nothing is said of anybody where nobody serves.
fn ending(replay: &ContendersReplay, reporter: &dyn Reporter) -> Ending {
    if replay.judged.contenders.iter().any(|one| one.standing.is_some()) {
        return Ending::Done;
    }
    let periods = counted(replay.recording.all_periods().len(), "period");
    reporter.warn(&format!(
        "no contender serves anything: of {periods} none is running (expired_at null) with a capacity above 0"
    ));
    Ending::NothingMeasured
}

//! The story of `weighhouse sweep`: recorded losses are judged by every combination of rules, and what copies, clones and a
//! candidate would come to is worked out from the last step.

mod questions;
mod recorded;
mod run_rules;

use anyhow::Result;

use self::questions::Answers;
use self::recorded::Recorded;
pub use self::run_rules::RunRules;
use crate::commands::clock::{Clock, timed};
use crate::commands::finished::{Ending, Finished, Interrupted, summary};
use crate::commands::notices::Notices;
use crate::commands::record::of_judging;
use crate::commands::settings::SweepSettings;
use crate::judge::wins::Rules;
use crate::judge::wins::sweep::{Sweeping, Swept, another_leads, leaders, ways};
use crate::report::ReportFolder;
use crate::report::sweep::{Sweep, SweptPoint};
use crate::reporter::Reporter;

/// Kinds of matches and ε, beyond which it is not worked out how likely another leader is.
const MOST_WAYS: usize = 256;

/// Sweeps over rules as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &SweepSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let recorded = Recorded::read(settings, &notices)?;
    let (swept, judging) = timed("judge", || swept(&recorded, &notices));
    let swept = swept?;
    let (another, resampling) = timed("resample", || another(&recorded, &swept, settings, &notices));
    let another = another?;
    let leaders = leaders(&swept);
    let (answers, asking) = timed("ask", || Answers::find(&recorded, settings, &notices));
    let answers = answers?;
    let point = |(place, (swept, another)): (usize, (Swept, Option<f64>))| {
        let point = &settings.grid.points[place];
        let rules = recorded.points[place].clone();
        SweptPoint { values: point.values.clone(), preset: point.rules.preset, rules, swept, another }
    };
    let sweep = Sweep {
        uids: recorded.roll.uids.clone(),
        keys: settings.grid.keys.clone(),
        points: swept.into_iter().zip(another).enumerate().map(point).collect(),
        leaders,
        competitions: recorded.baseline.competitions.iter().map(|competition| competition.id.clone()).collect(),
        candidate: settings.candidate,
        chances: answers.chances,
        likenesses: answers.likenesses,
        perturbed: answers.perturbed,
        clones: answers.clones,
        decay: answers.decay,
        resamples: settings.bootstrap.resamples as u64,
        timings: vec![judging, resampling, asking, clock.whole()],
    };
    let record = of_judging("sweep", &settings.sources, settings.bootstrap.seed, recorded.inputs(), notices.warnings());
    folder.write(&sweep, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    let ending = if recorded.roll.most == 0 { Ending::NothingMeasured } else { Ending::Done };
    Ok(Finished { summary: summary(&sweep, settings.format)?, ending })
}

/// How the recording ends at every point.
fn swept(recorded: &Recorded, reporter: &dyn Reporter) -> Result<Vec<Swept>> {
    reporter.start("judging", 2 * recorded.rounds.len() as u64);
    let own = through(recorded, std::slice::from_ref(&recorded.baseline), reporter)?.weights(0);
    let swept = through(recorded, &recorded.points, reporter)?.finish(&own);
    reporter.finish();
    Ok(swept)
}

/// All steps by all of these rules.
fn through<'a>(recorded: &'a Recorded, rules: &'a [Rules], reporter: &dyn Reporter) -> Result<Sweeping<'a>> {
    let mut sweeping = Sweeping::new(&recorded.roll.uids, rules)?;
    for round in &recorded.rounds {
        sweeping.step(round)?;
        reporter.advance(1);
        stop_if_asked(reporter)?;
    }
    Ok(sweeping)
}

/// How likely another leader is at every point; unknown where that would take too long.
fn another(
    recorded: &Recorded,
    swept: &[Swept],
    settings: &SweepSettings,
    reporter: &dyn Reporter,
) -> Result<Vec<Option<f64>>> {
    let mut shares = vec![None; swept.len()];
    let ways = ways(&recorded.points);
    if recorded.roll.most <= 1 {
        reporter.info("each step has one sample, or samples of one source only, so other samples cannot be drawn");
        return Ok(shares);
    }
    if ways.len() > MOST_WAYS {
        reporter.info(&format!(
            "{} kinds of matches and epsilons are more than {MOST_WAYS}, so it is not worked out how likely another leader \
             is; sweep fewer at a time to know",
            ways.len()
        ));
        return Ok(shares);
    }
    reporter.start("resampling", swept.len() as u64);
    for way in ways {
        let rules: Vec<&Rules> = way.iter().map(|&place| &recorded.points[place]).collect();
        let leaders: Vec<Option<usize>> = way.iter().map(|&place| swept[place].ends.leader).collect();
        let found = another_leads(&recorded.roll.uids, &recorded.rounds, &rules, &leaders, settings.bootstrap)?;
        way.iter().zip(found).for_each(|(&place, share)| shares[place] = share);
        reporter.advance(way.len() as u64);
        stop_if_asked(reporter)?;
    }
    reporter.finish();
    Ok(shares)
}

fn stop_if_asked(reporter: &dyn Reporter) -> Result<(), Interrupted> {
    if reporter.interrupted() { Err(Interrupted) } else { Ok(()) }
}

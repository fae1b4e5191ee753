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
use crate::judge::wins::sweep::{Sweeping, Swept, another_leads, leaders, ways, work};
use crate::report::ReportFolder;
use crate::report::sweep::{HeldAgainst, Sweep, SweptPoint};
use crate::reporter::Reporter;

/// Kinds of matches and ε, beyond which it is not worked out how likely another leader is.
const MOST_WAYS: usize = 256;

/// Points × resamples × steps × submissions, beyond which it is not worked out: about a minute on two cores.
const MOST_WORK: u64 = 1_000_000_000;

/// Sweeps over rules as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &SweepSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let recorded = Recorded::read(settings, &notices)?;
    recorded.refuse_absent(settings.candidate)?;
    let (swept, judging) = timed("judge", || swept(&recorded, &notices));
    let swept = swept?;
    let (another, resampling) = timed("resample", || Another::find(&recorded, &swept, settings, &notices));
    let Another { shares, unknown } = another?;
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
        points: swept.into_iter().zip(shares).enumerate().map(point).collect(),
        leaders,
        competitions: recorded.baseline.competitions.iter().map(|competition| competition.id.clone()).collect(),
        candidate: settings.candidate,
        chances: answers.chances,
        likenesses: answers.likenesses,
        perturbed: answers.perturbed,
        clones: answers.clones,
        decay: answers.decay,
        resamples: settings.bootstrap.resamples as u64,
        unresampled: unknown,
        held_against: Some(HeldAgainst { preset: settings.baseline.preset, rules: recorded.baseline.clone() }),
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

/// How likely another leader is.
struct Another {
    /// At every point, as far as it is known.
    shares: Vec<Option<f64>>,
    /// Why it is not worked out, if it is not.
    unknown: Option<String>,
}

impl Another {
    /// Works it out, where that is possible and does not take too long.
    fn find(recorded: &Recorded, swept: &[Swept], settings: &SweepSettings, reporter: &dyn Reporter) -> Result<Self> {
        let mut shares = vec![None; swept.len()];
        let (ways, resamples) = (ways(&recorded.points), settings.bootstrap.resamples);
        let work = work(&recorded.points, resamples, recorded.rounds.len(), recorded.roll.uids.len());
        if let Some(why) = unknown(recorded.roll.most, ways.len(), work) {
            reporter.info(&format!("it is not worked out how likely another leader is: {why}"));
            return Ok(Self { shares, unknown: Some(why) });
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
        Ok(Self { shares, unknown: None })
    }
}

/// Why it is not worked out how likely another leader is: with so many samples by their sources in a step at most, so many
/// kinds of matches and ε, and so much work.
fn unknown(most: usize, ways: usize, work: u64) -> Option<String> {
    if most <= 1 {
        Some("each step has one sample, or samples of one source only, so other samples cannot be drawn".to_owned())
    } else if ways > MOST_WAYS {
        Some(format!("{ways} kinds of matches and epsilons are more than {MOST_WAYS}; sweep fewer at a time to know"))
    } else if work > MOST_WORK {
        Some(format!(
            "points x resamples x steps x submissions are {work}, more than {MOST_WORK}; sweep fewer points, or take \
             fewer resamples, to know"
        ))
    } else {
        None
    }
}

fn stop_if_asked(reporter: &dyn Reporter) -> Result<(), Interrupted> {
    if reporter.interrupted() { Err(Interrupted) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_take_too_long_is_not_worked_out_and_it_is_said_why() {
        assert_eq!(unknown(2, MOST_WAYS, MOST_WORK), None);
        let said = |most: usize, ways: usize, work: u64| unknown(most, ways, work).expect("a reason");
        assert!(said(1, 1, 1).contains("cannot be drawn"));
        assert!(said(2, 257, 1).starts_with("257 kinds of matches and epsilons are more than 256"));
        assert!(said(2, 1, MOST_WORK + 1).starts_with("points x resamples x steps x submissions are 1000000001"));
    }
}

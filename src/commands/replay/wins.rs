//! The story of `weighhouse replay wins`: recorded losses are judged step by step, as a validator judged them or as one
//! with other rules would have.

mod log;
mod odd;
pub(in crate::commands) mod roll;
mod seasons;

use anyhow::Result;

use self::log::Auditing;
use self::roll::Roll;
use self::seasons::{Rival, Seasons};
use crate::commands::clock::Clock;
use crate::commands::evaluate::FEW;
use crate::commands::finished::{Ending, Finished, Interrupted, summary};
use crate::commands::notices::Notices;
use crate::commands::record::of_judging;
use crate::commands::settings::{Grid, LossInput, ReplayWinsSettings};
use crate::judge::wins::{Alternative, Preset, Rules};
use crate::records::{LossRecording, LossStep, Reading, RecordError, carrying, read_losses};
use crate::report::{
    Against, Evaluation, Judged, LogAudit, ReportFolder, RunRecord, Status, SubmissionOutcome, WINS_FIGURES, WhatIf,
    WinsReplay, wins_results,
};
use crate::reporter::{Reporter, Silent};
use crate::stats::BootstrapSpec;

/// Judges the recorded losses as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ReplayWinsSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let roll = Roll::read(&settings.input, &notices)?;
    let rules = roll.rules(&settings.rules, settings.shares_given, &notices)?;
    let others = others(settings, &rules);
    roll.say_what_is_odd(std::iter::once(&rules).chain(&others), &notices);
    let bootstrap = resampling(settings, &roll, &notices);
    let mut seasons = Seasons::begin(bootstrap, &roll, &rules, &others)?;
    let mut latest = 0;
    // The first look has said what there is to say of the rows.
    let recording = each_step(&settings.input, &Silent, |step| {
        seasons.judge(&roll.bouts(&step, &rules, &mut latest)?)?;
        notices.advance(1);
        if notices.interrupted() { Err(Interrupted.into()) } else { Ok(()) }
    })?;
    if recording.sha256 != roll.recording.sha256 {
        Err(RecordError::Changed { file: settings.input.losses.to_string() })?;
    }
    let mut rivals = seasons.rivals.into_iter();
    let against = |preset: &Preset| Some(Against { preset: preset.name, weights: rivals.next()?.weights });
    let replay = WinsReplay {
        log: seasons.auditing.map(Auditing::finish),
        against: settings.against.as_ref().and_then(against),
        grid: settings.grid.as_ref().map(|grid| what_if(grid, &roll, &seasons.judgement, rivals)),
        evaluation: Evaluation {
            submissions: submissions(&roll, &rules, &seasons.judgement),
            sample_ids: Vec::new(),
            sample_sources: Vec::new(),
            measured: Vec::new(),
            outcomes: vec![Vec::new(); roll.uids.len()],
            rules: rules.clone(),
            judgement: seasons.judgement,
            timings: vec![clock.whole()],
        },
    };
    folder.write(&replay, &record(settings, &roll, notices.warnings()))?;
    notices.info(&format!("report in {}", folder.path().display()));
    let ending = if roll.most == 0 { Ending::NothingMeasured } else { Ending::Done };
    Ok(Finished { summary: summary(&replay, settings.format)?, ending })
}

/// The rules that the recording is judged by beside the run's own: those of `--against`, then those of the grid.
fn others(settings: &ReplayWinsSettings, rules: &Rules) -> Vec<Rules> {
    let against = settings.against.iter().map(|preset| &preset.rules);
    let grid = settings.grid.iter().flat_map(|grid| &grid.points).map(|point| &point.rules);
    let here = |other: &Rules| Rules { competitions: rules.competitions.clone(), ..other.clone() };
    against.chain(grid).map(here).collect()
}

/// The rivals of a grid, each held against the run.
fn what_if<'a>(grid: &Grid<Rules>, roll: &Roll, judgement: &Judged, rivals: impl Iterator<Item = Rival<'a>>) -> WhatIf {
    let own = judgement.weights(roll.uids.len());
    let results = rivals.map(|rival| wins_results(&roll.uids, &Alternative::new(&own, &rival.weights), rival.kept()));
    grid.what_if(&WINS_FIGURES, results)
}

/// Hands every recorded step to `each`.
pub(in crate::commands) fn each_step(
    input: &LossInput,
    reporter: &dyn Reporter,
    mut each: impl FnMut(LossStep) -> Result<()>,
) -> Result<LossRecording> {
    let reading = Reading::new(&input.reading, reporter);
    carrying(|carry| read_losses(&input.losses, &reading, |step| carry(each(step))))
}

/// How intervals are made; says what makes them weaker than they look. A step of one sample has nothing to draw again.
fn resampling(settings: &ReplayWinsSettings, roll: &Roll, reporter: &dyn Reporter) -> Option<BootstrapSpec> {
    let ReplayWinsSettings { resamples, confidence, seed, .. } = *settings;
    if roll.most <= 1 {
        if roll.most == 1 {
            reporter.info(
                "each step has one sample, or samples of one source only, so there is nothing to make intervals from",
            );
        }
        return None;
    }
    match roll.fewest {
        Some(fewest) if fewest < FEW => reporter.warn(&format!(
            "a step has {fewest} samples by their sources (one without a source counts as one); below {FEW} the \
             intervals are too short"
        )),
        _ => {}
    }
    Some(BootstrapSpec { resamples, confidence, seed })
}

/// Everybody who took part, in the order of the recording, with what the file of submissions says.
fn submissions(roll: &Roll, rules: &Rules, judgement: &Judged) -> Vec<SubmissionOutcome> {
    let last = |index: usize| {
        let rows = judgement.steps.iter().rev().find(|step| step.rows.iter().any(|row| row.submission == index));
        rows.map(|step| step.plan.competition)
    };
    let outcome = |(index, &uid): (usize, &u32)| {
        let known = roll.submission(uid);
        SubmissionOutcome {
            uid,
            hotkey: known.and_then(|known| known.hotkey.clone()),
            model: known.map(|known| known.model.clone()).unwrap_or_default(),
            commit: None,
            content_hash: None,
            block: roll.blocks[index],
            competition: last(index).map(|competition| rules.competitions[competition].id.clone()),
            architecture: None,
            parameters: None,
            status: match roll.measured[index] {
                true => Status::Evaluated,
                false => Status::Skipped("the recording holds no losses of it".into()),
            },
        }
    };
    roll.uids.iter().enumerate().map(outcome).collect()
}

/// All that is needed to run it again.
fn record(settings: &ReplayWinsSettings, roll: &Roll, warnings: Vec<String>) -> RunRecord {
    of_judging("replay wins", &settings.sources, settings.seed, roll.inputs(&settings.input), warnings)
}

/// How far recorded losses, judged by `rules`, are from what their log says; `None` where it says nothing.
///
/// # Errors
/// As [`run`].
pub fn audit(input: &LossInput, rules: &Rules, reporter: &dyn Reporter) -> Result<Option<LogAudit>> {
    let roll = Roll::read(input, reporter)?;
    let rules = roll.rules(rules, true, reporter)?;
    if !roll.is_logged {
        return Ok(None);
    }
    let (mut auditing, mut latest) = (Auditing::begin(&roll, &rules)?, 0);
    each_step(input, &Silent, |step| auditing.judge(&roll.bouts(&step, &rules, &mut latest)?))?;
    Ok(Some(auditing.finish()))
}

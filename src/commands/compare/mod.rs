//! The story of `weighhouse compare`: two finished runs, or two recordings of losses, are held against each other, and
//! the gates say whether the candidate may replace the baseline.

mod aligned;
mod changes;
mod error;
pub mod fields;
mod rules;

use std::path::Path;

use anyhow::Result;

pub(crate) use self::error::CompareError;

use self::aligned::{Aligned, Alignment};
use super::finished::{Ending, Finished, summary};
use super::notices::Notices;
use super::record::of_judging;
use super::settings::{CompareSettings, GateChoice};
use crate::judge::compare::{Gate, GateName, Gates, Mismatch, Outcome, Paces, Ruling, compare, same_losses};
use crate::records::{LossStep, Reading, read_losses};
use crate::report::compare::why;
use crate::report::{InputRecord, ReportFolder};
use crate::reporter::Reporter;
use crate::runs::{Run, Side, agreement, paces};

/// Compares as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &CompareSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let notices = Notices::new(reporter);
    let folder = outside(settings)?;
    let sides = Sides { baseline: Side::open(&settings.baseline)?, candidate: Side::open(&settings.candidate)? };
    let mut allowed = sides.runs().map_or(Ok(Vec::new()), |(one, other)| fields::mismatches(one, other))?;
    refuse(&allowed, settings)?;
    // What only one side has is told before tables are compared, whose rows would not meet.
    let (aligned, inputs) = sides.losses(settings, &notices)?;
    let agreement = sides.runs().map(|(one, other)| agreement(one, other, settings.tolerance)).transpose()?;
    allowed.extend(agreement.as_ref().and_then(fields::tokenizer));
    refuse(&allowed, settings)?;
    let mut outcome = Outcome {
        baseline: settings.baseline.display().to_string(),
        candidate: settings.candidate.display().to_string(),
        paces: sides.paces(settings)?,
        agreement,
        allowed,
        ..Outcome::default()
    };
    if let Some(aligned) = &aligned {
        let (resamples, found) = (settings.spec.bootstrap.resamples, compare(&settings.spec, &aligned.subjects)?);
        if found.spec.bootstrap.resamples > resamples {
            notices.info(&format!(
                "{} resamples instead of {resamples}, so that a regression can be told among so many submissions",
                found.spec.bootstrap.resamples
            ));
        }
        (outcome.spec, outcome.submissions) = (Some(found.spec), found.submissions);
        let of_run = || sides.run().and_then(|run| rules::rules_of(&run.record));
        let rules = if settings.rules_given { None } else { of_run() }.unwrap_or_else(|| settings.rules.clone());
        outcome.changes = changes::of(aligned, &rules, settings.spec.bootstrap)?;
        if outcome.changes.iter().any(Option::is_none) {
            notices.info(
                "changes of win rates are not judged where losses are of several steps, in which others may take part, or \
                 where somebody changed the competition",
            );
        }
        if outcome.agreement.is_none() {
            outcome.agreement = Some(same_losses(&aligned.subjects, settings.tolerance));
        }
    }
    outcome.gates = sides.gates(settings, &outcome)?;
    let seed = settings.spec.bootstrap.seed;
    let record = of_judging("compare", &settings.sources, seed, inputs, notices.warnings());
    folder.write(&outcome, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&outcome, settings.format)?, ending: ending(&outcome) })
}

/// The report's folder, without an earlier verdict; it is none of those that are compared.
fn outside(settings: &CompareSettings) -> Result<ReportFolder> {
    let out = settings.out.canonicalize();
    let is_out = |side: &Path| out.as_ref().is_ok_and(|out| side.canonicalize().is_ok_and(|side| side == *out));
    if is_out(&settings.baseline) || is_out(&settings.candidate) {
        Err(CompareError::OutIsInput(settings.out.display().to_string()))?;
    }
    let folder = ReportFolder::open(&settings.out)?;
    folder.clear(&["run.json", "verdict.json", "verdict.md", "junit.xml"])?;
    Ok(folder)
}

/// What differs has to be allowed.
fn refuse(differing: &[Mismatch], settings: &CompareSettings) -> Result<(), CompareError> {
    let is_allowed = |mismatch: &&Mismatch| settings.allowed.contains(&mismatch.field);
    let refused: Vec<Mismatch> = differing.iter().filter(|mismatch| !is_allowed(mismatch)).cloned().collect();
    if refused.is_empty() { Ok(()) } else { Err(CompareError::Mismatch(refused)) }
}

fn ending(outcome: &Outcome) -> Ending {
    match outcome.ruling() {
        Ruling::Passed => Ending::Done,
        Ruling::Inconclusive if outcome.gates.fails_on_doubt => Ending::Inconclusive,
        Ruling::Inconclusive => Ending::Done,
        Ruling::Regressed => Ending::GateFailed,
    }
}

/// Both sides.
struct Sides {
    baseline: Side,
    candidate: Side,
}

impl Sides {
    /// Both, where they are runs.
    fn runs(&self) -> Option<(&Run, &Run)> {
        Some((self.baseline.run()?, self.candidate.run()?))
    }

    /// The run whose rules count.
    fn run(&self) -> Option<&Run> {
        self.baseline.run().or_else(|| self.candidate.run())
    }

    fn paces(&self, settings: &CompareSettings) -> Result<Paces> {
        let is_asked = settings.speed.slowdown.or(settings.speed.memory).is_some();
        match (&self.baseline, &self.candidate) {
            (Side::Run(one), Side::Run(other)) => Ok(paces(one, other)?),
            (Side::Losses(source), _) | (_, Side::Losses(source)) if is_asked => {
                Err(CompareError::NoTimings(source.to_string()).into())
            }
            _ => Ok(Paces::default()),
        }
    }

    /// The losses of both side by side, if both have losses, and what was read.
    fn losses(
        &self,
        settings: &CompareSettings,
        reporter: &dyn Reporter,
    ) -> Result<(Option<Aligned>, Vec<InputRecord>)> {
        let (Some(baseline), Some(candidate)) = (self.baseline.losses(), self.candidate.losses()) else {
            return match (&self.baseline, &self.candidate) {
                (Side::Losses(recording), Side::Run(run)) | (Side::Run(run), Side::Losses(recording)) => {
                    let (recording, command) = (recording.to_string(), run.record.command.clone());
                    Err(CompareError::Unlike { recording, run: run.path.display().to_string(), command }.into())
                }
                (Side::Run(run), _) if matches!(settings.gate, GateChoice::Statistical | GateChoice::Both) => {
                    Err(CompareError::NoLosses(run.record.command.clone()).into())
                }
                _ => Ok((None, Vec::new())),
            };
        };
        let mut inputs = Vec::new();
        let mut read = |source| -> Result<Vec<LossStep>> {
            let (reading, mut steps) = (Reading::new(&settings.reading, reporter), Vec::new());
            let recording = read_losses(&source, &reading, |step| {
                steps.push(step);
                Ok(())
            })?;
            let (path, sha256) = (source.to_string(), recording.sha256);
            inputs.push(InputRecord { path, sha256, rows: recording.rows, skipped_rows: recording.skipped });
            Ok(steps)
        };
        let (one, other) = (read(baseline)?, read(candidate)?);
        let names = [&settings.baseline, &settings.candidate].map(|path| path.display().to_string());
        let aligned = Alignment { baseline: &names[0], candidate: &names[1] }.of(one, other)?;
        Ok((Some(aligned), inputs))
    }

    /// The gates that there is something for. Where nobody chose, the exact one rules where all that went in was the same,
    /// or there are no losses; else the statistical one.
    fn gates(&self, settings: &CompareSettings, outcome: &Outcome) -> Result<Gates> {
        let has_losses = outcome.spec.is_some();
        let is_same = self.runs().is_some_and(|(one, other)| fields::has_same_inputs(&one.record, &other.record));
        let is_for_exact = is_same || !has_losses;
        let rules = |gate: GateName| match gate {
            GateName::Exact => match settings.gate {
                GateChoice::Exact | GateChoice::Both => true,
                GateChoice::Auto => is_for_exact,
                GateChoice::Statistical => false,
            },
            GateName::Statistical => match settings.gate {
                GateChoice::Statistical | GateChoice::Both => true,
                GateChoice::Auto => !is_for_exact,
                GateChoice::Exact => false,
            },
            GateName::Speed => settings.speed.slowdown.or(settings.speed.memory).is_some(),
        };
        let gate = |name: GateName, ruling: Ruling| Gate { name, ruling, rules: rules(name), why: why(outcome, name) };
        let exact = outcome.agreement.as_ref().map(|agreement| {
            gate(GateName::Exact, if agreement.is_whole() { Ruling::Passed } else { Ruling::Regressed })
        });
        let worst = outcome.submissions.iter().map(|one| one.ruling()).max().unwrap_or_default();
        let statistical = has_losses.then(|| gate(GateName::Statistical, worst));
        let speed = self.runs().map(|_| gate(GateName::Speed, outcome.paces.ruling(settings.speed)));
        let all = exact.into_iter().chain(statistical).chain(speed).collect();
        Ok(Gates { all, fails_on_doubt: settings.fail_on_inconclusive })
    }
}

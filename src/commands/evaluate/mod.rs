//! The story of `weighhouse evaluate`: from submissions and samples to losses, wins, weights, tables and plots.

mod bench;
mod devices;
mod fatal;
mod inputs;
mod material;
mod measuring;
mod one_by_one;
mod recalling;
mod reply;
mod resampled;
mod side_by_side;
mod tokenising;

use anyhow::Result;

pub(super) use self::resampled::FEW;

use self::inputs::Inputs;
use self::material::Material;
use self::measuring::Laboratory;
use super::candidates::{Candidate, Limits, inspect_all, refuse_unpulled};
use super::clock::{Clock, timed};
use super::finished::{Ending, Finished, summary};
use super::notices::Notices;
use super::settings::EvaluateSettings;
use crate::hub::Hub;
use crate::judge::wins::{Resampling, Schedule, StepPlan, Submitted, judge_steps};
use crate::report::{Judged, ReportFolder};
use crate::reporter::Reporter;
use crate::stats::BootstrapSpec;
use crate::store::LossStore;

/// Evaluates the submissions as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &EvaluateSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let store = LossStore::open(&settings.store)?;
    let inputs = Inputs::read(settings, &notices)?;
    let plans = plan_steps(settings, &inputs);
    let pool = drawn(&plans);
    let mut laboratory = Laboratory::open(settings, &store, &inputs, &pool, &notices)?;
    let hub = Hub::open(&settings.hub, &settings.store, &notices)?;
    let limits = Limits { competitions: &settings.rules.competitions, max_repo_bytes: settings.max_repo_bytes };
    let (candidates, inspecting) =
        timed("inspect", || inspect_all(&inputs.submissions, &limits, &hub, settings.hub.jobs, &notices));
    let mut candidates = candidates?;
    let outcomes = laboratory.measure_all(&mut candidates, &hub)?;
    refuse_unpulled(&candidates)?;
    let submitted = submissions_to_judge(&candidates, &outcomes, &pool, inputs.samples.rows.len());
    let bootstrap =
        BootstrapSpec { resamples: settings.resamples, confidence: settings.confidence, seed: settings.seed };
    let resampling = Resampling { bootstrap, sources: &resampled::sources(&inputs.samples, &plans, &notices) };
    let mut judged = Judged::default();
    let (done, judging) = timed("judge", || {
        judge_steps(&settings.rules, &submitted, &plans, Some(resampling), |step| anyhow::Ok(judged.add(step)?))
    });
    done?;
    let mut timings = vec![inspecting];
    timings.extend(laboratory.take_timings());
    timings.extend([judging, clock.whole()]);
    drop(submitted);
    let material = Material { settings, inputs: &inputs, candidates: &candidates, pool: &pool };
    let evaluation = material.evaluation(outcomes, judged, timings);
    let record = material.record(&laboratory, notices.warnings());
    folder.write(&evaluation, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&evaluation, settings.format)?, ending: ending(&candidates, &notices) })
}

/// The steps to simulate, fixed before anything is measured.
fn plan_steps(settings: &EvaluateSettings, inputs: &Inputs) -> Vec<StepPlan> {
    let competitions = settings.rules.competitions.len();
    let latest = inputs.submissions.rows.iter().filter_map(|submission| submission.block).max();
    let schedule = Schedule {
        pool: inputs.samples.rows.len(),
        competitions,
        steps: settings.steps.unwrap_or(competitions),
        samples_per_step: settings.samples_per_step,
        seed: settings.seed,
        first_block: settings.current_block.or(latest).unwrap_or(0),
        blocks_per_step: settings.blocks_per_step,
    };
    schedule.plan()
}

/// Samples that any step draws, in the order of the pool: only these are measured, each once.
fn drawn(plans: &[StepPlan]) -> Vec<usize> {
    let mut drawn: Vec<usize> = plans.iter().flat_map(|plan| plan.samples.iter().copied()).collect();
    drawn.sort_unstable();
    drawn.dedup();
    drawn
}

fn submissions_to_judge(
    candidates: &[Candidate],
    outcomes: &[measuring::Outcomes],
    pool: &[usize],
    samples: usize,
) -> Vec<Submitted> {
    let losses = |outcomes: &measuring::Outcomes| {
        let outcomes = outcomes.as_ref()?;
        let mut losses = vec![f64::NAN; samples];
        pool.iter().zip(outcomes).for_each(|(&sample, outcome)| losses[sample] = outcome.loss);
        Some(losses)
    };
    let submitted = candidates.iter().zip(outcomes).map(|(candidate, outcomes)| Submitted {
        uid: candidate.submission.uid,
        block: candidate.submission.block,
        competition: candidate.competition,
        losses: losses(outcomes),
    });
    submitted.collect()
}

/// A run in which every submission was skipped came to its end and yet measured nothing.
fn ending(candidates: &[Candidate], notices: &Notices) -> Ending {
    if candidates.iter().any(|candidate| candidate.skipped.is_none()) {
        return Ending::Done;
    }
    notices.warn("nothing was measured: every submission was skipped, for the reasons in the table");
    Ending::NothingMeasured
}

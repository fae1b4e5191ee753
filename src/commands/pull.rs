//! The story of `weighhouse pull`: fetches the models of submissions into the cache, verified and within limits, and
//! measures nothing.

use anyhow::Result;

use super::candidates::{Candidate, Limits, inspect_all, refuse_unpulled};
use super::finished::{Ending, Finished, Interrupted, summary};
use super::notices::Notices;
use super::settings::PullSettings;
use crate::hub::{Hub, Puller, Survey};
use crate::records::{Reading, read_submissions};
use crate::report::models::{self, PullRow, PullStatus};
use crate::reporter::Reporter;

/// Pulls what `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &PullSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let notices = Notices::new(reporter);
    let hub = Hub::open(&settings.hub, &settings.store, &notices)?;
    let submissions = read_submissions(&settings.submissions, &Reading::new(&settings.reading, &notices))?;
    let limits = Limits { competitions: &settings.competitions, max_repo_bytes: settings.max_repo_bytes };
    let mut candidates = inspect_all(&submissions, &limits, &hub, settings.hub.jobs, &notices)?;
    let fetched = pull_all(settings, &hub, &mut candidates, &notices)?;
    let rows: Vec<PullRow> = candidates.iter().zip(fetched).map(|(candidate, bytes)| row(candidate, bytes)).collect();
    Ok(Finished { summary: summary(&models::pulled(&rows), settings.format)?, ending: ending(&candidates, &notices) })
}

/// Pulls the weights of all candidates that are not skipped; tells how many bytes had to be fetched for each.
fn pull_all(settings: &PullSettings, hub: &Hub, candidates: &mut [Candidate], notices: &Notices) -> Result<Vec<u64>> {
    let survey_of = |candidate: &Candidate| {
        let model = candidate.model.as_ref().filter(|_| candidate.skipped.is_none())?;
        model.survey.clone()
    };
    let (orders, surveys): (Vec<usize>, Vec<Survey>) = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, candidate)| survey_of(candidate).map(|survey| (index, survey)))
        .unzip();
    let mut fetched = vec![0; candidates.len()];
    for (&index, survey) in orders.iter().zip(&surveys) {
        fetched[index] = hub.missing(survey);
    }
    notices.start("pulling", orders.len() as u64);
    Puller::new(hub, settings.room, &surveys).run(settings.hub.jobs, |puller| {
        for (order, &index) in orders.iter().enumerate() {
            if let Err(error) = puller.wait(order) {
                candidates[index].leave_out(error.into(), notices)?;
            }
            notices.advance(1);
        }
        anyhow::Ok(())
    })?;
    notices.finish();
    if notices.interrupted() { Err(Interrupted.into()) } else { Ok(fetched) }
}

fn row(candidate: &Candidate, fetched: u64) -> PullRow {
    let (submission, model) = (&candidate.submission, candidate.model.as_ref());
    let status = match model {
        _ if candidate.skipped.is_some() => PullStatus::Skipped,
        Some(model) if model.commit.is_none() => PullStatus::Folder,
        Some(_) if fetched > 0 => PullStatus::Pulled,
        _ => PullStatus::Cached,
    };
    PullRow {
        uid: submission.uid,
        model: submission.model.clone(),
        commit: model.and_then(|model| model.commit.clone()),
        content_hash: candidate.fingerprint.as_ref().map(|fingerprint| fingerprint.content.clone()),
        bytes: model.map(|model| model.bytes),
        status,
        note: candidate.skipped.clone(),
    }
}

fn ending(candidates: &[Candidate], notices: &Notices) -> Ending {
    if let Err(unpulled) = refuse_unpulled(candidates) {
        notices.warn(&unpulled.to_string());
        return Ending::TryAgain;
    }
    if candidates.iter().any(|candidate| candidate.skipped.is_none()) {
        return Ending::Done;
    }
    notices.warn("nothing was pulled: every submission was skipped, for the reasons in the table");
    Ending::NothingMeasured
}

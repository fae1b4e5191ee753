//! Measures every candidate on every drawn sample. First what the store holds is recalled; then the models that are left
//! are pulled and measured, in this process or in several, while the next are already on their way. A model that turns
//! out unusable is skipped with the reason; only the store, the device or the user ends the whole.

use anyhow::Result;
use chrono::{Local, NaiveDate};

use super::bench::Bench;
use super::devices::{By, Devices};
use super::inputs::Inputs;
use super::one_by_one::measure_here;
use super::recalling::{Recalled, recall};
use super::reply::{Left, Reply};
use super::side_by_side::measure_in_children;
use super::tokenising::Tokenising;
use crate::commands::candidates::Candidate;
use crate::commands::notices::Notices;
use crate::commands::settings::EvaluateSettings;
use crate::hub::{Hub, Puller, Survey};
use crate::measure::Measured;
use crate::outcome::SampleOutcome;
use crate::report::Timing;
use crate::reporter::Reporter;
use crate::store::{LossStore, NormStore};

/// Outcomes of one candidate on the drawn samples, in the order of the pool; `None` if it was skipped.
pub type Outcomes = Option<Vec<SampleOutcome>>;

/// A bench, and what it has made so far.
pub struct Laboratory<'a> {
    bench: Bench<'a>,
    tokenising: Tokenising<'a>,
    timings: Vec<Timing>,
}

impl<'a> Laboratory<'a> {
    /// Opens the devices that the settings ask for; `pool` names the samples to measure.
    ///
    /// # Errors
    /// A device is not there, or cannot compute in the number type asked for; the template is a bad file.
    pub fn open(
        settings: &'a EvaluateSettings,
        store: &'a LossStore,
        inputs: &'a Inputs,
        pool: &'a [usize],
        notices: &'a Notices<'a>,
    ) -> Result<Self> {
        let norms = NormStore::open(&settings.store)?;
        let devices = Devices::open(settings, store, notices)?;
        let date = settings.date.unwrap_or_else(|| Local::now().date_naive());
        let tokenising = Tokenising::new(&inputs.samples, pool, settings, date, notices)?;
        let bench = Bench { settings, store, norms, notices, samples: pool.len(), devices };
        Ok(Self { bench, tokenising, timings: Vec::new() })
    }

    /// The date that chat templates see.
    pub fn date(&self) -> NaiveDate {
        self.tokenising.date
    }

    /// The devices in use.
    pub fn devices(&self) -> &Devices {
        &self.bench.devices
    }

    /// Where the time went, handed over.
    pub fn take_timings(&mut self) -> Vec<Timing> {
        std::mem::take(&mut self.timings)
    }

    /// Measures all candidates that are not skipped; one that turns out unusable is skipped with the reason.
    ///
    /// # Errors
    /// The store cannot be read or written, the device failed, or the user asked to stop.
    pub fn measure_all(&mut self, candidates: &mut [Candidate], hub: &Hub) -> Result<Vec<Outcomes>> {
        let waiting = candidates.iter().filter(|candidate| candidate.skipped.is_none()).count();
        self.bench.notices.start("evaluating", (waiting * self.bench.samples) as u64);
        let (mut all, left) = self.recall_all(candidates)?;
        self.measure_left(candidates, &left, hub, &mut all)?;
        self.bench.notices.finish();
        Ok(all)
    }

    /// What the store holds, and what is left.
    fn recall_all(&mut self, candidates: &mut [Candidate]) -> Result<(Vec<Outcomes>, Vec<Left>)> {
        let (mut all, mut left, mut to_pull) = (Vec::with_capacity(candidates.len()), Vec::new(), 0);
        for (index, candidate) in candidates.iter_mut().enumerate() {
            let recalled = self.bench.attempt(candidate, |one| recall(&self.bench, &mut self.tokenising, one))?;
            all.push(match recalled {
                None => None,
                Some(Recalled::All(outcomes)) => {
                    self.bench.notices.advance(self.bench.samples as u64);
                    let measured = Measured { outcomes, ..Measured::default() };
                    self.bench.report(candidate, &measured);
                    Some(measured.outcomes)
                }
                Some(Recalled::Left(order)) => {
                    let pulled = survey_of(candidate).map(|_| to_pull);
                    to_pull += usize::from(pulled.is_some());
                    let bytes = self.bytes_to_load(candidate);
                    left.push(Left { candidate: index, uid: candidate.submission.uid, order, bytes, pulled });
                    None
                }
            });
        }
        Ok((all, left))
    }

    /// What loading a model may take: twice its parameters in the number type of the computation.
    fn bytes_to_load(&self, candidate: &Candidate) -> u64 {
        let parameters = candidate.card.as_ref().map_or(u64::MAX, |card| card.parameters);
        parameters.saturating_mul(2 * self.bench.devices.dtype.size_in_bytes() as u64)
    }

    /// Measures what is left, and puts it in its place.
    fn measure_left(
        &mut self,
        candidates: &mut [Candidate],
        left: &[Left],
        hub: &Hub,
        all: &mut [Outcomes],
    ) -> Result<()> {
        let surveys: Vec<Survey> =
            left.iter().filter_map(|left| survey_of(&candidates[left.candidate])).cloned().collect();
        let Self { bench, timings, .. } = self;
        let settle = |index: usize, reply: Reply| {
            let candidate = left[index].candidate;
            timings.extend(reply.timings);
            let measured = bench.attempt(&mut candidates[candidate], |_| reply.result)?;
            if let Some(measured) = measured {
                bench.report(&candidates[candidate], &measured);
                all[candidate] = Some(measured.outcomes);
            }
            Ok(())
        };
        Puller::new(hub, bench.settings.room, &surveys).run(bench.settings.hub.jobs, |puller| {
            match &bench.devices.measured {
                By::This(workplace) => measure_here(bench, workplace, left, puller, settle),
                By::Children(devices) => measure_in_children(bench, devices, left, puller, settle),
            }
        })
    }
}

/// What the hub says of a model that is to be pulled.
fn survey_of(candidate: &Candidate) -> Option<&Survey> {
    candidate.model.as_ref()?.survey.as_ref()
}

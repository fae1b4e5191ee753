//! Pulls the weights of models in the background, in the order in which they are wanted: as many files at a time as the
//! user allows, as many models ahead as there is room for.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Hub;
use super::error::HubError;
use super::pulled::Pulled;
use super::room::{Admission, Needed, Room, missing, warn_of_space};
use super::survey::Survey;
use crate::reporter::Transfer;

/// How often the user's wish to stop is looked at while waiting.
const GLANCE: Duration = Duration::from_millis(100);

/// Models on their way.
pub struct Puller<'a> {
    hub: &'a Hub<'a>,
    room: Room,
    surveys: &'a [Survey],
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    phases: Vec<Phase>,
    /// Files that are to be fetched now: the model, and the file among its weights.
    files: VecDeque<(usize, usize)>,
    /// The first model that has not been let in.
    next: usize,
    closed: bool,
}

enum Phase {
    Waiting,
    /// So many of its files are still to come. The file keeps the model from being removed by other processes.
    Pulling(usize, File),
    /// It is here, and kept here.
    Ready(#[expect(dead_code, reason = "it is held, not read")] File),
    Failed(Option<HubError>),
    /// It has been used and is not needed any more.
    Released,
}

/// What a worker does next.
enum Next {
    Fetch(usize, usize),
    Wait,
    End,
}

impl<'a> Puller<'a> {
    /// Will pull the weights of `surveys`, in their order.
    pub fn new(hub: &'a Hub<'a>, room: Room, surveys: &'a [Survey]) -> Self {
        let phases = surveys.iter().map(|_| Phase::Waiting).collect();
        let state = State { phases, files: VecDeque::new(), next: 0, closed: false };
        Self { hub, room, surveys, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Pulls with `jobs` workers while `work` goes on, which waits for models and releases them.
    ///
    /// # Errors
    /// Those of `work`, and a disk that cannot be asked how much of it is free.
    pub fn run<T, E: From<HubError>>(&self, jobs: usize, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        let expected = self.surveys.iter().map(|survey| missing(self.hub, survey)).fold(0, u64::saturating_add);
        warn_of_space(self.hub, self.room, expected)?;
        if expected > 0 {
            self.hub.reporter.transfer(Transfer::Expected(expected));
        }
        std::thread::scope(|scope| {
            let _closes = Closes(self);
            for _ in 0..jobs.min(self.surveys.iter().map(|survey| survey.weights.len()).sum()) {
                scope.spawn(|| {
                    let _fallen = Fallen(self);
                    self.labour();
                });
            }
            work(self)
        })
    }

    /// Waits until the weights of a model are here.
    ///
    /// # Errors
    /// They cannot be had.
    pub fn wait(&self, model: usize) -> Result<(), HubError> {
        let mut state = self.state();
        loop {
            let ended = state.closed || self.hub.stopped();
            match &mut state.phases[model] {
                Phase::Ready(_) | Phase::Released => return Ok(()),
                Phase::Failed(error) => return Err(error.take().unwrap_or(HubError::Interrupted)),
                Phase::Waiting | Phase::Pulling(..) if ended => return Err(HubError::Interrupted),
                Phase::Waiting | Phase::Pulling(..) => state = self.sleep(state),
            }
        }
    }

    /// A model has been used: its weights may be removed when room is needed.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn release(&self, model: usize) -> Result<(), HubError> {
        self.hub.ledger.touch(&self.hub.cache, &self.surveys[model].listing)?;
        self.state().phases[model] = Phase::Released;
        self.changed.notify_all();
        Ok(())
    }

    fn labour(&self) {
        loop {
            let mut state = self.state();
            match self.next(&mut state) {
                Next::End => return,
                Next::Wait => drop(self.sleep(state)),
                Next::Fetch(model, file) => {
                    drop(state);
                    let survey = &self.surveys[model];
                    let result = self.hub.fetch_weights(&survey.listing, &survey.weights[file]);
                    self.settle(&mut self.state(), model, result);
                }
            }
        }
    }

    fn next(&self, state: &mut State) -> Next {
        loop {
            if state.closed || self.hub.stopped() {
                return Next::End;
            }
            if let Some((model, file)) = state.files.pop_front() {
                return Next::Fetch(model, file);
            }
            if state.next == self.surveys.len() {
                return Next::End;
            }
            let model = state.next;
            // Held before it is looked at, so that what is found here stays.
            let survey = &self.surveys[model];
            let admitted = self.hub.ledger.hold(&survey.listing).and_then(|held| Ok((self.admit(state, model)?, held)));
            match admitted {
                Ok((Admission::Later, _)) => return Next::Wait,
                Ok((Admission::Granted, held)) => {
                    state.phases[model] = Phase::Pulling(survey.weights.len(), held);
                    state.files.extend((0..survey.weights.len()).map(|file| (model, file)));
                }
                Ok((Admission::Refused(error), _)) | Err(error) => state.phases[model] = Phase::Failed(Some(error)),
            }
            state.next += 1;
            self.changed.notify_all();
        }
    }

    fn admit(&self, state: &State, model: usize) -> Result<Admission, HubError> {
        let phases = || state.phases.iter().zip(self.surveys);
        let pulling = phases().filter(|(phase, _)| matches!(phase, Phase::Pulling(..)));
        let coming = pulling.map(|(_, survey)| missing(self.hub, survey)).fold(0, u64::saturating_add);
        let others = phases().any(|(phase, _)| matches!(phase, Phase::Pulling(..) | Phase::Ready(_)));
        let need = |pulled: &Pulled| {
            let is_it =
                |survey: &Survey| survey.listing.reference.id == pulled.repo && survey.listing.commit == pulled.commit;
            let needs =
                phases().enumerate().filter(|(_, (_, survey))| is_it(survey)).map(|(order, (phase, _))| match phase {
                    Phase::Released | Phase::Failed(_) => Needed::NoMore,
                    Phase::Waiting if order != model => Needed::Later,
                    Phase::Waiting | Phase::Pulling(..) | Phase::Ready(_) => Needed::Now,
                });
            needs.max().unwrap_or(Needed::NoMore)
        };
        self.room.admit(self.hub, &self.surveys[model], coming, (&need, others))
    }

    /// One file of a model has come or failed; the rest of a model that failed is not fetched.
    fn settle(&self, state: &mut State, model: usize, result: Result<(), HubError>) {
        let phase = &mut state.phases[model];
        *phase = match (result, std::mem::replace(phase, Phase::Waiting)) {
            (Ok(()), Phase::Pulling(1, held)) => Phase::Ready(held),
            (Ok(()), Phase::Pulling(left, held)) => Phase::Pulling(left - 1, held),
            (Err(error), Phase::Pulling(..)) => {
                state.files.retain(|(other, _)| *other != model);
                Phase::Failed(Some(error))
            }
            (_, ended) => ended,
        };
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, GLANCE).unwrap_or_else(PoisonError::into_inner).0
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }
}

/// Sends the workers home when the work is over, however it ends.
struct Closes<'p, 'a>(&'p Puller<'a>);

impl Drop for Closes<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A worker that fell must not be waited for.
struct Fallen<'p, 'a>(&'p Puller<'a>);

impl Drop for Fallen<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

//! Pulls the weights of models in the background, in the order in which they are wanted: as many files at a time as the
//! user allows, as many models ahead as there is room for.

use std::collections::VecDeque;
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
    /// So many of its files are still to come.
    Pulling(usize),
    Ready,
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
                Phase::Ready | Phase::Released => return Ok(()),
                Phase::Failed(error) => return Err(error.take().unwrap_or(HubError::Interrupted)),
                Phase::Waiting | Phase::Pulling(_) if ended => return Err(HubError::Interrupted),
                Phase::Waiting | Phase::Pulling(_) => state = self.sleep(state),
            }
        }
    }

    /// A model has been evaluated, or cannot be: what is here of it may be removed when room is needed.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn release(&self, model: usize) -> Result<(), HubError> {
        let listing = &self.surveys[model].listing;
        // What never came was not evaluated: the part that is here waits for the next run.
        if !matches!(self.state().phases[model], Phase::Failed(_)) {
            self.hub.ledger.evaluated(&self.hub.cache, listing)?;
            self.state().phases[model] = Phase::Released;
        }
        let still_needed = self.state().phases.iter().zip(self.surveys).any(|(phase, survey)| {
            !matches!(phase, Phase::Released | Phase::Failed(_)) && survey.listing.key() == listing.key()
        });
        if !still_needed {
            self.hub.let_go(&listing.reference.id, &listing.commit);
        }
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
            match self.admit(state, model) {
                Ok(Admission::Later) => return Next::Wait,
                Ok(Admission::Granted) => {
                    let files = self.surveys[model].weights.len();
                    state.phases[model] = Phase::Pulling(files);
                    state.files.extend((0..files).map(|file| (model, file)));
                }
                Ok(Admission::Refused(error)) | Err(error) => state.phases[model] = Phase::Failed(Some(error)),
            }
            state.next += 1;
            self.changed.notify_all();
        }
    }

    fn admit(&self, state: &State, model: usize) -> Result<Admission, HubError> {
        let phases = || state.phases.iter().zip(self.surveys);
        let pulling = phases().filter(|(phase, _)| matches!(phase, Phase::Pulling(_)));
        let coming = pulling.map(|(_, survey)| missing(self.hub, survey)).fold(0, u64::saturating_add);
        let others = phases().any(|(phase, _)| matches!(phase, Phase::Pulling(_) | Phase::Ready));
        let need = |pulled: &Pulled| {
            let key = pulled.key();
            let is_it = |survey: &Survey| survey.listing.key() == (key.0.as_str(), key.1.as_str());
            let needs =
                phases().enumerate().filter(|(_, (_, survey))| is_it(survey)).map(|(order, (phase, _))| match phase {
                    Phase::Released | Phase::Failed(_) => Needed::NoMore,
                    Phase::Waiting if order != model => Needed::Later,
                    Phase::Waiting | Phase::Pulling(_) | Phase::Ready => Needed::Now,
                });
            needs.max().unwrap_or(Needed::NoMore)
        };
        self.room.admit(self.hub, &self.surveys[model], coming, &need, others)
    }

    /// One file of a model has come or failed; the rest of a model that failed is not fetched.
    fn settle(&self, state: &mut State, model: usize, result: Result<(), HubError>) {
        let phase = &mut state.phases[model];
        match (result, &phase) {
            (Ok(()), Phase::Pulling(1)) => *phase = Phase::Ready,
            (Ok(()), Phase::Pulling(left)) => *phase = Phase::Pulling(left - 1),
            (Err(error), Phase::Pulling(_)) => {
                *phase = Phase::Failed(Some(error));
                state.files.retain(|(other, _)| *other != model);
            }
            _ => {}
        }
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, GLANCE).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Sends workers home and lets nobody wait any more.
    pub fn close(&self) {
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

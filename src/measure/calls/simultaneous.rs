//! Calls that begin at once, each on a thread of its own.

use std::sync::mpsc::channel;
use std::sync::{PoisonError, RwLock};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use rayon::ThreadPoolBuilder;

use crate::engine::embedder::Embedder;

/// Makes `count` calls of `texts` at once and waits for them: seconds from the moment that all threads stood ready until
/// the last call was done.
///
/// # Errors
/// A thread could not be started, or a call failed; the text says why.
pub fn call_at_once(embedder: &dyn Embedder, texts: &[&str], count: u32) -> Result<f64, String> {
    // Whoever waits reads whether to go; the lock is held until every thread stands ready.
    let gate = RwLock::new(true);
    let (ready, stand_ready) = channel();
    thread::scope(|scope| {
        let mut closed = gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut callers = Vec::new();
        let mut problem = None;
        for _ in 0..count {
            let (gate, ready) = (&gate, ready.clone());
            let caller = move || {
                let stand = || {
                    // It does not matter whether anyone still listens.
                    let _ = ready.send(());
                    drop(ready);
                    *gate.read().unwrap_or_else(PoisonError::into_inner)
                };
                alone(stand, || embedder.embed(texts).map(drop).map_err(|error| error.to_string()))
            };
            match thread::Builder::new().spawn_scoped(scope, caller) {
                Ok(caller) => callers.push(caller),
                Err(error) => {
                    problem = Some(format!("only {} of {count} threads could be started: {error}", callers.len()));
                    *closed = false;
                    break;
                }
            }
        }
        drop(ready);
        stand_ready.iter().for_each(drop);
        let start = Instant::now();
        drop(closed);
        let ended = callers.into_iter().try_for_each(outcome);
        problem.map_or(ended, Err).map(|()| start.elapsed().as_secs_f64())
    })
}

/// Calls on this thread, which becomes a pool of one, once `stand` says to go.
fn alone(stand: impl FnOnce() -> bool + Send, call: impl FnOnce() -> Result<(), String> + Send) -> Result<(), String> {
    let pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    // A thread that cannot become one must not keep the others waiting.
    let goes = stand();
    let pool = pool.map_err(|error| error.to_string())?;
    if goes { pool.install(call) } else { Ok(()) }
}

fn outcome(caller: ScopedJoinHandle<'_, Result<(), String>>) -> Result<(), String> {
    caller.join().unwrap_or_else(|_| Err("a call panicked".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::{Barrier, Mutex};
    use std::thread::ThreadId;

    use super::*;
    use crate::engine::embedder::Embedding;
    use crate::engine::{EngineError, Result};

    /// Waits in each call until all calls are in one, and remembers who made it.
    struct Meeting {
        all: Barrier,
        seen: Mutex<HashSet<ThreadId>>,
        fails: bool,
    }

    impl Embedder for Meeting {
        fn width(&self) -> usize {
            1
        }
        fn fingerprint(&self) -> &str {
            "meeting"
        }
        fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
            assert_eq!(rayon::current_num_threads(), 1);
            self.all.wait();
            self.seen.lock().unwrap().insert(thread::current().id());
            let failure = || EngineError::Tensor(candle_core::Error::Msg("out of luck".into()));
            if self.fails { Err(failure()) } else { Ok(vec![[1.0].into(); texts.len()]) }
        }
    }

    #[test]
    fn every_call_has_a_thread_of_its_own_and_all_run_at_once() {
        for count in [1, 7] {
            let meeting = Meeting { all: Barrier::new(count as usize), seen: Mutex::default(), fails: false };
            assert!(call_at_once(&meeting, &["a"], count).unwrap() >= 0.0);
            assert_eq!(meeting.seen.lock().unwrap().len(), count as usize);
        }
    }

    #[test]
    fn a_call_that_fails_is_told() {
        let meeting = Meeting { all: Barrier::new(2), seen: Mutex::default(), fails: true };
        assert_eq!(call_at_once(&meeting, &["a"], 2).unwrap_err(), "out of luck");
    }
}

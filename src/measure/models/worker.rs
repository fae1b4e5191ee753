//! The parent's side: a child that measures one order after another, and another in its place where it fell. What is left
//! of a model whose child fell is tried once more; what was measured until then is in the store.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::ChildError;
use super::job::Place;
use super::process::{Heard, Process};
use super::said::{Said, Why};
use crate::measure::workplace::Order;
use crate::reporter::Reporter;

/// How often a worker that waits for its child looks whether the run is over.
const GLANCE: Duration = Duration::from_millis(20);
/// How long a child whose stdin is closed may go on before it is killed: longer than it lets itself, so that it writes
/// down what it has.
const GRACE: Duration = Duration::from_secs(2);
/// The same where the user asked to stop, in less time than Ctrl-C leaves this process.
const SHORT_GRACE: Duration = Duration::from_millis(500);

/// What a child says of an order that it carried out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Answer {
    /// Seconds that went to a child which fell before, if one did.
    pub lost: Option<f64>,
    /// Seconds that loading took.
    pub loading: f64,
    /// The most memory that the child held until then, in bytes, where the system tells it.
    pub loading_peak_bytes: Option<u64>,
    /// Distinct samples that went through the model.
    pub samples: usize,
    /// Their tokens.
    pub tokens: u64,
    /// Seconds spent in the model.
    pub seconds: f64,
    /// Samples that the model cannot take.
    pub refused: usize,
    /// The most memory that the child held so far, in bytes, where the system tells it.
    pub peak_bytes: Option<u64>,
}

/// Tells this program's file when a child is to be started.
pub type Program<'a> = dyn Fn() -> io::Result<PathBuf> + Sync + 'a;

/// A place to measure in, with a child from the first order on.
pub struct Worker<'a> {
    program: &'a Program<'a>,
    place: Place,
    threads: usize,
    is_over: &'a AtomicBool,
    child: Option<Process>,
}

impl<'a> Worker<'a> {
    /// Will measure at `place` in children with so many threads each, until the run `is_over`.
    pub fn new(program: &'a Program<'a>, place: Place, threads: usize, is_over: &'a AtomicBool) -> Self {
        Self { program, place, threads, is_over, child: None }
    }

    /// Has an order carried out, in a second child where the first falls; losses are then in the store.
    ///
    /// # Errors
    /// The model cannot be measured, children fall or cannot be started, or the run is over.
    pub fn measure(&mut self, order: &Order, reporter: &dyn Reporter) -> Result<Answer, ChildError> {
        let start = Instant::now();
        match self.attempt(order, reporter) {
            Err(ChildError::Fell(how)) => {
                reporter.warn(&format!("{}: {how}; what is left of it is measured in a new process", order.label));
                let lost = Some(start.elapsed().as_secs_f64());
                self.attempt(order, reporter).map(|answer| Answer { lost, ..answer })
            }
            result => result,
        }
    }

    fn attempt(&mut self, order: &Order, reporter: &dyn Reporter) -> Result<Answer, ChildError> {
        let child = match &mut self.child {
            Some(child) => child,
            none => {
                let started = (self.program)().and_then(|program| Process::start(&program, &self.place, self.threads));
                none.insert(started.map_err(ChildError::Start)?)
            }
        };
        child.give(order.clone());
        let heard = hear(child, self.is_over, reporter);
        // Only a child that may go on does.
        if let Some(result @ (Ok(_) | Err(ChildError::Model(_)))) = heard {
            return result;
        }
        let (is_over, grace) = match reporter.interrupted() {
            true => (true, SHORT_GRACE),
            false => (self.is_over.load(Ordering::Relaxed), GRACE),
        };
        let ended = self.child.take().map(|child| child.end(grace));
        if is_over {
            return Err(ChildError::Interrupted);
        }
        heard.unwrap_or_else(|| Err(ChildError::Fell(ended.map_or_else(String::new, early))))
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        drop(self.child.take().map(|child| child.end(GRACE)));
    }
}

/// Hears what a child says of an order and passes it on; `None` where it falls silent before it has said all, or the run
/// is over.
fn hear(child: &Process, is_over: &AtomicBool, reporter: &dyn Reporter) -> Option<Result<Answer, ChildError>> {
    let mut answer = Answer::default();
    while !is_over.load(Ordering::Relaxed) && !reporter.interrupted() {
        let said = match child.hear(GLANCE) {
            None => continue,
            Some(Heard::Said(said)) => said,
            Some(Heard::Unsent(error)) => return Some(Err(ChildError::Store(error.to_string()))),
            Some(Heard::Silence) => return None,
        };
        match said {
            Said::Info(message) => reporter.info(&message),
            Said::Warn(warning) => reporter.warn(&warning),
            Said::Advance(amount) => reporter.advance(amount),
            Said::Loaded { seconds, peak_bytes } => {
                answer = Answer { loading: seconds, loading_peak_bytes: peak_bytes, ..answer };
            }
            Said::Done { samples, tokens, seconds, refused, peak_bytes } => {
                return Some(Ok(Answer { samples, tokens, seconds, refused, peak_bytes, ..answer }));
            }
            Said::Failed { why, problem } => return Some(Err(failure(why, problem))),
        }
    }
    None
}

fn failure(why: Why, problem: String) -> ChildError {
    match why {
        Why::Model => ChildError::Model(problem),
        Why::Broken => ChildError::Fell(problem),
        Why::Lack => ChildError::Lack(problem),
        Why::Store => ChildError::Store(problem),
    }
}

/// How a child ended of which more was expected.
fn early((status, line): (Option<ExitStatus>, String)) -> String {
    let Some(status) = status else { return "its process hangs and cannot be killed".into() };
    let line = if line.is_empty() { line } else { format!(": {line}") };
    format!("its process ended early ({status}){line}")
}

#[cfg(all(test, unix))]
mod tests;

//! Models measured in several processes at once, each of which takes the next model when it is done with one. What they
//! say of a model is told when all before it is told, so that equal runs say and record the same, whoever was first.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::bench::Bench;
use super::fatal::ends_the_run;
use super::reply::{Left, Reply};
use crate::commands::finished::Interrupted;
use crate::engine::request::DeviceRequest;
use crate::hub::Puller;
use crate::measure::models::{Answer, ChildError, Leash, Place, Worker};
use crate::measure::{self, Measured};
use crate::report::Timing;
use crate::reporter::{Reporter, Silent};

/// How often the user's wish to stop is looked at while waiting.
const GLANCE: Duration = Duration::from_millis(50);

/// Measures what is left in a child on each of `devices` and hands each reply to `settle`, with its index, in order; one
/// that ends the run at once.
///
/// # Errors
/// Those of `settle`, or the user asked to stop.
pub fn measure_in_children(
    bench: &Bench,
    devices: &[DeviceRequest],
    left: &[Left],
    puller: &Puller,
    settle: impl FnMut(usize, Reply) -> Result<()>,
) -> Result<()> {
    let program = std::env::current_exe().context("this program's own file, which measures in further processes")?;
    let hands: Vec<Hand> = devices.iter().take(left.len()).map(|device| Hand::new(*device)).collect();
    let threads = (rayon::current_num_threads() / hands.len().max(1)).max(1);
    let floor = Floor { bench, left, puller, program: &program, threads, next: AtomicUsize::new(0) };
    let (sender, replies) = channel();
    thread::scope(|scope| {
        let _ends = Ends { hands: &hands, puller };
        for hand in &hands {
            let (floor, sender) = (&floor, sender.clone());
            let work = move || floor.work(hand, &sender);
            thread::Builder::new().spawn_scoped(scope, work).map_err(ChildError::Start)?;
        }
        drop(sender);
        gather(bench, &replies, settle)
    })
}

/// Puts replies in order and settles them.
fn gather(
    bench: &Bench,
    replies: &Receiver<(usize, Told)>,
    mut settle: impl FnMut(usize, Reply) -> Result<()>,
) -> Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    loop {
        match replies.recv_timeout(GLANCE) {
            Ok((index, told)) if told.reply.result.as_ref().is_err_and(ends_the_run) => {
                return settle(index, told.tell(bench.notices));
            }
            Ok((index, told)) => {
                waiting.insert(index, told);
                while let Some(told) = waiting.remove(&next) {
                    settle(next, told.tell(bench.notices))?;
                    next += 1;
                }
            }
            Err(RecvTimeoutError::Timeout) if bench.notices.interrupted() => return Err(Interrupted.into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// A device and what its child lives by.
struct Hand {
    device: DeviceRequest,
    leash: Leash,
}

impl Hand {
    fn new(device: DeviceRequest) -> Self {
        Self { device, leash: Leash::default() }
    }
}

/// Ends all children and all waiting when the work is over, however it ends.
struct Ends<'a> {
    hands: &'a [Hand],
    puller: &'a Puller<'a>,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.hands.iter().for_each(|hand| hand.leash.cut());
        self.puller.close();
    }
}

/// What all hands share.
struct Floor<'a> {
    bench: &'a Bench<'a>,
    left: &'a [Left],
    puller: &'a Puller<'a>,
    program: &'a Path,
    threads: usize,
    /// The first model that nobody has taken.
    next: AtomicUsize,
}

impl Floor<'_> {
    /// Measures one model after another, until none is left or the run is to end.
    fn work(&self, hand: &Hand, replies: &Sender<(usize, Told)>) {
        let mut worker = Worker::new(self.program, self.place(hand.device), self.threads, &hand.leash);
        while !hand.leash.is_cut() {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(left) = self.left.get(index) else { return };
            let told = self.measure(left, &mut worker);
            let is_last = told.reply.result.as_ref().is_err_and(ends_the_run);
            // Whoever does not listen any more has ended the run.
            if replies.send((index, told)).is_err() || is_last {
                return;
            }
        }
    }

    fn place(&self, device: DeviceRequest) -> Place {
        let settings = self.bench.settings;
        Place {
            device: device.to_string(),
            dtype: self.bench.devices.dtype.as_str().into(),
            kernels: settings.kernels.to_string(),
            store: settings.store.clone(),
            batch_tokens: settings.batch_tokens,
        }
    }

    fn measure(&self, left: &Left, worker: &mut Worker) -> Told {
        let held = Held::new(self.bench);
        let mut timings = Vec::new();
        let mut result = self.measure_one(left, worker, &held, &mut timings);
        if let Err(error) = left.release(self.puller, &result) {
            result = Err(error);
        }
        Told { messages: held.into_messages(), reply: Reply { result, timings } }
    }

    fn measure_one(
        &self,
        left: &Left,
        worker: &mut Worker,
        held: &Held,
        timings: &mut Vec<Timing>,
    ) -> Result<Measured> {
        left.fetch(self.bench, self.puller, timings)?;
        let Answer { loading, samples, tokens, seconds, refused, peak_bytes } = worker.measure(&left.order, held)?;
        timings.push(left.timing("load", loading, None));
        timings.push(Timing { peak_bytes, ..left.timing("evaluate", seconds, Some(tokens)) });
        let known = self.bench.store.read(left.order.identity.key(), &Silent)?;
        let outcomes = measure::recount(&left.order.conversations, &known, refused);
        let outcomes = outcomes.ok_or_else(|| {
            ChildError::Store("the store does not hold what was just measured; is something else changing it?".into())
        })?;
        Ok(Measured { outcomes, samples, tokens, seconds, refused })
    }
}

/// A reply and what was said meanwhile.
struct Told {
    messages: Vec<Message>,
    reply: Reply,
}

impl Told {
    /// Says what was said.
    fn tell(self, reporter: &dyn Reporter) -> Reply {
        for message in &self.messages {
            match message {
                Message::Info(message) => reporter.info(message),
                Message::Warning(warning) => reporter.warn(warning),
            }
        }
        self.reply
    }
}

#[derive(PartialEq)]
enum Message {
    Info(String),
    Warning(String),
}

/// Keeps messages for later and passes progress on, but no more of it than a model has samples.
struct Held<'a> {
    bench: &'a Bench<'a>,
    messages: Mutex<Vec<Message>>,
    advanced: AtomicU64,
}

impl<'a> Held<'a> {
    fn new(bench: &'a Bench<'a>) -> Self {
        Self { bench, messages: Mutex::default(), advanced: AtomicU64::new(0) }
    }

    /// Keeps what is new: a child in another's place says again what that one had said of the model.
    fn keep(&self, message: Message) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if !messages.contains(&message) {
            messages.push(message);
        }
    }

    fn into_messages(self) -> Vec<Message> {
        self.messages.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Held<'_> {
    fn info(&self, message: &str) {
        self.keep(Message::Info(message.to_owned()));
    }

    fn warn(&self, warning: &str) {
        self.keep(Message::Warning(warning.to_owned()));
    }

    fn start(&self, _task: &str, _total: u64) {}

    fn advance(&self, amount: u64) {
        let before = self.advanced.fetch_add(amount, Ordering::Relaxed);
        let room = (self.bench.samples as u64).saturating_sub(before);
        self.bench.notices.advance(amount.min(room));
    }

    fn finish(&self) {}
}
